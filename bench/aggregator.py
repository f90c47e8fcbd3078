"""The windows against the textbook way, and against the number of trades they hold.

Run: python -m bench.aggregator
Ours folds batches of 1,000 trades and after each ranks 50 markets of the 5m window and
makes their rows, with first and last price, heat and sparkline. The textbook keeps one
`heapq` of trades per window and dictionaries of the same sums; it ranks the same 50,
and is spared first prices, heat and sparklines. Same trades, same process, in turns.
"""

import sys
from collections import defaultdict
from heapq import heappop, heappush, nlargest
from statistics import median
from time import process_time

import numpy as np

from bench.machine import headline
from bench.synthetic import Columns, trades_of, zipf_markets
from flowboard.aggregator import Aggregator
from flowboard.markets import Markets
from flowboard.models import TradeBatch
from tests import oracle

MARKETS = 5_000
TRADES = 200_000
RATE = 160
BATCH = 1_000
ROUNDS = 5
RATIO_MAX = 0.4
GROWTH_MAX = 1.1
HISTORY_S = 5_000  # Longer than an hour: four of the windows lose trades as well.
START_MS = 1_767_225_600_000


class Textbook:
    """One heap of trades per window, sums per market in dictionaries."""

    def __init__(self):
        self.sums = {window: defaultdict(_zeros) for window in oracle.SPANS}
        self.windows = [
            ([], self.sums[name], *oracle.SPANS[name]) for name in self.sums
        ]
        self.last = {}
        self.trades = 0

    def fold(self, trades):
        """Count `trades` and drop what left the windows."""
        for trade in trades:
            yes, count, notional = trade.taker_yes, trade.count_e2, trade.notional_e6
            market, ts_ms = trade.market_ticker, trade.ts_ms
            self.trades += 1
            entry = (ts_ms, self.trades, market, yes, count, notional)
            latest = self.last.get(market)
            if latest is None or latest[0] <= ts_ms:
                self.last[market] = (ts_ms, trade.yes_price_e4)
            for heap, sums, length_ms, bucket_ms in self.windows:
                heappush(heap, entry)
                row = sums[market]
                row[0] += 1
                row[1 if yes else 2] += count
                row[3 if yes else 4] += notional
                start_ms = (ts_ms // bucket_ms + 1) * bucket_ms - length_ms
                while heap[0][0] < start_ms:
                    _, _, old, old_yes, old_count, old_notional = heappop(heap)
                    row = sums[old]
                    row[0] -= 1
                    row[1 if old_yes else 2] -= old_count
                    row[3 if old_yes else 4] -= old_notional
                    if not row[0]:
                        del sums[old]

    def hot(self, window, limit):
        """Return ticker, sums and last trade of the first markets by dollars."""
        rows = self.sums[window].items()
        best = nlargest(limit, rows, key=lambda row: row[1][3] + row[1][4])
        return [(market, *sums, *self.last[market]) for market, sums in best]


def _zeros():
    return [0, 0, 0, 0, 0]


def play_textbook(trades):
    """Return CPU seconds for `trades`, ranked after each batch."""
    book = Textbook()
    started = process_time()
    for first in range(0, len(trades), BATCH):
        book.fold(trades[first : first + BATCH])
        book.hot("5m", 50)
    return process_time() - started, book


def play_ours(aggregator, trades, ids):
    """Return CPU seconds for `trades`, with every figure after each batch."""
    counted = np.ones(BATCH, np.bool_)
    started = process_time()
    for first in range(0, len(trades), BATCH):
        end = first + BATCH
        batch = TradeBatch(first + 1, trades[first:end], ids[first:end], counted)
        aggregator.fold(batch)
        aggregator.rows("5m", aggregator.top("5m", "notional", 50, True))
    return process_time() - started


def mismatches(aggregator, book, trades):
    """Count rows unlike the oracle's, and sums unlike the textbook's."""
    tickers = aggregator.markets.tickers
    board_ms = aggregator.board_ms
    by_ticker = defaultdict(list)
    for seq, t in enumerate(trades):
        p = (seq, t.market_ticker, t.ts_ms, t.yes_price_e4, t.count_e2, t.taker_yes)
        by_ticker[t.market_ticker].append(oracle.Print(*p))
    wrong = 0
    for window in oracle.SPANS:
        for row in aggregator.rows(window, aggregator.top(window, "heat", 50, True)):
            ticker = tickers[row.market]
            expected = oracle.figures(
                by_ticker[ticker], ticker, window, board_ms, trades[0].ts_ms
            )
            wrong += any(getattr(row, name) != expected[name] for name in expected)
        for row in aggregator.rows(window, range(len(tickers))):
            sums = book.sums[window].get(tickers[row.market], _zeros())
            wrong += sums[0] != row.trade_count
            wrong += sums[3:] != [row.yes_flow_e6, row.no_flow_e6]
    return wrong


def grown(rng, pick, markets, per_second):
    """Return an aggregator whose last `HISTORY_S` seconds hold so many trades each."""
    aggregator = Aggregator(markets)
    rows = HISTORY_S * per_second
    ts_ms = START_MS + np.arange(rows) * 1000 // per_second
    ids = pick(rows)
    # As the same seconds are traded in, only the number of trades differs.
    for first in range(0, rows, 10_000):
        part = slice(first, first + 10_000)
        aggregator.fold(Columns.random(rng, first + 1, ts_ms[part], ids[part]))
    return aggregator


def main() -> None:
    rng = np.random.default_rng(1)
    markets = Markets([f"KXZIPF-{n:05}" for n in range(MARKETS)])
    pick = zipf_markets(rng, MARKETS)
    ids = pick(TRADES)
    ts_ms = START_MS + HISTORY_S * 1000 + np.arange(TRADES) * 1000 // RATE
    trades = trades_of(rng, ts_ms, ids, markets)
    ours, textbook = [], []
    for _ in range(ROUNDS):
        aggregator = Aggregator(markets)
        ours.append(play_ours(aggregator, trades, ids) / TRADES)
        seconds, book = play_textbook(trades)
        textbook.append(seconds / TRADES)
    wrong = mismatches(aggregator, book, trades)
    few, many = [], []
    after = TRADES // 10
    for _ in range(ROUNDS):
        both = [grown(rng, pick, markets, per_second) for per_second in (2, 200)]
        costs = [0.0, 0.0]
        for first in range(0, after, BATCH):  # In turns, as the machine has its moods.
            part = slice(first, first + BATCH)
            for n, aggregator in enumerate(both):
                costs[n] += play_ours(aggregator, trades[part], ids[part])
        few.append(costs[0] / after)
        many.append(costs[1] / after)
    ratio = median(ours) / median(textbook)
    growth = median(many) / median(few)
    print(headline("aggregator"))
    print(f"{TRADES:,} trades, {RATE} a second, Zipf over {MARKETS:,} markets")
    print(f"textbook, a trade           {median(textbook) * 1e6:6.2f} us CPU")
    print(f"ours, all figures, a trade  {median(ours) * 1e6:6.2f} us CPU")
    print(f"ratio                       {ratio:6.2f}   to reach <= {RATIO_MAX}")
    print(f"a trade after    10,000     {median(few) * 1e6:6.2f} us CPU")
    print(f"a trade after 1,000,000     {median(many) * 1e6:6.2f} us CPU")
    print(f"growth                      {growth:6.2f}   to reach < {GROWTH_MAX}")
    print(f"mismatches                  {wrong:6}   to reach 0")
    sys.exit(ratio > RATIO_MAX or growth >= GROWTH_MAX or wrong > 0)


if __name__ == "__main__":
    main()
