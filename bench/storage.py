"""Bytes a trade on disk, and what a million rows cost on top of ten million.

    python -m bench.storage

10 million trades at 163 a second (17 hours), Zipf over 5,000 markets, by the product's
writer; then one million more. The yardstick is the first million of the same file.
"""

import tempfile
import time
from pathlib import Path

from bench.machine import headline
from bench.tape import LongTape

MILLION = 1_000_000
RATE = 163.4
GOAL_BYTES = 120
GOAL_GROWTH = 1.25


def main() -> None:
    """Run, and print the figures."""
    wall_ms = time.time_ns() // 1_000_000
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "tape.db"
        tape = LongTape(path, wall_ms - 64_000_000, RATE)
        spent_s = [tape.append(MILLION, wall_ms) for _ in range(11)]
        tape.file.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        size = path.stat().st_size
        parts = tape.file.execute(
            "SELECT count(*), (SELECT count(*) FROM minute_rows) FROM trade_rows"
        ).fetchone()
        tape.file.close()
    print(headline("storage"))
    print(f"  {parts[0]:,} trades, {parts[1]:,} roll-ups, {size / 1e6:,.0f} MB")
    print(f"  {size / parts[0]:.1f} bytes a trade (goal {GOAL_BYTES})")
    curve = " ".join(f"{s:.2f}" for s in spent_s)
    print(f"  CPU us a row, million by million: {curve}")
    print(
        f"  eleventh million / first: {spent_s[10] / spent_s[0]:.2f}x"
        f" (goal {GOAL_GROWTH}x)"
    )


if __name__ == "__main__":
    main()
