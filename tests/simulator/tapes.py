"""Invented tapes, as files and as prints."""

import gzip
import json
from pathlib import Path
from typing import Any

from flowboard.simulator.prints import Print

START_US = 1_790_000_000_000_000  # 2026-09-21


def a_print(number: int = 0, **fields: Any) -> Print:
    """Return a plausible print; each number has its own id and millisecond."""
    values: dict[str, Any] = {
        "trade_id": f"{number:08x}-1111-2222-3333-444444444444",
        "ticker": f"KXTAPE-26SEP21-T{number % 3}",
        "yes_price_e4": 3_600 + 100 * (number % 7),
        "count_e2": 100 * (number % 9 + 1),
        "taker_yes": number % 2 == 0,
        "is_block": False,
        "created_us": START_US + number * 1_000 + number % 1_000,
    }
    return Print(**(values | fields))


def a_trade(number: int = 0, **fields: Any) -> dict[str, Any]:
    """Return a trade in REST shape."""
    side, book = ("yes", "bid") if number % 2 == 0 else ("no", "ask")
    yes = 36 + number % 7
    trade = {
        "trade_id": f"{number:08x}-1111-2222-3333-444444444444",
        "ticker": f"KXTAPE-26SEP21-T{number % 3}",
        "count_fp": f"{number % 9 + 1}.00",
        "yes_price_dollars": f"0.{yes:02d}00",
        "no_price_dollars": f"0.{100 - yes:02d}00",
        "taker_side": side,
        "taker_outcome_side": side,
        "taker_book_side": book,
        "is_block_trade": False,
        "created_time": f"2026-09-21T10:{number // 60 % 60:02d}:{number % 60:02d}.25Z",
    }
    return trade | fields


def write_tape(path: Path, trades: list[dict[str, Any]]) -> Path:
    """Write trades as JSON lines, gzipped if the name ends so."""
    lines = "".join(json.dumps(trade) + "\n" for trade in trades).encode()
    path.write_bytes(gzip.compress(lines) if path.suffix == ".gz" else lines)
    return path
