"""The API over a real socket, wired as the product wires it, with a board to read."""

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path

import httpx2
import uvicorn
from starlette.applications import Starlette
from starlette.routing import BaseRoute, WebSocketRoute
from starlette.types import ASGIApp
from starlette.websockets import WebSocket

from flowboard import http_api
from flowboard.board import Board
from flowboard.database import Database
from flowboard.feed_status import FeedStatus
from flowboard.models import Trade
from flowboard.stream_messages import render_trades
from flowboard.tape_reader import TapeReader
from tests.database.made_trades import store

WALL_MS = 1_795_266_000_123
WHALE_E6 = 1_000_000_000
CONFIG = {"version": "0.0.0", "mode": "demo", "windows": ["1m", "5m"]}


@dataclass
class Clock:
    """Says what the test says."""

    mono_ms: int = 1_000_000
    wall_ms: int = WALL_MS


class Watchers:
    """Stands in for the hub: so many clients, and news of a board."""

    def __init__(self) -> None:
        self.clients = 3
        self.closed = False
        self.ready = asyncio.Event()
        self.ready.set()
        self.board: Board | None = None
        self._news = asyncio.Condition()

    async def news(self, after_seq: int) -> None:
        """Return once the board has a later trade, or all is closed."""
        assert self.board is not None
        async with self._news:
            while self.board.seq <= after_seq and not self.closed:
                await self._news.wait()

    async def publish(self) -> None:
        """Wake those who wait."""
        async with self._news:
            self._news.notify_all()

    async def close(self) -> None:
        """Say that the server stops."""
        self.closed = True
        self.ready.set()
        await self.publish()


@dataclass
class Api:
    """A served API and all that it reads."""

    database: Database
    static_dir: Path
    clock: Clock = field(default_factory=Clock)
    hub: Watchers = field(default_factory=Watchers)
    status: FeedStatus = field(default_factory=FeedStatus)
    config: dict[str, object] = field(default_factory=lambda: dict(CONFIG))
    port: int = 0
    origins: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        self.board = Board(self.database.markets, WHALE_E6)
        self.hub.board = self.board
        self.tape = TapeReader(self.board.tape, self.database)
        self.wanted: list[str] = []  # Markets that were to be asked for.

    async def trade(self, *trades: Trade) -> None:
        """Store trades and show them, as a beat does."""
        batch = await store(self.database, trades)
        self.board.fold(batch, render_trades(batch, self.database.markets))
        await self.hub.publish()

    def forget(self) -> None:
        """Leave what was traded so far to the disk alone."""
        self.board.tape.floor_seq = self.board.seq

    @contextlib.asynccontextmanager
    async def reading(
        self, path: str, **headers: str
    ) -> AsyncIterator[httpx2.Response]:
        """Ask for an answer that does not end; leave with the block."""
        base = f"http://127.0.0.1:{self.port}"
        async with (
            httpx2.AsyncClient(base_url=base, trust_env=False, timeout=10) as client,
            client.stream("GET", path, headers=headers) as answer,
        ):
            yield answer

    def app(self, *extra: BaseRoute) -> Starlette:
        """Return the application; `extra` routes come first."""
        kept = http_api.KeptAnswers()
        routes = http_api.routes(
            board=self.board,
            hub=self.hub,
            status=self.status,
            store=self.database,
            tape=self.tape,
            config=self.config,
            static_dir=self.static_dir,
            mono_ms=lambda: self.clock.mono_ms,
            wall_ms=lambda: self.clock.wall_ms,
            kept=kept,
            want=self.wanted.append,
        )
        return Starlette(
            routes=[*extra, WebSocketRoute("/ws/stream", greet), *routes],
            middleware=http_api.middleware(self.origins, kept),
            exception_handlers=http_api.exception_handlers(),
        )

    async def get(self, path: str, **options: object) -> httpx2.Response:
        """Ask over a connection of its own."""
        return await self.ask("GET", path, **options)

    async def ask(self, method: str, path: str, **options: object) -> httpx2.Response:
        """Ask with any method."""
        base = f"http://127.0.0.1:{self.port}"
        async with httpx2.AsyncClient(base_url=base, trust_env=False) as client:
            return await client.request(method, path, timeout=10, **options)

    async def send_raw(self, request: bytes) -> tuple[int, dict[str, str], bytes]:
        """Send bytes as they are; return status, headers by lower-case name, body."""
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        try:
            writer.write(request)
            head = await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), 10)
            status, *lines = head.decode("latin-1").strip().split("\r\n")
            headers = {
                name.lower(): value.strip()
                for name, _, value in (line.partition(":") for line in lines)
            }
            length = int(headers.get("content-length", 0))
            if request.startswith(b"HEAD"):
                length = 0
            body = await asyncio.wait_for(reader.readexactly(length), 10)
        finally:
            writer.close()
            await writer.wait_closed()
        return int(status.split()[1]), headers, body


async def greet(websocket: WebSocket) -> None:
    """Stand in for the stream: one word."""
    await websocket.accept()
    await websocket.send_text("hello")
    await websocket.close()


@contextlib.asynccontextmanager
async def serving(app: ASGIApp) -> AsyncIterator[int]:
    """Serve `app` on loopback until the block ends; give the port."""
    listener = socket.create_server(("127.0.0.1", 0))
    config = uvicorn.Config(
        app, ws="websockets-sansio", lifespan="off", log_config=None
    )
    config.load()
    server = uvicorn.Server(config)
    server.lifespan = config.lifespan_class(config)
    # What `serve` does, without its signals and the tick that it ends at.
    await server.startup(sockets=[listener])
    try:
        yield listener.getsockname()[1]
    finally:
        await asyncio.wait_for(server.shutdown(sockets=[listener]), 10)
