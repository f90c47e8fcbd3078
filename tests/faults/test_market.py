"""F21-F24: what a market does: pauses, bursts, refusals, thousands of new names."""

import asyncio
import time
from pathlib import Path

import pytest

from tests.acceptance.made_tape import make_trades, write_tape
from tests.faults.harness import rig, rss_mb

FAST = pytest.mark.slow


def whole(*arguments: object) -> object:
    marks = [pytest.mark.slow, pytest.mark.faults, pytest.mark.timeout(300)]
    return pytest.param(*arguments, marks=marks)


@pytest.mark.parametrize("seconds", [pytest.param(8, marks=FAST), whole(120)])
async def test_f21_maintenance(tmp_path: Path, seconds: float) -> None:
    """The exchange pauses, two minutes in place of two hours: said as a pause and not as
    a fault, no churn of connections, and trades come when it goes on."""
    async with rig(tmp_path) as parts:
        before = await parts.counters()
        await parts.exchange.fault("maintenance")
        await asyncio.sleep(seconds)
        after = await parts.counters()
        health = await parts.board.get("/health")
        await parts.exchange.mend()
        await parts.stored_more(100)

        assert after["reconnects"] - before["reconnects"] <= 1
        assert health["feed"]["state"] in ("live", "delayed")
        assert health["feed"]["open_gaps"] == 0
        await parts.check()


@pytest.mark.slow
@pytest.mark.faults
@pytest.mark.timeout(400)
async def test_f22_burst(tmp_path: Path) -> None:
    """10,000 trades a second for 30 s: no more than 400 MB, all of it stored within 10 s
    of the end, never cut off by the exchange."""
    async with rig(tmp_path, "--start", "now", rate=10_000) as parts:
        before = await parts.counters()
        most_mb = 0.0
        begun_s = time.monotonic()
        while time.monotonic() < begun_s + 30:
            most_mb = max(most_mb, rss_mb(parts.process.pid))
            await asyncio.sleep(0.5)
        await parts.exchange.fault("maintenance")
        traded = len(await parts.truth())
        ended_s = time.monotonic()
        await parts.board.until("/api/stats", lambda s: s["trades_total"] >= traded, 60)
        drained_s = time.monotonic() - ended_s
        after = await parts.counters()

        assert most_mb <= 400
        assert drained_s <= 10
        assert after["gaps"] == before["gaps"]
        await parts.check(settled_s=60)


@pytest.mark.parametrize(
    "kind", [pytest.param("refuse_subscribe", marks=FAST), whole("mute")]
)
async def test_f23_subscription_is_not_granted(tmp_path: Path, kind: str) -> None:
    """An error in answer to `subscribe`, or none at all: tried again after 5 s at most,
    trades within 10 s of the end of it."""
    async with rig(tmp_path) as parts:
        await parts.exchange.fault(kind)
        parts.ws.rst_all()
        told = await parts.board.until("/health", lambda h: h.get("problem"), 15)
        await asyncio.sleep(6)
        tries = (await parts.counters())["connects"]
        await parts.exchange.mend()
        took_s = await parts.flowing()

        assert told["problem"]
        assert tries >= 2
        assert took_s <= 10
        await parts.check()


@pytest.mark.slow
@pytest.mark.faults
@pytest.mark.timeout(400)
async def test_f24_new_markets_all_the_time(tmp_path: Path) -> None:
    """72,000 markets, a twentieth of eight hours of 3,000 new ones a minute: what each
    of the second half costs is below 2 KB, and every figure is right."""
    trades = make_trades(120_000, seed=24, markets=72_000)
    tape = write_tape(tmp_path / "tape.jsonl", trades)
    async with rig(tmp_path, "--tape", tape, "--speed", "max", served=False) as parts:
        await parts.serve()
        await parts.board.until("/api/stats", lambda s: s["trades_total"] > 60_000, 90)
        half_mb = rss_mb(parts.process.pid)
        await parts.board.until(
            "/api/stats", lambda s: s["trades_total"] >= 120_000, 90
        )
        grown_mb = rss_mb(parts.process.pid) - half_mb
        await parts.check(windows=False)

        assert grown_mb <= 36_000 * 2 / 1_000
