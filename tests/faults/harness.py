"""Real parts for a fault: simulator process, two proxies, served board, real file, client.

board --> proxy (REST) --> simulator         board --> client
      --> proxy (WS)   -->
"""

import asyncio
import contextlib
import json
import os
import signal
import sqlite3
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx2

from tests.acceptance.made_tape import row_of
from tests.acceptance.processes import Board, Exchange, Running, simulating, until
from tests.acceptance.stored import query, rows_of, windows_differ
from tests.faults.checker import Row, Verdict, claims_broken, judged
from tests.faults.proxy import Proxy
from tests.faults.watcher import Watcher

RATE = 300
FLOWING = ("live", "polling")
SETTLED_S = 30.0
SHOWN_S = 10.0
TICK_S = os.sysconf("SC_CLK_TCK")


class Rig:
    """One board under test and all that it talks to.

    Args:
        exchange: The simulator's process.
        rest: Stands before its REST.
        ws: Stands before its WebSocket.
        path: The database file.
        environment: Settings of the board, as variables.
        before: What stands before the board's interpreter, as `strace -f`.

    Attributes:
        board: The board that was served last.
        watcher: The client.
        made: Trades that a test itself sent to the board, by id: a part of the truth.
    """

    board: Board

    def __init__(
        self,
        exchange: Exchange,
        rest: Proxy,
        ws: Proxy,
        path: Path,
        environment: dict[str, str],
        before: tuple[str, ...] = (),
    ) -> None:
        self.exchange = exchange
        self.rest = rest
        self.ws = ws
        self.path = path
        self.environment = (
            exchange.settings
            | {
                "KALSHI_API_BASE": f"http://127.0.0.1:{rest.port}/trade-api/v2",
                "KALSHI_WS_URL": f"ws://127.0.0.1:{ws.port}/trade-api/ws/v2",
                "FLOWBOARD_FILL_HOURS": "1",
            }
            | environment
        )
        self.before = before
        self.made: dict[str, Row] = {}
        self.watcher = Watcher(lambda: self.board.stream_url)
        self.stderr = ""  # Of boards that were served before.
        self._process: Running | None = None
        self._watching: asyncio.Task[None] | None = None

    @property
    def process(self) -> Running:
        """The board's process."""
        assert self._process is not None
        return self._process

    async def start(self) -> None:
        """Serve and watch; return when trades flow and no gap is open."""
        await self.serve()
        self.watch()
        await self.flowing()
        await self.stored_more(50)

    def watch(self) -> None:
        """Let the client connect, and connect again whatever happens."""
        self._watching = asyncio.create_task(self.watcher.run(), name="watcher")

    async def serve(self) -> float:
        """Start a board on the file; return the seconds until it answers /health."""
        begun_s = time.monotonic()
        self._process = Running(
            *("serve", "--port", 0, "--database", self.path),
            folder=self.path.parent,
            environment=self.environment,
            before=self.before,
        )
        (address,) = await self._process.ready()
        self.board = Board(self._process, address)
        await self.board.until("/health", lambda h: h["process"] == "ok")
        return time.monotonic() - begun_s

    async def kill(self) -> None:
        """End the board by kill -9."""
        self.process.kill()
        await self.process.ended()
        await self._put_away()

    async def stop(self) -> int:
        """End the board as an operator does; return the exit code."""
        code = await self.process.stop()
        await self._put_away()
        return code

    async def clear_away(self) -> None:
        """End whatever is left."""
        if self._watching is not None:
            self._watching.cancel()
            await asyncio.wait({self._watching})
        if self._process is not None:
            if self._process.alive:
                self._process.signal(signal.SIGCONT)
            await self._put_away()

    async def _put_away(self) -> None:
        self.stderr += self.process.stderr
        self.process.clear_away()
        self._process = None
        if hasattr(self, "board"):
            await self.board.aclose()

    async def counters(self) -> dict[str, int]:
        """Return the board's counters."""
        return dict((await self.board.get("/api/stats"))["counters"])

    async def counted(
        self, counter: str, more_than: int, timeout_s: float = 15
    ) -> None:
        """Return once `counter` is above `more_than`."""
        await self.board.until(
            "/api/stats",
            lambda s: s["counters"].get(counter, 0) > more_than,
            timeout_s,
        )

    async def feed(
        self, condition: Callable[[dict[str, Any]], Any], timeout_s: float
    ) -> float:
        """Return the seconds until the feed, as /health tells it, meets `condition`."""
        begun_s = time.monotonic()
        await self.board.until("/health", lambda h: condition(h["feed"]), timeout_s)
        return time.monotonic() - begun_s

    async def flowing(self, timeout_s: float = SETTLED_S) -> float:
        """Return the seconds until trades flow and no gap is open."""
        return await self.feed(
            lambda f: f["state"] in FLOWING and not f["open_gaps"], timeout_s
        )

    async def shown(self, at_s: float, *states: str) -> float:
        """Return how many seconds after `at_s` the client saw one of `states`."""
        await until(
            lambda: self.watcher.since(at_s, *states) is not None,
            SHOWN_S,
            lambda: self.watcher.moments[-3:],
        )
        return self.watcher.since(at_s, *states) or 0.0

    async def stored_more(self, count: int, timeout_s: float = 30) -> None:
        """Return once so many more trades are stored."""
        total = (await self.board.get("/api/stats"))["trades_total"]
        await self.board.until(
            "/api/stats", lambda s: s["trades_total"] >= total + count, timeout_s
        )

    async def truth(self) -> dict[str, Row]:
        """Return every trade that the exchange has made, by id."""
        found = dict(self.made)
        url = f"{self.exchange.base}/simulator/trades"
        async with (
            httpx2.AsyncClient(trust_env=False, timeout=60) as client,
            client.stream("GET", url) as response,
        ):
            async for line in response.aiter_lines():
                row = row_of(json.loads(line))
                found[row[0]] = row
        return found

    async def claims_broken(self) -> list[str]:
        """Return trades that are missing from what the board calls complete now."""
        coverage = await self.board.get("/api/coverage")
        return claims_broken(coverage["spans"], await self.truth(), rows_of(self.path))

    async def coverage(self) -> dict[str, Any]:
        """Return the board's account of what it has."""
        return await self.board.get("/api/coverage")

    async def check(
        self, *, settled_s: float = SETTLED_S, windows: bool = True
    ) -> Verdict:
        """Let the board heal, halt trading, and hold T, D and C against each other.

        Every fault test ends with it. It fails on anything that is lost, doubled,
        invented, altered or shown and not stored, on a window that is no sum over the
        rows, on a complete span that is not, on a damaged file and on a dead stage.
        """
        await self.exchange.mend()
        self.rest.fair()
        self.ws.fair()
        await self.rest.accept()
        await self.ws.accept()
        await self.flowing(settled_s)
        await self.exchange.fault("maintenance")
        truth = await self.truth()
        await self.has(truth, settled_s)
        await self._client_has_all(settled_s)
        broken = await self.claims_broken()
        differ = await windows_differ(self.board, self.path) if windows else []
        health = await self.board.get("/health")
        watcher = self.watcher
        found = judged(truth, rows_of(self.path), watcher.deltas, watcher.shown, differ)
        await self.exchange.mend()

        assert not found.faults, str(found)
        assert broken == [], f"called complete, and missing: {broken[:5]}"
        assert watcher.broken == []
        assert (health["process"], health["store"]) == ("ok", "ok")
        assert query(self.path, "PRAGMA integrity_check") == [("ok",)]
        assert "Traceback" not in self.stderr + self.process.stderr
        return found

    async def has(self, truth: dict[str, Row], timeout_s: float) -> bool:
        """Wait, bounded, until all of `truth` is on disk; return whether it is."""
        deadline_s = time.monotonic() + timeout_s
        while time.monotonic() < deadline_s:
            ids = {i for (i,) in query(self.path, "SELECT trade_id FROM trades")}
            if truth.keys() <= ids:
                return True
            await asyncio.sleep(0.2)
        return False

    async def _client_has_all(self, timeout_s: float) -> None:
        """Wait, bounded, until nothing new comes to the client: it reads behind us."""
        deadline_s = time.monotonic() + timeout_s
        last = -1
        while last != len(self.watcher.deltas) and time.monotonic() < deadline_s:
            last = len(self.watcher.deltas)
            await asyncio.sleep(0.3)


@asynccontextmanager
async def rig(
    folder: Path,
    *simulator: object,
    rate: int = RATE,
    before: tuple[str, ...] = (),
    database: Path | None = None,
    served: bool = True,
    environment: dict[str, str] | None = None,
) -> AsyncIterator[Rig]:
    """Run the parts; with `served`, return when trades flow and no gap is open.

    Args:
        folder: Of the processes; the database is in it unless `database` says where.
        simulator: More options of `flowboard simulate`.
        rate: Trades a second.
        before: See `Rig`.
        database: The file.
        served: Whether to start the board; else the test calls `start`.
        environment: Settings of the board, as variables.
    """
    options = simulator if "--tape" in simulator else ("--rate", rate, *simulator)
    async with simulating(*options, folder=folder) as exchange:
        port = int(exchange.base.rpartition(":")[2])
        async with Proxy(port) as rest, Proxy(port) as ws:
            path = database or folder / "board.db"
            made = Rig(exchange, rest, ws, path, environment or {}, before)
            try:
                if served:
                    await made.start()
                yield made
            finally:
                await made.clear_away()
                await exchange.aclose()


def rss_mb(pid: int) -> float:
    """Return the memory that a process holds, in MB."""
    pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


def cpu_s(pid: int) -> float:
    """Return the processor seconds that a process has used."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICK_S


@contextlib.contextmanager
def write_locked(path: Path) -> Any:
    """Hold the file's write lock, as another program may."""
    connection = sqlite3.connect(path, isolation_level=None)
    try:
        connection.execute("BEGIN IMMEDIATE")
        yield connection
        connection.execute("ROLLBACK")
    finally:
        connection.close()


__all__ = ["Rig", "cpu_s", "rig", "rss_mb", "until", "write_locked"]
