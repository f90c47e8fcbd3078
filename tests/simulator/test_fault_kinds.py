"""Faults over their time and number, and the page that describes them."""

import re
from pathlib import Path

import pytest

from flowboard.simulator.fault_kinds import (
    DELIVERY_KINDS,
    KINDS,
    MS_OF,
    TRADE_KINDS,
    UNCOUNTED_KINDS,
)
from flowboard.simulator.faults import Faults

PAPER = Path(__file__).parents[2] / "docs" / "simulator.md"


def test_every_kind_has_its_row() -> None:
    """What can be switched on is described, with its `ms` where it has one."""
    rows = dict(re.findall(r"^\| `([a-z_0-9]+)` \| (.*)$", PAPER.read_text(), re.M))

    assert set(KINDS) <= set(rows)
    assert {kind for kind in KINDS if "`ms`" in rows[kind]} == set(MS_OF)
    assert {
        kind for kind in KINDS if rows[kind].endswith("| none |")
    } == UNCOUNTED_KINDS


def test_what_meets_trades_meets_no_frames() -> None:
    """Frames are sent as fast as ever while only trades are met."""
    faults = Faults(lambda: 0.0)
    faults.add({"kind": "late"})

    assert not DELIVERY_KINDS & TRADE_KINDS
    assert faults.disturb_trading()
    assert not faults.disturb_delivery()


@pytest.mark.parametrize(
    ("kind", "given", "ms"),
    [
        ("rest_shift", None, 1),
        ("rate_limit", None, 0),
        ("clock", -90_000, -90_000),
        ("late", None, 60_000),
        ("slow_rest", 250, 250),
    ],
)
def test_ms_has_a_default(kind: str, given: int | None, ms: int) -> None:
    """What is left out is filled in, and shown."""
    faults = Faults(lambda: 0.0)
    fault = faults.add({"kind": kind} if given is None else {"kind": kind, "ms": given})

    assert faults.describe(fault)["ms"] == ms


def test_a_fault_ends_by_the_first_of_time_and_number() -> None:
    """The clock is the faults' own; what is over is not listed."""
    now_s = 100.0
    faults = Faults(lambda: now_s)
    faults.add({"kind": "mute", "count": 2, "seconds": 30})
    faults.add({"kind": "clock", "ms": 5_000, "seconds": 10})
    first, second, third = (faults.take("mute") for _ in range(3))
    ahead_ms = faults.clock_ms
    now_s = 110.0

    assert first is second is not None
    assert third is None
    assert ahead_ms == 5_000
    assert faults.clock_ms == 0
    assert faults.active() == []
