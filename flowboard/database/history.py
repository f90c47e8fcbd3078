"""Trades and candles of any span, for a page: beside the writer, on threads of its own.

An answer takes a few statements, each on what the one before has told. They run in one
go on one thread: each way to it and back is a wait for a busy event loop.
"""

import asyncio
import sqlite3
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import NamedTuple, TypeVar

from flowboard.database import trade_pages
from flowboard.database.candle_pages import CandlePage, page_of_candles
from flowboard.database.connection import open_for_reading
from flowboard.database.entries import entries_of
from flowboard.database.large_trades import largest_of
from flowboard.database.tape_cursor import Place, cursor_of, place_of
from flowboard.database.trade_pages import NEWEST, Span, TradePage
from flowboard.errors import StoreError
from flowboard.markets import Markets
from flowboard.models import TapeEntry
from flowboard.trade_filter import Sieve, TradeFilter

T = TypeVar("T")
READERS = 2  # So that a month of candles does not keep a page waiting.
MINUTE_MS = 60_000
EVERYTHING = TradeFilter(combos=True)
# Each commit empties a reader's cache; what is mapped is read again without a call.
MAPPED = "PRAGMA mmap_size = 4294967296"
NOTIONAL = """
SELECT coalesce(sum(yes_flow_e6 + no_flow_e6), 0) FROM minute_rows
WHERE minute >= ? AND minute < ?
"""


class Entries(NamedTuple):
    """Trades, newest first, and the next page's cursor: "" behind the last."""

    entries: list[TapeEntry]
    cursor: str


class Largest(NamedTuple):
    """The largest prints of a span, largest first.

    Attributes:
        entries: As many as were wanted.
        total: How many pass, these among them.
        from_ms: Where what was looked at begins; later than the span does where that
            holds too many.
    """

    entries: list[TapeEntry]
    total: int
    from_ms: int


class Page(NamedTuple):
    """What a page shows of a market: its newest trades and candles, newest first."""

    trades: Entries
    candles: CandlePage


class History:
    """Reads a database file, on connections of its own that are opened at first use.

    Every method raises `StoreError` where the file cannot be read, and `BadParameter`
    for a cursor that is none of ours.

    Args:
        path: The database file.
        markets: Tickers by id.
    """

    def __init__(self, path: Path, markets: Markets) -> None:
        self._path = path
        self._markets = markets
        self._threads = ThreadPoolExecutor(READERS, "history")
        self._own = threading.local()
        self._connections: list[sqlite3.Connection] = []

    async def trades(
        self,
        wanted: Sieve,
        limit: int,
        cursor: str | None = None,
        from_ms: int = 0,
        to_ms: int | None = None,
    ) -> Entries:
        """Return trades, newest first.

        However few pass, a call is short: it may return less than the limit, or none,
        and a cursor all the same.

        Args:
            wanted: What passes.
            limit: Most trades to return.
            cursor: Of the page before; None or "" for the newest.
            from_ms: The first millisecond of the span.
            to_ms: The first one behind it; None for no end.
        """
        span = Span(from_ms, _first(to_ms, cursor))
        takes = wanted.markets
        ids = takes.nonzero()[0].tolist()

        def read(connection: sqlite3.Connection) -> Entries:
            if len(ids) <= trade_pages.MARKETS_MAX:
                page = trade_pages.page_of_markets(
                    connection, ids, span, limit, wanted.wanted
                )
            else:
                page = trade_pages.page_of_all(
                    connection, takes.tobytes(), span, limit, wanted.wanted
                )
            return self._told(page)

        return await self._run(read)

    async def largest(
        self, wanted: Sieve, limit: int, from_ms: int = 0, to_ms: int | None = None
    ) -> Largest:
        """Return the largest prints of a span, of as large ones the newer first.

        Args:
            wanted: What passes: of how many dollars above all.
            limit: Most prints to return.
            from_ms: The first millisecond of the span.
            to_ms: The first one behind it; None for no end.
        """
        span = Span(from_ms, _first(to_ms, None))
        takes = wanted.markets.tobytes()

        def read(connection: sqlite3.Connection) -> Largest:
            found = largest_of(connection, takes, span, limit, wanted.wanted)
            entries = entries_of(found.rows, self._markets)
            return Largest(entries, found.total, found.from_ms)

        return await self._run(read)

    async def notional_e6(self, from_ms: int, to_ms: int) -> int:
        """Return what takers paid in all markets, in millionths of a dollar.

        Args:
            from_ms, to_ms: The span, in whole minutes; a day of them is soon read.
        """
        minutes = from_ms // MINUTE_MS, to_ms // MINUTE_MS

        def read(connection: sqlite3.Connection) -> int:
            (paid_e6,) = connection.execute(NOTIONAL, minutes).fetchone()
            return int(paid_e6)

        return await self._run(read)

    async def candles(
        self,
        ticker: str,
        interval_ms: int,
        from_ms: int,
        to_ms: int,
        limit: int,
    ) -> CandlePage:
        """Return candles of a market, newest first.

        Args:
            ticker: The market; an unknown one has none.
            interval_ms: A multiple of a minute.
            from_ms, to_ms: The span, in multiples of the interval.
            limit: Most candles to return.
        """
        market = self._markets.find(ticker)
        if market is None:
            return CandlePage([], None)
        span = Span(from_ms, Place(to_ms, 0))
        return await self._run(
            lambda file: page_of_candles(file, market, interval_ms, span, limit)
        )

    async def page(
        self, ticker: str, trades: int, interval_ms: int, from_ms: int, to_ms: int
    ) -> Page:
        """Return a market's newest trades and its candles of a span.

        Args:
            ticker: The market; an unknown one has neither.
            trades: Most trades to return.
            interval_ms: Of the candles: a multiple of a minute.
            from_ms, to_ms: Their span, in multiples of the interval.
        """
        market = self._markets.find(ticker)
        if market is None:
            return Page(Entries([], ""), CandlePage([], None))
        everything = Span(0, NEWEST)
        span = Span(from_ms, Place(to_ms, 0))
        candles = (to_ms - from_ms) // interval_ms

        def read(connection: sqlite3.Connection) -> Page:
            newest = trade_pages.page_of_markets(
                connection, [market], everything, trades, EVERYTHING
            )
            return Page(
                self._told(newest),
                page_of_candles(connection, market, interval_ms, span, candles),
            )

        return await self._run(read)

    async def close(self) -> None:
        """Close the connections, after what is being read."""
        await asyncio.to_thread(self._threads.shutdown, cancel_futures=True)
        for connection in self._connections:
            connection.close()

    def _told(self, page: TradePage) -> Entries:
        entries = entries_of(page.rows, self._markets)
        return Entries(entries, cursor_of(page.following) if page.following else "")

    async def _run(self, work: Callable[[sqlite3.Connection], T]) -> T:
        loop = asyncio.get_running_loop()
        try:
            return await loop.run_in_executor(
                self._threads, lambda: work(self._opened())
            )
        except sqlite3.Error as error:
            raise StoreError(f"{self._path} cannot be read ({error})") from error

    def _opened(self) -> sqlite3.Connection:
        """Return the connection of the thread that asks."""
        connection: sqlite3.Connection | None = getattr(self._own, "connection", None)
        if connection is None:
            connection = open_for_reading(self._path)
            self._connections.append(connection)
            connection.execute(MAPPED)
            self._own.connection = connection
        return connection


def _first(to_ms: int | None, cursor: str | None) -> Place:
    """Return where a page begins: before a time, or where the page before ended."""
    places = [NEWEST if to_ms is None else Place(to_ms, 0)]
    if cursor:
        places.append(place_of(cursor))
    return min(places)
