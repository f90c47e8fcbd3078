"""Quotes <-> their rows: written with a beat, moved to where they stay, dropped, read.

Each function is one short statement or one short transaction. They may be repeated: a
row is known by its market, time and source, and the same again is no other.
"""

import re
import sqlite3
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import msgspec
import orjson
import structlog

from flowboard.database.connection import open_for_reading
from flowboard.database.tape_cursor import Place
from flowboard.market_info import Quote, QuoteSource
from flowboard.quote_tape import MarketQuote, QuoteSpan

SOURCES: tuple[QuoteSource, ...] = ("ws", "poll")
SOURCE_IDS: dict[QuoteSource, int] = {name: n for n, name in enumerate(SOURCES)}

BUCKET_BITS = 18
IN_BUCKET = (1 << BUCKET_BITS) - 1
ROWS_A_SLICE = 2_048
BUCKETS_A_STEP = 512
ANY_SOURCE = -1

CHUNK_ROWS = 2_048
CHUNKS_A_SLICE = 32
CHUNKS_A_LOOK = 32
COLUMNS = 9
INSERT = "INSERT OR IGNORE INTO quote_rows VALUES "
NUMBER_MAX = 1 << 62  # What a column takes.

FIGURES = "bid_e4, ask_e4, bid_size_e2, ask_size_e2, open_interest_e2"
SAVE_SPAN = "INSERT OR REPLACE INTO quote_spans VALUES (?, ?, ?)"
# One row holds many: each row of an answer is a turn of waiting for the interpreter.
SLICES = f"""
SELECT json_group_array(json_array(bucket, market, ms, source, {FIGURES}))
FROM (
    SELECT ts_ms >> 18 AS bucket, market, ts_ms & 262143 AS ms, source, {FIGURES},
        (row_number() OVER (ORDER BY ts_ms >> 18, market, ts_ms, source) - 1) / :rows
            AS part
    FROM quote_waiting WHERE n IN (
        SELECT n FROM quote_journal WHERE newest_ms < :before_ms AND n <= :last))
GROUP BY part ORDER BY part
"""  # noqa: S608 - names are our own
BROKEN = """
SELECT count(*) FROM quote_journal
WHERE newest_ms < ? AND n <= ? AND NOT json_valid(rows)
"""
DELETE_MOVED = """
DELETE FROM quote_journal WHERE n IN (
    SELECT n FROM quote_journal WHERE newest_ms < ? AND n <= ? ORDER BY n LIMIT ?)
"""
# A market's rows begin with its id: chunks without it are not opened.
CHUNKS = """
SELECT json_group_array(json_array(newest_ms, n)) FROM quote_journal
WHERE newest_ms >= ?
"""
SOME_CHUNKS = """
SELECT group_concat(rows, '\n') FROM quote_journal
WHERE n IN (SELECT value FROM json_each(?)) AND instr(rows, ?)
"""
# Bucket by bucket, so that each is one look into the tree.
SORTED_PAGE = f"""
WITH RECURSIVE b (bucket) AS (
    VALUES (:upper) UNION ALL SELECT bucket - 1 FROM b WHERE bucket > :lower)
SELECT json_group_array(json_array(ts_ms, source, {FIGURES})) FROM (
    SELECT (r.bucket << 18) | r.ms AS ts_ms, r.source, {FIGURES}
    FROM b CROSS JOIN quote_rows AS r ON r.bucket = b.bucket AND r.market = :market
    WHERE ((r.bucket << 18) | r.ms) >= :from_ms
        AND ((r.bucket << 18) | r.ms, r.source) < (:before_ms, :before_source)
        AND :source IN (r.source, -1)
    ORDER BY ts_ms DESC, source DESC LIMIT :limit)
"""  # noqa: S608
NEWEST_OF_ALL = f"""
SELECT json_group_array(json_array(market, ts_ms, source, {FIGURES})) FROM (
    SELECT market, max((bucket << 18) | ms) AS ts_ms, source, {FIGURES}
    FROM quote_rows
    WHERE bucket >= :from_ms >> 18 AND ((bucket << 18) | ms) >= :from_ms
    GROUP BY market)
"""  # noqa: S608
SPANS = """
SELECT source, max(from_ms, kept_from_ms), to_ms FROM quote_spans, quote_state
WHERE to_ms > max(?, kept_from_ms) AND from_ms < ? ORDER BY from_ms, source
"""


_ENCODE = msgspec.json.Encoder().encode
_DECODE = msgspec.json.Decoder(list[MarketQuote]).decode
_DECODE_QUOTE = msgspec.json.Decoder(Quote).decode


class Stock(NamedTuple):
    """What is kept in `quote_rows`.

    Attributes:
        rows: How many.
        oldest, newest: Buckets; None where there are no rows.
    """

    rows: int
    oldest: int | None
    newest: int | None


class Move(NamedTuple):
    """What of the journal is to be moved.

    Attributes:
        before_ms: Chunks of which all is earlier: buckets that are over.
        last: The last chunk when that was decided.
    """

    before_ms: int
    last: int


def save(
    connection: sqlite3.Connection,
    rows: Sequence[MarketQuote],
    spans: Sequence[QuoteSpan],
) -> None:
    """Append rows to the journal and write spans, inside the caller's transaction."""
    # After an outage they are many: a chunk is moved when all of it is over.
    for start in range(0, len(rows), CHUNK_ROWS):
        chunk = rows[start : start + CHUNK_ROWS]
        connection.execute(
            "INSERT INTO quote_journal (newest_ms, rows) VALUES (?, ?)",
            (max([quote.ts_ms for _, quote in chunk]), _text_of(chunk)),
        )
    for source, from_ms, to_ms in spans:  # One or two.
        connection.execute(SAVE_SPAN, (SOURCE_IDS[source], from_ms, to_ms))


def _text_of(chunk: Sequence[MarketQuote]) -> str:
    try:
        return _ENCODE(chunk).decode()
    except OverflowError:  # One that no column takes either is left out.
        sound = [
            row
            for row in chunk
            if max(msgspec.structs.astuple(row[1])[:-1]) < NUMBER_MAX
        ]
        return _ENCODE(sound).decode()


def finished(connection: sqlite3.Connection, lag_ms: int) -> Move | None:
    """Return what of the journal is over, None where nothing is.

    Args:
        connection: For reading.
        lag_ms: How much later than a bucket the newest quote has to be.
    """
    oldest_ms, newest_ms, last = connection.execute(
        "SELECT min(newest_ms), max(newest_ms), max(n) FROM quote_journal"
    ).fetchone()
    if oldest_ms is None:
        return None
    before_ms = (newest_ms - lag_ms) >> BUCKET_BITS << BUCKET_BITS
    return Move(before_ms, last) if oldest_ms < before_ms else None


def sorted_slices(connection: sqlite3.Connection, move: Move) -> Iterator[list[int]]:
    """Return what is to be moved as rows of `quote_rows`, sorted, slice by slice."""
    (broken,) = connection.execute(BROKEN, move).fetchone()
    if broken:
        _tell_of_broken(broken)
    values = {"rows": ROWS_A_SLICE} | move._asdict()
    for (text,) in connection.execute(SLICES, values):
        rows = sorted(orjson.loads(text))
        yield [n for row in rows if max(row) < NUMBER_MAX for n in row]


def delete_moved(connection: sqlite3.Connection, move: Move) -> bool:
    """Delete some chunks that have been moved; return whether there are more."""
    values = (*move, CHUNKS_A_SLICE)
    return connection.execute(DELETE_MOVED, values).rowcount == CHUNKS_A_SLICE


def stock(connection: sqlite3.Connection) -> Stock:
    """Return what is kept of moved rows."""
    return Stock(
        *connection.execute(
            "SELECT rows, (SELECT min(bucket) FROM quote_rows),"
            " (SELECT max(bucket) FROM quote_rows) FROM quote_state"
        ).fetchone()
    )


def drop_oldest(connection: sqlite3.Connection, before: int) -> int:
    """Delete the oldest rows of buckets below `before`, a slice; return how many."""
    connection.execute("BEGIN IMMEDIATE")
    try:
        # First what is said of them: no span may tell of what is gone.
        kept_from_ms = before << BUCKET_BITS
        connection.execute(
            "UPDATE quote_state SET kept_from_ms = max(kept_from_ms, ?)",
            (kept_from_ms,),
        )
        connection.execute("DELETE FROM quote_spans WHERE to_ms <= ?", (kept_from_ms,))
        last = connection.execute(
            "SELECT bucket, market, ms, source FROM quote_rows WHERE bucket < ?"
            " ORDER BY bucket, market, ms, source LIMIT 1 OFFSET ?",
            (before, ROWS_A_SLICE - 1),
        ).fetchone() or (before, -1, -1, -1)
        gone = connection.execute(
            "DELETE FROM quote_rows WHERE (bucket, market, ms, source) <= (?, ?, ?, ?)",
            last,
        ).rowcount
        connection.execute("UPDATE quote_state SET rows = rows - ?", (gone,))
        connection.execute("COMMIT")
        return gone
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise


def newest_of_all(path: Path, from_ms: int) -> dict[int, Quote]:
    """Return each market's last quote from `from_ms` on, by id; blocking."""
    connection = open_for_reading(path)
    try:
        ((text,),) = connection.execute(NEWEST_OF_ALL, {"from_ms": from_ms})
        found = {row[0]: quote_of(row[1:]) for row in orjson.loads(text)}
        broken = 0
        for (chunk,) in connection.execute(
            "SELECT rows FROM quote_journal WHERE newest_ms >= ? ORDER BY n", (from_ms,)
        ):
            try:
                rows = _DECODE(chunk)
            except msgspec.DecodeError:
                broken += 1
                continue
            for market, quote in rows:
                last = found.get(market)
                if quote.ts_ms >= (from_ms if last is None else last.ts_ms):
                    found[market] = quote
    finally:
        connection.close()
    if broken:
        _tell_of_broken(broken)
    return found


def page(
    connection: sqlite3.Connection,
    market: int,
    from_ms: int,
    before: Place,
    source: QuoteSource | None,
    limit: int,
) -> list[Quote]:
    """Return a market's quotes before a place, newest first.

    Args:
        connection: For reading.
        market: Its id.
        from_ms: The first millisecond.
        before: Time and number of the source behind the first one to return.
        source: Of which alone; None: of all.
        limit: Most quotes to return.
    """
    values: dict[str, Any] = {
        "market": market,
        "from_ms": from_ms,
        "before_ms": before.ts_ms,
        "before_source": before.seq,
        "source": ANY_SOURCE if source is None else SOURCE_IDS[source],
        "limit": limit,
    }
    # A row that is moved between two looks is seen twice rather than not at all.
    found = _waiting(connection, market, from_ms, before, source, limit)
    kept = stock(connection)
    if kept.oldest is not None and kept.newest is not None:
        oldest = max(kept.oldest, from_ms >> BUCKET_BITS)
        upper = min(kept.newest, before.ts_ms >> BUCKET_BITS)
        moved, step = 0, 1
        while upper >= oldest and moved < limit:
            lower = max(oldest, upper - step + 1)
            values |= {"lower": lower, "upper": upper, "limit": limit - moved}
            ((text,),) = connection.execute(SORTED_PAGE, values)
            rows = orjson.loads(text)
            moved += len(rows)
            found |= {(row[0], row[1]): quote_of(row) for row in rows}
            upper, step = lower - 1, min(BUCKETS_A_STEP, step * 2)
    return [found[key] for key in sorted(found, reverse=True)[:limit]]


def _waiting(
    connection: sqlite3.Connection,
    market: int,
    from_ms: int,
    before: Place,
    source: QuoteSource | None,
    limit: int,
) -> dict[tuple[int, int], Quote]:
    """Return the quotes of a page that are in the journal, by time and source.

    There may be more than the limit, and older ones than those of the page.
    """
    found: dict[tuple[int, int], Quote] = {}
    # Of a chunk only the market's own rows are read.
    its_rows = re.compile(rf"\[{market},(\[[^]]*\])\]")
    ((text,),) = connection.execute(CHUNKS, (from_ms,))
    chunks = sorted(orjson.loads(text), reverse=True)
    for start in range(0, len(chunks), CHUNKS_A_LOOK):
        some = chunks[start : start + CHUNKS_A_LOOK]
        if sum(ts_ms > some[0][0] for ts_ms, _ in found) >= limit:
            break  # What is left is older than all of these.
        numbers = orjson.dumps([n for _, n in some]).decode()
        values = numbers, f"[{market},["
        ((text,),) = connection.execute(SOME_CHUNKS, values)
        for match in its_rows.finditer(text or ""):
            try:
                quote = _DECODE_QUOTE(match[1])
            except msgspec.DecodeError:
                continue  # It is told of when the chunk is to be moved.
            key = quote.ts_ms, SOURCE_IDS[quote.source]
            passes = source is None or quote.source == source
            if passes and from_ms <= key[0] and key < before:
                found[key] = quote
    return found


def _tell_of_broken(chunks: int) -> None:
    structlog.get_logger("flowboard.database").warning(
        "quotes are left out: they cannot be read", chunks=chunks
    )


def spans(connection: sqlite3.Connection, from_ms: int, to_ms: int) -> list[QuoteSpan]:
    """Return where quotes of a span were stored whole, oldest first."""
    return [
        QuoteSpan(SOURCES[source], begins_ms, ends_ms)
        for source, begins_ms, ends_ms in connection.execute(SPANS, (from_ms, to_ms))
    ]


def quote_of(row: Sequence[int]) -> Quote:
    """Return a quote from its time, source and figures."""
    ts_ms, source, bid_e4, ask_e4, bid_size_e2, ask_size_e2, held_e2 = row
    return Quote(
        ts_ms, bid_e4, ask_e4, bid_size_e2, ask_size_e2, held_e2, SOURCES[source]
    )
