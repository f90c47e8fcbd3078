"""Stored quotes: moved to where they stay, bounded, read; beside the beats.

Whatever writes here is cut into slices of some milliseconds, so that no beat waits for
long, and may end at any moment: what is begun is done again.
"""

import asyncio
import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import structlog

from flowboard.database import quote_rows
from flowboard.database.listings import Write
from flowboard.database.read_thread import ReadThread
from flowboard.database.tape_cursor import Place, cursor_of, place_of
from flowboard.database.writer import insert_flat
from flowboard.errors import StoreError
from flowboard.market_info import Quote, QuoteSource
from flowboard.markets import Markets
from flowboard.quote_tape import QuoteSpan

DAY_MS = 86_400_000
BYTES_A_ROW = 40  # At most, with all that stands around it.
LAG_MS = 10_000  # So late a quote may come, and its bucket is not over before.
LAST_BACK_MS = 600_000
BETWEEN_SLICES_S = 0.05
IDLE_S = 5.0
FAILED_S = 10.0


@dataclass(frozen=True)
class QuoteLimits:
    """How much is kept; the oldest goes first.

    Attributes:
        days: Of exchange time, back from the newest.
        max_gb: Of the file, in 10^9 bytes.
    """

    days: float = 30
    max_gb: float = 4.0

    @property
    def rows_max(self) -> int:
        """How many rows that is."""
        return int(self.max_gb * 1e9 / BYTES_A_ROW)


class QuotePage(NamedTuple):
    """Quotes, newest first, and the next page's cursor: "" behind the last."""

    quotes: list[Quote]
    cursor: str


class KeptQuotes:
    """The quotes on disk.

    Args:
        path: The database file.
        write: Where writing is done.
        markets: Tickers by id.
        limits: How much is kept.
    """

    def __init__(
        self, path: Path, write: Write, markets: Markets, limits: QuoteLimits
    ) -> None:
        self._path = path
        self._write = write
        self._markets = markets
        self._limits = limits
        self._reading = ReadThread(path, "quotes")
        # To sort a bucket takes seconds: no page waits for that.
        self._sorting = ReadThread(path, "quotes_sorting")
        self._slices: Iterator[list[int]] | None = None
        self._move: quote_rows.Move | None = None

    def last(self, now_ms: int) -> dict[int, Quote]:
        """Return each market's last quote of the ten minutes before now; for the start.

        Older ones would be shown as if they stood.

        Args:
            now_ms: Exchange time.

        Raises:
            StoreError: The file cannot be read.
        """
        try:
            return quote_rows.newest_of_all(self._path, now_ms - LAST_BACK_MS)
        except sqlite3.Error as error:
            raise StoreError(f"{self._path} cannot be read ({error})") from error

    async def between(
        self,
        ticker: str,
        from_ms: int,
        to_ms: int,
        source: QuoteSource | None = None,
        cursor: str | None = None,
        limit: int = 100,
    ) -> QuotePage:
        """Return a market's quotes of a span, newest first.

        Args:
            ticker: The market; an unknown one has none.
            from_ms: The first millisecond, exchange time.
            to_ms: The first one behind the span.
            source: Of which alone; None: of all.
            cursor: Of the page before; None or "" for the newest.
            limit: Most quotes to return.

        Raises:
            BadParameter: The cursor is none of ours.
            StoreError: The file cannot be read.
        """
        before = Place(max(0, to_ms), 0)
        if cursor:
            before = min(before, place_of(cursor))
        market = self._markets.find(ticker)
        if market is None:
            return QuotePage([], "")
        found = await self._reading.run(
            lambda c: quote_rows.page(c, market, from_ms, before, source, limit)
        )
        if len(found) < limit:
            return QuotePage(found, "")
        last = found[-1]
        place = Place(last.ts_ms, quote_rows.SOURCE_IDS[last.source])
        return QuotePage(found, cursor_of(place))

    async def spans(self, from_ms: int, to_ms: int) -> list[QuoteSpan]:
        """Return where quotes of a span were stored whole, oldest first.

        Raises:
            StoreError: The file cannot be read.
        """
        return await self._reading.run(lambda c: quote_rows.spans(c, from_ms, to_ms))

    async def tidy(self) -> None:
        """Move and drop for ever; a store that fails is tried again."""
        log = structlog.get_logger("flowboard.database")
        while True:
            try:
                busy = await self.tidy_slice()
                wait_s = BETWEEN_SLICES_S if busy else IDLE_S
            except StoreError as error:
                log.warning("quotes wait to be put in order", problem=str(error))
                self._slices = self._move = None
                wait_s = FAILED_S
            await asyncio.sleep(wait_s)

    async def tidy_slice(self) -> bool:
        """Do the next slice of what is to be done; return whether there was one.

        Raises:
            StoreError: The file cannot be read or written.
        """
        if self._slices is not None:
            await self._move_slice()
            return True
        move = self._move
        if move is not None:
            if not await self._write(lambda c: quote_rows.delete_moved(c, move)):
                self._move = None
            return True
        found = await self._sorting.run(lambda c: quote_rows.finished(c, LAG_MS))
        if found is not None:
            self._move = found
            self._slices = await self._sorting.run(
                lambda c: quote_rows.sorted_slices(c, found)
            )
            return True
        before = self._first_to_keep(await self._sorting.run(quote_rows.stock))
        if before is None:
            return False
        await self._write(lambda c: quote_rows.drop_oldest(c, before))
        return True

    async def close(self) -> None:
        """Close the readers' connections; a bucket that is being sorted waits."""
        await self._sorting.close()
        await self._reading.close()

    async def _move_slice(self) -> None:
        slices = self._slices
        assert slices is not None
        rows = await self._sorting.run(lambda _: next(slices, None))
        if rows is None:
            self._slices = None
        else:
            await self._write(lambda c: _insert_sorted(c, rows))

    def _first_to_keep(self, stock: quote_rows.Stock) -> int | None:
        """Return the first bucket that stays, None if all do."""
        if stock.oldest is None or stock.newest is None:
            return None
        days_ms = int(self._limits.days * DAY_MS)
        first = stock.newest - (days_ms >> quote_rows.BUCKET_BITS)
        if stock.rows > self._limits.rows_max:
            first = max(first, stock.oldest + 1)
        return first if stock.oldest < first else None


def _insert_sorted(connection: sqlite3.Connection, rows: list[int]) -> None:
    connection.execute("BEGIN IMMEDIATE")
    try:
        new = insert_flat(connection, quote_rows.INSERT, quote_rows.COLUMNS, rows)
        connection.execute("UPDATE quote_state SET rows = rows + ?", (new,))
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise
