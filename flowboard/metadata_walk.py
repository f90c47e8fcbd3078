"""All that is listed, page by page, behind everything else: what nobody has traded yet.

Once at the start and once a day all series, and the open events with their markets; in
between what was changed since, every quarter of an hour. A walk that is interrupted goes
on where it stopped.
"""

import asyncio
import sys
import time
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from typing import Any, Protocol

import structlog

from flowboard.errors import ExchangeError, RequestFailed
from flowboard.kalshi.listing import EventsPage, Listed, MarketsPage
from flowboard.market_info import SeriesInfo

CHANGES_S = 900.0
SOON_S = 30.0  # After a reconnect, however many there are.
WHOLE_S = 86_400.0
WHOLE_WITHOUT_CHANGES_S = 3_600.0  # Where the exchange tells no changes.
OVERLAP_S = 60
PAGES_MAX = 5_000
RETRY_S = 2.0
RETRY_MAX_S = 60.0
SERIES_TRIES = 4  # Without them only some words are missing.
REFUSED = range(400, 500)
THROTTLED = 429


class Pages(Protocol):
    """Where pages come from; see `kalshi.listing.Listing`."""

    async def events_page(
        self,
        status: str = "",
        cursor: str = "",
        *,
        with_markets: bool = False,
        since_s: int | None = None,
    ) -> EventsPage:
        """Return a page of events."""

    async def changed_markets(self, since_s: int, cursor: str = "") -> MarketsPage:
        """Return a page of markets that were changed."""

    async def all_series(self) -> list[Listed[SeriesInfo]]:
        """Return every series."""


class Taker(Protocol):
    """Where what was read goes."""

    async def __call__(self, listed: Sequence[Listed[Any]]) -> None:
        """Take it in; return when the next page may be asked for."""


class MetadataWalk:
    """Walks for ever.

    Args:
        pages: Where pages come from; it keeps the pace.
        take: Where they go.
        changes_s: Time between two looks at what was changed.
        wall_ms: Unix milliseconds.

    Attributes:
        pages_read: Pages of the whole walk so far.
        whole: Set once all that is open is known.
    """

    def __init__(
        self,
        pages: Pages,
        take: Taker,
        *,
        changes_s: float = CHANGES_S,
        wall_ms: Callable[[], int] = lambda: time.time_ns() // 1_000_000,
    ) -> None:
        self._pages = pages
        self._take = take
        self._changes_s = changes_s
        self._wall_ms = wall_ms
        self._since_s = 0  # From when on changes are not known.
        self._tells_changes = True
        self._cursor = ""
        self.pages_read = 0
        self.whole = asyncio.Event()
        self._hurried = asyncio.Event()
        self._log = structlog.get_logger("flowboard.metadata")

    async def run(self) -> None:
        """Walk, wait, look at what was changed; after a failure wait longer."""
        while True:
            # Series first, then events: markets are found by the words of both.
            await self._until_done(self._read_series, SERIES_TRIES)
            await self._until_done(self._walk_events)
            self._log.info("all that is listed is known", pages=self.pages_read)
            self.whole.set()
            loop = asyncio.get_running_loop()
            until_s = loop.time() + WHOLE_S
            while loop.time() < until_s:
                if not self._tells_changes:
                    await asyncio.sleep(WHOLE_WITHOUT_CHANGES_S)
                    break
                await self._wait_for_changes()
                await self._until_done(self._walk_changes)

    def hurry(self) -> None:
        """Look at what was changed soon: messages that tell of it were missed."""
        self._hurried.set()

    async def _wait_for_changes(self) -> None:
        soon_s = min(SOON_S, self._changes_s)
        await asyncio.sleep(soon_s)
        with suppress(TimeoutError):
            async with asyncio.timeout(self._changes_s - soon_s):
                await self._hurried.wait()
        self._hurried.clear()

    async def _until_done(
        self, walk: Callable[[], Awaitable[None]], tries: int = sys.maxsize
    ) -> None:
        wait_s = RETRY_S
        for _ in range(tries):
            read = self.pages_read
            try:
                await walk()
                return
            except ExchangeError as error:
                if self.pages_read > read:
                    wait_s = RETRY_S
                self._log.debug("no metadata", problem=str(error), wait_s=wait_s)
                await asyncio.sleep(wait_s)
                wait_s = min(RETRY_MAX_S, wait_s * 2)

    async def _walk_events(self) -> None:
        if not self._cursor:
            self._since_s = self._wall_ms() // 1000
        asked = {self._cursor}
        while True:
            page = await self._pages.events_page(
                "open", self._cursor, with_markets=True
            )
            await self._take(page.events)
            await self._take(page.markets)
            self.pages_read += 1
            self._cursor = self._next(page.cursor, asked)
            if not self._cursor:
                return

    async def _read_series(self) -> None:
        await self._take(await self._pages.all_series())

    async def _walk_changes(self) -> None:
        since_s, begun_s = self._since_s - OVERLAP_S, self._wall_ms() // 1000
        try:
            await self._changed_events(since_s)
            await self._changed_markets(since_s)
        except RequestFailed as refusal:
            if refusal.status not in REFUSED or refusal.status == THROTTLED:
                raise
            self._tells_changes = False
            return
        self._since_s = begun_s

    async def _changed_events(self, since_s: int) -> None:
        cursor, asked = "", {""}
        while True:
            page = await self._pages.events_page("", cursor, since_s=since_s)
            await self._take(page.events)
            cursor = self._next(page.cursor, asked)
            if not cursor:
                return

    async def _changed_markets(self, since_s: int) -> None:
        cursor, asked = "", {""}
        while True:
            page = await self._pages.changed_markets(since_s, cursor)
            await self._take(page.markets)
            cursor = self._next(page.cursor, asked)
            if not cursor:
                return

    def _next(self, cursor: str, asked: set[str]) -> str:
        """Return the next cursor; "" where the pages end, or lead nowhere.

        One that the exchange does not understand begins again, without a word.
        """
        if cursor and (cursor in asked or len(asked) >= PAGES_MAX):
            self._log.warning("the pages of the listing go in a circle")
            return ""
        asked.add(cursor)
        return cursor
