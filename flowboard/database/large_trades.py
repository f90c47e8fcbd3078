"""The largest prints of any span: in bounded steps, blocking, for a thread.

An index holds what finding prints of $1,000 or more needs, by time, so that the rows
themselves are left alone but for those that are returned. Below that all trades are
looked at, and fewer of them.
"""

import sqlite3
from typing import Any, NamedTuple

from flowboard.database import rows
from flowboard.database.trade_pages import (
    JSON_ROWS,
    LARGE_E6,
    NOTIONAL,
    REACHED,
    Row,
    Span,
    read_rows,
)
from flowboard.trade_filter import TradeFilter

LARGE_LOOKED_AT_MAX = 500_000  # In the index: some 0.2 s.
ALL_LOOKED_AT_MAX = 50_000  # Trades of any size: some 0.1 s.

INSIDE = f"""
FROM trade_rows INDEXED BY {{index}}
WHERE {{large}} ts_ms BETWEEN :from_ms AND :before_ms
    AND substr(:takes, market + 1, 1) = x'01'
    AND NOT flags & {rows.NOT_COUNTED} AND {rows.PASSES}
"""
COUNT = f"SELECT count(*) {INSIDE}"
# Of as large ones the newer comes first, as among whale prints.
LARGEST = JSON_ROWS.format(f"""
    SELECT {rows.COLUMNS} FROM trade_rows WHERE seq IN (
        SELECT seq {INSIDE} ORDER BY {NOTIONAL} DESC, ts_ms DESC, seq DESC LIMIT :limit)
""")  # noqa: S608 - names of our own


class LargestRows(NamedTuple):
    """The largest prints, and of how many.

    Attributes:
        rows: Largest first.
        total: How many pass, these among them.
        from_ms: Where what was looked at begins.
    """

    rows: list[Row]
    total: int
    from_ms: int


def largest_of(
    connection: sqlite3.Connection,
    takes: bytes,
    span: Span,
    limit: int,
    wanted: TradeFilter,
) -> LargestRows:
    """Return the largest prints of the markets whose byte in `takes` is 1.

    Of a span that holds too many the newest are looked at.

    Args:
        connection: To the file.
        takes: A byte for each market, by id.
        span: What is asked for.
        limit: Most rows to return.
        wanted: What passes but for its markets; what it says of dollars is the least.
    """
    large = wanted.min_notional_e6 >= LARGE_E6
    names = {
        "index": "trade_large" if large else "trade_identity",
        # The index is used where the query says its condition in its own words.
        "large": f"{NOTIONAL} >= {LARGE_E6} AND" if large else "",
    }
    values: dict[str, Any] = rows.passing_values(wanted) | {
        "from_ms": span.from_ms,
        "before_ms": span.before.ts_ms - 1,
        "takes": takes,
        "limit": limit,
        "most": LARGE_LOOKED_AT_MAX if large else ALL_LOOKED_AT_MAX,
    }
    reached = connection.execute(REACHED.format(**names), values).fetchone()
    if reached is not None:  # Of its millisecond some would be left out.
        values["from_ms"] = reached[0] + 1
    (total,) = connection.execute(COUNT.format(**names), values).fetchone()
    found = read_rows(connection, LARGEST.format(**names), values) if total else []
    found.sort(key=lambda row: (-_notional_e6(row), -row[1], -row[0]))
    return LargestRows(found, total, values["from_ms"])


def _notional_e6(row: Row) -> int:
    _, _, _, _, yes_price_e4, count_e2, flags, _ = row
    paid_e4 = yes_price_e4 if flags & rows.TAKER_YES else 10_000 - yes_price_e4
    return int(count_e2 * paid_e4)
