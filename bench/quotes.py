"""Bytes a stored quote, what writing one costs, and how long a slice of tidying takes.

    python -m bench.quotes

900,000 changes of 3,000 markets, 500 a second of exchange time (half an hour), Zipf over
the markets, through the product's tape, writer and tidying. A change moves a price by a
step or a size; sizes are log-normal, three in ten of them fractional. Bytes count once
all is moved to where it stays: pages in use, the empty file's taken off.
The longest waits are commits at which SQLite checkpoints its log, as it would anyway.
"""

import asyncio
import sqlite3
import statistics
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from bench.machine import headline
from bench.synthetic import zipf_markets
from flowboard.database import Database
from flowboard.market_info import Quote

MARKETS = 3_000
RATE = 500
SECONDS = 1_800
FROM_MS = 1_795_219_200_000
GOAL_BYTES = 40
GOAL_SLICE_MS = 20


def changes(
    seconds: int, rate: int = RATE, markets: int = MARKETS
) -> Iterator[list[tuple[int, Quote]]]:
    """Return the changes of each second: market ids and quotes."""
    rng = np.random.default_rng(1)
    pick = zipf_markets(rng, markets)
    bids = rng.integers(100, 9_600, markets) // 100 * 100
    held = (100 * np.exp(rng.normal(8.5, 1.8, markets))).astype(np.int64)
    for second in range(seconds):
        ids = pick(rate)
        at_ms = FROM_MS + second * 1_000 + np.sort(rng.integers(0, 1_000, rate))
        steps = rng.choice([-100, 0, 0, 100], rate)
        spreads = rng.choice([100, 100, 100, 200, 300], rate)
        contracts = np.minimum(np.exp(rng.normal(5.0, 1.8, (2, rate))), 200_000)
        whole = 100 * (contracts.astype(np.int64) + 1)
        fractional = (100 * contracts).astype(np.int64) + 1
        sizes = np.where(rng.random((2, rate)) < 0.7, whole, fractional)
        out = []
        for n, market in enumerate(ids.tolist()):
            bids[market] = min(max(100, bids[market] + steps[n]), 9_600)
            held[market] += 100 * (n % 3)
            bid_e4 = int(bids[market])
            out.append(
                (
                    market,
                    Quote(
                        int(at_ms[n]),
                        bid_e4,
                        bid_e4 + int(spreads[n]),
                        int(sizes[0, n]),
                        int(sizes[1, n]),
                        int(held[market]),
                    ),
                )
            )
        yield out


def bytes_in_use(path: Path) -> int:
    """Return the size of the pages of a file that hold something."""
    connection = sqlite3.connect(path)
    try:
        (pages, free, size) = (
            connection.execute(f"PRAGMA {name}").fetchone()[0]
            for name in ("page_count", "freelist_count", "page_size")
        )
    finally:
        connection.close()
    return int((pages - free) * size)


async def run(path: Path, seconds: int = SECONDS) -> None:
    """Store, move, and print the figures."""
    async with Database.open(path) as database:
        for market in range(MARKETS):
            database.markets.id_of(f"KXBENCH-26NOV21-T{market}")
        await database.write(None, FROM_MS, FROM_MS)
    empty = bytes_in_use(path)
    slices_ms: list[float] = []
    write_s = tidy_s = put_s = 0.0
    async with Database.open(path) as database:
        for second, quotes in enumerate(changes(seconds), 1):
            started = time.process_time()
            for market, quote in quotes:
                database.quotes.put(market, quote)
            put = time.process_time()
            now_ms = FROM_MS + second * 1_000
            await database.write(None, now_ms, now_ms)
            written = time.process_time()
            put_s += put - started
            write_s += written - put
            if second % 262 == 0:
                while await _timed(database, slices_ms):
                    pass
                tidy_s += time.process_time() - written
        # One quote much later: all before it is over.
        last = Quote(now_ms + 600_000, 100, 200, 100, 100, 100)
        database.quotes.put(0, last)
        await database.write(None, now_ms + 700_000, now_ms)
        while await _timed(database, slices_ms):
            pass
    connection = sqlite3.connect(path)
    (rows,) = connection.execute("SELECT rows FROM quote_state").fetchone()
    connection.close()
    each = (bytes_in_use(path) - empty) / rows
    slices_ms.sort()
    print(headline("quotes"))
    print(f"  {rows:,} quotes of {MARKETS:,} markets in {seconds:,} s")
    print(f"  {each:.1f} bytes a quote, moved (goal {GOAL_BYTES})")
    print(
        f"  us a change, CPU: tape {put_s / rows * 1e6:.2f}, writing"
        f" {write_s / rows * 1e6:.2f}, tidying {tidy_s / rows * 1e6:.2f}"
    )
    print(
        f"  a slice of tidying holds the writer up {statistics.median(slices_ms):.1f} ms"
        f" (p99 {slices_ms[int(0.99 * len(slices_ms))]:.1f}, most {slices_ms[-1]:.1f};"
        f" goal {GOAL_SLICE_MS})"
    )


async def _timed(database: Database, slices_ms: list[float]) -> bool:
    """Do a slice; note how long the writer was held up by it."""
    run_it = database._run
    spent: list[float] = []

    async def timed(work):  # type: ignore[no-untyped-def]
        def measured():  # type: ignore[no-untyped-def]
            started = time.perf_counter()
            try:
                return work()
            finally:
                spent.append((time.perf_counter() - started) * 1e3)

        return await run_it(measured)

    database._run = timed  # type: ignore[method-assign]
    try:
        busy = await database.kept_quotes.tidy_slice()
    finally:
        database._run = run_it  # type: ignore[method-assign]
    slices_ms += spent
    return busy


def main() -> None:
    """Run in a folder of its own."""
    with tempfile.TemporaryDirectory() as folder:
        asyncio.run(run(Path(folder) / "quotes.db"))


if __name__ == "__main__":
    main()
