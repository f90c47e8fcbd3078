"""A long made-up tape, written by the product's writer."""

import sqlite3
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from bench.synthetic import zipf_markets
from flowboard.database import connection, market_buckets, rows, writer

MARKETS = 5_000
BATCH = 2_000


class LongTape:
    """Trades at an even pace, Zipf over 5,000 markets, appended to one file.

    Args:
        path: The database file, begun here.
        from_ms: Time of the first trade.
        rate: Trades a second of exchange time.
    """

    def __init__(self, path: Path, from_ms: int, rate: float) -> None:
        self.file: sqlite3.Connection = connection.open_for_writing(path)
        self._from_ms = from_ms
        self._rate = rate
        self._rng = np.random.default_rng(1)
        self._pick = zipf_markets(self._rng, MARKETS)
        self.rows = 0
        self._marks = market_buckets.Marks()
        self.tickers = [(n, f"KXBENCH-26NOV21-T{n}") for n in range(MARKETS)]

    def append(self, count: int, wall_ms: int) -> float:
        """Append `count` trades; return the CPU seconds that writing them took."""
        spent_s = 0.0
        for ready in self._batches(count):
            started = time.process_time()
            last = int(ready.batch.ts_ms[-1])
            self.rows += len(ready.batch.ts_ms)
            marks = self._marks.unmarked([ready.batch])
            state = writer.BeatState(self.rows + 1, last, wall_ms, marks=marks)
            writer.write(self.file, [ready], self.tickers, [], state)
            self._marks.add(marks)
            spent_s += time.process_time() - started
            self.tickers = []
        return spent_s

    def _batches(self, count: int) -> Iterator[writer.Prepared]:
        rng = self._rng
        for start in range(self.rows, self.rows + count, BATCH):
            number = np.arange(start, start + BATCH)
            # Contracts as on the exchange: small ones more often, three in ten fractional.
            size = np.minimum(np.exp(rng.normal(2.3, 1.6, BATCH)), 50_000)
            whole = 100 * (size.astype(np.int64) + 1)
            fractional = (100 * size).astype(np.int64) + 1
            batch = Made.of(
                self._from_ms + (number * (1000 / self._rate)).astype(np.int64),
                self._pick(BATCH).astype(np.int64),
                rng.integers(1, 100, BATCH) * 100,
                np.where(rng.random(BATCH) < 0.7, whole, fractional),
                rng.random(BATCH) < 0.5,
            )
            flat: list[int | bytes] = [0] * (rows.COLUMN_COUNT * BATCH)
            ids = rng.bytes(16 * BATCH)
            columns = (
                (number + 1).tolist(),
                batch.ts_ms.tolist(),
                [ids[place : place + 16] for place in range(0, 16 * BATCH, 16)],
                batch.markets.tolist(),
                batch.yes_price_e4.tolist(),
                batch.count_e2.tolist(),
                batch.taker_yes.astype(int).tolist(),
                rng.integers(20, 90, BATCH).tolist(),
            )
            for place, column in enumerate(columns):
                flat[place :: rows.COLUMN_COUNT] = column
            yield writer.Prepared(batch, flat, writer.flat_minutes_of(batch))


class Made(rows.StoredColumns):
    """Columns without trades that know how many they are."""

    def __len__(self) -> int:
        return len(self.markets)
