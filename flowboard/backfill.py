"""`flowboard backfill` where no board runs: the same healer, on the file itself.

What is asked for is a gap in the file. So it can be stopped at any time: the same
command, or the next board that starts, goes on where this one was.
"""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from flowboard.app import mono_ms, wall_ms
from flowboard.board import Board
from flowboard.board_clock import BoardClock
from flowboard.config import Settings
from flowboard.coverage import Coverage, Gap, Span
from flowboard.database import Database
from flowboard.errors import FlowboardError
from flowboard.feed_status import FeedStatus
from flowboard.healer import Healer
from flowboard.inbox import Inbox
from flowboard.kalshi.rest_client import RestClient
from flowboard.money import DOLLAR_E6
from flowboard.server import log_to_stderr
from flowboard.subscription import TICK_MS
from flowboard.trade_processor import TradeProcessor

LOOK_S = 0.2
FAILURES_MAX = 10  # In a row; some half a minute.

Progress = Callable[[float, int], None]


class GaveUp(FlowboardError):
    """The exchange did not answer."""

    def __str__(self) -> str:
        return (
            "the exchange does not answer, the log above says why: what came is stored; "
            "the same command goes on from there"
        )


class Nobody:
    """Nobody is shown anything; see `trade_processor.Publisher`."""

    tick_ms = TICK_MS

    def publish(self) -> None:
        """Tell nobody."""


def run(
    settings: Settings,
    from_ms: int,
    to_ms: int,
    ticker: str | None,
    progress: Progress,
) -> int:
    """Fill a span of exchange time; return the exit code.

    Args:
        settings: Of the file and the exchange.
        from_ms: Unix ms; `to_ms` likewise, not included.
        ticker: One market alone.
        progress: Told the part that was walked, and the trades that were missing.

    Raises:
        FlowboardError: The file is of no use, or the exchange does not answer.
    """
    log_to_stderr(settings.log_level)
    found = asyncio.run(fill(settings, Span(from_ms, to_ms), ticker, progress))
    print(f"complete: {found:,} trades were missing and are filled in")
    return 0


async def fill(
    settings: Settings, span: Span, ticker: str | None, progress: Progress
) -> int:
    """Fill a span; return how many trades were missing.

    Raises:
        FlowboardError: See `run`.
    """
    async with (
        Database.open(settings.database) as database,
        healing(settings, database) as (healer, storing),
    ):
        gap = gap_of(database.coverage, span, ticker)
        while gap.is_open:
            progress(_part(gap), gap.recovered)
            if healer.failures >= FAILURES_MAX or storing.done():
                raise GaveUp
            await asyncio.sleep(LOOK_S)
        progress(1.0, gap.recovered)
    return gap.recovered


@asynccontextmanager
async def healing(
    settings: Settings, database: Database
) -> AsyncIterator[tuple[Healer, asyncio.Task[None]]]:
    """Let the gaps of a file be healed; in the end what came is stored."""
    clock, inbox = BoardClock(), Inbox()
    status = FeedStatus(0, database.coverage, wall_ms)
    if database.board_ms is not None and database.wall_ms is not None:
        # Old trades must not set the board's clock back.
        clock.resume(database.board_ms, database.wall_ms, wall_ms(), mono_ms())
    board = Board(
        database.markets, settings.whale_dollars * DOLLAR_E6, database.coverage
    )
    processor = TradeProcessor(inbox, database, board, Nobody(), clock, status)
    async with RestClient(settings.kalshi_api_base, clock) as rest:
        healer = Healer(
            database.coverage,
            rest,
            inbox,
            status,
            wall_ms=wall_ms,
            now_ms=lambda: clock.now_ms(mono_ms(), wall_ms()),
        )
        storing = asyncio.create_task(processor.run())
        walking = asyncio.create_task(healer.run())
        try:
            yield healer, storing
        finally:
            walking.cancel()
            await asyncio.wait({walking})
            inbox.close()
            await storing


def gap_of(coverage: Coverage, span: Span, ticker: str | None) -> Gap:
    """Return the open gap of that very span, from an earlier try, or a new one."""
    for gap in coverage.gaps():
        asked = (gap.cause, gap.from_ms, gap.asked_to_ms, gap.ticker)
        if gap.is_open and asked == ("backfill", *span, ticker):
            return gap
    return coverage.add("backfill", span, wall_ms(), ticker=ticker, background=True)


def _part(gap: Gap) -> float:
    if gap.to_ms is None or gap.asked_to_ms is None:
        return 0.0
    return (gap.asked_to_ms - gap.to_ms) / max(1, gap.asked_to_ms - gap.from_ms)
