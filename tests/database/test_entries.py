"""Stored rows are what they were when they came."""

import sqlite3

from flowboard.database import rows
from flowboard.database.entries import entries_of
from flowboard.stream_messages import render_trades
from tests.database.made_trades import NOON_MS, make_trade, store


async def test_a_stored_trade_reads_as_it_was_shown(database, path):
    """Every field, of every kind of trade."""
    trades = [
        make_trade(1),
        make_trade(2, taker_yes=False, is_block_trade=True, source="heal"),
        make_trade(3, market_ticker="KXMVE-1", source="backfill", exact_time=False),
        make_trade(4, ts_ms=NOON_MS + 120_000, source="import", yes_price_e4=1),
        make_trade(5, source="poll", count_e2=1),
    ]
    batch = await store(database, trades, ahead_ms=NOON_MS + 60_000)
    shown = render_trades(batch, database.markets)
    connection = sqlite3.connect(path)
    found = connection.execute(f"SELECT {rows.COLUMNS} FROM trade_rows").fetchall()
    connection.close()

    assert entries_of(found[::-1], database.markets) == shown[::-1]
    assert [entry.late for entry in shown] == [False, True, True, True, False]
    assert [entry.counted for entry in shown] == [True, True, True, False, True]
    assert entries_of([], database.markets) == []
