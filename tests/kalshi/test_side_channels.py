import json
from itertools import count
from typing import Any

import pytest

from flowboard.feed_status import FeedStatus
from flowboard.kalshi.connection_watch import Patience
from flowboard.kalshi.lifecycle_messages import lifecycle_message
from flowboard.kalshi.messages import Decoder
from flowboard.kalshi.side_channels import Changes, SideChannels
from flowboard.kalshi.subscription import Ack
from flowboard.market_info import Quote

ANSWER_MS = 5_000
WAIT_MS, WAIT_MAX_MS = 5_000, 300_000
GOOD_MS = 60_000
STUCK_MS, STUCK_TRADES = 20_000, 100
NOON_MS = 1_795_262_400_000
QUOTE = Quote(NOON_MS, 4500, 5300)
STEP = lifecycle_message(
    "market_lifecycle_v2", {"market_ticker": "KXA-1", "event_type": "settled"}
)


class Side:
    """The side channels of a connection, what they sent, and who listens."""

    def __init__(self, quotes: bool = True, lives: bool = True) -> None:
        self.status = FeedStatus()
        self.quotes: list[tuple[str, Quote]] = []
        self.steps: list[object] = []
        self.covered: list[int | None] = []
        self.missed = 0
        self.ids = count(2)  # The first was for trades.
        self.exchange_ms: int | None = NOON_MS
        changes = Changes(
            (lambda *told: self.quotes.append(told)) if quotes else None,
            self.steps.append if lives else None,
            self.covered.append,
            self.miss,
        )
        self.channels = SideChannels(
            changes, self.status, self.ids, lambda: self.exchange_ms, Patience()
        )

    def miss(self) -> None:
        self.missed += 1

    def sent(self, now_ms: int) -> list[dict[str, Any]]:
        return [json.loads(text) for text in self.channels.commands(now_ms)]

    def hears(self, now_ms: int = 0, **keys: object) -> bool:
        frame = Decoder().decode(json.dumps(keys).encode())
        assert isinstance(frame, Ack)
        return self.channels.take(frame, now_ms)

    def acked(self, command: dict[str, Any], sid: int, now_ms: int = 0) -> bool:
        (channel,) = command["params"]["channels"]
        return self.hears(
            now_ms,
            type="subscribed",
            id=command["id"],
            msg={"channel": channel, "sid": sid},
        )

    def refused(self, command: dict[str, Any], now_ms: int, code: int = 8) -> bool:
        message = {"code": code, "msg": "as scripted"}
        return self.hears(now_ms, type="error", id=command["id"], msg=message)


@pytest.fixture
def ticker() -> Side:
    """Quotes alone, subscribed with sid 2 at 0."""
    side = Side(lives=False)
    side.channels.begin(0)
    (command,) = side.sent(0)
    assert side.acked(command, 2)
    return side


@pytest.fixture
def lives() -> Side:
    """Both lifecycle channels, subscribed with sids 2 and 3 at 0."""
    side = Side(quotes=False)
    side.channels.begin(0)
    for sid, command in enumerate(side.sent(0), 2):
        assert side.acked(command, sid)
    side.missed = 0
    return side


def test_nothing_is_asked_for_before_trades_are_subscribed_to() -> None:
    """Trades come first; then one command a channel, so one refusal is one channel's."""
    side = Side()

    before = side.sent(0)
    side.channels.begin(10)
    after = side.sent(10)

    assert before == []
    assert [command["id"] for command in after] == [2, 3, 4]
    assert [command["params"] for command in after] == [
        {"channels": ["ticker"]},
        {"channels": ["market_lifecycle_v2"]},
        {"channels": ["multivariate_market_lifecycle"]},
    ]


def test_what_nobody_listens_to_is_not_asked_for() -> None:
    """A client for trades alone sends nothing more."""
    side = Side(quotes=False, lives=False)

    side.channels.begin(0)

    assert side.sent(0) == []


def test_quotes_and_steps_are_handed_on(ticker: Side, lives: Side) -> None:
    """And counted."""
    ticker.channels.quote("KXA-1", QUOTE)
    lives.channels.lifecycle(STEP)

    assert ticker.quotes == [("KXA-1", QUOTE)]
    assert ticker.status.counters["quotes"] == 1
    assert lives.steps == [STEP]
    assert lives.status.counters["lifecycle_messages"] == 1


def test_quotes_are_covered_from_their_subscription_to_its_end(ticker: Side) -> None:
    """By the exchange's clock; the end of a connection is one."""
    ticker.channels.end()
    ticker.channels.end()

    assert ticker.covered == [NOON_MS, None]


def test_quotes_are_covered_once_there_is_a_clock(ticker: Side) -> None:
    """Who subscribes before it was ever heard is told as soon as it is, and once."""
    side = Side(lives=False)
    side.exchange_ms = None
    side.channels.begin(0)
    (command,) = side.sent(0)
    side.acked(command, 2)
    side.sent(1_000)
    unknown = list(side.covered)
    side.exchange_ms = NOON_MS + 5

    side.sent(2_000)
    side.sent(3_000)
    side.channels.end()
    side.channels.end()

    assert (unknown, side.covered) == ([], [NOON_MS + 5, None])


def test_a_listener_that_fails_stops_nothing(ticker: Side) -> None:
    """It is counted; the next quote comes all the same."""
    ticker.quotes = None  # type: ignore[assignment]

    for _ in range(2):
        ticker.channels.quote("KXA-1", QUOTE)

    assert ticker.status.counters["change_failures"] == 2


def test_a_refused_channel_is_asked_for_again_after_a_growing_wait() -> None:
    """Twice as long each time, up to five minutes; the others do not notice."""
    side = Side()
    side.channels.begin(0)
    quotes, *others = side.sent(0)
    for sid, command in enumerate(others, 3):
        assert side.acked(command, sid)
    waits = []
    now_ms = 0
    for _ in range(9):
        assert side.refused(quotes, now_ms)
        refused_ms = now_ms
        while not (again := side.sent(now_ms)):
            now_ms += max(1, side.channels.wait_ms(now_ms))
        (quotes,) = again
        waits.append(now_ms - refused_ms)

    assert waits == [min(WAIT_MS << n, WAIT_MAX_MS) for n in range(9)]
    assert quotes["params"] == {"channels": ["ticker"]}
    assert side.covered == []


def test_no_answer_is_a_refusal() -> None:
    """After five seconds; one that comes late is an answer still."""
    side = Side(lives=False)
    side.channels.begin(0)
    (command,) = side.sent(0)

    assert side.sent(ANSWER_MS - 1) == []
    assert side.sent(ANSWER_MS) == []
    assert side.acked(command, 2, ANSWER_MS + 1)

    assert side.sent(ANSWER_MS + WAIT_MAX_MS) == []
    assert side.covered == [NOON_MS]


@pytest.mark.parametrize(
    "end",
    [
        {"type": "error", "sid": 2, "msg": {"code": 25, "msg": "overflow"}},
        {"type": "error", "sid": 2, "msg": {"code": 10, "msg": "channel"}},
        {"type": "unsubscribed", "sid": 2},
    ],
)
def test_a_lost_channel_is_asked_for_again(end: dict[str, Any], ticker: Side) -> None:
    """The trades do not hear of it."""
    assert ticker.hears(100, **end)

    assert ticker.covered == [NOON_MS, None]
    assert ticker.sent(100) == []
    (command,) = ticker.sent(100 + WAIT_MS)
    assert command["params"] == {"channels": ["ticker"]}
    assert ticker.acked(command, 5, 100 + WAIT_MS)
    assert ticker.covered == [NOON_MS, None, NOON_MS]


def test_the_end_of_another_subscription_is_not_ours(ticker: Side) -> None:
    """It goes to the trades; an error that ends nothing ends nothing here either."""
    other: dict[str, Any] = {
        "type": "error",
        "sid": 1,
        "msg": {"code": 25, "msg": "overflow"},
    }
    harmless: dict[str, Any] = {
        "type": "error",
        "sid": 2,
        "msg": {"code": 27, "msg": "too many"},
    }

    assert not ticker.hears(**other)
    assert ticker.hears(**harmless)

    assert ticker.covered == [NOON_MS]


def test_an_end_without_a_sid_may_mean_any(ticker: Side) -> None:
    """So quotes are subscribed to again, and the trades hear it as well."""
    end: dict[str, Any] = {"type": "error", "msg": {"code": 10, "msg": "channel"}}

    assert not ticker.hears(**end)

    assert ticker.covered == [NOON_MS, None]
    assert ticker.sent(WAIT_MS)


def test_a_merged_subscription_is_answered_ok(ticker: Side) -> None:
    """The exchange may know of one that we had given up."""
    ticker.hears(type="unsubscribed", sid=2)
    (command,) = ticker.sent(WAIT_MS)

    assert ticker.hears(type="ok", id=command["id"], sid=2, seq=9, msg={})

    assert ticker.covered == [NOON_MS, None, NOON_MS]


def test_a_long_good_time_makes_the_next_wait_short(ticker: Side) -> None:
    """Losses far apart are not a row of failures."""
    lost_ms = 0
    for sid in range(2, 6):
        lost_ms += GOOD_MS
        ticker.hears(lost_ms, type="unsubscribed", sid=sid)
        (command,) = ticker.sent(lost_ms + WAIT_MS)
        lost_ms += WAIT_MS
        ticker.acked(command, sid + 1, lost_ms)

    assert ticker.status.counters["lost_ticker"] == 4


def test_a_hole_in_the_numbers_of_steps_is_told(lives: Side) -> None:
    """Answers take numbers too; each sid counts for itself; no gap of trades is made."""
    for sid, seq in [(2, 1), (3, 1), (2, 2)]:
        assert lives.channels.sequence(sid, seq)
    lives.hears(type="error", sid=2, seq=3, msg={"code": 13, "msg": "no"})
    lives.channels.sequence(2, 4)
    told_before = lives.missed

    lives.channels.sequence(2, 6)

    assert (told_before, lives.missed) == (0, 1)
    assert lives.status.counters["lifecycle_gaps"] == 1
    assert lives.status.counters["gaps"] == 0
    assert not lives.channels.sequence(1, 7)


def test_each_subscription_may_have_missed_steps() -> None:
    """What happened before it was not told."""
    side = Side(quotes=False)
    side.channels.begin(0)

    for sid, command in enumerate(side.sent(0), 2):
        side.acked(command, sid)

    assert side.missed == 2


def trades(side: Side, number: int) -> None:
    side.status.count("trades", number)


def test_quotes_that_stay_out_while_trades_come_are_asked_for_again(
    ticker: Side,
) -> None:
    """Each trade changes a market's figures; the old subscription is ended first."""
    trades(ticker, STUCK_TRADES)

    commands = ticker.sent(STUCK_MS)

    assert [command["cmd"] for command in commands] == ["unsubscribe", "subscribe"]
    assert commands[0]["params"] == {"sids": [2]}
    assert ticker.covered == [NOON_MS, None]
    assert ticker.hears(type="unsubscribed", id=commands[0]["id"], sid=2)
    assert ticker.acked(commands[1], 3, STUCK_MS)
    assert ticker.covered == [NOON_MS, None, NOON_MS]


@pytest.mark.parametrize("number", [0, STUCK_TRADES - 1])
def test_a_silence_without_trades_is_no_stuck_channel(
    ticker: Side, number: int
) -> None:
    """Nobody trades, so nothing changes."""
    trades(ticker, number)

    assert ticker.sent(10 * STUCK_MS) == []


def test_quotes_that_come_are_not_stuck(ticker: Side) -> None:
    """One is enough to begin to count anew."""
    for now_ms in range(0, 4 * STUCK_MS, STUCK_MS // 2):
        trades(ticker, STUCK_TRADES)
        ticker.channels.quote("KXA-1", QUOTE)
        assert ticker.sent(now_ms) == []
