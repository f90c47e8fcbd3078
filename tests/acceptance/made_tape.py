"""An invented tape in REST shape: sweeps, twins, combos, fractions, sub-cent prices."""

import json
import random
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

NOW_US = 1_790_000_000_000_000  # 2026-09-21
DAY_US = 86_400_000_000
LAST_US = 40 * 60_000_000  # Most of the tape is traded in its last forty minutes.


def make_trades(count: int, seed: int = 1, markets: int = 120) -> list[dict[str, Any]]:
    """Return `count` trades in REST shape, oldest first."""
    chance = random.Random(seed)
    tickers = [
        f"KXMVEMADE-S{n:03}" if n % 9 == 0 else f"KXMADE{n % 7}-26SEP21-T{n:03}"
        for n in range(markets)
    ]
    trades: list[dict[str, Any]] = []
    for moment_us in sorted(_moment_us(chance) for _ in range(count)):
        if len(trades) >= count:
            break
        trades += _order(chance, chance.choice(tickers), moment_us)
    return trades[:count]


def write_tape(path: Path, trades: list[dict[str, Any]]) -> Path:
    path.write_text("".join(json.dumps(trade) + "\n" for trade in trades))
    return path


def row_of(trade: dict[str, Any]) -> tuple[Any, ...]:
    """Return a trade as the view `trades` shows it, read without the product's code.

    The columns are trade_id, market_ticker, yes_price_e4, count_e2, taker_side,
    is_block_trade and ts_ms.
    """
    whole, _, part = trade["yes_price_dollars"].partition(".")
    contracts, _, hundredths = trade["count_fp"].partition(".")
    second, _, fraction = trade["created_time"].removesuffix("Z").partition(".")
    seconds = datetime.fromisoformat(second).replace(tzinfo=UTC).timestamp()
    return (
        trade["trade_id"],
        trade["ticker"],
        int(whole) * 10_000 + int(part.ljust(4, "0")),
        int(contracts) * 100 + int(hundredths.ljust(2, "0")),
        trade["taker_outcome_side"],
        int(trade["is_block_trade"]),
        int(seconds) * 1_000 + int(fraction.ljust(3, "0")[:3]),
    )


def _moment_us(chance: random.Random) -> int:
    if chance.random() < 0.2:
        return NOW_US - chance.randrange(LAST_US, DAY_US + DAY_US // 12)
    return NOW_US - chance.randrange(LAST_US)


def _order(chance: random.Random, ticker: str, us: int) -> list[dict[str, Any]]:
    """Return the prints of one taker order: one to six, of one millisecond."""
    yes = chance.random() < 0.6
    tick = chance.choice((100, 100, 100, 10, 1))
    price = chance.randrange(1, 10_000 // tick) * tick
    prints: list[dict[str, Any]] = []
    for _ in range(chance.choice((1, 1, 1, 1, 2, 3, 6))):
        prints.append(_trade(chance, ticker, us, price, yes))
        if chance.random() < 0.7:  # Else a twin: alike in everything but the id.
            price = min(10_000 - tick, price + tick) if yes else max(tick, price - tick)
        us = us // 1_000 * 1_000 + chance.randrange(1_000)
    prints.sort(key=lambda trade: trade["created_us"])
    for trade in prints:
        trade["created_time"] = _time(trade.pop("created_us"))
    return prints


def _trade(
    chance: random.Random, ticker: str, us: int, price_e4: int, yes: bool
) -> dict[str, Any]:
    digits = f"{chance.getrandbits(128):032x}"
    lengths = ((0, 8), (8, 12), (12, 16), (16, 20), (20, 32))
    count_e2 = chance.choice((100, 1_00 * chance.randrange(1, 900), 1))
    if chance.random() < 0.3:
        count_e2 = chance.randrange(1, 500_000)
    side = "yes" if yes else "no"
    return {
        "trade_id": "-".join(digits[start:end] for start, end in lengths),
        "ticker": ticker,
        "count_fp": f"{count_e2 // 100}.{count_e2 % 100:02}",
        "yes_price_dollars": f"0.{price_e4:04}",
        "no_price_dollars": f"0.{10_000 - price_e4:04}",
        "taker_side": side,
        "taker_outcome_side": side,
        "taker_book_side": "bid" if yes else "ask",
        "is_block_trade": chance.random() < 0.02,
        "created_us": us,
    }


def _time(us: int) -> str:
    second = datetime.fromtimestamp(us // 1_000_000, UTC).strftime("%Y-%m-%dT%H:%M:%S")
    fraction = f".{us % 1_000_000:06}".rstrip("0").rstrip(".")
    return f"{second}{fraction}Z"
