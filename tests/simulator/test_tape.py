"""Tapes are read tolerantly, refused with the line's number, and timed."""

import gzip
import json
from pathlib import Path
from typing import Any

import pytest

from flowboard.errors import ConfigError
from flowboard.simulator.tape import TapeTimes, print_of_object, read_tape
from tests.simulator.tapes import START_US, a_print, a_trade, write_tape


def test_plain_and_gzipped_tapes_read_alike(tmp_path: Path) -> None:
    """A tape ends in `.gz` or not; blank lines are read over."""
    trades = [a_trade(number) for number in range(5)]
    plain = write_tape(tmp_path / "tape.jsonl", trades)
    packed = write_tape(tmp_path / "tape.jsonl.gz", trades)
    plain.write_bytes(plain.read_bytes().replace(b"\n", b"\n\n"))

    assert [*read_tape(plain)] == [*read_tape(packed)]
    assert [trade.trade_id for trade in read_tape(plain)] == [
        trade["trade_id"] for trade in trades
    ]


@pytest.mark.parametrize(
    "older",
    [
        {"taker_outcome_side": None, "taker_book_side": None},
        {"taker_outcome_side": None, "taker_side": None},
        {"no_price_dollars": None, "is_block_trade": None},
        {"ts_ms": 1_790_000_000_000, "extra": [1]},
    ],
)
def test_older_and_newer_trades_are_read(older: dict[str, Any]) -> None:
    """Any one of the side's fields is enough; keys may lack or be added."""
    whole = print_of_object(a_trade(3))
    trade = {k: v for k, v in (a_trade(3) | older).items() if v is not None}

    assert print_of_object(trade) == whole


@pytest.mark.parametrize(
    "change",
    [
        {"trade_id": None},
        {"trade_id": "5ac29930"},
        {"ticker": 'KX"-1'},
        {"ticker": ""},
        {"ticker": "X" * 201},
        {"count_fp": 3},
        {"count_fp": "0.00"},
        {"count_fp": "-1.00"},
        {"yes_price_dollars": "1.2000"},
        {"no_price_dollars": "0.1000"},
        {"taker_side": "maybe", "taker_outcome_side": None, "taker_book_side": None},
        {"created_time": "yesterday"},
        {"created_time": "2026-09-21T10:00:00"},
    ],
)
def test_what_is_no_trade_is_refused_by_its_line(
    tmp_path: Path, change: dict[str, Any]
) -> None:
    """The sentence names the file and the line."""
    trades = [a_trade(0), a_trade(1) | change]
    tape = write_tape(tmp_path / "tape.jsonl", trades)

    with pytest.raises(
        ConfigError, match=r"--tape line 2 of .*tape\.jsonl is no trade"
    ):
        list(read_tape(tape))


@pytest.mark.parametrize("line", [b"{", b"[]", b"\xff\xfe", b"7"])
def test_lines_that_are_no_objects_are_refused(tmp_path: Path, line: bytes) -> None:
    """So is anything that is not JSON, or not an object."""
    tape = tmp_path / "tape.jsonl"
    tape.write_bytes(json.dumps(a_trade()).encode() + b"\n" + line + b"\n")

    with pytest.raises(ConfigError, match="line 2"):
        list(read_tape(tape))


def test_files_that_cannot_be_read_are_refused(tmp_path: Path) -> None:
    """Absent, a folder, no gzip, cut short: one sentence each."""
    torn = tmp_path / "torn.gz"
    torn.write_bytes(gzip.compress(b"x" * 10_000)[:-20])
    other = tmp_path / "other.gz"
    other.write_bytes(b"plain")

    for path in (tmp_path / "absent", tmp_path, other):
        with pytest.raises(ConfigError, match="cannot be read"):
            list(read_tape(path))
    with pytest.raises(ConfigError, match="--tape"):
        list(read_tape(torn))


class Clock:
    def __init__(self) -> None:
        self.now_us = 2_000_000_000_000_000

    def __call__(self) -> int:
        return self.now_us


def test_a_shifted_tape_begins_now_at_its_speed() -> None:
    """Each print is due, and bears, the start plus its distance over the speed."""
    clock = Clock()
    times = TapeTimes(START_US, 10.0, False, clock)
    trades = [a_print(created_us=START_US + at) for at in (0, 0, 5_000_000)]
    due = [times.place(trade) for trade in trades]

    assert due == [clock.now_us, clock.now_us, clock.now_us + 500_000]
    assert [trade.created_us for trade in trades] == due


def test_a_tape_that_keeps_its_times_is_due_the_same() -> None:
    """Only when it is sent changes with the speed, not what it bears."""
    clock = Clock()
    times = TapeTimes(START_US, 2.0, True, clock)
    trade = a_print(created_us=START_US + 3_000_000)

    assert times.place(trade) == clock.now_us + 1_500_000
    assert trade.created_us == START_US + 3_000_000


def test_at_full_speed_a_shifted_tape_bears_the_moment() -> None:
    """Equal times stay equal, later ones are later, none is far ahead of now."""
    clock = Clock()
    times = TapeTimes(START_US, None, False, clock)
    trades = [a_print(created_us=START_US + at) for at in (0, 0, 9, 9, 70_000_000)]
    due = [times.place(trade) for trade in trades]
    start = clock.now_us

    assert due == [0] * 5
    assert [trade.created_us - start for trade in trades] == [0, 0, 1, 1, 2]
