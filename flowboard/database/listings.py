"""What the exchange says of markets, kept: saved beside the beats, read, found by words.

Saving is cut into slices of some milliseconds, so that no beat waits for long. Readers
have a thread and a connection of their own.
"""

import asyncio
import sqlite3
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Protocol, TypeVar

from flowboard.database import market_rows, market_words
from flowboard.database.market_rows import Info, Row
from flowboard.database.read_thread import ReadThread
from flowboard.directory import Directory
from flowboard.market_info import EventInfo, MarketInfo, SeriesInfo

T = TypeVar("T")
ROWS_A_SLICE = 50
BULK_FROM = 500
INFOS_MAX = 1_000
SETTLED_KEPT_MS = 4 * 86_400_000  # What was settled before is not read at the start.


class Write(Protocol):
    """Runs work on the writer's thread; see `Database`."""

    def __call__(self, work: Callable[[sqlite3.Connection], T], /) -> Awaitable[T]:
        """Return what the work returns.

        Raises:
            StoreError: The file cannot be written.
        """


class Listings:
    """The rows of markets, events and series.

    Every method but `read` raises `StoreError` where the file cannot be read or written.

    Args:
        path: The database file.
        write: Where writing is done.
        directory: What is known: a market is found by the words of its event.
    """

    def __init__(self, path: Path, write: Write, directory: Directory) -> None:
        self._path = path
        self._write = write
        self._directory = directory
        self._reading = ReadThread(path, "listings")

    def read(self, now_ms: int = 0) -> Iterator[Info]:
        """Return what is known but for what was settled days before `now_ms`.

        For the start: it blocks. Rows that cannot be read are told of anew.
        """
        with suppress(sqlite3.Error):
            yield from market_rows.read_all(self._path, now_ms - SETTLED_KEPT_MS)

    def settled(self, now_ms: int) -> list[str]:
        """Return the tickers of markets that `read` leaves out; it blocks, too."""
        with suppress(sqlite3.Error):
            return market_rows.settled(self._path, now_ms - SETTLED_KEPT_MS)
        return []

    async def save(self, told: Sequence[tuple[Info, bytes | None]]) -> None:
        """Keep what the exchange says.

        Args:
            told: Each with the whole object as JSON, or None where that is as before.
        """
        rows: dict[tuple[int, str], Row] = {}
        for place, (info, raw) in enumerate(told):
            if place % ROWS_A_SLICE == 0:
                await asyncio.sleep(0)
            if isinstance(info, EventInfo):
                self._add_members(rows, info.ticker)
            self._add(rows, info, raw)
        series = {info.ticker for info, _ in told if isinstance(info, SeriesInfo)}
        for event in list(self._directory.events()) if series else ():
            if event.series_ticker in series:
                self._add_members(rows, event.ticker)
        found = list(rows.values())
        bulk = len(found) > BULK_FROM
        for start in range(0, len(found), ROWS_A_SLICE):
            part = found[start : start + ROWS_A_SLICE]
            ready = await asyncio.to_thread(market_rows.compressed, part)
            await self._write(
                lambda c, r=ready: market_rows.save(c, r, bulk=bulk)  # type: ignore[misc]
            )

    async def drop(self, tickers: Sequence[str], events: Sequence[str] = ()) -> None:
        """Delete markets that were never traded, and events that have none left."""
        for dropped, names in (
            (market_rows.drop, tickers),
            (market_rows.drop_events, events),
        ):
            for start in range(0, len(names), ROWS_A_SLICE):
                part = names[start : start + ROWS_A_SLICE]
                await self._write(lambda c, d=dropped, p=part: d(c, p))  # type: ignore[misc]

    async def raw(self, ticker: str) -> bytes | None:
        """Return all that the exchange said of a market last, as JSON."""
        return await self._reading.run(lambda c: market_rows.raw(c, ticker))

    async def raws(
        self, ticker: str, event_ticker: str, series_ticker: str
    ) -> tuple[bytes | None, bytes | None, bytes | None]:
        """Return what `raw` does of a market, its event and its series."""
        return await self._reading.run(
            lambda c: (
                market_rows.raw(c, ticker),
                market_rows.raw(c, event_ticker, market_rows.EVENT),
                market_rows.raw(c, series_ticker, market_rows.SERIES),
            )
        )

    async def infos(self, tickers: Sequence[str]) -> list[MarketInfo]:
        """Return what is known of markets; at most 1,000, unknown ones are left out."""
        asked = tickers[:INFOS_MAX]
        return await self._reading.run(lambda c: market_rows.infos(c, asked))

    async def search(self, text: str, limit: int) -> list[str]:
        """Return tickers of markets that hold every word of `text`.

        The last word may be the beginning of one. A market of exactly that ticker comes
        first, then those of that event or series, then those that can be traded.
        """
        return await self._reading.run(lambda c: market_words.search(c, text, limit))

    async def close(self) -> None:
        """Close the reader's connection."""
        await self._reading.close()

    def _add_members(self, rows: dict[tuple[int, str], Row], event_ticker: str) -> None:
        """Markets are found by what their event and series are called."""
        for ticker in self._directory.members(event_ticker):
            member = self._directory.market(ticker)
            if member is not None:
                self._add(rows, member, None)

    def _add(
        self, rows: dict[tuple[int, str], Row], info: Info, raw: bytes | None
    ) -> None:
        row = market_rows.row_of(info, raw, self._directory)
        key = row.kind, row.ticker
        before = rows.get(key)
        if before is not None and row.raw is None:
            row = row._replace(raw=before.raw)
        rows[key] = row
