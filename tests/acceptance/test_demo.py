"""`flowboard demo`: a moving board without a key, and nothing left behind."""

import os
import signal
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from tests.acceptance.processes import Board, flowboard, until

pytestmark = pytest.mark.slow

MOVING_S = 15.0
ROWS = 20


@asynccontextmanager
async def demonstration(folder: Path, *arguments: object) -> AsyncIterator[Board]:
    # Its temporary files go where the test can see them.
    temporary = {"TMPDIR": str(folder)}
    command = ("demo", "--port", 0, *arguments)
    async with flowboard(*command, folder=folder, **temporary) as process:
        (address,) = await process.ready()
        board = Board(process, address)
        yield board
        await board.aclose()


def exchange_of(board: Board) -> int:
    """Return the process id of a demo's exchange."""
    children = Path(f"/proc/{board.process.pid}/task/{board.process.pid}/children")
    (child,) = children.read_text().split()
    return int(child)


def is_running(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return False
    return state != "Z"


async def test_board_moves_after_fifteen_seconds(tmp_path: Path) -> None:
    """Twenty rows with whole sparklines, of an hour of history read over REST, and they
    move; SIGTERM ends the exchange too and clears the temporary folder."""
    async with demonstration(tmp_path) as board:
        ready_s = time.monotonic()
        exchange = exchange_of(board)
        rows = (
            await board.until(
                "/api/markets/hot",
                lambda found: sum(map(is_whole, found["hot_markets"])) >= ROWS,
                MOVING_S,
            )
        )["hot_markets"]
        assert time.monotonic() - ready_s <= MOVING_S
        before = {row["market_ticker"]: row["trade_count"] for row in rows}
        await board.until(
            "/api/markets/hot",
            lambda found: any(
                row["trade_count"] != before.get(row["market_ticker"])
                for row in found["hot_markets"]
            ),
        )
        health = await board.get("/health")
        page = await board.ask("GET", "/")
        recent = await board.get("/api/trades/recent", limit=1000, combos="include")
        assert await board.process.stop() == 0
        await until(lambda: not is_running(exchange), 5)

    assert health["status"] == "ok"
    assert page.status_code == 200
    assert "ws" in {trade["source"] for trade in recent["recent_trades"]}
    assert board.process.lines == [f"ready {board.base}"]
    assert not list(tmp_path.glob("flowboard-*"))


def is_whole(row: dict[str, list[int | None]]) -> bool:
    return len(row["sparkline"]) == 60 and None not in row["sparkline"]


@pytest.mark.skipif(
    not Path("/proc/self/task").exists(), reason="There is no /proc to look into."
)
async def test_killed_demo_leaves_no_exchange(tmp_path: Path) -> None:
    """After kill -9 nobody ends the exchange: it ends by itself."""
    async with demonstration(tmp_path, "--history", "0s") as board:
        exchange = exchange_of(board)
        assert is_running(exchange)
        board.process.kill()
        assert await board.process.ended() == -signal.SIGKILL
        try:
            await until(lambda: not is_running(exchange), 5)
        finally:
            if is_running(exchange):
                os.kill(exchange, signal.SIGKILL)


async def test_interrupted_while_history_is_read(tmp_path: Path) -> None:
    """Ctrl+C in the first second is an end like any other."""
    async with demonstration(tmp_path) as board:
        await board.until("/api/stats", lambda s: s["trades_total"] > 1_000)
        board.process.signal(signal.SIGINT)
        assert await board.process.ended(5) == 0

    assert "Traceback" not in board.process.stderr


async def test_told_to_stop_before_it_is_ready(tmp_path: Path) -> None:
    """SIGTERM while the exchange is getting ready: exit 0, and nothing is left."""
    command = ("demo", "--port", 0)
    async with flowboard(*command, folder=tmp_path, TMPDIR=str(tmp_path)) as process:
        await until(lambda: list(tmp_path.glob("flowboard-demo-*/*.pem")))
        process.signal(signal.SIGTERM)
        assert await process.ended() == 0

    assert (process.lines, process.stderr) == ([], "")
    assert not list(tmp_path.glob("flowboard-*"))
