"""Gaps -> walks over the exchange's tape -> the same inbox; one gap at a time.

The urgent ones first, whatever was lost since the installation; then what fills up the
time before it. What a walk has brought is on disk before its gap shrinks, so a kill in
the middle costs a page and no trade.
"""

import asyncio
import sys
from collections import deque
from collections.abc import Callable
from contextlib import aclosing, suppress
from typing import Protocol

import structlog

from flowboard.coverage import Coverage, Gap
from flowboard.errors import ExchangeError, RequestFailed
from flowboard.feed_status import FeedStatus
from flowboard.inbox import Inbox, Parcel
from flowboard.models import Source
from flowboard.tape_walk import Page, Pages, walk

AHEAD_MAX = 8  # Pages that are handed over and not stored yet.
RETRY_S = 0.5
RETRY_MAX_S = 3.0
# REST may show a trade this much later than its time says: so long after a walk its
# end is looked at once more.
AGAIN_S = 3.0
AGAIN_MS = 3_000
AGAIN_MAX = 16
# What is younger is never historical: the exchange moves that border by months.
RECENT_MS = 7 * 86_400_000
REFUSALS = (400, 404)


class Tape(Pages, Protocol):
    """The exchange's tape; see `kalshi.rest_client.RestClient`."""

    async def cutoff_ms(self) -> int:
        """Return the exchange time before which trades are historical."""


class Healer:
    """Walks every gap of the coverage until it is closed; runs for ever.

    Args:
        coverage: Its gaps.
        tape: Where pages come from; it keeps the pace.
        inbox: Where trades go.
        status: Is told of rows that could not be read, and of trades recovered.
        wall_ms: Unix milliseconds.
        now_ms: The exchange's time, Unix ms.
        retry_s: The first wait after a walk that failed; doubles to six times that.

    Attributes:
        failures: Walks in a row that brought nothing.
    """

    def __init__(
        self,
        coverage: Coverage,
        tape: Tape,
        inbox: Inbox,
        status: FeedStatus,
        *,
        wall_ms: Callable[[], int],
        now_ms: Callable[[], int],
        retry_s: float = RETRY_S,
    ) -> None:
        self._coverage = coverage
        self._tape = tape
        self._inbox = inbox
        self._status = status
        self._wall_ms = wall_ms
        self._now_ms = now_ms
        self._retry_s = retry_s
        self._changed = asyncio.Event()
        self._again: deque[tuple[float, int]] = deque(maxlen=AGAIN_MAX)
        self.failures = 0
        self._log = structlog.get_logger("flowboard.healer")
        coverage.changed = self._changed.set

    async def run(self) -> None:
        """Heal for ever; what cannot be asked now is asked again."""
        while True:
            self._changed.clear()
            gap = self._coverage.turn()
            if gap is None or (gap.background and self._is_due()):
                await self._idle()
                continue
            try:
                self._coverage.begun(gap)
                await self._heal(gap)
                self.failures = 0
            except ExchangeError as error:
                if self._is_refused(gap, error):
                    continue
                self.failures += 1
                await self._wait_after(gap, error)
            finally:
                if gap.is_open:
                    self._coverage.paused(gap)

    def _is_due(self) -> bool:
        now_s = asyncio.get_running_loop().time()
        return bool(self._again) and self._again[0][0] <= now_s

    async def _idle(self) -> None:
        """Wait for a gap; meanwhile look again where it is time to."""
        if self._is_due():
            await self._look_again(self._again.popleft()[1])
            return
        wait_s = None
        if self._again:
            wait_s = self._again[0][0] - asyncio.get_running_loop().time()
        with suppress(TimeoutError):
            async with asyncio.timeout(wait_s):
                await self._changed.wait()

    def _is_refused(self, gap: Gap, error: Exception) -> bool:
        """Give up what was asked for by hand and makes no sense to the exchange."""
        refused = isinstance(error, RequestFailed) and error.status in REFUSALS
        if not refused or gap.cause != "backfill":
            return False
        self._log.error("backfill refused", gap=gap.gap, problem=str(error))
        self._coverage.close(gap, self._wall_ms())
        return True

    async def _wait_after(self, gap: Gap, error: Exception) -> None:
        wait_s = min(RETRY_MAX_S, self._retry_s * 2.0 ** min(self.failures - 1, 10))
        self._log.warning(
            "healing interrupted",
            gap=gap.gap,
            cause=gap.cause,
            problem=str(error),
            wait_s=wait_s,
        )
        self._status.count("heal_failures")
        # A gap that is noticed meanwhile does not wait longer than this one.
        await asyncio.sleep(wait_s)

    async def _heal(self, gap: Gap) -> None:
        """Walk a gap to its beginning, or until a more urgent one is there."""
        cutoff_ms = await self._cutoff_for(gap)
        if gap.to_ms is None or gap.to_ms > cutoff_ms:
            lower_ms = max(gap.from_ms, cutoff_ms)
            if not await self._walk(gap, lower_ms, historical=False):
                return
        if gap.from_ms < cutoff_ms:
            # The border may have moved meanwhile: begin where it is now.
            upper_ms = await self._tape.cutoff_ms()
            if not await self._walk(
                gap, gap.from_ms, historical=True, upper_ms=upper_ms
            ):
                return
        self._coverage.close(gap, self._wall_ms())
        if gap.to_newest and gap.asked_to_ms is not None:
            due_s = asyncio.get_running_loop().time() + AGAIN_S
            self._again.append((due_s, gap.asked_to_ms))
        log = self._log.info if gap.recovered else self._log.debug
        log(
            "gap healed",
            gap=gap.gap,
            cause=gap.cause,
            recovered=gap.recovered,
            pages=gap.pages,
        )

    async def _walk(
        self, gap: Gap, lower_ms: int, *, historical: bool, upper_ms: int = 0
    ) -> bool:
        """Return whether the walk came to `lower_ms`; False: something is urgent."""
        source: Source = "backfill" if gap.background else "heal"
        ahead: deque[tuple[Parcel, int]] = deque()
        pages = walk(
            self._tape,
            lower_ms,
            None if gap.to_ms is None else max(gap.to_ms, upper_ms),
            source=source,
            ticker=gap.ticker,
            historical=historical,
        )
        whole = True
        try:
            async with aclosing(pages):
                async for page in pages:
                    await self._take(gap, page, lower_ms, source, ahead)
                    if gap.background and self._coverage.urgent:
                        whole = False
                        break
        except ExchangeError:
            await self._stored(gap, ahead, 0)  # What the walk brought is good.
            raise
        await self._stored(gap, ahead, 0)
        if whole:
            self._coverage.walked(gap, lower_ms - 1, 0)
        return whole

    async def _take(
        self,
        gap: Gap,
        page: Page,
        lower_ms: int,
        source: Source,
        ahead: deque[tuple[Parcel, int]],
    ) -> None:
        trades = page.trades
        # A trade that is ahead of its time says nothing of what is complete.
        newest_ms = min(trades[0].ts_ms, self._now_ms()) if trades else None
        gap.pages += 1
        self.failures = 0
        self._coverage.walking(gap, newest_ms)
        if page.refused:
            self._status.count("bad_rows", page.refused)
        if trades:
            # Oldest first, as they would have come.
            end_ms = sys.maxsize if gap.to_newest else gap.asked_to_ms or sys.maxsize
            wanted = [t for t in reversed(trades) if lower_ms <= t.ts_ms < end_ms]
            parcel = await self._inbox.deliver(wanted, source)
            ahead.append((parcel, trades[-1].ts_ms))
        await self._stored(gap, ahead, AHEAD_MAX)

    async def _stored(
        self, gap: Gap, ahead: deque[tuple[Parcel, int]], most: int
    ) -> None:
        """Shrink the gap by what is on disk; wait while more than `most` pages are not."""
        while ahead and (ahead[0][0].is_stored or len(ahead) > most):
            parcel, oldest_ms = ahead[0]
            await parcel.stored()
            ahead.popleft()
            self._coverage.walked(gap, oldest_ms, parcel.new)
            self._status.count(f"trades_{parcel.source}", parcel.new)

    async def _cutoff_for(self, gap: Gap) -> int:
        """Return where the historical tape ends; what was lost just now need not ask."""
        if not gap.background and self._wall_ms() - gap.from_ms < RECENT_MS:
            return 0
        return await self._tape.cutoff_ms()

    async def _look_again(self, asked_to_ms: int) -> None:
        """Ask once more for the end of a gap: REST may know a trade a little later."""
        pages = walk(self._tape, asked_to_ms - AGAIN_MS, asked_to_ms + 1, source="heal")
        try:
            async with aclosing(pages):
                async for page in pages:
                    parcel = await self._inbox.deliver(page.trades[::-1], "heal")
                    await parcel.stored()
                    self._status.count("trades_heal", parcel.new)
        except ExchangeError as error:  # The audit looks there, too.
            self._log.debug("no second look", problem=str(error))
