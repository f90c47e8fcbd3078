import json
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from flowboard.errors import BadFrame
from flowboard.kalshi.trade_rows import PageReader, TradesPage

NOON_MS = 1_795_262_400_000  # 2026-11-21T12:00:00Z
ROW = {
    "trade_id": "56932642-f55c-41a6-1cad-35b95c27373b",
    "ticker": "KXDEMO-26NOV21-T50",
    "count_fp": "7.77",
    "yes_price_dollars": "0.0300",
    "no_price_dollars": "0.9700",
    "taker_outcome_side": "yes",
    "taker_book_side": "bid",
    "created_time": "2026-11-21T12:00:00.609997Z",
    "is_block_trade": False,
}


def read(*rows: object, cursor: object = "") -> TradesPage:
    body = json.dumps({"trades": rows, "cursor": cursor}).encode()
    return PageReader().read(body, 5, "backfill")


def test_a_row_is_a_trade() -> None:
    """Names and time differ from the frames', the trade does not."""
    (trade,) = read(ROW).trades

    assert trade.trade_id.hex() == "56932642f55c41a61cad35b95c27373b"
    assert trade.market_ticker == "KXDEMO-26NOV21-T50"
    assert trade.ts_ms == NOON_MS + 609  # Cut, not rounded.
    assert (trade.yes_price_e4, trade.count_e2) == (300, 777)
    assert trade.taker_yes
    assert trade.exact_time
    assert (trade.received_ms, trade.source) == (5, "backfill")


@pytest.mark.parametrize(
    ("text", "after_noon_ms"),
    [
        ("2026-11-21T12:00:00Z", 0),
        ("2026-11-21T12:00:00.6Z", 600),
        ("2026-11-21T12:00:00.60323Z", 603),
        ("2026-11-21T12:00:00.999999Z", 999),
        ("2026-11-21T12:00:00.999999999Z", 999),
        ("2026-11-21T12:00:00.0009Z", 0),
        ("2026-11-21T07:00:01.250-05:00", 1_250),
        ("2026-11-21t12:00:00.5z", 500),
    ],
)
def test_times_are_cut_to_the_millisecond(text: str, after_noon_ms: int) -> None:
    """Trailing zeros are trimmed by the exchange, finer digits are cut by us."""
    (trade,) = read(ROW | {"created_time": text}).trades

    assert trade.ts_ms == NOON_MS + after_noon_ms


@settings(deadline=None)
@given(st.integers(1_420_070_400_000_000, 4_102_444_800_000_000))
def test_any_microsecond_is_cut(us: int) -> None:
    """The millisecond is the microseconds divided, never a float's opinion."""
    moment = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=us)
    text = moment.isoformat().replace("+00:00", "Z")

    (trade,) = read(ROW | {"created_time": text}).trades

    assert trade.ts_ms == us // 1000


def test_older_rows_are_read() -> None:
    """The rows of early 2026: cents beside dollars, an integer count, one side."""
    old = {
        "count": 1,
        "created_time": "2026-01-12T15:00:20.897212Z",
        "no_price": 94,
        "no_price_dollars": "0.9400",
        "price": 0.06,
        "taker_side": "no",
        "ticker": "KXOLD-99",
        "trade_id": "56932642-f55c-41a6-1cad-35b95c27373b",
        "yes_price": 6,
        "yes_price_dollars": "0.0600",
    }

    (trade,) = read(old).trades

    assert (trade.yes_price_e4, trade.count_e2, trade.taker_yes) == (600, 100, False)


@pytest.mark.parametrize(
    "bad",
    [
        7,
        None,
        {},
        ROW | {"created_time": "yesterday"},
        ROW | {"created_time": "2026-13-21T12:00:00Z"},
        ROW | {"created_time": "2026-11-21T12:00:00"},
        ROW | {"created_time": "2014-11-21T12:00:00Z"},
        ROW | {"created_time": NOON_MS},
        ROW | {"created_time": None, "ts_ms": NOON_MS},
        ROW | {"ticker": None, "market_ticker": "KXDEMO-26NOV21-T50"},
        ROW | {"count_fp": "0.00"},
    ],
)
def test_a_bad_row_is_left_out_and_counted(bad: object) -> None:
    """One row that cannot be read costs nothing but itself."""
    page = read(ROW, bad, ROW, cursor="older")

    assert len(page.trades) == 2
    assert page.refused == 1
    assert page.why
    assert page.cursor == "older"


@pytest.mark.parametrize("body", [b"", b"[]", b"{}", b'{"trades":7}', b"[" * 100_000])
def test_what_is_no_page_is_refused(body: bytes) -> None:
    """An answer of another shape is a `BadFrame`, not an empty page."""
    with pytest.raises(BadFrame):
        PageReader().read(body, 5, "backfill")


@pytest.mark.parametrize("cursor", [None, ""])
def test_the_last_page_has_no_cursor(cursor: str | None) -> None:
    """Present and empty is the exchange's way; null is understood too."""
    assert read(cursor=cursor) == TradesPage([], "", 0, None)
