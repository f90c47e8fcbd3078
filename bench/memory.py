"""Memory of 24 hours of windows: 13.8 million trades, Zipf over 5,000 markets.

Run: python -m bench.memory
Trades go straight into the aggregator as columns, at 160 a second of exchange time for
25 hours and a bit, so that the windows are full and old trades already leave.
"""

import os
import sys
from time import process_time

import numpy as np

from bench.machine import headline
from bench.synthetic import Columns, zipf_markets
from flowboard.aggregator import Aggregator
from flowboard.markets import Markets

RATE = 160
HOURS = 25.5
MARKETS = 5_000
BEAT = 1_600  # Trades of ten seconds: what counts here is what stays.
LIMIT_MB = 350


def resident_mb() -> float:
    """Return the resident memory of this process."""
    with open("/proc/self/statm") as statm:
        return int(statm.read().split()[1]) * os.sysconf("SC_PAGESIZE") / 2**20


def main() -> None:
    rng = np.random.default_rng(1)
    markets = Markets([f"KXZIPF-{n:05}" for n in range(MARKETS)])
    aggregator = Aggregator(markets)
    pick = zipf_markets(rng, MARKETS)
    before = resident_mb()
    started = process_time()
    trades = int(HOURS * 3600 * RATE)
    start_ms = 1_767_225_600_000
    peak = 0.0
    for first in range(0, trades, BEAT):
        ts_ms = start_ms + np.arange(first, first + BEAT) * 1000 // RATE
        aggregator.fold(Columns.random(rng, first, ts_ms, pick(BEAT)))
        if first % (BEAT * 60) == 0:
            for window in ("5m", "24h"):
                ranked = aggregator.top(window, "notional", 50, True)
                aggregator.rows(window, ranked)
            peak = max(peak, resident_mb())
    seconds = process_time() - started
    cells = len(aggregator.dump()["minute_market"])
    inside = aggregator.totals("24h").trades
    print(headline("memory"))
    print(f"trades in the 24h window   {inside:>12,}")
    print(f"minute cells kept          {cells:>12,}")
    print(f"resident before the trades {before:>12.0f} MB")
    print(f"resident, highest seen     {peak:>12.0f} MB   to reach <= {LIMIT_MB}")
    print(f"CPU a trade                {seconds / trades * 1e6:>12.2f} us")
    sys.exit(peak > LIMIT_MB)


if __name__ == "__main__":
    main()
