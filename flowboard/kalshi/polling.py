"""The exchange's newest trades by REST, once a second -> the same inbox.

A poll is a short walk from now back to where the last one began, and a little further.
So nothing falls between two polls; the store knows what came twice.
"""

import asyncio
import time
from collections.abc import Callable
from contextlib import aclosing

import structlog

from flowboard.coverage import Span
from flowboard.errors import ExchangeError
from flowboard.feed_status import FeedStatus
from flowboard.inbox import Inbox
from flowboard.models import Trade
from flowboard.tape_walk import Pages, walk

EVERY_S = 1.0
RETRY_MAX_S = 3.0
OVERLAP_MS = 2_000  # REST may know a trade a little later than its time says.
PAGES_MAX = 5  # What is further back is a gap, and the newest stay in sight.
FAILURES_MAX = 2  # In a row; then the feed is down.


class Poller:
    """Polls until closed.

    Args:
        tape: Where pages come from; see `RestClient`.
        inbox: Where trades go.
        status: Is told of polls, of gaps through its coverage, and of failures.
        now_ms: The exchange's time, Unix ms.
        every_s: From the beginning of a poll to that of the next.
        mono_ms: Monotonic milliseconds.
        wall_ms: Unix milliseconds.
    """

    def __init__(
        self,
        tape: Pages,
        inbox: Inbox,
        status: FeedStatus,
        *,
        now_ms: Callable[[], int],
        every_s: float = EVERY_S,
        mono_ms: Callable[[], int] = lambda: time.monotonic_ns() // 1_000_000,
        wall_ms: Callable[[], int] = lambda: time.time_ns() // 1_000_000,
    ) -> None:
        self._tape = tape
        self._inbox = inbox
        self._status = status
        self._now_ms = now_ms
        self._every_s = every_s
        self._mono_ms = mono_ms
        self._wall_ms = wall_ms
        self._edge_ms: int | None = None
        self._failures = 0
        self._log = structlog.get_logger("flowboard.polling")

    async def run(self) -> None:
        """Poll until cancelled; a poll that fails is tried again."""
        loop = asyncio.get_running_loop()
        try:
            while True:
                begun_s = loop.time()
                wait_s = await self._poll_safely()
                await asyncio.sleep(max(0.0, begun_s + wait_s - loop.time()))
        finally:
            self._status.polling_ended(self._mono_ms())

    async def _poll_safely(self) -> float:
        """Poll once; return the seconds from its beginning to the next."""
        try:
            await self._poll()
        except ExchangeError as error:
            self._failures += 1
            self._status.count("poll_failures")
            if self._failures >= FAILURES_MAX:
                self._status.poll_failed(str(error), self._mono_ms())
            self._log.warning("poll failed", problem=str(error), row=self._failures)
            return min(RETRY_MAX_S, self._every_s * 2.0 ** min(self._failures - 1, 5))
        self._failures = 0
        self._status.count("polls")
        return self._every_s

    async def _poll(self) -> None:
        edge_ms = self._edge_ms
        from_ms = 0 if edge_ms is None else edge_ms - OVERLAP_MS
        found: list[Trade] = []
        walked = 0
        pages = walk(self._tape, from_ms, None, source="poll")
        async with aclosing(pages):
            async for page in pages:
                if page.refused:
                    self._status.count("bad_rows", page.refused)
                found += page.trades
                walked += 1
                # The first poll shows the newest; a gap takes care of what was before.
                if edge_ms is None:
                    break
                if walked == PAGES_MAX:
                    self._fell_behind(from_ms, found)
                    break
        await self._hand_on(found)

    def _fell_behind(self, from_ms: int, found: list[Trade]) -> None:
        if found and found[-1].ts_ms >= from_ms:
            self._status.count("gaps_poll")
            span = Span(from_ms, found[-1].ts_ms + 1)
            self._status.coverage.add("poll", span, self._wall_ms())

    async def _hand_on(self, found: list[Trade]) -> None:
        """Hand trades on, oldest first; move the edge once they are on disk."""
        if found:
            parcel = await self._inbox.deliver(found[::-1], "poll")
            await parcel.stored()
            if parcel.new:
                self._status.trades_polled(self._mono_ms())
                self._status.count("trades_poll", parcel.new)
        self._status.polled(self._mono_ms())
        if found:
            # A trade that is ahead of its time says nothing of what is complete.
            newest_ms = min(found[0].ts_ms, self._now_ms())
            self._edge_ms = max(newest_ms, self._edge_ms or 0)
            self._status.coverage.advance(self._edge_ms)
