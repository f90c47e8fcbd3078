import json
from decimal import Decimal

import msgspec
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from flowboard import stream_messages as messages
from flowboard.board import Stats
from flowboard.feed_status import FeedBlock
from flowboard.market_info import MarketInfo, Quote
from flowboard.markets import Markets
from flowboard.models import MarketFlow, Trade, TradeBatch, order_keys
from flowboard.subscription import Subscription
from tests.trade_batches import START_MS, batch_of, make_print, render_trade

TRADE_KEYS = [
    "seq",
    "trade_id",
    "market_ticker",
    "yes_price_dollars",
    "no_price_dollars",
    "count_fp",
    "taker_outcome_side",
    "is_block_trade",
    "ts_ms",
    "notional_dollars",
    "received_ts_ms",
    "source",
]
TRADE = Trade(
    trade_id=bytes.fromhex("00AB3F9911223344AABBCCDDEEFF0001"),
    market_ticker="KXHIGHNY-26JAN01-T50",
    ts_ms=START_MS,
    yes_price_e4=3_600,
    count_e2=13_600,
    taker_yes=False,
    is_block_trade=False,
    exact_time=True,
    received_ms=START_MS + 41,
    source="ws",
)

trades = st.builds(
    Trade,
    trade_id=st.binary(min_size=16, max_size=16),
    market_ticker=st.text(st.characters(exclude_categories=["Cs"]), min_size=1),
    ts_ms=st.integers(0, 1 << 42),
    yes_price_e4=st.integers(0, 10_000),
    count_e2=st.integers(0, 10**11),
    taker_yes=st.booleans(),
    is_block_trade=st.booleans(),
    exact_time=st.booleans(),
    received_ms=st.integers(0, 1 << 42),
    source=st.sampled_from(["ws", "poll", "heal", "backfill", "import"]),
)


def fields_of(flow, markets, quote=None, first_mid_e4=None):
    """Return a row's fields as rows of the board are rendered."""
    ticker, label = markets.tickers[flow.market], markets.label(flow.market)
    return messages.row_fields(flow, ticker, label, quote, first_mid_e4)


def row_of(flow, quote=None, first_mid_e4=None):
    """Return the row of market KXA as a client reads it."""
    fields = fields_of(flow, Markets(["KXA"]), quote, first_mid_e4)
    return json.loads(messages.row_object(fields))


def fixed(number, decimals):
    return f"{Decimal(number).scaleb(-decimals):.{decimals}f}"


def plainly(seq, trade):
    """Return what a trade object says, built the slow way."""
    digits = trade.trade_id.hex()
    no_price_e4 = 10_000 - trade.yes_price_e4
    paid_e4 = trade.yes_price_e4 if trade.taker_yes else no_price_e4
    told = {
        "seq": seq,
        "trade_id": "-".join(
            digits[a:b] for a, b in [(0, 8), (8, 12), (12, 16), (16, 20), (20, 32)]
        ),
        "market_ticker": trade.market_ticker,
        "yes_price_dollars": fixed(trade.yes_price_e4, 4),
        "no_price_dollars": fixed(no_price_e4, 4),
        "count_fp": fixed(trade.count_e2, 2),
        "taker_outcome_side": "yes" if trade.taker_yes else "no",
        "is_block_trade": trade.is_block_trade,
        "ts_ms": trade.ts_ms,
        "notional_dollars": fixed(trade.count_e2 * paid_e4, 6),
        "received_ts_ms": trade.received_ms,
        "source": trade.source,
    }
    return told if trade.source in ("ws", "poll") else told | {"late": True}


def flow_of(**changes):
    values = {
        "market": 0,
        "yes_price_e4": 3_400,
        "first_yes_price_e4": 3_600,
        "yes_flow_e6": 1_500_000,
        "no_flow_e6": 48_960_001,
        "net_flow_e2": -13_601,
        "volume_e2": 13_605,
        "trade_count": 3,
        "last_trade_ts_ms": START_MS,
        "heat": 42,
        "sparkline": [None] * 58 + [3_600, 3_400],
    }
    return MarketFlow(**values | changes)


def test_a_trade_object_letter_by_letter():
    """Keys in their order, strings of fixed point, the id with dashes."""
    assert render_trade(17, TRADE).decode() == (
        '{"seq":17,"trade_id":"00ab3f99-1122-3344-aabb-ccddeeff0001",'
        '"market_ticker":"KXHIGHNY-26JAN01-T50","yes_price_dollars":"0.3600",'
        '"no_price_dollars":"0.6400","count_fp":"136.00","taker_outcome_side":"no",'
        f'"is_block_trade":false,"ts_ms":{START_MS},"notional_dollars":"87.040000",'
        f'"received_ts_ms":{START_MS + 41},"source":"ws"}}'
    )


@pytest.mark.parametrize(
    ("source", "end"),
    [
        ("ws", '"ws"}'),
        ("poll", '"poll"}'),
        ("heal", '"heal","late":true}'),
        ("backfill", '"backfill","late":true}'),
        ("import", '"import","late":true}'),
    ],
)
def test_a_trade_that_was_not_live_says_so(source, end):
    """By a last key that live ones do not have at all."""
    trade = msgspec.structs.replace(TRADE, source=source)

    text = render_trade(17, trade).decode()

    assert text.endswith(f',"source":{end}')
    assert text.count('"late"') == end.count("late")


@given(st.lists(trades, max_size=8), st.integers(1, 1 << 50))
def test_a_batch_is_its_trades_one_by_one(batch_trades, first_seq):
    """Exact for every price, count and ticker, quotes and line ends among them."""
    markets = Markets()
    batch = TradeBatch(
        first_seq,
        batch_trades,
        np.array([markets.id_of(t.market_ticker) for t in batch_trades], np.int32),
        np.ones(len(batch_trades), np.bool_),
    )

    entries = messages.render_trades(batch, markets)

    assert len(entries) == len(batch_trades)
    for seq, (trade, entry) in enumerate(
        zip(batch_trades, entries, strict=True), first_seq
    ):
        assert json.loads(entry.json) == plainly(seq, trade)
        assert list(json.loads(entry.json)) == TRADE_KEYS + ["late"] * entry.late
        assert render_trade(seq, trade) == entry.json
        assert (entry.seq, entry.ts_ms) == (seq, trade.ts_ms)
        assert entry.notional_e6 == trade.notional_e6
        assert entry.taker_yes == trade.taker_yes
        assert entry.late == (trade.source in ("heal", "backfill", "import"))
        assert markets.tickers[entry.market] == trade.market_ticker


@given(st.lists(trades, min_size=1, max_size=8))
def test_stored_trades_keep_their_numbers(batch_trades):
    """Numbers with holes between go along, where a batch does not say them."""
    markets = Markets()
    ids = markets.ids_of([t.market_ticker for t in batch_trades])
    batch = TradeBatch(0, batch_trades, ids, np.ones(len(batch_trades), np.bool_))
    seqs = [7 * n + 3 for n in range(len(batch_trades))]

    entries = messages.render_trades(batch, markets, seqs)

    assert [entry.seq for entry in entries] == seqs
    assert [json.loads(entry.json)["seq"] for entry in entries] == seqs


def test_entries_know_what_lists_ask_of_them():
    """Order, combo and whether a trade counts go along with its text."""
    markets = Markets()
    prints = [
        make_print(5),
        make_print(6, ticker="KXMVE-A", yes=False),
        make_print(7, ts_ms=START_MS + 70_000, counted=False),
    ]

    entries = messages.render_trades(batch_of(prints, markets), markets)

    assert [entry.combo for entry in entries] == [False, True, False]
    assert [entry.counted for entry in entries] == [True, True, False]
    keys = order_keys(
        np.array([p.ts_ms for p in prints]),
        np.array([p.price_e4 for p in prints]),
        np.array([p.yes for p in prints]),
    )
    assert [entry.order_key for entry in entries] == keys.tolist()


def test_a_row_letter_by_letter():
    """A fall has its sign; what is not known is null; steps are integers."""
    markets = Markets(["KXHIGHNY-26JAN01-T50"])

    row = messages.row_object(fields_of(flow_of(), markets)).decode()

    assert row == (
        '{"market_ticker":"KXHIGHNY-26JAN01-T50","title":null,'
        '"outcome":"","short_label":"KXHIGHNY-26JAN01-T50",'
        '"event_ticker":"KXHIGHNY-26JAN01","event_title":"",'
        '"ends_ts_ms":null,"ends_by":null,'
        '"yes_price_dollars":"0.3400","first_yes_price_dollars":"0.3600",'
        '"yes_bid_dollars":null,"yes_ask_dollars":null,"spread_dollars":null,'
        '"mid_dollars":null,"first_mid_dollars":null,'
        '"change_dollars":"-0.0200","notional_dollars":"50.460001",'
        '"yes_flow_dollars":"1.500000","no_flow_dollars":"48.960001",'
        '"net_flow_fp":"-136.01","volume_fp":"136.05","trade_count":3,'
        f'"last_trade_ts_ms":{START_MS},"heat":42,"sparkline":['
        + "null," * 58
        + "3600,3400]}"
    )


@given(
    st.integers(0, 10_000),
    st.integers(0, 10_000),
    st.integers(0, 10**16),
    st.integers(0, 10**16),
    st.integers(-(10**12), 10**12),
    st.integers(0, 10**12),
)
def test_a_row_is_exact(last, first, yes, no, net, volume):
    """Every figure to its last decimal, whatever its size and sign."""
    flow = flow_of(
        yes_price_e4=last,
        first_yes_price_e4=first,
        yes_flow_e6=yes,
        no_flow_e6=no,
        net_flow_e2=net,
        volume_e2=volume,
    )

    row = row_of(flow)

    told = {
        key: text
        for key, text in row.items()
        if key.endswith(("dollars", "fp")) and text is not None
    }
    assert told == {
        "yes_price_dollars": fixed(last, 4),
        "first_yes_price_dollars": fixed(first, 4),
        "change_dollars": fixed(last - first, 4),
        "notional_dollars": fixed(yes + no, 6),
        "yes_flow_dollars": fixed(yes, 6),
        "no_flow_dollars": fixed(no, 6),
        "net_flow_fp": fixed(net, 2),
        "volume_fp": fixed(volume, 2),
    }


def test_a_title_is_escaped():
    """Titles are the exchange's text, whatever is in them."""
    markets = Markets(["KXA"])
    markets.learn(MarketInfo(ticker="KXA", title='Over "50" °F\n?'))

    row = json.loads(messages.row_object(fields_of(flow_of(), markets)))

    assert row["title"] == 'Over "50" °F\n?'


def test_where_heat_is_not_offered_there_is_no_key():
    """A reader cannot mistake it for a cold market."""
    assert "heat" not in row_of(flow_of(heat=None))
    assert row_of(flow_of(heat=0))["heat"] == 0


def test_a_changed_row_tells_its_ticker_and_what_changed():
    """Absolute values; a row that did not change tells nothing."""
    markets = Markets(["KXA"])
    before = fields_of(flow_of(), markets)
    now = fields_of(flow_of(trade_count=4, yes_price_e4=3_500), markets)

    change = json.loads(messages.row_object(messages.row_change(now, before)))

    assert change == {
        "market_ticker": "KXA",
        "yes_price_dollars": "0.3500",
        "change_dollars": "-0.0100",
        "trade_count": 4,
    }
    assert not messages.row_change(before, dict(before))


def test_a_title_that_becomes_known_is_a_change():
    """Titles arrive later than trades."""
    markets = Markets(["KXA"])
    before = fields_of(flow_of(), markets)
    markets.learn(MarketInfo(ticker="KXA", title="Rain"))

    change = messages.row_change(fields_of(flow_of(), markets), before)

    assert change == {
        "market_ticker": '"KXA"',
        "title": '"Rain"',
        "short_label": '"Rain"',
    }


def test_a_quote_tells_its_touch_and_the_move_of_the_mid():
    """Moves are measured on the mid where it is known at both ends of the window."""
    quote = Quote(START_MS, 3_300, 3_700)

    row = row_of(flow_of(), quote, first_mid_e4=3_000)

    told = {key: row[key] for key in row if key.startswith(("mid", "yes_b", "yes_a"))}
    assert told == {
        "yes_bid_dollars": "0.3300",
        "yes_ask_dollars": "0.3700",
        "mid_dollars": "0.3500",
    }
    assert (row["spread_dollars"], row["change_dollars"]) == ("0.0400", "0.0500")
    assert row_of(flow_of(), quote)["change_dollars"] == "-0.0200"


@pytest.mark.parametrize(
    ("bid", "ask", "told"),
    [(0, 400, (None, "0.0400")), (9_900, 10_000, ("0.9900", None))],
)
def test_one_side_alone_is_no_mid(bid, ask, told):
    """A bid of nothing and an ask of a dollar are no quotes."""
    row = row_of(flow_of(), Quote(START_MS, bid, ask), first_mid_e4=3_000)

    assert (row["yes_bid_dollars"], row["yes_ask_dollars"]) == told
    assert row["mid_dollars"] is row["spread_dollars"] is None
    assert row["change_dollars"] == "-0.0200"


def test_stats():
    """Dollars are a string, the rate a number."""
    stats = messages.render_stats(Stats(25_540, 1.25, 300, 1_234_567_890_123))

    assert stats.decode() == (
        '{"trades_total":25540,"trades_per_s":1.25,"active_markets":300,'
        '"notional_dollars":"1234567.890123"}'
    )


def test_feed_and_subscription():
    """What is not known is null; every value in force is told."""
    feed = FeedBlock("starting", False, None, None, 0)

    assert json.loads(messages.feed_object(feed)) == {
        "state": "starting",
        "connected": False,
        "data_age_ms": None,
        "complete_to_ms": None,
        "open_gaps": 0,
    }
    subscription = Subscription(limit=3)
    told = json.loads(messages.subscription_object(subscription))
    assert told == subscription.public()
    assert told["limit"] == 3


def test_a_frame_joins_what_is_rendered_and_renders_the_rest():
    """Bytes go in as they are; texts and numbers become JSON."""
    frame = messages.frame("delta", [("a", 1), ("b", 'x"y'), ("c", b"[null]")])

    assert frame == b'{"type":"delta","a":1,"b":"x\\"y","c":[null]}'


@pytest.mark.parametrize("message_id", [0, -1, 2**63 - 1, "", "a" * 64, 'q"\n'])
def test_an_id_comes_back(message_id):
    """As it was sent: an integer or a short text."""
    assert json.loads(messages.pong(message_id)) == {"type": "pong", "id": message_id}
    assert json.loads(messages.error("code", "why", message_id)) == {
        "type": "error",
        "id": message_id,
        "code": "code",
        "message": "why",
    }


@pytest.mark.parametrize(
    "message_id", [None, True, 1.5, 2**63, -(2**63), "a" * 65, [1], {"a": 1}]
)
def test_what_is_no_id_does_not_come_back(message_id):
    """An answer without `id` is an answer all the same."""
    assert messages.pong(message_id) == b'{"type":"pong"}'
