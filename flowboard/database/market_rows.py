"""What the exchange says of markets, events and series <-> rows.

A row is written when something new is said.
"""

import sqlite3
import zlib
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing, suppress
from pathlib import Path
from typing import NamedTuple

import msgspec

from flowboard.database.connection import open_for_reading
from flowboard.database.market_words import OPEN, words_of
from flowboard.directory import Directory
from flowboard.market_info import EventInfo, MarketInfo, SeriesInfo

Info = MarketInfo | EventInfo | SeriesInfo

KINDS: dict[type[Info], int] = {MarketInfo: 0, EventInfo: 1, SeriesInfo: 2}
MARKET, EVENT, SERIES = 0, 1, 2
BULK_CACHE_KIB = 4_096
RAW_LENGTH_MAX = 4 * 1024 * 1024

UPSERT = """
INSERT INTO listed (kind, ticker, info, settled_ms, words, state)
VALUES (?, ?, ?, ?, ?, ?)
ON CONFLICT (kind, ticker) DO UPDATE SET info = excluded.info,
    settled_ms = excluded.settled_ms, words = excluded.words, state = excluded.state
RETURNING id
"""
FORGET_WORDS = (
    "INSERT INTO listed_words (listed_words, rowid, words, state)"
    " VALUES ('delete', ?, ?, ?)"
)
KNOWN = "SELECT id, words, state FROM listed WHERE kind = ? AND ticker = ?"
READ = """
SELECT kind, info FROM listed WHERE settled_ms IS NULL OR settled_ms >= ?
"""
SETTLED = "SELECT ticker FROM listed WHERE kind = 0 AND settled_ms < ?"
RAW = """
SELECT raw FROM listed JOIN listed_raw USING (id) WHERE kind = ? AND ticker = ?
"""
INFOS = "SELECT info FROM listed WHERE kind = 0 AND ticker = ?"
TRADED = """
SELECT 1 FROM markets JOIN market_buckets USING (market) WHERE ticker = ? LIMIT 1
"""
EMPTY_EVENT = """
SELECT id FROM listed WHERE kind = 1 AND ticker = ?1 AND NOT EXISTS (
    SELECT 1 FROM listed WHERE kind = 0 AND ticker >= ?1 AND ticker < ?1 || '.')
"""

_encode = msgspec.msgpack.Encoder().encode
_decoders = {
    number: msgspec.msgpack.Decoder(kind).decode for kind, number in KINDS.items()
}
_market = msgspec.msgpack.Decoder(MarketInfo).decode


class Row(NamedTuple):
    """One row to write, columns as in `listed`; `raw` None: as it was."""

    kind: int
    ticker: str
    info: bytes
    settled_ms: int | None
    words: str
    state: str
    raw: bytes | None


def row_of(info: Info, raw: bytes | None, directory: Directory) -> Row:
    """Return the row of what the exchange says.

    Args:
        info: A market, event or series.
        raw: The whole object as JSON; None: it was told by a message, not by REST.
        directory: What else is known: a market is found by the words of its event.
    """
    settled_ms, words, state = None, "", ""
    if isinstance(info, MarketInfo):
        settled_ms = settled_at(info)
        words = words_of(info, directory)
        state = "" if info.is_over else OPEN
    if raw is not None and len(raw) > RAW_LENGTH_MAX:
        raw = None
    return Row(
        KINDS[type(info)], info.ticker, _encode(info), settled_ms, words, state, raw
    )


def settled_at(info: MarketInfo) -> int | None:
    """Return since when nothing more is to be told of a market; None: there may be."""
    if info.status != "finalized":
        return None
    return info.settled_ms or info.determined_ms or info.close_ms or info.read_ms


def compressed(rows: Iterable[Row]) -> list[Row]:
    """Return rows with their JSON compressed; to be called beside the writing."""
    return [
        row if row.raw is None else row._replace(raw=zlib.compress(row.raw))
        for row in rows
    ]


def save(
    connection: sqlite3.Connection, rows: Sequence[Row], *, bulk: bool = False
) -> None:
    """Write rows, in one transaction; their JSON is compressed already.

    Args:
        connection: In autocommit mode.
        rows: Few: whoever else writes waits meanwhile.
        bulk: They are of very many: pages that are written once and not read again
            shall not fill the connection's cache.

    Raises:
        sqlite3.Error: Nothing was written.
    """
    ((cache,),) = connection.execute("PRAGMA cache_size").fetchall()
    if bulk:
        connection.execute(f"PRAGMA cache_size = -{BULK_CACHE_KIB}")
    connection.execute("BEGIN IMMEDIATE")
    try:
        for row in rows:
            _save(connection, row)
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise
    finally:
        connection.execute(f"PRAGMA cache_size = {cache}")


def drop(connection: sqlite3.Connection, tickers: Sequence[str]) -> None:
    """Delete markets that were never traded here, in one transaction.

    Raises:
        sqlite3.Error: Nothing was deleted.
    """
    connection.execute("BEGIN IMMEDIATE")
    try:
        for ticker in tickers:
            known = connection.execute(KNOWN, (MARKET, ticker)).fetchone()
            traded = connection.execute(TRADED, (ticker,)).fetchone()
            if known is not None and traded is None:
                connection.execute(FORGET_WORDS, known)
                connection.execute("DELETE FROM listed_raw WHERE id = ?", known[:1])
                connection.execute("DELETE FROM listed WHERE id = ?", known[:1])
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise


def drop_events(connection: sqlite3.Connection, tickers: Sequence[str]) -> None:
    """Delete events of which no market is kept, in one transaction.

    Raises:
        sqlite3.Error: Nothing was deleted.
    """
    connection.execute("BEGIN IMMEDIATE")
    try:
        for ticker in tickers:
            # A market's ticker begins with its event's, but for a few old ones.
            found = connection.execute(EMPTY_EVENT, (ticker,)).fetchall()
            for table in ("listed_raw", "listed"):
                connection.executemany(f"DELETE FROM {table} WHERE id = ?", found)  # noqa: S608
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise


def read_all(path: Path, settled_since_ms: int = 0) -> Iterator[Info]:
    """Return what is known, on a connection of its own; events come last.

    Args:
        path: The database file.
        settled_since_ms: Markets that were settled before are left out, and so are
            events that have no others.

    Raises:
        sqlite3.Error: The file cannot be read.
    """
    events: dict[str, EventInfo] = {}
    living: set[str] = set()
    with closing(open_for_reading(path)) as connection:
        for kind, blob in connection.execute(READ, (settled_since_ms,)):
            try:
                info = _decoders[kind](blob)
            except msgspec.MsgspecError:  # Of another version: it will be told anew.
                continue
            if isinstance(info, EventInfo):
                events[info.ticker] = info
                continue
            if isinstance(info, MarketInfo):
                living.add(info.event_ticker)
            yield info
    yield from (event for ticker, event in events.items() if ticker in living)


def settled(path: Path, before_ms: int) -> list[str]:
    """Return the tickers of markets that were settled before a time.

    Raises:
        sqlite3.Error: The file cannot be read.
    """
    with closing(open_for_reading(path)) as connection:
        return [ticker for (ticker,) in connection.execute(SETTLED, (before_ms,))]


def raw(
    connection: sqlite3.Connection, ticker: str, kind: int = MARKET
) -> bytes | None:
    """Return the JSON of a market as the exchange wrote it; None: not kept.

    Raises:
        sqlite3.Error: The file cannot be read.
    """
    row = connection.execute(RAW, (kind, ticker)).fetchone()
    if row is None:
        return None
    try:
        return zlib.decompress(row[0])
    except zlib.error:
        return None


def infos(connection: sqlite3.Connection, tickers: Iterable[str]) -> list[MarketInfo]:
    """Return what is known of markets; unknown ones are left out.

    Raises:
        sqlite3.Error: The file cannot be read.
    """
    found: list[MarketInfo] = []
    for ticker in tickers:
        row = connection.execute(INFOS, (ticker,)).fetchone()
        with suppress(msgspec.MsgspecError):
            if row is not None:
                found.append(_market(row[0]))
    return found


def _save(connection: sqlite3.Connection, row: Row) -> None:
    known = None
    if row.kind == MARKET:
        known = connection.execute(KNOWN, (row.kind, row.ticker)).fetchone()
    told = known is not None and known[1:] == (row.words, row.state)
    if known is not None and not told:
        connection.execute(FORGET_WORDS, known)
    ((number,),) = connection.execute(UPSERT, row[:6]).fetchall()
    if row.kind == MARKET and not told:
        connection.execute(
            "INSERT INTO listed_words (rowid, words, state) VALUES (?, ?, ?)",
            (number, row.words, row.state),
        )
    if row.raw is not None:
        connection.execute(
            "INSERT OR REPLACE INTO listed_raw VALUES (?, ?)", (number, row.raw)
        )
