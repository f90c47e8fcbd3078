"""The file cannot be written for a while: the board goes on and tells of it."""

import sqlite3
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path

import pytest
import websockets

from tests.acceptance.processes import Exchange, serving, simulating
from tests.acceptance.reader import Reader
from tests.acceptance.stored import ids_of, query, windows_differ

pytestmark = pytest.mark.slow

RATE = 300


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Hold the file's write lock, as another program may."""
    connection = sqlite3.connect(path, isolation_level=None)
    try:
        connection.execute("BEGIN IMMEDIATE")
        yield
        connection.execute("ROLLBACK")
    finally:
        connection.close()


@asynccontextmanager
async def refusing_rest(exchange: Exchange) -> AsyncIterator[None]:
    """Let the socket alone bring trades: they are stored in the exchange's order, and
    none come while it stalls."""
    await exchange.fault("rate_limit")
    yield


async def test_trades_are_shown_now_and_stored_later(tmp_path: Path) -> None:
    """Storage degraded and 503 while the file is locked, trades shown all the same;
    afterwards an unbroken run is stored in order and the windows are sums over it."""
    path = tmp_path / "board.db"
    async with (
        simulating("--rate", RATE, folder=tmp_path) as exchange,
        refusing_rest(exchange),
        serving(exchange, folder=tmp_path) as board,
    ):
        await board.until("/api/stats", lambda s: s["trades_total"] > RATE)
        async with websockets.connect(board.stream_url) as socket:
            reader = Reader(socket)
            with locked(path):
                while reader.feed.get("state") != "storage_degraded":
                    await reader.frame()
                on_disk = set(ids_of(path))
                shown = len(reader.seen)
                while not reader.seen - on_disk or len(reader.seen) < shown + RATE:
                    await reader.frame()
                health = await board.get("/health")
                code = await board.status("/health")
            while reader.feed["state"] == "storage_degraded":
                await reader.frame()
        assert await board.status("/health") == 200
        # The stalled seconds are caught up with.
        await board.until("/health", lambda h: (h["feed"]["data_age_ms"] or 0) < 1_000)
        counters = (await board.get("/api/stats"))["counters"]
        await exchange.fault("stall")
        seq = (await board.get("/api/stats"))["seq"]
        await board.until(
            "/api/stats", lambda s: s["counters"]["trades"] == s["trades_total"]
        )
        assert await windows_differ(board, path) == []
        assert await board.process.stop() == 0
        ids = [trade["trade_id"] for trade in await exchange.traded()]

    stored = ids_of(path)
    first = ids.index(stored[0])
    assert (health["status"], health["store"], code) == ("degraded", "failing", 503)
    assert health["feed"]["state"] == "storage_degraded"
    assert counters["store_failures"] >= 1
    assert seq <= len(stored)
    assert stored == ids[first : first + len(stored)]
    assert reader.seen <= set(stored)
    assert query(path, "SELECT max(seq) - min(seq) + 1 - count(*) FROM trades") == [
        (0,)
    ]


async def test_told_to_stop_while_the_file_is_locked(tmp_path: Path) -> None:
    """It cannot store what it has and says so with exit code 1, without a traceback
    in place of a sentence; the file is sound."""
    path = tmp_path / "board.db"
    async with (
        simulating("--rate", RATE, folder=tmp_path) as exchange,
        serving(exchange, folder=tmp_path) as board,
    ):
        await board.until("/api/stats", lambda s: s["trades_total"] > RATE)
        with locked(path):
            await board.until("/health", lambda h: h["store"] == "failing")
            board.process.signal(15)
            code = await board.process.ended(30)
        before = ids_of(path)
        async with serving(exchange, folder=tmp_path) as again:
            await again.until("/api/stats", lambda s: s["trades_total"] > len(before))
            assert await again.process.stop() == 0

    assert code == 1
    assert "database is locked" in board.process.stderr
    assert ids_of(path)[: len(before)] == before
