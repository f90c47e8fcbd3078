"""What is on disk, read as any other program would, and what must follow from it."""

import sqlite3
from collections import defaultdict
from pathlib import Path
from typing import Any

from tests import oracle
from tests.acceptance.processes import Board
from tests.oracle import Print

COLUMNS = (
    "trade_id, market_ticker, yes_price_e4, count_e2, taker_side, is_block_trade, ts_ms"
)
WINDOWS = tuple(oracle.SPANS)


def rows_of(path: Path) -> list[tuple[Any, ...]]:
    """Return every stored trade in the order of `seq`; see `made_tape.row_of`."""
    return query(path, f"SELECT {COLUMNS} FROM trades ORDER BY seq")


def ids_of(path: Path) -> list[str]:
    return [row[0] for row in query(path, "SELECT trade_id FROM trades ORDER BY seq")]


def query(path: Path, sql: str) -> list[tuple[Any, ...]]:
    connection = sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True)
    try:
        return connection.execute(sql).fetchall()
    finally:
        connection.close()


def prints_of(path: Path) -> list[Print]:
    found = query(
        path,
        "SELECT seq, ticker, ts_ms, yes_price_e4, count_e2, flags & 1, NOT flags & 8"
        " FROM trade_rows JOIN markets USING (market) ORDER BY seq",
    )
    return [Print(*r[:5], yes=bool(r[5]), counted=bool(r[6])) for r in found]


async def windows_differ(board: Board, path: Path) -> list[str]:
    """Return every figure of every window that is not a sum over the stored rows."""
    prints = prints_of(path)
    of_market: dict[str, list[Print]] = defaultdict(list)
    for each in prints:
        of_market[each.ticker].append(each)
    tape_from_ms = min(p.ts_ms for p in prints)
    wrong: list[str] = []
    for window in WINDOWS:
        found = await board.get(
            "/api/markets/hot", window=window, limit=1_000, combos="include"
        )
        last_ms = found["window_to_ms"] - 1
        from_ms = oracle.span(window, last_ms)[0]
        if found["window_from_ms"] != from_ms:
            wrong.append(f"{window}: begins at {found['window_from_ms']}")
        expected = {
            ticker: row
            for ticker, mine in of_market.items()
            if (row := oracle.figures(mine, ticker, window, last_ms, tape_from_ms))
        }
        shown = {row["market_ticker"]: figures_of(row) for row in found["hot_markets"]}
        for ticker in expected.keys() | shown.keys():
            if expected.get(ticker) != shown.get(ticker):
                wrong.append(
                    f"{window} {ticker}: {shown.get(ticker)} not {expected.get(ticker)}"
                )
        wrong += await _totals_differ(board, prints, window)
    return wrong


def figures_of(row: dict[str, Any]) -> dict[str, Any]:
    """Return a hot row in the oracle's integers."""
    return {
        "yes_price_e4": fixed(row["yes_price_dollars"], 4),
        "first_yes_price_e4": fixed(row["first_yes_price_dollars"], 4),
        "yes_flow_e6": fixed(row["yes_flow_dollars"], 6),
        "no_flow_e6": fixed(row["no_flow_dollars"], 6),
        "net_flow_e2": fixed(row["net_flow_fp"], 2),
        "volume_e2": fixed(row["volume_fp"], 2),
        "trade_count": row["trade_count"],
        "last_trade_ts_ms": row["last_trade_ts_ms"],
        "heat": row.get("heat"),
        "sparkline": row["sparkline"],
    }


def fixed(text: str, decimals: int) -> int:
    """Return a fixed-point text as an integer of its last decimal."""
    sign = -1 if text.startswith("-") else 1
    whole, _, part = text.lstrip("-").partition(".")
    assert len(part) == decimals, text
    return sign * int(whole + part)


async def _totals_differ(board: Board, prints: list[Print], window: str) -> list[str]:
    stats = await board.get("/api/stats", window=window)
    trades, markets, dollars_e6 = oracle.totals(
        prints, window, stats["window_to_ms"] - 1
    )
    found = (
        stats["trades_total"],
        stats["active_markets"],
        fixed(stats["notional_dollars"], 6),
    )
    expected = (len(prints), markets, dollars_e6)
    del trades
    return [] if found == expected else [f"{window} stats: {found} not {expected}"]
