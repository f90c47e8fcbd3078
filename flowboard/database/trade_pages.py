"""Trades of any span, newest first, a page at a time; blocking, for a thread.

Few markets: their marks tell which buckets hold something, and nothing else is looked
at. All markets, or a bucket that a busy one fills: the tape is read backwards in time.
Either way a call looks at a bounded number of rows, and says where the next one begins.
Each row of an answer would be a turn of waiting for the interpreter: one holds them all.
"""

import sqlite3
from collections.abc import Iterator, Sequence
from itertools import groupby
from operator import itemgetter
from typing import Any, NamedTuple

import orjson

from flowboard.database import rows
from flowboard.database.market_buckets import BUCKET_BITS, STRETCH_BITS, buckets_of
from flowboard.database.tape_cursor import Place
from flowboard.trade_filter import TradeFilter

Row = Sequence[Any]
Mark = tuple[int, int]  # A bucket that holds trades of a market, and the market.

LOOKED_AT_MAX = 20_000  # By one statement over all markets: some 15 ms.
LOOKED_AT_LEAST = 2_000
BUCKET_ROWS_MAX = 4_000  # Of the buckets that one statement reads whole.
PIECES_MAX = 4  # Statements of an answer.
MARKETS_MAX = 100  # More are looked for in the tape of all.
MARKS_READ = 256  # Rows of marks that are read at a time.
PLACES_MAX = 1_200  # Buckets that are looked at together: a page's most, and some.
LARGE_E6 = 1_000_000_000  # What the index `trade_large` begins at.
NOTIONAL = "count_e2 * iif(flags & 1, yes_price_e4, 10000 - yes_price_e4)"

NEWEST = Place((1 << 47) - 1, 0)  # Behind every trade.

JSON_ROWS = """
SELECT json_group_array(json_array(seq, ts_ms, hex(trade_id), market, yes_price_e4,
    count_e2, flags, delay_ms)) FROM ({})
"""
MARKS = """
SELECT json_group_array(json_array(stretch, market, buckets)) FROM (
    SELECT market, stretch, buckets
    FROM json_each(:markets) AS wanted CROSS JOIN market_buckets AS marks
        ON marks.market = wanted.value AND stretch BETWEEN :lower AND :upper)
"""
MARKS_OF_ONE = """
SELECT json_group_array(json_array(stretch, market, buckets)) FROM (
    SELECT * FROM market_buckets
    WHERE market = :market AND stretch BETWEEN :lower AND :upper
    ORDER BY stretch DESC LIMIT :most)
"""
NEWEST_STRETCH = """
SELECT max((SELECT max(stretch) FROM market_buckets
    WHERE market = wanted.value AND stretch BETWEEN :lower AND :upper))
FROM json_each(:markets) AS wanted
"""
# Read from the index alone, and no further than the number.
COUNTS = f"""
SELECT json_group_array(json_array(place, found)) FROM (
    SELECT place, count(*) AS found FROM (
        SELECT places.key AS place
        FROM json_each(:places) AS places CROSS JOIN trade_rows INDEXED BY trade_market
            ON ts_ms >> {BUCKET_BITS} = json_extract(places.value, '$[0]')
            AND market = json_extract(places.value, '$[1]')
        LIMIT :most)
    GROUP BY place)
"""  # noqa: S608 - names of our own
IN_BUCKETS = JSON_ROWS.format(f"""
    SELECT {rows.COLUMNS}
    FROM json_each(:places) AS places CROSS JOIN trade_rows INDEXED BY trade_market
        ON ts_ms >> {BUCKET_BITS} = json_extract(places.value, '$[0]')
            AND market = json_extract(places.value, '$[1]')
    WHERE ts_ms >= :from_ms AND (ts_ms, seq) < (:before_ms, :before_seq)
        AND {rows.PASSES}
    ORDER BY ts_ms DESC, seq DESC LIMIT :limit
""")  # noqa: S608
REACHED = """
SELECT ts_ms FROM trade_rows INDEXED BY {index}
WHERE {large} ts_ms BETWEEN :from_ms AND :before_ms
ORDER BY ts_ms DESC LIMIT 1 OFFSET :most
"""
IN_TIME = JSON_ROWS.format(f"""
    SELECT {rows.COLUMNS} FROM trade_rows INDEXED BY {{index}}
    WHERE {{large}} ts_ms BETWEEN :from_ms AND :before_ms
        AND (ts_ms, seq) < (:before_ms, :before_seq)
        AND substr(:takes, market + 1, 1) = x'01' AND {rows.PASSES}
    ORDER BY ts_ms DESC, seq DESC LIMIT :limit
""")  # noqa: S608


class Span(NamedTuple):
    """What is asked for: from a time on, and before a place."""

    from_ms: int
    before: Place


class TradePage(NamedTuple):
    """Rows, newest first, and the place that the next page begins before, or None."""

    rows: list[Row]
    following: Place | None


def page_of_markets(
    connection: sqlite3.Connection,
    markets: Sequence[int],
    span: Span,
    limit: int,
    wanted: TradeFilter,
) -> TradePage:
    """Return trades of a few markets; what `wanted` says of markets is not looked at."""
    found: list[Row] = []
    place = span.before
    marks = groupby(marked(connection, markets, span), key=itemgetter(0))
    buckets: Iterator[list[Mark]] = (list(sharing) for _, sharing in marks)
    room = limit + 2 if _passes_all(wanted) else PLACES_MAX
    held: list[Mark] = []
    for _ in range(PIECES_MAX):
        while len(held) < room and (group := next(buckets, [])):
            held += group
        if not held:
            return TradePage(found, None)
        piece = _read_buckets(
            connection,
            markets,
            held,
            Span(span.from_ms, place),
            limit - len(found),
            wanted,
        )
        found += piece.rows
        if len(found) >= limit:
            return TradePage(found, _behind(found))
        assert piece.following is not None
        place = piece.following
        held = [mark for mark in held if mark[0] << BUCKET_BITS < place.ts_ms]
    return TradePage(found, place if held or next(buckets, []) else None)


def page_of_all(
    connection: sqlite3.Connection,
    takes: bytes,
    span: Span,
    limit: int,
    wanted: TradeFilter,
) -> TradePage:
    """Return trades of the markets whose byte in `takes` is 1."""
    found: list[Row] = []
    place = span.before
    most = LOOKED_AT_LEAST + 2 * limit
    for _ in range(PIECES_MAX):
        piece = _read_time(
            connection,
            takes,
            Span(span.from_ms, place),
            limit - len(found),
            wanted,
            most,
        )
        found += piece.rows
        if len(found) >= limit or piece.following is None:
            return TradePage(found, piece.following)
        place = piece.following
        most = LOOKED_AT_MAX
    return TradePage(found, place)


def marked(
    connection: sqlite3.Connection, markets: Sequence[int], span: Span
) -> Iterator[Mark]:
    """Return the buckets with trades of the markets, newest first."""
    lowest = span.from_ms >> BUCKET_BITS
    highest = (span.before.ts_ms - (not span.before.seq)) >> BUCKET_BITS
    oldest, upper = lowest >> STRETCH_BITS, highest >> STRETCH_BITS
    read = _marks_of_one if len(markets) == 1 else _marks_of_several
    while found := read(connection, markets, oldest, upper):
        for stretch, sharing in groupby(found, key=itemgetter(0)):
            marks = [
                (bucket, market)
                for _, market, bits in sharing
                for bucket in buckets_of(stretch, bits)
                if lowest <= bucket <= highest
            ]
            yield from sorted(marks, reverse=True)
        upper = found[-1][0] - 1


def _marks_of_one(
    connection: sqlite3.Connection, markets: Sequence[int], oldest: int, upper: int
) -> list[Row]:
    """Return the newest rows of marks up to a stretch, newest first."""
    values = {
        "market": markets[0],
        "lower": oldest,
        "upper": upper,
        "most": MARKS_READ,
    }
    (text,) = connection.execute(MARKS_OF_ONE, values).fetchone()
    return sorted(orjson.loads(text), reverse=True)


def _marks_of_several(
    connection: sqlite3.Connection, markets: Sequence[int], oldest: int, upper: int
) -> list[Row]:
    """Return the same of whole stretches: so a bucket is told for all the markets."""
    values: dict[str, Any] = {"markets": orjson.dumps(markets).decode()}
    values |= {"lower": oldest, "upper": upper}
    (newest,) = connection.execute(NEWEST_STRETCH, values).fetchone()
    if newest is None:
        return []
    at_once = max(1, MARKS_READ // max(1, len(markets)))
    values |= {"upper": newest, "lower": max(oldest, newest - at_once + 1)}
    (text,) = connection.execute(MARKS, values).fetchone()
    return sorted(orjson.loads(text), reverse=True)


def _read_buckets(
    connection: sqlite3.Connection,
    markets: Sequence[int],
    held: Sequence[Mark],
    span: Span,
    limit: int,
    wanted: TradeFilter,
) -> TradePage:
    """Return the rows of the first buckets, as many as one statement may look at.

    Of several markets a bucket is read for all of them or for none.
    """
    most = BUCKET_ROWS_MAX + 1
    text = orjson.dumps(held).decode()
    (counted,) = connection.execute(COUNTS, {"places": text, "most": most}).fetchone()
    counts = dict(orjson.loads(counted))
    enough = limit if _passes_all(wanted) else BUCKET_ROWS_MAX
    read, looked_at, sure = 0, 0, 0
    newest = held[0][0]
    while read < len(held) and sure < enough:
        bucket = held[read][0]
        end = read
        inside = 0
        while end < len(held) and held[end][0] == bucket:
            inside += counts.get(end, 0)
            end += 1
        if looked_at + inside >= BUCKET_ROWS_MAX:
            break
        looked_at += inside
        # Of the first bucket some may be later than the place, or before the span.
        sure += inside if bucket != newest else 0
        read = end
    if not read:
        return _read_dense(connection, markets, newest, span, limit, wanted)
    values = rows.passing_values(wanted) | {
        "places": orjson.dumps(held[:read]).decode(),
        "from_ms": span.from_ms,
        "before_ms": span.before.ts_ms,
        "before_seq": span.before.seq,
        "limit": limit,
    }
    found = read_rows(connection, IN_BUCKETS, values)
    return TradePage(found, Place(held[read - 1][0] << BUCKET_BITS, 0))


def _read_dense(
    connection: sqlite3.Connection,
    markets: Sequence[int],
    bucket: int,
    span: Span,
    limit: int,
    wanted: TradeFilter,
) -> TradePage:
    """Return rows of a bucket that is too full to be read whole."""
    takes = bytearray(max(markets) + 1)
    for market in markets:
        takes[market] = 1
    begin_ms = bucket << BUCKET_BITS
    inside = Span(max(span.from_ms, begin_ms), span.before)
    page = _read_time(connection, bytes(takes), inside, limit, wanted, LOOKED_AT_MAX)
    return TradePage(page.rows, page.following or Place(begin_ms, 0))


def _read_time(
    connection: sqlite3.Connection,
    takes: bytes,
    span: Span,
    limit: int,
    wanted: TradeFilter,
    most: int,
) -> TradePage:
    """Return rows among the next `most` of the tape of all markets, backwards."""
    large = wanted.min_notional_e6 >= LARGE_E6
    names = {
        "index": "trade_large" if large else "trade_identity",
        # The index is used where the query says its condition in its own words.
        "large": f"{NOTIONAL} >= {LARGE_E6} AND" if large else "",
    }
    values = rows.passing_values(wanted) | {
        "from_ms": span.from_ms,
        "before_ms": span.before.ts_ms,
        "before_seq": span.before.seq,
        "takes": takes,
        "limit": limit,
        "most": most,
    }
    reached = connection.execute(REACHED.format(**names), values).fetchone()
    if reached is not None:
        values["from_ms"] = reached[0]
    found = read_rows(connection, IN_TIME.format(**names), values)
    if len(found) >= limit:
        return TradePage(found, _behind(found))
    return TradePage(found, None if reached is None else Place(reached[0], 0))


def read_rows(
    connection: sqlite3.Connection, sql: str, values: dict[str, Any]
) -> list[Row]:
    """Return the rows of a statement made of `JSON_ROWS`, newest first."""
    (text,) = connection.execute(sql, values).fetchone()
    found: list[Any] = orjson.loads(text)
    # The aggregate takes them in the order of the statement inside, and need not.
    found.sort(key=lambda row: (-row[1], -row[0]))
    for row in found:
        row[2] = bytes.fromhex(row[2])
    return found


def _behind(found: Sequence[Row]) -> Place:
    last = found[-1]
    return Place(last[1], last[0])


def _passes_all(wanted: TradeFilter) -> bool:
    return wanted.side is None and not wanted.min_notional_e6 and not wanted.live_only
