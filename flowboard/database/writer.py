"""One transaction a beat: markets, trades, one-minute roll-ups, state.

Every statement carries many rows. `executemany` would give up the interpreter at every
row, and beside a busy event loop wait for it again each time: hundreds of times slower.
"""

import sqlite3
from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache
from itertools import chain
from typing import NamedTuple

import numpy as np

from flowboard.aggregator import cells_of
from flowboard.coverage import Gap
from flowboard.database import market_buckets, quote_rows, rows
from flowboard.database.coverage_rows import save_gaps
from flowboard.models import Trade, TradeBatch
from flowboard.quote_tape import MarketQuote, QuoteSpan

MINUTE_MS = 60_000
# Rows of one statement: 2,048, else a multiple of 64, and the rest. So a beat is two or
# three statements, each with its own wait for the interpreter, and few are prepared.
ROWS_MAX = 2_048
ROWS_STEP = 64
KEY_SHIFT = 15  # Bits of an order key below its milliseconds.

# FAIL: a refused row ends the whole transaction here, so that SQLite need not keep a
# copy of every page for taking back one statement.
INSERT_TRADES = f"INSERT OR FAIL INTO trade_rows ({rows.COLUMNS}) VALUES "  # noqa: S608
INSERT_MINUTES = "INSERT OR FAIL INTO minute_rows VALUES "
MINUTE_COLUMNS = 11
MARK_COLUMNS = market_buckets.COLUMNS
# What is wrong with a row, not with the file.
REFUSALS = (sqlite3.IntegrityError, sqlite3.DataError, OverflowError)
UPSERT = (
    " ON CONFLICT (minute, market) DO UPDATE SET"
    " first_key = min(first_key, excluded.first_key),"
    " last_key = max(last_key, excluded.last_key),"
    " low_e4 = min(low_e4, excluded.low_e4), high_e4 = max(high_e4, excluded.high_e4),"
    " yes_count_e2 = yes_count_e2 + excluded.yes_count_e2,"
    " no_count_e2 = no_count_e2 + excluded.no_count_e2,"
    " yes_flow_e6 = yes_flow_e6 + excluded.yes_flow_e6,"
    " no_flow_e6 = no_flow_e6 + excluded.no_flow_e6,"
    " trades = trades + excluded.trades"
)
# The open and close of a minute whose trades have moved inside it.
REKEY = """
UPDATE minute_rows SET (first_key, last_key) = (
    SELECT min(k), max(k) FROM (
        SELECT ((ts_ms - ?1 * 60000) << 15) | iif(flags & 1, yes_price_e4,
            16384 | (10000 - yes_price_e4)) AS k
        FROM trade_rows
        WHERE ts_ms BETWEEN ?1 * 60000 AND ?1 * 60000 + 59999 AND market = ?2
            AND NOT flags & 8))
WHERE minute = ?1 AND market = ?2 AND first_key IS NOT NULL
"""

Value = int | bytes | str


class Retime(NamedTuple):
    """The exact time of a trade that was stored by its second alone."""

    seq: int
    trade: Trade


class Prepared(NamedTuple):
    """A batch and its rows; made by the thread that has just handled its trades."""

    batch: TradeBatch
    rows: list[int | bytes]
    minutes: list[int]


class BeatState(NamedTuple):
    """What a restart goes on from, as of the end of a beat."""

    next_seq: int
    board_ms: int | None
    wall_ms: int
    since_ms: int | None = None
    edge_ms: int | None = None
    gaps: Sequence[Gap] = ()
    marks: Sequence[int] = ()  # See `market_buckets`.
    quotes: Sequence[MarketQuote] = ()
    quote_spans: Sequence[QuoteSpan] = ()


def write(
    connection: sqlite3.Connection,
    batches: Sequence[Prepared],
    new_tickers: Sequence[tuple[int, str]],
    retimes: Sequence[Retime],
    state: BeatState,
) -> list[TradeBatch]:
    """Store all of it or, where the file fails, nothing; return what was stored.

    A row that the file refuses is left out, and stops none of the others: the pieces of
    its batch that were stored are returned in its place.

    Args:
        connection: In autocommit mode; this is its only writer.
        batches: New trades.
        new_tickers: Ids and tickers of markets that are not on disk.
        retimes: Exact times for rows that lack them.
        state: As of the end of this beat.

    Raises:
        sqlite3.Error: Nothing was stored.
    """
    try:
        _transaction(connection, batches, new_tickers, retimes, state, _insert_whole)
        return [ready.batch for ready in batches]
    except REFUSALS:
        return _transaction(
            connection, batches, new_tickers, retimes, state, _insert_pieces
        )


Insert = Callable[[sqlite3.Connection, Prepared], list[TradeBatch]]


def _transaction(
    connection: sqlite3.Connection,
    batches: Sequence[Prepared],
    new_tickers: Sequence[tuple[int, str]],
    retimes: Sequence[Retime],
    state: BeatState,
    insert: Insert,
) -> list[TradeBatch]:
    connection.execute("BEGIN IMMEDIATE")
    try:
        if new_tickers:
            names: list[Value] = list(chain.from_iterable(new_tickers))
            insert_flat(connection, "INSERT INTO markets VALUES ", 2, names)
        stored = [piece for ready in batches for piece in insert(connection, ready)]
        for retime in retimes:
            _retime(connection, retime)
        marks = market_buckets.flat_rows_of(state.marks)
        insert_flat(
            connection,
            market_buckets.INSERT,
            MARK_COLUMNS,
            marks,
            market_buckets.UPSERT,
        )
        quote_rows.save(connection, state.quotes, state.quote_spans)
        # With the trades: what is said to be complete is on disk.
        save_gaps(connection, state.gaps)
        connection.execute(
            "UPDATE state SET next_seq = ?, trades = trades + ?, board_ms = ?,"
            " wall_ms = ?, since_ms = ?, edge_ms = ?",
            (
                state.next_seq,
                sum(map(len, stored)),
                state.board_ms,
                state.wall_ms,
                state.since_ms,
                state.edge_ms,
            ),
        )
        connection.execute("COMMIT")
        return stored
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise


def flat_minutes_of(batch: TradeBatch) -> list[int]:
    """Return the roll-up rows of a batch's counted trades, one behind the other."""
    cells = cells_of(batch, MINUTE_MS)
    if len(cells.bucket) == 0:
        return []
    prices = batch.yes_price_e4[batch.counted]
    place = (batch.ts_ms[batch.counted] // MINUTE_MS - cells.bucket.min()) << 32
    place |= batch.markets[batch.counted]
    order = place.argsort()
    # The cells are sorted the same way: each begins where its count of trades says.
    starts = np.cumsum(cells.sums[:, 0]) - cells.sums[:, 0]
    start_keys = (cells.bucket * MINUTE_MS) << KEY_SHIFT
    columns = (
        cells.bucket,
        cells.market,
        cells.first_key - start_keys,
        cells.last_key - start_keys,
        np.minimum.reduceat(prices[order], starts),
        np.maximum.reduceat(prices[order], starts),
        *(cells.sums[:, figure] for figure in (1, 2, 3, 4, 0)),
    )
    return np.stack(columns, axis=1).ravel().tolist()


def prepared(batch: TradeBatch) -> Prepared:
    """Return a batch with its rows."""
    return Prepared(batch, rows.flat_rows_of(batch), flat_minutes_of(batch))


def _insert_whole(connection: sqlite3.Connection, ready: Prepared) -> list[TradeBatch]:
    insert_flat(connection, INSERT_TRADES, rows.COLUMN_COUNT, ready.rows)
    insert_flat(connection, INSERT_MINUTES, MINUTE_COLUMNS, ready.minutes, UPSERT)
    return [ready.batch]


def _insert_pieces(connection: sqlite3.Connection, ready: Prepared) -> list[TradeBatch]:
    """Store a batch without the rows that are refused, by halves."""
    connection.execute("SAVEPOINT piece")
    try:
        stored = _insert_whole(connection, ready)
    except REFUSALS:
        connection.execute("ROLLBACK TO piece")
        stored = []
    connection.execute("RELEASE piece")
    batch = ready.batch
    if stored or len(batch) == 1:
        return stored
    half = len(batch) // 2
    halves = batch.part(0, half), batch.part(half, len(batch))
    return [p for part in halves for p in _insert_pieces(connection, prepared(part))]


def insert_flat(
    connection: sqlite3.Connection,
    head: str,
    columns: int,
    flat: Sequence[Value],
    tail: str = "",
) -> int:
    """Insert rows by statements of many rows; return how many were inserted or changed.

    Args:
        connection: Inside a transaction of the caller's.
        head: The statement up to and with its VALUES.
        columns: Of a row.
        flat: The rows, one behind the other.
        tail: What follows the values.
    """
    inserted = 0
    for start, count in _pieces(len(flat) // columns):
        statement = _statement(head, tail, columns, count)
        values = flat[start * columns : (start + count) * columns]
        inserted += connection.execute(statement, values).rowcount
    return inserted


@lru_cache(256)
def _statement(head: str, tail: str, columns: int, count: int) -> str:
    # The same object each time: SQLite's module finds it prepared without reading it.
    marks = "(" + ",".join("?" * columns) + ")"
    return head + ",".join([marks] * count) + tail


def _pieces(count: int) -> Iterator[tuple[int, int]]:
    """Cut `count` rows into few runs of few different lengths, as (start, length)."""
    start = 0
    for length in (ROWS_MAX, ROWS_STEP, 1):
        whole = (count - start) // length * length
        while whole:
            taken = min(whole, ROWS_MAX)
            yield start, taken
            start += taken
            whole -= taken


def _retime(connection: sqlite3.Connection, retime: Retime) -> None:
    trade = retime.trade
    row = connection.execute(
        "SELECT ts_ms, market, flags FROM trade_rows WHERE seq = ?", (retime.seq,)
    ).fetchone()
    if row is None:
        return
    stored_ms, market, flags = row
    same_second = stored_ms // 1000 == trade.ts_ms // 1000
    if not (flags & rows.SECOND_ONLY and same_second):
        return
    connection.execute(
        "UPDATE trade_rows SET ts_ms = ?, flags = flags & ~?, delay_ms = delay_ms + ?"
        " WHERE seq = ?",
        (trade.ts_ms, rows.SECOND_ONLY, stored_ms - trade.ts_ms, retime.seq),
    )
    connection.execute(REKEY, (trade.ts_ms // MINUTE_MS, market))
