"""The store of an installation, behind one door: what is new, write it, read it."""

import asyncio
import sqlite3
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import Self, TypeVar

import numpy as np

from flowboard.comparison import Audit
from flowboard.coverage import Coverage
from flowboard.database import connection as opening
from flowboard.database import coverage_rows
from flowboard.database.history import History
from flowboard.database.kept_quotes import KeptQuotes, QuoteLimits, QuotePage
from flowboard.database.known_ids import KnownIds, StoredId, stored_ids
from flowboard.database.listings import Listings
from flowboard.database.market_buckets import Marks, mark
from flowboard.database.reader import Reader
from flowboard.database.writer import BeatState, Prepared, Retime, prepared, write
from flowboard.errors import DatabaseDamaged, DatabaseUnusable, StoreError
from flowboard.market_info import QuoteSource
from flowboard.markets import Markets
from flowboard.models import TapeEntry, Trade, TradeBatch
from flowboard.quote_tape import QuoteSpan, QuoteTape, Unsaved
from flowboard.trade_filter import Sieve

T = TypeVar("T")
# Once a wait was in vain: trades are shown from memory meanwhile, and those must flow.
FAILING_LOCK_WAIT_MS = 50
SEQ_LEAP = 1_000_000  # More than ever wait in memory.


class Database:
    """One SQLite file and its only writer. Use it as `async with Database.open(...)`.

    Whatever writes runs on one thread of its own, one call a beat; readers have their
    own connections and never wait for it.

    Attributes:
        path: The file.
        markets: Every market on disk, and those to come; shared with the board.
        coverage: What is missing; written with each beat, shared with the feeds.
        next_seq: `seq` of the next new trade.
        trades: Trades stored since the beginning.
        board_ms, wall_ms: Board time and wall clock as of the last commit, or None.
        corrected: Whether a stored trade got its exact time after it was counted.
        history: Reads trades and candles of any span.
        listings: What the exchange says of markets, kept and found.
        quotes: Takes quotes; they are written with the beats.
        kept_quotes: Those on disk.
    """

    def __init__(self, path: Path, quote_limits: QuoteLimits | None = None) -> None:
        self.path = path
        self._lock = opening.FileLock(path)
        try:
            self._connection = opening.open_for_writing(path)
        except BaseException:
            self._lock.release()
            raise
        try:
            self._read_state()
        except sqlite3.DatabaseError as error:
            self._connection.close()
            self._lock.release()
            if not opening.is_damage(error):
                raise DatabaseUnusable(str(path), str(error)) from error
            opening.note_damage(path)
            raise DatabaseDamaged(str(path), str(error)) from error
        # What is told apart but not on disk yet, because writing fails just now.
        self._unwritten: list[Prepared] = []
        self._unwritten_ids: set[bytes] = set()
        self._retimes: list[Retime] = []
        self.corrected = False
        self._lock_wait_ms = opening.LOCK_WAIT_MS
        self._thread = ThreadPoolExecutor(1, "database")
        self._reader = Reader(path, self.markets)
        self.history = History(path, self.markets)
        self.listings = Listings(
            path,
            self._run_beside,
            self.markets.directory,
        )
        self._marks = Marks()
        self.quotes = QuoteTape()
        self.kept_quotes = KeptQuotes(
            path,
            self._run_beside,
            self.markets,
            quote_limits or QuoteLimits(),
        )
        self._failed = self._closing = False

    def _read_state(self) -> None:
        row = self._connection.execute(
            "SELECT next_seq, trades, board_ms, wall_ms FROM state"
        ).fetchone()
        self.next_seq, self.trades, self.board_ms, self.wall_ms = row
        self._is_ahead = opening.is_ahead(self.path)
        if self._is_ahead:  # Trades were shown that are not here: they had numbers.
            self.next_seq += SEQ_LEAP
        tickers = self._connection.execute(
            "SELECT ticker FROM markets ORDER BY market"
        ).fetchall()
        self.markets = Markets([ticker for (ticker,) in tickers])
        self._markets_stored = len(self.markets)
        with suppress(sqlite3.OperationalError):  # Locked: another time, then.
            coverage_rows.prune(self._connection)
        self.coverage: Coverage = coverage_rows.read_coverage(self._connection)
        self._known = self._known_ids()

    @classmethod
    def open(cls, path: Path, quote_limits: QuoteLimits | None = None) -> Self:
        """Open or begin the file at `path`; of quotes no more is kept than is said.

        Raises:
            DatabaseTooNew: A later Flowboard wrote it; it stays as it was.
            DatabaseUnusable: The file or its folder cannot be written, or another
                process writes it.
        """
        try:
            return cls(path, quote_limits)
        except DatabaseDamaged:
            return cls(path, quote_limits)  # It was marked, and is set aside now.

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    @property
    def unwritten(self) -> int:
        """How many trades wait in memory because they could not be written."""
        return sum(len(waiting.batch) for waiting in self._unwritten)

    @property
    def has_news(self) -> bool:
        """Whether there is something to write beside trades: gaps, times, quotes."""
        return (
            bool(self._retimes) or self.coverage.has_unsaved or self.quotes.has_unsaved
        )

    async def sift(self, trades: Sequence[Trade], ahead_ms: int | None) -> TradeBatch:
        """Return those of `trades` that were never stored, numbered.

        Args:
            trades: From any feed, repeats and all.
            ahead_ms: Trades later than this are too far ahead of the exchange's clock
                to be counted; None when there is no clock to judge by.

        Raises:
            StoreError: The disk could not be asked; nothing was numbered.
        """
        known = self._known
        if trades and not self._unwritten_ids and known.take_new(trades):
            return self._numbered(trades, ahead_ms)
        unsure = [t for t in trades if known.unsure(t)]
        stored: dict[bytes, StoredId] = {}
        if unsure:
            stored = await self._run(lambda: stored_ids(self._connection, unsure))
        fresh: list[Trade] = []
        taken: set[bytes] = set()
        for trade in trades:
            trade_id = trade.trade_id
            found = stored.get(trade_id)
            if found is not None:
                if trade.exact_time and found.ts_ms != trade.ts_ms:
                    self._retimes.append(Retime(found.seq, trade))
            elif not (
                trade_id in taken or trade_id in self._unwritten_ids or trade in known
            ):
                fresh.append(trade)
                taken.add(trade_id)
        known.add(fresh)
        return self._numbered(fresh, ahead_ms)

    async def write(
        self, batch: TradeBatch | None, board_ms: int | None, wall_ms: int
    ) -> list[TradeBatch]:
        """Store a batch that `sift` returned, after all that could not be before.

        Returns what was stored of `batch`: all of it, or its pieces without the rows
        that the file refused.

        Raises:
            StoreError: Nothing was stored; the batch waits in memory for the next call.
        """
        if batch is not None and len(batch):
            self._unwritten.append(prepared(batch))
        batches = list(self._unwritten)
        retimes = list(self._retimes)
        coverage = self.coverage
        gaps = coverage.take_unsaved()
        quotes = self._take_quotes(board_ms)
        if self.quotes.has_unsaved and not (
            batches or retimes or gaps or quotes or self._failed
        ):
            return []  # Quotes wait for the end of their second: that is no commit.
        known = self._markets_stored
        new_tickers = list(enumerate(self.markets.tickers[known:], known))
        marks = self._marks.unmarked(waiting.batch for waiting in batches)
        id_of = self.markets.id_of
        marks += [mark(r.trade.ts_ms, id_of(r.trade.market_ticker)) for r in retimes]
        state = BeatState(
            self.next_seq,
            board_ms,
            wall_ms,
            coverage.since_ms,
            coverage.edge_ms,
            gaps,
            marks,
            quotes.rows,
            quotes.spans,
        )
        try:
            stored = await self._run(
                lambda: write(self._connection, batches, new_tickers, retimes, state)
            )
        except StoreError:
            coverage.not_saved(gaps)
            self.quotes.not_saved(quotes)
            if self._unwritten and not self._is_ahead:
                self._is_ahead = True
                opening.note_ahead(self.path)
            if batch is not None:
                self._unwritten_ids.update(t.trade_id for t in batch.trades)
            await self._wait_for_lock(FAILING_LOCK_WAIT_MS)
            raise
        await self._wait_for_lock(opening.LOCK_WAIT_MS)
        self._failed = False
        self._marks.add(marks)
        self.trades += sum(map(len, stored))
        self.board_ms, self.wall_ms = board_ms, wall_ms
        self._markets_stored += len(new_tickers)
        self.corrected = self.corrected or bool(retimes)
        del self._unwritten[: len(batches)], self._retimes[: len(retimes)]
        self._unwritten_ids.clear()
        if self._is_ahead:
            self._is_ahead = False
            opening.forget_ahead(self.path)
        if batch is None:
            return []
        return [piece for piece in stored if piece.first_seq >= batch.first_seq]

    async def trades_after(
        self, after_seq: int, upto_seq: int, wanted: Sieve, limit: int
    ) -> tuple[list[TapeEntry], int]:
        """Return stored trades by `seq`, and up to where; see `Reader.trades_after`."""
        return await self._reader.trades_after(after_seq, upto_seq, wanted, limit)

    async def ids_between(self, from_ms: int, to_ms: int) -> dict[bytes, int]:
        """Return the ids of the trades stored with a time of a span, and that time.

        Raises:
            StoreError: The file cannot be read.
        """
        return await self._reader.ids_between(from_ms, to_ms)

    async def audits(self, from_ms: int) -> list[Audit]:
        """Return the audits of spans from `from_ms` on, oldest first.

        Raises:
            StoreError: The file cannot be read.
        """
        return await self._reader.audits(from_ms)

    async def quotes_between(
        self,
        ticker: str,
        from_ms: int,
        to_ms: int,
        source: QuoteSource | None = None,
        cursor: str | None = None,
        limit: int = 100,
    ) -> QuotePage:
        """Return a market's quotes, newest first; see `KeptQuotes.between`."""
        return await self.kept_quotes.between(
            ticker, from_ms, to_ms, source, cursor, limit
        )

    async def quote_spans(self, from_ms: int, to_ms: int) -> list[QuoteSpan]:
        """Return where all quotes were stored; see `KeptQuotes.spans`."""
        return await self.kept_quotes.spans(from_ms, to_ms)

    async def save_audit(self, audit: Audit) -> None:
        """Keep an audit, in place of an earlier one of its span.

        Raises:
            StoreError: It could not be written.
        """
        await self._run(lambda: coverage_rows.save_audit(self._connection, audit))

    async def close(self) -> None:
        """Checkpoint and close; call it when nothing writes any more."""
        self._closing = True
        if self.quotes.has_unsaved:
            with suppress(StoreError):
                await self.write(None, self.board_ms, self.wall_ms or 0)
        await self.kept_quotes.close()
        await self._reader.close()
        await self.history.close()
        await self.listings.close()
        await asyncio.get_running_loop().run_in_executor(
            self._thread, self._connection.close
        )
        self._thread.shutdown()
        self._lock.release()

    def _take_quotes(self, board_ms: int | None) -> Unsaved:
        if self._closing:
            return self.quotes.take_rest()
        return self.quotes.take_unsaved(board_ms)

    async def _wait_for_lock(self, ms: int) -> None:
        """Set how long a write waits for another program that holds the file's lock."""
        if ms != self._lock_wait_ms:
            self._lock_wait_ms = ms
            pragma = f"PRAGMA busy_timeout = {ms}"
            await self._run(lambda: self._connection.execute(pragma))

    async def _run_beside(self, work: Callable[[sqlite3.Connection], T], /) -> T:
        """Run what can wait: where another program holds the lock, no beat waits too."""

        def done() -> T:
            self._connection.execute(f"PRAGMA busy_timeout = {FAILING_LOCK_WAIT_MS}")
            try:
                return work(self._connection)
            finally:
                self._connection.execute(f"PRAGMA busy_timeout = {self._lock_wait_ms}")

        return await self._run(done)

    async def _run(self, work: Callable[[], T]) -> T:
        loop = asyncio.get_running_loop()
        try:
            return await loop.run_in_executor(self._thread, work)
        except sqlite3.Error as error:
            self._failed = True
            if opening.is_damage(error):
                opening.note_damage(self.path)
                raise DatabaseDamaged(str(self.path), str(error)) from error
            raise StoreError(
                f"{self.path} cannot take or give trades ({error}): free disk space or "
                "repair the file; Flowboard tries again by itself"
            ) from error

    def _numbered(self, fresh: Sequence[Trade], ahead_ms: int | None) -> TradeBatch:
        first_seq = self.next_seq
        self.next_seq += len(fresh)
        batch = TradeBatch(
            first_seq,
            fresh,
            self.markets.ids_of([t.market_ticker for t in fresh]),
            np.ones(len(fresh), np.bool_),
        )
        if ahead_ms is not None and fresh:
            np.less_equal(batch.ts_ms, ahead_ms, out=batch.counted)
        return batch

    def _known_ids(self) -> KnownIds:
        known = KnownIds(-1 if self.board_ms is None else self.board_ms)
        # Few: what is stored ahead of board time.
        for ts_ms, trade_id in self._connection.execute(
            "SELECT ts_ms, trade_id FROM trade_rows WHERE ts_ms >= ?", (known.floor_ms,)
        ):
            known.remember(ts_ms, trade_id)
        return known
