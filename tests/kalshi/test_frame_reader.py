import json
from itertools import count

import pytest

from flowboard.board_clock import BoardClock
from flowboard.feed_status import FeedStatus
from flowboard.kalshi.connection_watch import Patience
from flowboard.kalshi.frame_reader import QUOTE_AHEAD_MS, FrameReader
from flowboard.kalshi.messages import Decoder
from flowboard.kalshi.side_channels import Changes, SideChannels
from flowboard.kalshi.subscription import Outcome, TradeSubscription
from flowboard.market_info import Quote
from flowboard.models import Trade
from tests.kalshi.scripted_exchange import NOON_MS, trade_frame


def ticker_frame(ts_ms: int | None = NOON_MS, **changes: object) -> bytes:
    message = {
        "market_ticker": "KXDEMO-26NOV21-T50",
        "yes_bid_dollars": "0.4500",
        "yes_ask_dollars": "0.5300",
        "ts_ms": ts_ms,
    }
    return json.dumps({"type": "ticker", "sid": 2, "msg": message | changes}).encode()


class Reading:
    """A reader of a connection with trades on sid 1, quotes on 2, lives on 3 and 4."""

    def __init__(self) -> None:
        self.status = FeedStatus()
        self.quotes: list[tuple[str, Quote]] = []
        self.steps: list[object] = []
        self.clock = BoardClock()
        ids = count(1)
        trades = TradeSubscription(self.status, ids)
        changes = Changes(
            lambda ticker, quote: self.quotes.append((ticker, quote)), self.steps.append
        )
        side = SideChannels(changes, self.status, ids, lambda: None, Patience())
        self.reader = FrameReader(
            Decoder(), trades, side, self.status, self.clock, lambda: NOON_MS
        )
        commands = [trades.command()]
        side.begin(0)
        commands += side.commands(0)
        for sid, text in enumerate(commands, 1):
            command = json.loads(text)
            (channel,) = command["params"]["channels"]
            message = {"channel": channel, "sid": sid}
            heard = self.reads(type="subscribed", id=command["id"], msg=message)
            assert heard is (Outcome.SUBSCRIBED if sid == 1 else Outcome.NOTHING)

    def reads(self, raw: bytes | None = None, **keys: object) -> Trade | Outcome:
        return self.reader.read(raw or json.dumps(keys).encode(), 0)


@pytest.fixture
def reading() -> Reading:
    return Reading()


def test_a_trade_is_returned_and_a_quote_is_handed_on(reading: Reading) -> None:
    """Each goes its way."""
    trade = reading.reads(trade_frame(1, seq=1).encode())
    nothing = reading.reads(ticker_frame())

    assert isinstance(trade, Trade)
    assert nothing is Outcome.NOTHING
    assert reading.quotes == [
        ("KXDEMO-26NOV21-T50", Quote(NOON_MS, 4500, 5300)),
    ]


def test_an_old_quote_is_read_tolerantly(reading: Reading) -> None:
    """A time that is missing is that of its arrival."""
    reading.reads(ticker_frame(ts_ms=None, yes_bid_dollars=None, yes_bid=45))

    assert reading.quotes == [
        ("KXDEMO-26NOV21-T50", Quote(NOON_MS, 4500, 5300)),
    ]


@pytest.mark.parametrize(
    "raw",
    [
        ticker_frame(yes_bid_dollars="no"),
        b'{"type":"ticker","sid":2}',
        b'{"type":"market_lifecycle_v2","sid":3,"seq":1,"msg":{}}',
    ],
)
def test_an_unreadable_change_is_counted_and_is_no_gap(
    raw: bytes, reading: Reading
) -> None:
    """It is kept for those who ask why."""
    assert reading.reads(raw) is Outcome.NOTHING

    assert reading.status.counters["bad_changes"] == 1
    assert reading.status.counters["bad_frames"] == 0
    assert reading.status.counters["gaps"] == 0
    assert [letter.raw for letter in reading.status.dead_letters] == [raw]
    assert reading.quotes == []


@pytest.mark.parametrize("raw", [b"{", b'{"type":"trade","sid":1,"seq":1,"msg":{}}'])
def test_what_may_have_been_a_trade_is_a_gap(raw: bytes, reading: Reading) -> None:
    """REST may have it in a form that can be read."""
    reading.reads(raw)

    assert reading.status.counters["gaps_bad_frame"] == 1


def test_a_quote_of_times_to_come_is_not_believed(reading: Reading) -> None:
    """It would stand in the way of every later one."""
    reading.clock.hear_exchange(NOON_MS, 0, True)

    reading.reads(ticker_frame(NOON_MS + QUOTE_AHEAD_MS + 1))
    reading.reads(ticker_frame(NOON_MS + QUOTE_AHEAD_MS))

    assert [quote.ts_ms for _, quote in reading.quotes] == [NOON_MS + QUOTE_AHEAD_MS]


def test_the_numbers_of_steps_are_not_those_of_trades(reading: Reading) -> None:
    """A hole among the one is none among the other; unknown types count as well."""
    step = {"market_ticker": "KXA-1", "event_type": "settled"}
    reading.reads(type="market_lifecycle_v2", sid=3, seq=1, msg=step)
    reading.reads(trade_frame(1, seq=1).encode())
    reading.reads(type="news_to_come", sid=3, seq=2)
    reading.reads(type="market_lifecycle_v2", sid=3, seq=3, msg={})  # Unreadable.
    reading.reads(type="market_lifecycle_v2", sid=3, seq=4, msg=step)
    holes_before = reading.status.counters.get("lifecycle_gaps", 0)
    reading.reads(type="market_lifecycle_v2", sid=3, seq=9, msg=step)
    gaps_before = reading.status.counters["gaps"]

    reading.reads(trade_frame(2, seq=3).encode())

    assert len(reading.steps) == 3
    assert (holes_before, reading.status.counters["lifecycle_gaps"]) == (0, 1)
    assert (gaps_before, reading.status.counters["gaps"]) == (0, 1)


def test_the_end_of_quotes_is_not_the_end_of_trades(reading: Reading) -> None:
    """Each subscription ends alone."""
    overflow = {"code": 25, "msg": "as scripted"}

    assert reading.reads(type="error", sid=2, msg=overflow) is Outcome.NOTHING
    assert reading.reads(type="error", sid=3, seq=1, msg=overflow) is Outcome.NOTHING
    assert reading.reads(type="error", sid=1, seq=1, msg=overflow) is Outcome.LOST
