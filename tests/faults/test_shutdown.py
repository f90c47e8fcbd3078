"""F82-F83: told to stop: at the peak, twice, too early, in the middle of healing."""

import asyncio
import random
import signal
import time
from pathlib import Path

import pytest

from tests.acceptance.processes import Running
from tests.acceptance.stored import query
from tests.faults.harness import rig

pytestmark = pytest.mark.slow

EXIT_S = 5.0
STUCK = (
    b"GET /ws/stream?limit=500&combos=include HTTP/1.1\r\nHost: 127.0.0.1\r\n"
    b"Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
    b"Sec-WebSocket-Key: c3R1Y2sgYW5kIHNpbGVudA==\r\n\r\n"
)


async def ended_in_time(process: Running) -> int:
    begun_s = time.monotonic()
    code = await process.ended(EXIT_S + 5)
    assert time.monotonic() - begun_s <= EXIT_S
    return code


async def test_f82_sigterm_at_the_peak(tmp_path: Path) -> None:
    """4,000 trades a second, a client that reads nothing, a long answer under way: out
    within 5 s with code 0, the WAL folded in, and nothing lost over the restart."""
    async with rig(tmp_path, rate=4_000) as parts:
        port = int(parts.board.base.rpartition(":")[2])
        stuck = [await asyncio.open_connection("127.0.0.1", port) for _ in range(2)]
        stuck[0][1].write(STUCK)
        stuck[1][1].write(
            b"GET /api/markets/hot?limit=1000&window=24h&combos=include HTTP/1.1\r\n"
            b"Host: 127.0.0.1\r\n\r\n"
        )
        assert (await stuck[0][0].readline()).startswith(b"HTTP/1.1 101 ")
        await parts.stored_more(8_000)
        parts.process.signal(signal.SIGTERM)
        code = await ended_in_time(parts.process)
        wal = parts.path.with_name(parts.path.name + "-wal")
        folded = not wal.exists() or wal.stat().st_size == 0
        for _, writer in stuck:
            writer.transport.abort()
        await parts.clear_away()
        await parts.serve()
        parts.watch()

        assert code == 0
        assert folded
        await parts.check()


@pytest.mark.parametrize(
    "signals",
    [
        (signal.SIGTERM, signal.SIGTERM),
        (signal.SIGINT,),
        (signal.SIGINT, signal.SIGTERM),
    ],
    ids=lambda signals: "+".join(number.name for number in signals),
)
async def test_f83_signals(tmp_path: Path, signals: tuple[signal.Signals, ...]) -> None:
    """Once, twice, by Ctrl+C: the same prompt end with code 0."""
    async with rig(tmp_path) as parts:
        for number in signals:
            parts.process.signal(number)
        code = await ended_in_time(parts.process)
        await parts.clear_away()
        await parts.serve()
        parts.watch()

        assert code == 0
        await parts.check()


async def test_f83_sigterm_while_it_starts(tmp_path: Path) -> None:
    """At any moment of a start, its migration included: gone within 5 s, and the file is
    sound or not there."""
    chance = random.Random(83)
    async with rig(tmp_path, served=False) as parts:
        for _ in range(8):
            process = Running(
                *("serve", "--port", 0, "--database", parts.path),
                folder=tmp_path,
                environment=parts.environment,
            )
            try:
                await asyncio.sleep(chance.uniform(0.02, 1.2))
                process.signal(signal.SIGTERM)
                code = await ended_in_time(process)
                told = process.stderr
            finally:
                process.clear_away()
            # Before Python listens for it, the signal ends it as any other program.
            assert code in (0, -signal.SIGTERM), told
            if parts.path.exists() and parts.path.stat().st_size:
                assert query(parts.path, "PRAGMA integrity_check") == [("ok",)]
        await parts.start()

        await parts.check()


@pytest.mark.faults
async def test_f83_sigterm_while_it_heals(tmp_path: Path) -> None:
    """In the middle of a walk over slow pages: gone within 5 s, and the next start goes
    on with the gap that is left."""
    async with rig(tmp_path, rate=1_000) as parts:
        for proxy in (parts.ws, parts.rest):
            proxy.cut_off()
        await parts.feed(lambda f: not f["connected"], 5)
        await asyncio.sleep(4)
        parts.rest.latency(0.5)
        for proxy in (parts.ws, parts.rest):
            await proxy.accept()
        await parts.feed(lambda f: f["connected"] or f["state"] == "polling", 40)
        health = await parts.board.get("/health")
        parts.process.signal(signal.SIGTERM)
        code = await ended_in_time(parts.process)
        await parts.clear_away()
        parts.rest.fair()
        await parts.serve()
        parts.watch()

        assert health["feed"]["open_gaps"] >= 1
        assert code == 0
        await parts.check()
