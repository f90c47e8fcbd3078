"""The wiring: the only file that knows all the others.

Start: the database is opened, the server accepts connections, the windows are rebuilt,
then the feed begins, and what is missing is healed beside it. Stop: the feed is closed
first, and each stage ends with its input,
so that what was received is stored and shown; then clients are told, and the file closed.
"""

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any

import structlog
from starlette.applications import Starlette

from flowboard import __version__, http_api, websocket_handler
from flowboard.board import Board
from flowboard.board_clock import BoardClock
from flowboard.config import Settings
from flowboard.coverage import Span
from flowboard.database import Database, QuoteLimits, restore, save_windows
from flowboard.errors import (
    BadParameter,
    ExchangeError,
    FlowboardError,
)
from flowboard.exchange_side import ExchangeSide, Work
from flowboard.feed import Policy
from flowboard.feed_status import FeedStatus
from flowboard.hub import Hub
from flowboard.inbox import Inbox
from flowboard.kalshi.auth import Signer
from flowboard.kalshi.endpoints import checked_url
from flowboard.loop_watch import LoopWatch, boot_ms
from flowboard.models import WINDOWS_MS
from flowboard.money import DOLLAR_E6
from flowboard.pulse import Pulse
from flowboard.running_server import make_token
from flowboard.subscription import SORTS
from flowboard.tape_reader import TapeReader
from flowboard.trade_processor import Listener, TradeProcessor

STATIC = Path(__file__).with_name("_static")
HOUR_MS = 3_600_000
OPEN_GAPS_MAX = 100
CLOCK_WAIT_S = 2.0
START_MS = 2_000  # A tape that begins now begins a little before.


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
        signer: Signs the handshake with the exchange; None: there is no key, so poll.
        on_crash: Called once if a stage dies while the board is serving. It must stop
            the server: uvicorn goes on answering after its lifespan has crashed, and a
            board that no longer moves is worse than none.
        listeners: Each gets every batch of new trades; see `TradeProcessor`.

    Raises:
        FlowboardError: The database or a setting is of no use; nothing was started.
    """

    def __init__(
        self,
        settings: Settings,
        signer: Signer | None,
        *,
        on_crash: Callable[[BaseException], None],
        listeners: tuple[Listener, ...] = (),
    ) -> None:
        self._settings = settings
        self._on_crash = on_crash
        self._pipeline: asyncio.Task[None] | None = None
        self._log = structlog.get_logger("flowboard.app")
        self.clock = BoardClock()
        self.inbox = Inbox()
        self.loop_watch = LoopWatch(self._slept)
        self._asleep_ms = boot_ms() - mono_ms()
        # Before a file is made: what is wrong in a setting is told and leaves no trace.
        checked_url(settings.kalshi_api_base, "KALSHI_API_BASE", "http")
        checked_url(settings.kalshi_ws_url, "KALSHI_WS_URL", "ws")
        self.database = Database.open(
            settings.database,
            QuoteLimits(settings.quotes_days, settings.quotes_max_gb),
        )
        self.coverage = self.database.coverage
        self.status = FeedStatus(mono_ms(), self.coverage, wall_ms)
        self.status.rebuilding(True)
        self.board = Board(
            self.database.markets, settings.whale_dollars * DOLLAR_E6, self.coverage
        )
        self.exchange = ExchangeSide(
            settings,
            signer,
            self.inbox,
            self.clock,
            self.status,
            self.database,
            self.board,
            mono_ms=mono_ms,
            wall_ms=wall_ms,
        )
        self.hub = Hub(
            self.board,
            self.status,
            mode=settings.mode,
            mono_ms=mono_ms,
            wall_ms=wall_ms,
            default_window=settings.window,
            default_limit=settings.hot_markets_limit,
        )
        self.tape = TapeReader(self.board.tape, self.database)
        self.processor = TradeProcessor(
            self.inbox,
            self.database,
            self.board,
            self.hub,
            self.clock,
            self.status,
            listeners=listeners,
        )
        kept = http_api.KeptAnswers()
        self.asgi = Starlette(
            routes=[
                *websocket_handler.routes(self.hub, self.tape),
                *http_api.control_routes(self, make_token(settings.database), mono_ms),
                *http_api.routes(
                    board=self.board,
                    hub=self.hub,
                    tape=self.tape,
                    status=self.status,
                    store=self.database,
                    config=public_config(settings),
                    static_dir=STATIC,
                    mono_ms=mono_ms,
                    wall_ms=wall_ms,
                    default_window=settings.window,
                    kept=kept,
                    want=self.exchange.metadata.want,
                ),
            ],
            middleware=http_api.middleware(settings.cors_origins, kept),
            exception_handlers=http_api.exception_handlers(),
            lifespan=self._lifespan,
        )

    def switch_feed(self, policy: Policy) -> None:
        """Take another feed at once; see `http_api.Control`."""
        self.exchange.feed.switch(policy)

    def ask_backfill(self, from_ms: int, to_ms: int, ticker: str | None) -> int:
        """Have a span filled in the background; see `http_api.Control`."""
        now_ms = self.exchange.now_ms()
        if from_ms >= now_ms:
            raise BadParameter("the span lies in the future: give one that is over")
        if sum(gap.is_open for gap in self.coverage.gaps()) >= OPEN_GAPS_MAX:
            raise BadParameter(
                f"{OPEN_GAPS_MAX} spans are being filled already: wait for some"
            )
        span = Span(from_ms, min(to_ms, now_ms))
        return self.coverage.add(
            "backfill", span, wall_ms(), ticker=ticker, background=True
        ).gap

    async def refresh(self) -> int:
        """Read the markets that are shown anew; see `http_api.Control`."""
        return await self.exchange.metadata.refresh()

    def reload_key(self) -> None:
        """Read the key file again; see `ExchangeSide.reload_key`."""
        self.exchange.reload_key()

    async def stop(self) -> None:
        """Close the feed and let each stage end with its input; once is enough.

        On return every trade that was received is stored and shown.
        """
        self.exchange.feed.close()
        self.inbox.close()
        if self._pipeline is None:
            return
        pipeline, self._pipeline = self._pipeline, None
        with suppress(BaseExceptionGroup, FlowboardError):  # `_run` has told of it.
            await pipeline
        self.hub.close()

    @asynccontextmanager
    async def _lifespan(self, _: Starlette) -> AsyncIterator[None]:
        async with self.database, self.exchange.rest:
            self._pipeline = asyncio.create_task(self._run(), name="pipeline")
            yield
            await self.stop()
            # The windows hold a corrected trade at its whole second still: let the next
            # start build them from the rows, which know better.
            sound = not (
                self.database.unwritten
                or self.database.corrected
                or self.status.counters.get("fold_failures")
            )
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
                feed = stages.create_task(self._stage("feed", self.exchange.feed.run))
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
        board.resume(database.next_seq - 1, database.trades)
        if database.board_ms is not None and database.wall_ms is not None:
            self.clock.resume(database.board_ms, database.wall_ms, wall_ms(), mono_ms())
        board_ms = self.clock.board_ms(mono_ms())
        started_ms = mono_ms()
        await asyncio.to_thread(self._recall)
        await asyncio.to_thread(restore, database.path, board, board_ms)
        self._log.info(
            "windows rebuilt", trades=board.trades_total, took_ms=mono_ms() - started_ms
        )
        await self._begin_coverage()
        self.status.rebuilding(False)
        self.hub.ready.set()

    def _recall(self) -> None:
        """Take in what is on disk of markets and their quotes, while nobody looks."""
        markets, quotes = self.board.markets, self.board.quotes
        listings, now_ms = self.database.listings, self.exchange.now_ms()
        for info in listings.read(now_ms):
            markets.learn(info)
        markets.note_settled(listings.settled(now_ms))
        for market, quote in self.database.kept_quotes.last(now_ms).items():
            if not markets.over[market]:
                quotes.put(market, quote)

    def _beside(self) -> dict[str, Work]:
        """Return what runs beside the feed and ends with it."""
        return {
            **self.exchange.beside(),
            "hub": self.hub.run,
            "pulse": Pulse(self.hub, self.processor, self.status, self.loop_watch).run,
            "loop_watch": self.loop_watch.run,
            "kept_quotes": self.database.kept_quotes.tidy,
        }

    def _slept(self, slept_ms: int) -> None:
        """Whatever was connected may be so no more, and trades were made meanwhile."""
        asleep_ms = boot_ms() - mono_ms()
        self.clock.skip(asleep_ms - self._asleep_ms)
        self._asleep_ms = asleep_ms
        self._log.warning("the process stood still", slept_ms=slept_ms)
        self.exchange.feed.reconnect(
            f"Flowboard stood still for {slept_ms / 1000:.0f} s", "sleep"
        )

    async def _begin_coverage(self) -> None:
        """Say what is missing now: what was traded while nobody looked."""
        coverage = self.coverage
        if coverage.since_ms is not None:
            coverage.interrupt("restart", wall_ms())
            return
        # By the exchange's clock, if it can be had: ours may be anything.
        with suppress(ExchangeError, TimeoutError):
            async with asyncio.timeout(CLOCK_WAIT_S):
                await self.exchange.rest.is_trading()
        fill_ms = int(self._settings.fill_hours * HOUR_MS)
        since_ms = self.exchange.now_ms() - max(fill_ms, START_MS)
        coverage.begin(since_ms, wall_ms(), background=fill_ms > 0)


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
