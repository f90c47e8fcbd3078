"""Gaps and audits <-> their rows, and the tape's edge."""

import sqlite3
from collections.abc import Sequence

from flowboard.comparison import Audit
from flowboard.coverage import CLOSED_MAX, Coverage, Gap

GAPS_MAX = 10_000  # Rows of closed gaps that are kept.
AUDITS_MAX = 120_000  # Spans of five minutes in more than a year.

GAP_COLUMNS = (
    "gap, cause, from_ms, to_ms, asked_to_ms, ticker, background, state, noticed_ms,"
    " closed_ms, recovered, pages"
)
SAVE_GAP = (
    f"INSERT OR REPLACE INTO gaps ({GAP_COLUMNS})"  # noqa: S608 - names of our own
    " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
)
OPEN_AND_LATEST = (
    f"SELECT {GAP_COLUMNS} FROM gaps"  # noqa: S608
    " WHERE state <> 'closed' OR gap > (SELECT max(gap) FROM gaps) - ? ORDER BY gap"
)
IDS = "SELECT trade_id, ts_ms FROM trade_rows WHERE ts_ms >= ? AND ts_ms < ?"
AUDITS = (
    "SELECT from_ms, to_ms, ours, exchange, missing, extra, ours_digest,"
    " exchange_digest, recovered, audited_ms FROM audits WHERE from_ms >= ?"
    " ORDER BY from_ms"
)


def read_coverage(connection: sqlite3.Connection) -> Coverage:
    """Return what is stored of the tape's coverage."""
    row = connection.execute("SELECT since_ms, edge_ms FROM state").fetchone()
    coverage = Coverage(*row)
    rows = connection.execute(OPEN_AND_LATEST, (CLOSED_MAX,))
    coverage.restore(_gap_of(row) for row in rows)
    return coverage


def save_gaps(connection: sqlite3.Connection, gaps: Sequence[Gap]) -> None:
    """Write gaps as they are now, inside the caller's transaction."""
    for gap in gaps:  # A handful at most: one statement each is soon done.
        connection.execute(SAVE_GAP, _row_of(gap))


def prune(connection: sqlite3.Connection) -> None:
    """Forget the oldest closed gaps and audits, so that both stay bounded."""
    connection.execute(
        "DELETE FROM gaps WHERE state = 'closed'"
        " AND gap <= (SELECT max(gap) FROM gaps) - ?",
        (GAPS_MAX,),
    )
    connection.execute(
        "DELETE FROM audits WHERE from_ms <="
        " (SELECT from_ms FROM audits ORDER BY from_ms DESC LIMIT 1 OFFSET ?)",
        (AUDITS_MAX,),
    )


def save_audit(connection: sqlite3.Connection, audit: Audit) -> None:
    """Write one audit in place of an earlier one of its span."""
    connection.execute(
        "INSERT OR REPLACE INTO audits VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", audit
    )


def _row_of(gap: Gap) -> tuple[int | str | None, ...]:
    return (
        gap.gap,
        gap.cause,
        gap.from_ms,
        gap.to_ms,
        gap.asked_to_ms,
        gap.ticker,
        int(gap.background),
        gap.state,
        gap.noticed_ms,
        gap.closed_ms,
        gap.recovered,
        gap.pages,
    )


def _gap_of(row: Sequence[object]) -> Gap:
    gap = Gap(*row)  # type: ignore[arg-type]
    gap.background = bool(gap.background)
    if gap.state == "healing":  # Whoever walked it is no more.
        gap.state = "open"
    return gap
