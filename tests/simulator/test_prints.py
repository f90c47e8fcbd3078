"""The two texts of a trade, and times with trimmed zeros."""

import json

import pytest

from flowboard.simulator.prints import (
    created_time,
    line_ts_ms,
    parse_created_us,
    print_of_line,
    render_payload,
    rest_line,
    rest_object,
    trade_payload,
)
from tests.simulator.tapes import a_print


@pytest.mark.parametrize(
    ("created_us", "text"),
    [
        (1_790_000_000_000_000, "2026-09-21T14:13:20Z"),
        (1_790_000_000_600_000, "2026-09-21T14:13:20.6Z"),
        (1_790_000_000_603_230, "2026-09-21T14:13:20.60323Z"),
        (1_790_000_000_000_001, "2026-09-21T14:13:20.000001Z"),
    ],
)
def test_times_are_trimmed(created_us: int, text: str) -> None:
    """Up to six decimals, no trailing zeros, and back again."""
    assert created_time(created_us) == text
    assert parse_created_us(text) == created_us


@pytest.mark.parametrize(
    ("text", "created_us"),
    [
        ("2026-09-21T14:13:20.6032301Z", 1_790_000_000_603_230),
        ("2026-09-21T16:13:20.5+02:00", 1_790_000_000_500_000),
        ("2026-09-21T12:13:20-02:00", 1_790_000_000_000_000),
    ],
)
def test_other_forms_of_time_are_read(text: str, created_us: int) -> None:
    """Finer digits are cut; any offset is read."""
    assert parse_created_us(text) == created_us


@pytest.mark.parametrize(
    "text", ["", "soon", "2026-09-21T14:13:20", "2026-09-21T14:13:20.xZ", "12345"]
)
def test_what_is_no_time_is_refused(text: str) -> None:
    """A time needs a date, a clock and an offset."""
    with pytest.raises(ValueError):
        parse_created_us(text)


def test_a_line_is_the_rest_object_and_ts_ms() -> None:
    """The line reads back as the print, and as JSON of REST shape plus ``ts_ms``."""
    trade = a_print(5, count_e2=777, created_us=1_790_000_000_609_997)
    line = rest_line(trade)
    shown = json.loads(line)

    assert line.endswith(b"}\n")
    assert print_of_line(line) == trade
    assert line_ts_ms(line) == shown.pop("ts_ms") == 1_790_000_000_609
    assert json.loads(rest_object(line)) == shown
    assert shown == {
        "count_fp": "7.77",
        "created_time": "2026-09-21T14:13:20.609997Z",
        "is_block_trade": False,
        "no_price_dollars": "0.5900",
        "taker_book_side": "ask",
        "taker_outcome_side": "no",
        "taker_side": "no",
        "ticker": "KXTAPE-26SEP21-T2",
        "trade_id": "00000005-1111-2222-3333-444444444444",
        "yes_price_dollars": "0.4100",
    }


def test_a_payload_is_rendered_once_and_has_the_legacy_keys() -> None:
    """``taker_side`` and ``ts`` are sent beside the fields that replaced them."""
    trade = a_print(4)
    payload = trade_payload(trade)
    shown = json.loads(payload)

    assert trade_payload(trade) is payload
    assert shown["taker_side"] == shown["taker_outcome_side"] == "yes"
    assert shown["taker_book_side"] == "bid"
    assert shown["ts"] == shown["ts_ms"] // 1000
    assert "ts_ms" not in json.loads(render_payload(trade, with_ts_ms=False))
