"""F25-F31: healing itself meets faults. Gaps are made by cutting the WebSocket off."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.acceptance.made_tape import make_trades, write_tape
from tests.acceptance.processes import until
from tests.acceptance.stored import query
from tests.faults.harness import Rig, rig

FAST = pytest.mark.slow
WHOLE = [pytest.mark.slow, pytest.mark.faults, pytest.mark.timeout(300)]


def whole(*arguments: object) -> object:
    return pytest.param(*arguments, marks=WHOLE)


@asynccontextmanager
async def cut_off(parts: Rig, seconds: float) -> AsyncIterator[None]:
    """Cut both links for so long; in the block they are down, after it up again."""
    for proxy in (parts.ws, parts.rest):
        proxy.cut_off()
    begun_s = time.monotonic()
    yield
    await asyncio.sleep(max(0, begun_s + seconds - time.monotonic()))
    for proxy in (parts.ws, parts.rest):
        await proxy.accept()


def on_disk(parts: Rig) -> int:
    ((count,),) = query(parts.path, "SELECT count(*) FROM trade_rows")
    return int(count)


def pages_of(coverage: dict[str, Any]) -> int:
    return sum(gap["pages"] for gap in coverage["gaps"] if not gap["background"])


@pytest.mark.parametrize(
    "kind",
    [pytest.param("rate_limit", marks=FAST), whole("server_error"), whole("closed")],
)
async def test_f25_rest_answers_with_errors(tmp_path: Path, kind: str) -> None:
    """429, 500 or nobody there while a gap waits: the gap is shown all the while, and
    closed within 5 s once REST answers."""
    async with rig(tmp_path) as parts:
        gaps = (await parts.counters())["gaps"]
        if kind == "closed":
            parts.rest.cut_off()
        else:
            await parts.exchange.fault(kind)
        parts.ws.rst_all()
        await parts.counted("gaps", gaps)
        await parts.board.until("/health", lambda h: h["feed"]["connected"])
        shown = set()
        for _ in range(30):
            shown.add((await parts.board.get("/health"))["feed"]["open_gaps"])
            await asyncio.sleep(0.1)
        if kind == "closed":
            await parts.rest.accept()
        await parts.exchange.mend()

        assert 0 not in shown
        assert await parts.flowing() <= 5
        await parts.check()


@pytest.mark.parametrize(
    "kind",
    [
        pytest.param("cursor_loop", marks=FAST),
        whole("cursor_ignored"),
        whole("empty_page"),
        whole("refuse_min_ts"),
    ],
)
async def test_f26_pages_that_never_end(tmp_path: Path, kind: str) -> None:
    """A cursor that repeats, is passed over or brings nothing, a start that is refused:
    the walk ends, the gap stays open or is closed rightly, and no flood of pages."""
    async with rig(tmp_path, rate=600) as parts:
        async with cut_off(parts, 4):
            await parts.feed(lambda f: not f["connected"], 5)
            await parts.exchange.fault(kind, seconds=3)
        await asyncio.sleep(3)
        assert await parts.claims_broken() == []
        await parts.flowing()
        expected = 2 + 600 * 6 // 1_000
        pages = pages_of(await parts.coverage())

        # Three seconds of tries at one gap, each bounded; then the walk that succeeds.
        assert pages <= 2 * expected + 6
        await parts.check()


@pytest.mark.parametrize(
    ("rate", "seconds"), [pytest.param(1_000, 5, marks=FAST), whole(1_000, 60)]
)
async def test_f27_trades_come_while_pages_are_read(
    tmp_path: Path, rate: int, seconds: float
) -> None:
    """New trades push the pages along under the reader: none is skipped, and an outage
    of a minute at 1,000 trades a second is healed within 5 s of the connection."""
    async with rig(tmp_path, rate=rate) as parts:
        async with cut_off(parts, seconds):
            await parts.feed(lambda f: not f["connected"], 5)
        await parts.feed(lambda f: f["connected"] or f["state"] == "polling", 40)

        assert await parts.flowing() <= 5
        await parts.check()


@FAST
async def test_f28_killed_on_page_three(tmp_path: Path) -> None:
    """Kill -9 in the middle of a walk of ten pages: the next start goes on where it was,
    and what it calls complete is complete before and after."""
    async with rig(tmp_path, rate=2_000) as parts:
        async with cut_off(parts, 4):
            await parts.feed(lambda f: not f["connected"], 5)
            parts.rest.latency(0.15)
            stored = on_disk(parts)
        await until(lambda: on_disk(parts) > stored + 2_000)
        await parts.kill()
        parts.rest.fair()
        await parts.serve()
        assert await parts.claims_broken() == []

        assert await parts.flowing() <= 10
        await parts.check()


@FAST
async def test_f29_thousands_in_one_second(tmp_path: Path) -> None:
    """`min_ts` knows seconds and a page 1,000 trades: 12,000 trades that happened within
    a second or two come by REST alone, each once."""
    tape = write_tape(tmp_path / "tape.jsonl", make_trades(12_000, seed=29))
    options = ("--tape", tape, "--speed", "max", "--start", "now")
    async with rig(tmp_path, *options, served=False) as parts:
        await parts.serve()
        await parts.board.until("/api/stats", lambda s: s["trades_total"] >= 12_000)

        found = await parts.check()

        assert found.stored == 12_000


@FAST
async def test_f30_late_trades(tmp_path: Path) -> None:
    """Trades that come minutes late, into each window and before all of them: windows
    are corrected, and sums over the rows."""
    async with rig(tmp_path, "--history", "10m", rate=30) as parts:
        for seconds in (30, 120, 600):
            await parts.exchange.fault("late", count=20, ms=seconds * 1_000)
            await parts.stored_more(30)

        await parts.check()


@pytest.mark.slow
@pytest.mark.faults
@pytest.mark.timeout(240)
async def test_f31_socket_trades_less_than_rest(tmp_path: Path) -> None:
    """Trades that the socket never brought: the audit finds them within a minute and
    they are healed, each once."""
    async with rig(tmp_path, environment={"FLOWBOARD_AUDIT_SPAN_S": "15"}) as parts:
        await parts.exchange.fault("hide_ws", count=20)
        await parts.stored_more(300)
        await parts.exchange.mend()
        truth = await parts.truth()

        assert await parts.has(truth, 60)
        await parts.check()


@pytest.mark.slow
@pytest.mark.faults
@pytest.mark.timeout(240)
async def test_f31_rest_never_shows_a_trade(tmp_path: Path) -> None:
    """Trades that the socket brought and REST never has: kept, counted as extra within
    a minute of their span's end, and nothing else happens."""
    async with rig(tmp_path, environment={"FLOWBOARD_AUDIT_SPAN_S": "15"}) as parts:
        await parts.exchange.fault("hide_rest", count=20)
        begun_s = time.monotonic()
        found = await parts.board.until(
            "/api/coverage", lambda c: c["last_24h"]["extra"] >= 20, 90
        )

        assert time.monotonic() - begun_s <= 15 + 60
        assert found["last_24h"]["extra"] == 20
        assert found["last_24h"]["missing"] == 0
        await parts.check()
