"""A board that is served and announced, as commands find it: real HTTP, a real token."""

import asyncio
import os
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from flowboard import http_api
from flowboard.database import Database
from flowboard.errors import BadParameter
from flowboard.running_server import RunningServer, announced, make_token
from tests.http_api.serving import WALL_MS, Api, serving

PATIENCE_S = 20


class ServedBoard:
    """What the test may change, and what the board was told.

    Attributes:
        database: The file; `board.db` in the test's folder.
        api: The status and the clock behind `/health`.
        coverage: What `/api/coverage` answers next: the last one stays.
        feeds, spans: What it was told to do.
    """

    def __init__(self, database: Path, api: Api) -> None:
        self.database = database
        self.api = api
        self.coverage: list[dict[str, Any]] = [{"gaps": [], "last_24h": {}}]
        self.coverage_code = 200
        self.feeds: list[str] = []
        self.spans: list[tuple[int, int, str | None]] = []

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.api.port}"

    def switch_feed(self, policy: str) -> None:
        if policy == "websocket":
            raise BadParameter("there is no key: stay with polling")
        self.feeds.append(policy)

    def ask_backfill(self, from_ms: int, to_ms: int, ticker: str | None) -> int:
        self.spans.append((from_ms, to_ms, ticker))
        return 7

    async def answer_coverage(self, _: Request) -> Response:
        now, *later = self.coverage
        self.coverage = later or [now]
        return JSONResponse(now, self.coverage_code)


@asynccontextmanager
async def served_board(folder: Path) -> AsyncIterator[ServedBoard]:
    """Serve a board on `board.db` in the folder until the block ends."""
    path = folder / "board.db"
    async with Database.open(path) as database:
        board = ServedBoard(path, Api(database, folder / "_static"))
        routes = http_api.control_routes(board, make_token(path), lambda: 0)
        coverage = Route("/api/coverage", board.answer_coverage)
        async with serving(board.api.app(coverage, *routes)) as board.api.port:
            server = RunningServer(board.address, os.getpid(), "0.1.0", WALL_MS)
            with announced(path, server):
                yield board


async def beside(work: Callable[..., Any], *arguments: Any, **named: Any) -> Any:
    """Run a command's work, which blocks, while the board is served."""
    waited = asyncio.to_thread(work, *arguments, **named)
    return await asyncio.wait_for(waited, PATIENCE_S)


def a_gap(**fields: Any) -> dict[str, Any]:
    """Return a gap as `/api/coverage` tells it: half walked."""
    gap = {
        "gap": 7,
        "cause": "backfill",
        "from_ms": 1_000,
        "to_ms": 2_000,
        "asked_to_ms": 3_000,
        "ticker": None,
        "state": "healing",
        "background": True,
        "noticed_ms": WALL_MS,
        "closed_ms": None,
        "recovered": 40,
        "pages": 2,
    }
    return gap | fields
