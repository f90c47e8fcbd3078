"""What was traded before the subscription -> the same inbox, newest first.

Subscribe first, read second: the two overlap, so nothing falls between them, and the
store knows a trade that came twice.
"""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

import structlog

from flowboard.errors import BadFrame, FeedInterrupted, RequestFailed
from flowboard.feed_status import FeedStatus
from flowboard.models import Trade

PAGE_TRADES = 1_000
PAGES_MAX = 10_000
TRIES_MAX = 8  # In a row, for one page.
OVERLAP_S = 2  # Whether `min_ts` belongs to the page itself is not documented.


class Page(Protocol):
    """One page of trades, newest first; see `kalshi.trade_rows.TradesPage`."""

    @property
    def trades(self) -> Sequence[Trade]:
        """The rows that could be read."""

    @property
    def cursor(self) -> str:
        """Where the next, older page begins; "" on the last."""

    @property
    def refused(self) -> int:
        """How many rows could not be read."""


class TradesSource(Protocol):
    """Where pages come from; see `kalshi.rest_client.RestClient`."""

    async def trades_page(self, limit: int, cursor: str, min_ts_s: int | None) -> Page:
        """Return one page of at most `limit` trades."""


class Inbox(Protocol):
    """Where trades go; see `trade_processor.Inbox`."""

    @property
    def full(self) -> bool:
        """Whether to wait for `room` before the next `put`."""

    async def room(self) -> None:
        """Return when there is room."""

    def put(self, trade: Trade) -> None:
        """Take one trade."""


@dataclass(frozen=True)
class HistoryRead:
    """What became of the reading.

    Attributes:
        trades: How many were handed on.
        pages: How many pages were read.
        refused: How many rows could not be read.
        complete: Whether the reading came to the beginning of the span.
    """

    trades: int
    pages: int
    refused: int
    complete: bool


class HistoryReader:
    """Reads the trades of the last `history_ms` once, then is done.

    Args:
        source: Where pages come from; it keeps the pace.
        inbox: Where trades go.
        subscribed: Set when the feed is subscribed; the reading starts then.
        status: Is told of rows that could not be read.
        history_ms: How far back to read from the moment of the subscription.
        now_ms: The exchange's time, Unix ms.
        pages_max: Most pages to read.
        retry_s: The first wait after a refused request; it doubles to 30 times that.
    """

    def __init__(
        self,
        source: TradesSource,
        inbox: Inbox,
        subscribed: asyncio.Event,
        status: FeedStatus,
        *,
        history_ms: int,
        now_ms: Callable[[], int],
        pages_max: int = PAGES_MAX,
        retry_s: float = 1.0,
    ) -> None:
        self._source = source
        self._inbox = inbox
        self._subscribed = subscribed
        self._status = status
        self._history_ms = history_ms
        self._now_ms = now_ms
        self._pages_max = pages_max
        self._retry_s = retry_s
        self._log = structlog.get_logger("flowboard.history")

    async def run(self) -> HistoryRead:
        """Wait for the subscription, then read page after page back to the beginning.

        What cannot be read after several tries is left out, and said in the log: the
        board goes on with what the feed brings.
        """
        await self._subscribed.wait()
        read = await self._read(since_ms=self._now_ms() - self._history_ms)
        log = self._log.info if read.complete else self._log.warning
        log("history read", trades=read.trades, pages=read.pages, refused=read.refused)
        return read

    async def _read(self, since_ms: int) -> HistoryRead:
        trades = pages = refused = 0
        cursor = ""
        asked = {cursor}
        oldest_ms: int | None = None
        complete = False
        while pages < self._pages_max and not complete:
            page = await self._page(cursor, since_ms // 1000 - OVERLAP_S)
            if page is None:
                break
            pages += 1
            refused += page.refused
            self._status.count("bad_rows", page.refused)
            trades += await self._hand_on(page.trades, since_ms)
            complete = page.cursor == "" or _reaches(page.trades, since_ms)
            if page.cursor in asked or not _goes_back(page.trades, oldest_ms):
                break  # A cursor that is not understood begins again at the newest.
            cursor = page.cursor
            asked.add(cursor)
            if page.trades:
                oldest_ms = page.trades[-1].ts_ms
        return HistoryRead(trades, pages, refused, complete)

    async def _page(self, cursor: str, min_ts_s: int) -> Page | None:
        problem = ""
        for attempt in range(TRIES_MAX):
            try:
                return await self._source.trades_page(PAGE_TRADES, cursor, min_ts_s)
            except RequestFailed as error:
                problem = str(error)
                if not error.throttled and error.status < 500:
                    break
            except (FeedInterrupted, BadFrame) as error:
                problem = str(error)
            wait_s = self._retry_s * min(2**attempt, 30)
            self._log.debug("history page refused", problem=problem, wait_s=wait_s)
            await asyncio.sleep(wait_s)
        self._log.warning("history given up", problem=problem)
        return None

    async def _hand_on(self, trades: Sequence[Trade], since_ms: int) -> int:
        handed_on = 0
        for trade in trades:
            if trade.ts_ms < since_ms:
                continue
            if self._inbox.full:
                await self._inbox.room()
            self._inbox.put(trade)
            handed_on += 1
        self._status.count("history_trades", handed_on)
        return handed_on


def _reaches(trades: Sequence[Trade], since_ms: int) -> bool:
    return bool(trades) and trades[-1].ts_ms < since_ms


def _goes_back(trades: Sequence[Trade], oldest_ms: int | None) -> bool:
    """Return whether a page lies behind `oldest_ms`, the end of the page before."""
    if not trades or oldest_ms is None:
        return True
    newest_ms, last_ms = trades[0].ts_ms, trades[-1].ts_ms
    return last_ms < oldest_ms or newest_ms <= oldest_ms
