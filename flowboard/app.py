"""The wiring: the only file that knows all the others.

Start: the database is opened, the server accepts connections, the windows are rebuilt,
then the feed begins. Stop: the feed is closed first, and each stage ends with its input,
so that what was received is stored and shown; then clients are told, and the file closed.
"""

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any

import structlog
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.gzip import GZipMiddleware

from flowboard import __version__, http_api, websocket_handler
from flowboard.board import Board
from flowboard.board_clock import BoardClock
from flowboard.config import Settings
from flowboard.database import Database, restore, save_windows
from flowboard.errors import FlowboardError
from flowboard.feed_status import FeedStatus
from flowboard.history_reader import HistoryReader
from flowboard.hub import Hub
from flowboard.kalshi.auth import Signer
from flowboard.kalshi.rest_client import RestClient
from flowboard.kalshi.websocket_client import WebSocketClient
from flowboard.markets import Markets
from flowboard.models import WINDOWS_MS
from flowboard.money import DOLLAR_E6
from flowboard.subscription import SORTS
from flowboard.title_reader import TitleReader
from flowboard.trade_processor import Inbox, Listener, TradeProcessor

STATIC = Path(__file__).with_name("_static")
TICK_S = 1.0
TITLED_WINDOWS = ("5m", "1h", "24h")
TITLED = 200  # The first markets of each window are asked for by name.

Work = Callable[[], Coroutine[Any, Any, object]]


def mono_ms() -> int:
    """Monotonic milliseconds, the one count for the whole process."""
    return time.monotonic_ns() // 1_000_000


def wall_ms() -> int:
    """Unix milliseconds."""
    return time.time_ns() // 1_000_000


class Flowboard:
    """One board, from the exchange's socket to the browsers'.

    Args:
        settings: What the operator chose.
        signer: Signs the handshake with the exchange.
        on_crash: Called once if a stage dies while the board is serving. It must stop
            the server: uvicorn goes on answering after its lifespan has crashed, and a
            board that no longer moves is worse than none.
        history_ms: How far back to read what was traded before; 0 for not at all.
        listeners: Each gets every batch of new trades; see `TradeProcessor`.

    Raises:
        FlowboardError: The database or a setting is of no use; nothing was started.
    """

    def __init__(
        self,
        settings: Settings,
        signer: Signer,
        *,
        on_crash: Callable[[BaseException], None],
        history_ms: int = 0,
        listeners: tuple[Listener, ...] = (),
    ) -> None:
        self._on_crash = on_crash
        self._history_ms = history_ms
        self._pipeline: asyncio.Task[None] | None = None
        self._log = structlog.get_logger("flowboard.app")
        self.status = FeedStatus(mono_ms())
        self.status.rebuilding(True)
        self.clock = BoardClock()
        self.inbox = Inbox()
        self.rest = RestClient(settings.kalshi_api_base, self.clock)
        self.feed = WebSocketClient(
            settings.kalshi_ws_url, signer, self.inbox, self.status, self.clock
        )
        self.database = Database.open(settings.database)
        self.board = Board(self.database.markets, settings.whale_dollars * DOLLAR_E6)
        self.hub = Hub(
            self.board,
            self.status,
            mode=settings.mode,
            mono_ms=mono_ms,
            wall_ms=wall_ms,
            default_window=settings.window,
            default_limit=settings.hot_markets_limit,
        )
        self.processor = TradeProcessor(
            self.inbox,
            self.database,
            self.board,
            self.hub,
            self.clock,
            self.status,
            listeners=listeners,
        )
        self.asgi = Starlette(
            routes=[
                *websocket_handler.routes(self.hub),
                *http_api.routes(
                    board=self.board,
                    hub=self.hub,
                    status=self.status,
                    store=self.database,
                    config=public_config(settings),
                    static_dir=STATIC,
                    mono_ms=mono_ms,
                    wall_ms=wall_ms,
                    default_window=settings.window,
                ),
            ],
            middleware=[
                Middleware(http_api.Guard),
                Middleware(GZipMiddleware, minimum_size=1_000),
            ],
            exception_handlers=http_api.exception_handlers(),
            lifespan=self._lifespan,
        )

    async def stop(self) -> None:
        """Close the feed and let each stage end with its input; once is enough.

        On return every trade that was received is stored and shown.
        """
        self.feed.close()
        self.inbox.close()
        if self._pipeline is None:
            return
        pipeline, self._pipeline = self._pipeline, None
        with suppress(BaseExceptionGroup, FlowboardError):  # `_run` has told of it.
            await pipeline
        self.hub.close()

    @asynccontextmanager
    async def _lifespan(self, _: Starlette) -> AsyncIterator[None]:
        async with self.database, self.rest:
            self._pipeline = asyncio.create_task(self._run(), name="pipeline")
            yield
            await self.stop()
            # The windows hold a corrected trade at its whole second still: let the next
            # start build them from the rows, which know better.
            sound = not (self.database.unwritten or self.database.corrected)
            if self.hub.ready.is_set() and sound:
                await asyncio.to_thread(save_windows, self.database.path, self.board)

    async def _run(self) -> None:
        """Rebuild the windows, then feed them until closed."""
        try:
            await self._rebuild()
            async with asyncio.TaskGroup() as stages:
                beside = [
                    stages.create_task(self._stage(name, work))
                    for name, work in self._beside().items()
                ]
                feed = stages.create_task(self._stage("feed", self.feed.run))
                await self._stage("processor", self.processor.run)
                await feed
                for task in beside:
                    task.cancel()
        except Exception as crash:
            self._on_crash(crash)
            raise

    async def _stage(self, name: str, work: Work) -> None:
        try:
            await work()
        except Exception:
            self.status.stage_died(name)
            self._log.exception("a stage died", stage=name)
            raise

    async def _rebuild(self) -> None:
        database, board = self.database, self.board
        board.seq, board.trades_total = database.next_seq - 1, database.trades
        if database.board_ms is not None and database.wall_ms is not None:
            self.clock.resume(database.board_ms, database.wall_ms, wall_ms(), mono_ms())
        board_ms = self.clock.board_ms(mono_ms())
        started_ms = mono_ms()
        await asyncio.to_thread(restore, database.path, board, board_ms)
        self._log.info(
            "windows rebuilt", trades=board.trades_total, took_ms=mono_ms() - started_ms
        )
        self.status.rebuilding(False)
        self.hub.ready.set()

    def _beside(self) -> dict[str, Work]:
        """Return what runs beside the feed and ends with it."""
        work: dict[str, Work] = {"titles": self._titles().run, "clock": self._tick}
        if self._history_ms:
            work["history"] = self._history().run
        return work

    async def _tick(self) -> None:
        """Let heartbeats be sent and forgotten streams go."""
        while True:
            await asyncio.sleep(TICK_S)
            self.hub.tick()

    def _history(self) -> HistoryReader:
        return HistoryReader(
            self.rest,
            self.inbox,
            self.feed.subscribed,
            self.status,
            history_ms=self._history_ms,
            now_ms=lambda: self.clock.exchange_ms(mono_ms()) or wall_ms(),
        )

    def _titles(self) -> TitleReader:
        board, markets = self.board, self.board.markets

        def wanted() -> list[str]:
            shown = dict.fromkeys(
                market
                for window in TITLED_WINDOWS
                for market in board.aggregator.top(window, "notional", TITLED, True)
            )
            return [markets.tickers[m] for m in shown if markets.titles[m] is None]

        return TitleReader(self.rest, wanted, lambda *t: entitle(markets, *t))


def entitle(markets: Markets, ticker: str, title: str) -> None:
    """Give a known market its title."""
    market = markets.find(ticker)
    if market is not None:
        markets.titles[market] = title


def public_config(settings: Settings) -> dict[str, Any]:
    """Return what `/api/config` tells: nothing that names a key or a folder."""
    return {
        "version": __version__,
        "mode": settings.mode,
        "windows": list(WINDOWS_MS),
        "default_window": settings.window,
        "sorts": list(SORTS),
        "hot_markets_limit": settings.hot_markets_limit,
        "whale_dollars": settings.whale_dollars,
        "stream": "/ws/stream",
    }
