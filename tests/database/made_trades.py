"""Trades with plausible defaults, and the rows they become."""

import sqlite3

from flowboard.models import Trade

NOON_MS = 1_795_262_400_000


def make_trade(number, **changes):
    """Return trade `number`; name only what the test is about."""
    values = {
        "trade_id": number.to_bytes(16, "big"),
        "market_ticker": "KXHIGHNY-26NOV21-T50",
        "ts_ms": NOON_MS + number,
        "yes_price_e4": 3600,
        "count_e2": 13600,
        "taker_yes": True,
        "is_block_trade": False,
        "exact_time": True,
        "received_ms": NOON_MS + number + 40,
        "source": "ws",
    }
    return Trade(**(values | changes))


async def store(database, trades, ahead_ms=None):
    """Sift and write `trades` as a beat does; return the batch of new ones."""
    batch = await database.sift(trades, ahead_ms)
    newest_ms = max((t.ts_ms for t in trades), default=None)
    await database.write(batch, newest_ms, NOON_MS)
    return batch


def rows_of(path, sql="SELECT * FROM trades ORDER BY seq"):
    """Return rows as another program would read them."""
    connection = sqlite3.connect(path)
    connection.row_factory = sqlite3.Row
    try:
        return [dict(row) for row in connection.execute(sql)]
    finally:
        connection.close()
