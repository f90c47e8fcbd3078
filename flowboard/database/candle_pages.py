"""Candles of a market from its one-minute roll-ups, newest first; blocking.

A candle is the sum of the minutes in it, and its open and close are those of the first
and the last of them: by the trades' order keys, so that a tape that was healed gives
the same candles as one that was whole at once.
"""

import sqlite3
from collections.abc import Iterator
from typing import NamedTuple

import orjson

from flowboard.database.market_buckets import BUCKET_BITS
from flowboard.database.trade_pages import Span, marked
from flowboard.models import price_of_key

MINUTE_MS = 60_000
MINUTES_AT_ONCE = 4_000  # That one statement asks for: some 10 ms.
PIECES_MAX = 12  # Statements of an answer.

CANDLES = """
SELECT json_group_array(json_array(number, open_key, close_key, low_e4, high_e4,
    yes_count_e2, no_count_e2, yes_flow_e6, no_flow_e6, trades))
FROM (
    SELECT minute / :minutes AS number,
        min((minute * 60000 << 15) + first_key) AS open_key,
        max((minute * 60000 << 15) + last_key) AS close_key,
        min(low_e4) AS low_e4, max(high_e4) AS high_e4,
        sum(yes_count_e2) AS yes_count_e2, sum(no_count_e2) AS no_count_e2,
        sum(yes_flow_e6) AS yes_flow_e6, sum(no_flow_e6) AS no_flow_e6,
        sum(trades) AS trades
    FROM json_each(:asked) AS asked CROSS JOIN minute_rows
        ON minute = asked.value AND market = :market
    GROUP BY number)
"""


class Candle(NamedTuple):
    """What a market did in an interval in which it was traded.

    Attributes:
        ts_ms: Where the interval begins.
        open_e4, high_e4, low_e4, close_e4: YES prices.
        yes_count_e2, no_count_e2: Contracts by the taker's side.
        yes_flow_e6, no_flow_e6: Dollars by the taker's side.
        trades: How many.
    """

    ts_ms: int
    open_e4: int
    high_e4: int
    low_e4: int
    close_e4: int
    yes_count_e2: int
    no_count_e2: int
    yes_flow_e6: int
    no_flow_e6: int
    trades: int


class CandlePage(NamedTuple):
    """Candles, newest first, and the time that the next page ends at, or None."""

    candles: list[Candle]
    following_ms: int | None


def page_of_candles(
    connection: sqlite3.Connection,
    market: int,
    interval_ms: int,
    span: Span,
    limit: int,
) -> CandlePage:
    """Return the newest candles of a span whose ends are multiples of the interval.

    Intervals without a trade are left out.
    """
    found: list[Candle] = []
    to_ms = span.before.ts_ms
    minutes = _minutes(connection, market, interval_ms, span)
    for piece in range(PIECES_MAX):
        asked: list[int] = []
        # Few of the minutes of a quiet market's buckets have a trade.
        wanted = (limit + 1 - len(found)) * (6 if piece else 1)
        for intervals, (begin_ms, inside) in enumerate(minutes, start=1):
            asked += inside
            to_ms = begin_ms
            if intervals >= wanted or len(asked) >= MINUTES_AT_ONCE:
                break
        if not asked:
            return CandlePage(found, None)
        values = {
            "asked": orjson.dumps(asked).decode(),
            "market": market,
            "minutes": interval_ms // MINUTE_MS,
        }
        (text,) = connection.execute(CANDLES, values).fetchone()
        rows = sorted(orjson.loads(text), reverse=True)
        found += [_candle_of(row, interval_ms) for row in rows]
        if len(found) > limit:
            return CandlePage(found[:limit], found[limit - 1].ts_ms)
    return CandlePage(found, to_ms)


def _minutes(
    connection: sqlite3.Connection, market: int, interval_ms: int, span: Span
) -> Iterator[tuple[int, list[int]]]:
    """Return the intervals that may hold trades, newest first, with their minutes."""
    begin_ms: int | None = None
    inside: set[int] = set()
    for bucket, _ in marked(connection, [market], span):
        first_ms, last_ms = bucket << BUCKET_BITS, (bucket + 1 << BUCKET_BITS) - 1
        for minute in range(last_ms // MINUTE_MS, first_ms // MINUTE_MS - 1, -1):
            minute_ms = minute * MINUTE_MS
            if not span.from_ms <= minute_ms < span.before.ts_ms:
                continue
            start_ms = minute_ms // interval_ms * interval_ms
            if start_ms != begin_ms:
                if begin_ms is not None:
                    yield begin_ms, list(inside)
                begin_ms = start_ms
                inside = set()
            inside.add(minute)
    if begin_ms is not None:
        yield begin_ms, list(inside)


def _candle_of(row: list[int], interval_ms: int) -> Candle:
    number, open_key, close_key, low_e4, high_e4, *figures = row
    return Candle(
        number * interval_ms,
        price_of_key(open_key),
        high_e4,
        low_e4,
        price_of_key(close_key),
        *figures,
    )
