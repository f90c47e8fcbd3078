import json
import uuid
from contextlib import suppress

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from flowboard.errors import BadChange, BadFrame
from flowboard.kalshi.messages import (
    Decoder,
    ErrorFrame,
    LifecycleFrame,
    OkFrame,
    OldTickerFrame,
    OldTradeFrame,
    SubscribedFrame,
    TickerFrame,
    TradeFrame,
    UnknownFrame,
    UnsubscribedFrame,
)
from flowboard.market_info import Quote
from flowboard.models import Trade

RECEIVED_MS = 1_795_262_400_500
TS_MS = 1_795_262_400_123
TRADE_ID = "3f0c1a52-7b1d-4d0e-1b6a-91c2d7e5aa10"

# One trade as each generation of the exchange would have sent it.
NEWEST = {
    "trade_id": TRADE_ID,
    "market_ticker": "KXDEMO-26NOV21-T50.5",
    "yes_price_dollars": "0.3650",
    "no_price_dollars": "0.6350",
    "count_fp": "136.25",
    "taker_side": "no",
    "taker_outcome_side": "no",
    "taker_book_side": "ask",
    "is_block_trade": True,
    "ts": TS_MS // 1000,
    "ts_ms": TS_MS,
}


def without(*keys: str, **changes: object) -> dict[str, object]:
    return {k: v for k, v in (NEWEST | changes).items() if k not in keys}


def frame(message: object, **envelope: object) -> bytes:
    return json.dumps({"type": "trade", **envelope, "msg": message}).encode()


def read(raw: bytes) -> Trade:
    decoder = Decoder()
    decoded = decoder.decode(raw)
    if isinstance(decoded, OldTradeFrame):
        return decoder.old_trade(decoded, RECEIVED_MS)
    assert isinstance(decoded, TradeFrame)
    return decoder.trade(decoded, RECEIVED_MS)


EXPECTED = Trade(
    trade_id=bytes.fromhex(TRADE_ID.replace("-", "")),
    market_ticker="KXDEMO-26NOV21-T50.5",
    ts_ms=TS_MS,
    yes_price_e4=3650,
    count_e2=13625,
    taker_yes=False,
    is_block_trade=True,
    exact_time=True,
    received_ms=RECEIVED_MS,
    source="ws",
)


@pytest.mark.parametrize(
    "message",
    [
        pytest.param(NEWEST, id="all fields of today"),
        pytest.param(without("taker_side", "ts"), id="after the deprecated are gone"),
        pytest.param(without("taker_outcome_side"), id="without outcome side"),
        pytest.param(without("taker_outcome_side", "taker_side"), id="book side alone"),
        pytest.param(
            without("taker_outcome_side", "taker_book_side"), id="taker_side alone"
        ),
        pytest.param(
            without(taker_outcome_side="", taker_book_side=None), id="unreadable sides"
        ),
        pytest.param(without(taker_outcome_side=7), id="a side of the wrong type"),
        pytest.param(without("no_price_dollars"), id="without the NO price"),
        pytest.param(
            without(yes_price=99, count="many", future={"a": [1]}),
            id="dollars hold over cents and unknown keys",
        ),
        pytest.param(without(ts_ms=TS_MS, ts="late"), id="a `ts` of the wrong type"),
    ],
)
def test_every_form_gives_the_same_trade(message: dict[str, object]) -> None:
    """Which of several keys tells a fact does not matter."""
    trade = read(frame(message, sid=2, seq=41))

    assert trade == EXPECTED


def test_seconds_stand_in_for_milliseconds_and_say_so() -> None:
    """A frame with only `ts` is worth its second, and is marked as inexact."""
    trade = read(frame(without("ts_ms")))

    assert trade.ts_ms == TS_MS // 1000 * 1000
    assert not trade.exact_time


def test_cents_and_whole_counts_of_old_are_read() -> None:
    """The form of 2025: integer cents, an integer count, no flag, no `ts_ms`."""
    old = {
        "trade_id": TRADE_ID,
        "market_ticker": "KXOLD-25OCT02-B80.5",
        "yes_price": 27,
        "no_price": 73,
        "count": 7,
        "taker_side": "yes",
        "ts": TS_MS // 1000,
    }

    trade = read(frame(old, sid=1, seq=16))

    assert (trade.yes_price_e4, trade.count_e2) == (2700, 700)
    assert trade.taker_yes
    assert not trade.is_block_trade
    assert not trade.exact_time


def test_mixed_case_ids_and_short_decimals_are_the_same_values() -> None:
    """`0.5` is `0.5000`, and an id is its bits."""
    trade = read(
        frame(
            without(
                trade_id=TRADE_ID.upper(),
                yes_price_dollars="0.365",
                no_price_dollars="0.635000",
                count_fp="136.250",
            )
        )
    )

    assert trade == EXPECTED


def test_keys_in_any_order_and_blanks_are_read() -> None:
    """Recorders sort keys, so that `type` comes last; frames end in a newline."""
    raw = json.dumps(
        {"msg": dict(sorted(NEWEST.items())), "seq": 1, "sid": 3, "type": "trade"},
        indent=1,
    )

    trade = read(raw.encode() + b"\n")

    assert trade == EXPECTED


def test_the_envelope_is_kept() -> None:
    """sid, seq and the sending time serve the client; all may be absent."""
    decoder = Decoder()

    full = decoder.decode(frame(NEWEST, sid=2, seq=41, sending_ts_ms=TS_MS + 4, new=1))
    bare = decoder.decode(frame(NEWEST))
    old = decoder.decode(frame(without("ts_ms"), sid=2, seq=42, sending_ts_ms=TS_MS))

    assert isinstance(full, TradeFrame)
    assert (full.sid, full.seq, full.sending_ts_ms) == (2, 41, TS_MS + 4)
    assert isinstance(bare, TradeFrame)
    assert (bare.sid, bare.seq, bare.sending_ts_ms) == (None, None, None)
    assert isinstance(old, OldTradeFrame)
    assert (old.sid, old.seq, old.sending_ts_ms) == (2, 42, TS_MS)


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"trade_id": "3f0c1a52"}, "trade_id"),
        ({"trade_id": TRADE_ID.replace("-", "")}, "trade_id"),
        ({"trade_id": "3f0c1a527-b1d-4d0e-1b6a-91c2d7e5aa10"}, "trade_id"),
        ({"trade_id": "3f0c1a5 -7b1d-4d0e-1b6a-91c2d7e5aa10"}, "trade_id"),
        ({"trade_id": "3f0c1a5g-7b1d-4d0e-1b6a-91c2d7e5aa10"}, "trade_id"),
        ({"trade_id": "\uff13f0c1a52-7b1d-4d0e-1b6a-91c2d7e5aa10"}, "trade_id"),
        ({"trade_id": 7}, "trade_id"),
        ({"market_ticker": ""}, "ticker"),
        ({"market_ticker": "K" * 201}, "ticker"),
        ({"market_ticker": "KX\x00"}, "ticker"),
        ({"market_ticker": "KXÄ"}, "ticker"),
        ({"market_ticker": None}, "ticker"),
        ({"yes_price_dollars": "0.0000", "no_price_dollars": "1.0000"}, "price"),
        ({"yes_price_dollars": "1.0000", "no_price_dollars": "0.0000"}, "price"),
        ({"yes_price_dollars": "-0.3600"}, "price"),
        ({"yes_price_dollars": "0.36001"}, "price"),
        ({"yes_price_dollars": ""}, "price"),
        ({"yes_price_dollars": "0,36"}, "price"),
        ({"yes_price_dollars": 0.36}, "price"),
        ({"no_price_dollars": "0.6351"}, "10000"),
        ({"no_price_dollars": None, "no_price": 64}, "10000"),
        ({"yes_price_dollars": None, "yes_price": 100}, "cents"),
        ({"yes_price_dollars": None, "yes_price": True}, "cents"),
        ({"yes_price_dollars": None}, "YES price"),
        ({"count_fp": "0.00"}, "count"),
        ({"count_fp": "-1.00"}, "count"),
        ({"count_fp": "1000000000.01"}, "count"),
        ({"count_fp": "1e3"}, "count"),
        ({"count_fp": None}, "count"),
        ({"count_fp": None, "count": 0}, "count"),
        ({"count_fp": None, "count": "1.00"}, "count"),
        ({"taker_outcome_side": "maybe", "taker_book_side": None,
          "taker_side": None}, "side"),
        ({"ts_ms": TS_MS // 1000}, "time"),
        ({"ts_ms": TS_MS * 1000}, "time"),
        ({"ts_ms": 10**30}, "time"),
        ({"ts_ms": "soon"}, "time"),
        ({"ts_ms": None, "ts": None}, "time"),
    ],
)  # fmt: skip
def test_what_cannot_be_true_is_refused(
    change: dict[str, object], sentence: str
) -> None:
    """A trade that is not certain is no trade; the sentence names the field."""
    with pytest.raises(BadFrame, match=sentence):
        read(frame(NEWEST | change))


def test_the_perpetuals_feed_is_refused() -> None:
    """Another product of the exchange sends trades too, over a dollar and one-sided."""
    perpetual = {
        "trade_id": TRADE_ID,
        "market_ticker": "KXDEMOPERP1",
        "price": "6.3430",
        "count": "1.00",
        "taker_side": "ask",
        "ts_ms": TS_MS,
    }

    with pytest.raises(BadFrame, match="another product"):
        read(frame(perpetual, sid=2, seq=1))


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"\n",
        b"{",
        b"[]",
        b"7",
        b"null",
        b'{"type":7}',
        b'{"type":"trade"}',
        b'{"type":"trade","msg":[]}',
        b'{"type":"subscribed","id":1}',
        b'{"type":"error","msg":"no"}',
        b'{"type":"\xff"}',
        b"[" * 100_000,
        b'{"a":' * 100_000,
    ],
)
def test_what_is_no_frame_is_refused(raw: bytes) -> None:
    """Nothing but `BadFrame` comes out of bytes that mean nothing."""
    with pytest.raises(BadFrame):
        Decoder().decode(raw)


def test_answers_and_errors_are_read() -> None:
    """All other frames that a trade subscription meets, in the forms seen."""
    decode = Decoder().decode

    subscribed = decode(
        b'{"type":"subscribed","id":1,"msg":{"channel":"trade","sid":2}}'
    )
    merged = decode(
        b'{"type":"ok","id":2,"sid":1,"seq":4,"msg":{"market_tickers":["KXA-1"]}}'
    )
    listed = decode(b'{"type":"ok","id":7,"msg":[{"channel":"trade","sid":2}]}')
    ended = decode(b'{"type":"unsubscribed","id":5,"sid":1,"seq":87}')
    refused = decode(
        b'{"type":"error","id":9,"msg":{"code":8,"msg":"Unknown channel"}}'
    )
    scoped = decode(
        b'{"msg":{"code":25,"msg":"Overflow","market_ticker":"K"},'
        b'"seq":2,"sid":3,"type":"error"}'
    )
    unknown = decode(b'{"type":"orderbook_delta","sid":3,"seq":9,"msg":{"price":1}}')

    assert isinstance(subscribed, SubscribedFrame)
    assert (subscribed.id, subscribed.msg.channel, subscribed.msg.sid) == (
        1,
        "trade",
        2,
    )
    assert isinstance(merged, OkFrame)
    assert (merged.id, merged.sid, merged.seq) == (2, 1, 4)
    assert isinstance(listed, OkFrame)
    assert (listed.id, listed.sid) == (7, None)
    assert isinstance(ended, UnsubscribedFrame)
    assert (ended.id, ended.sid, ended.seq) == (5, 1, 87)
    assert isinstance(refused, ErrorFrame)
    assert (refused.id, refused.msg.code, refused.sid) == (9, 8, None)
    assert isinstance(scoped, ErrorFrame)
    assert (scoped.msg.code, scoped.sid, scoped.seq) == (25, 3, 2)
    assert isinstance(unknown, UnknownFrame)
    assert (unknown.type, unknown.sid, unknown.seq) == ("orderbook_delta", 3, 9)


TICKER = {
    "market_ticker": "KXDEMO-26NOV21-T50",
    "market_id": "9b0f6b43-5b68-4f9f-9f02-9a2d1b8ac1a1",
    "price_dollars": "0.4800",
    "yes_bid_dollars": "0.4550",
    "yes_ask_dollars": "0.5300",
    "volume_fp": "33896.00",
    "open_interest_fp": "20422.00",
    "dollar_volume": 16948,
    "dollar_open_interest": 10211,
    "yes_bid_size_fp": "300.25",
    "yes_ask_size_fp": "150.00",
    "last_trade_size_fp": "25.00",
    "ts": TS_MS // 1000,
    "ts_ms": TS_MS,
    "time": "2026-11-21T12:00:00.123Z",
}
QUOTE = Quote(TS_MS, 4550, 5300, 30_025, 15_000, 2_042_200)


def ticker_frame(*missing: str, **changes: object) -> bytes:
    message = {k: v for k, v in (TICKER | changes).items() if k not in missing}
    frame = {"type": "ticker", "sid": 3, "msg": message, "sending_ts_ms": TS_MS + 4}
    return json.dumps(frame).encode()


def quoted(raw: bytes) -> tuple[str, Quote]:
    decoder = Decoder()
    decoded = decoder.decode(raw)
    if isinstance(decoded, OldTickerFrame):
        return decoder.old_quote(decoded, RECEIVED_MS)
    assert isinstance(decoded, TickerFrame)
    return decoder.quote(decoded)


@pytest.mark.parametrize(
    "raw",
    [
        pytest.param(ticker_frame(), id="all fields of today"),
        pytest.param(
            ticker_frame("ts", "time", "market_id"), id="without the old ones"
        ),
        pytest.param(ticker_frame(price_dollars=""), id="never traded"),
        pytest.param(
            ticker_frame(price_dollars=7, volume_fp=[]), id="others unreadable"
        ),
        pytest.param(ticker_frame("ts_ms", "ts"), id="by the time it was sent"),
    ],
)
def test_a_market_s_figures_are_a_quote(raw: bytes) -> None:
    """Bid, ask, their sizes and the open interest; the rest is read over."""
    ticker, quote = quoted(raw)

    assert ticker == "KXDEMO-26NOV21-T50"
    time_alone = QUOTE.ts_ms, TS_MS + 4
    assert quote.ts_ms in time_alone
    assert quote.says_the_same(QUOTE)


def test_cents_of_old_are_a_quote_too() -> None:
    """The form of 2025: integer cents and counts, and a second."""
    message = {
        "market_ticker": "KXOLD-25OCT02-B80.5",
        "yes_bid": 45,
        "yes_ask": 53,
        "open_interest": 7,
        "ts": TS_MS // 1000,
    }
    raw = json.dumps({"type": "ticker", "msg": message}).encode()

    assert quoted(raw) == (
        "KXOLD-25OCT02-B80.5",
        Quote(TS_MS // 1000 * 1000, 4500, 5300, 0, 0, 700),
    )


@pytest.mark.parametrize(
    ("bid", "ask"),
    [("0.0000", "1.0000"), ("0.0000", "0.0000"), ("1.0000", "1.0000"), ("", "")],
)
def test_what_stands_for_no_price_is_none(bid: str, ask: str) -> None:
    """However the exchange writes an empty book: no bid is 0, no ask a dollar."""
    _, quote = quoted(
        ticker_frame(
            yes_bid_dollars=bid,
            yes_ask_dollars=ask,
            yes_bid_size_fp="0.00",
            yes_ask_size_fp="",
        )
    )

    assert (quote.bid_e4, quote.ask_e4) == (0, 10_000)
    assert (quote.bid_size_e2, quote.ask_size_e2) == (0, 0)
    assert quote.mid_e4 is None


@pytest.mark.parametrize(
    "raw",
    [
        ticker_frame(yes_bid_dollars="1.0001"),
        ticker_frame(yes_ask_dollars="-0.0100"),
        ticker_frame(yes_ask_dollars="half"),
        ticker_frame(yes_bid_dollars=0.45),
        ticker_frame("yes_bid_dollars"),
        ticker_frame("yes_bid_dollars", yes_bid=101),
        ticker_frame(yes_bid_size_fp="-1.00"),
        ticker_frame(open_interest_fp="9" * 14),
        ticker_frame(market_ticker="KX\x00"),
        ticker_frame(ts_ms=7, ts=7),
        b'{"type":"ticker","sid":3}',
        b'{"type":"ticker","sid":3,"msg":"no"}',
    ],
)
def test_a_quote_that_cannot_be_true_is_no_missing_trade(raw: bytes) -> None:
    """It is refused as a change, which opens no gap."""
    with pytest.raises(BadChange):
        quoted(raw)


def test_steps_in_the_lives_of_markets_are_read() -> None:
    """All four types of the lifecycle channels, numbered."""
    decode = Decoder().decode
    step = {"market_ticker": "KXDEMO-26NOV21-T50", "event_type": "settled"}
    event = {"event_ticker": "KXDEMO-26NOV21", "title": "Demo"}

    frames = [
        decode(json.dumps({"type": kind, "sid": 4, "seq": 12, "msg": message}).encode())
        for kind, message in [
            ("market_lifecycle_v2", step),
            ("multivariate_market_lifecycle", step),
            ("event_lifecycle", event),
            ("event_fee_update", event),
        ]
    ]

    for frame in frames:
        assert isinstance(frame, LifecycleFrame)
        assert (frame.sid, frame.seq) == (4, 12)


def test_a_step_that_tells_nothing_keeps_its_number() -> None:
    """So the next one is not taken for a hole."""
    raw = b'{"type":"market_lifecycle_v2","sid":4,"seq":12,"msg":{}}'

    with pytest.raises(BadChange) as refusal:
        Decoder().decode(raw)

    assert (refusal.value.sid, refusal.value.seq) == (4, 12)


# How long an example takes says more about the machine's other work than about ours.
UNHURRIED = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.text(max_size=8), inner, max_size=4)
    ),
    max_leaves=8,
)
VALUES = JSON | st.sampled_from(
    ["0.5000", "0.5", "yes", "no", "bid", "1.00", TRADE_ID, TS_MS, TS_MS // 1000, 50]
)


def only_trades_and_refusals(raw: bytes) -> None:
    decoder = Decoder()
    with suppress(BadFrame):
        frame = decoder.decode(raw)
        if isinstance(frame, TickerFrame | OldTickerFrame):
            _, quote = quoted(raw)
            assert 0 <= quote.bid_e4 < 10_000
            assert 0 < quote.ask_e4 <= 10_000
        if isinstance(frame, TradeFrame | OldTradeFrame):
            trade = read(raw)
            assert len(trade.trade_id) == 16
            assert 0 < trade.yes_price_e4 < 10_000
            assert trade.count_e2 > 0


@UNHURRIED
@given(st.binary(max_size=200))
def test_any_bytes_give_a_frame_or_a_refusal(raw: bytes) -> None:
    """No bytes get another exception out of the decoder."""
    only_trades_and_refusals(raw)


@UNHURRIED
@given(
    st.dictionaries(
        st.sampled_from([*NEWEST, "yes_price", "no_price", "count"]), VALUES
    ),
    st.dictionaries(st.sampled_from(["sid", "seq", "id", "sending_ts_ms"]), VALUES),
    st.sampled_from(["trade", "ok", "error", "subscribed", "unsubscribed", "x"]),
)
def test_any_json_gives_a_frame_or_a_refusal(
    changes: dict[str, object], envelope: dict[str, object], kind: str
) -> None:
    """Whatever stands in whichever field, it is a trade that can be, or a refusal."""
    raw = json.dumps({"type": kind, **envelope, "msg": NEWEST | changes}).encode()

    only_trades_and_refusals(raw)


@UNHURRIED
@given(
    st.dictionaries(st.sampled_from([*TICKER, "yes_bid", "open_interest"]), VALUES),
    st.lists(st.sampled_from([*TICKER])),
)
def test_any_figures_give_a_quote_that_can_be_or_a_refusal(
    changes: dict[str, object], missing: list[str]
) -> None:
    """Whatever stands in whichever field, or is not there."""
    only_trades_and_refusals(ticker_frame(*missing, **changes))


@UNHURRIED
@given(
    trade_uuid=st.uuids(),
    yes_e4=st.integers(1, 9_999),
    count_e2=st.integers(1, 100_000_000_000),
    taker_yes=st.booleans(),
    block=st.booleans(),
    ts_ms=st.integers(1_420_070_400_000, 4_102_444_800_000),
    ticker=st.text(st.characters(min_codepoint=33, max_codepoint=126), min_size=1,
                   max_size=200),
)  # fmt: skip
def test_a_valid_trade_comes_through_unchanged(
    trade_uuid: uuid.UUID,
    yes_e4: int,
    count_e2: int,
    taker_yes: bool,
    block: bool,
    ts_ms: int,
    ticker: str,
) -> None:
    """Every price, size, side, time and name in its range is read to the last digit."""
    message = {
        "trade_id": str(trade_uuid),
        "market_ticker": ticker,
        "yes_price_dollars": f"0.{yes_e4:04d}",
        "no_price_dollars": f"0.{10_000 - yes_e4:04d}",
        "count_fp": f"{count_e2 // 100}.{count_e2 % 100:02d}",
        "taker_outcome_side": "yes" if taker_yes else "no",
        "is_block_trade": block,
        "ts_ms": ts_ms,
    }

    trade = read(frame(message))

    assert trade == Trade(
        trade_uuid.bytes, ticker, ts_ms, yes_e4, count_e2, taker_yes, block, True,
        RECEIVED_MS, "ws",
    )  # fmt: skip
