"""First and last prices per bucket, of the markets that are shown.

A sparkline needs the last price of each bucket, the first price of a window that of its
oldest bucket with a trade. Both are read off a ring of order keys, one row per market,
one column per bucket; a market gets its row when it is first asked for, by a search
through the blocks of the window asked for, and new trades keep it up to date.
"""

import numpy as np
import numpy.typing as npt

from flowboard.aggregator.blocks import KEY_BITS, Blocks
from flowboard.aggregator.cells import Cells
from flowboard.models import Ints
from flowboard.money import DOLLAR_E4

STEPS = 60
ROWS_MAX = 1_024
ASKED_MAX = ROWS_MAX // 2  # Of one call, so that a call never evicts its own rows.


class Prices:
    """Prices of the newest `buckets` buckets of `blocks`.

    Args:
        blocks: Where the trades of a market that is asked for are found.
        buckets: Length of the longest window, in buckets; a multiple of `STEPS`.
    """

    def __init__(self, blocks: Blocks, buckets: int) -> None:
        self._blocks = blocks
        self._buckets = buckets
        self._end = 0  # The bucket after the newest.
        # Zeros take memory when they are first written. Both rings hold 0 where there
        # was no trade and are merged by maximum: `_last` is a key plus 1, relative to
        # its bucket, and `_first` is such a number's complement.
        self._last = np.zeros((ROWS_MAX, buckets), np.uint32)
        self._first = np.zeros((ROWS_MAX, buckets), np.uint32)
        self._rows = 0
        self._market_of = np.full(ROWS_MAX, -1, np.int64)
        self._complete_from = np.zeros(ROWS_MAX, np.int64)  # Oldest bucket looked up.
        self._asked_at = np.zeros(ROWS_MAX, np.int64)
        self._calls = 0
        self._row_of = np.full(0, -1, np.int64)

    def reserve(self, markets: int) -> None:
        """Make room for market ids below `markets`."""
        more = markets - len(self._row_of)
        self._row_of = np.pad(self._row_of, (0, more), constant_values=-1)

    def advance(self, end: int) -> None:
        """Move on until `end` is the bucket after the newest."""
        steps = min(end - self._end, self._buckets)
        if steps > 0:
            columns = np.arange(end - steps, end) % self._buckets
            self._last[: self._rows, columns] = 0
            self._first[: self._rows, columns] = 0
            self._end = end

    def add(self, cells: Cells) -> None:
        """Bring the rows up to date with new trades, one cell per bucket and market."""
        row = self._row_of[cells.market]
        fits = (row >= 0) & (cells.bucket >= self._end - self._buckets)
        if not fits.any():
            return
        row, bucket = row[fits], cells.bucket[fits]
        base = ((bucket * self._blocks.bucket_ms) << KEY_BITS) - 1
        last = (cells.last_key[fits] - base).astype(np.uint32)
        first = ~(cells.first_key[fits] - base).astype(np.uint32)
        at = (row, bucket % self._buckets)
        self._last[at] = np.maximum(self._last[at], last)
        self._first[at] = np.maximum(self._first[at], first)

    def read(
        self, markets: Ints, buckets: int
    ) -> tuple[list[int], list[list[int | None]]]:
        """Return the first price of each market and its sparkline, in e4.

        Args:
            markets: Ids of at most `ASKED_MAX` markets with a trade in the window.
            buckets: Length of the window, in buckets; a multiple of `STEPS`.
        """
        rows = self._rows_of(markets, self._end - buckets)
        start = (self._end - buckets) % self._buckets
        end = start + buckets
        keys = self._last[rows, start:end]
        if end > self._buckets:
            keys = np.concatenate(
                [keys, self._last[rows, : end - self._buckets]], axis=1
            )
        traded = keys > 0
        # The newest traded bucket of each step, counted from 1; 0 where there is none.
        newest = np.where(
            traded, np.arange(1, buckets + 1, dtype=np.int16), np.int16(0)
        )
        newest = newest.reshape(len(rows), STEPS, -1).max(axis=2)
        newest = np.maximum.accumulate(newest, axis=1)
        steps = _price_of(
            np.take_along_axis(keys, np.maximum(newest, 1) - 1, axis=1) - 1
        )
        untraded = np.count_nonzero(newest == 0, axis=1).tolist()
        sparklines: list[list[int | None]] = [
            [None] * empty + prices[empty:]
            for empty, prices in zip(untraded, steps.tolist(), strict=True)
        ]
        oldest = (start + traded.argmax(axis=1)) % self._buckets
        first = _price_of(~self._first[rows, oldest] - 1)
        return first.tolist(), sparklines

    def _rows_of(self, markets: Ints, start: int) -> Ints:
        """Return the rows of `markets`, complete from bucket `start` on."""
        self._calls += 1
        rows = self._row_of[markets]
        if (rows < 0).any():
            rows = self._with_new_rows(markets)
        self._asked_at[rows] = self._calls
        late = self._complete_from[rows] > start
        if late.any():
            self._fill(np.unique(rows[late]), start)
        return rows

    def _with_new_rows(self, markets: Ints) -> Ints:
        rows = self._row_of[markets]
        self._asked_at[rows[rows >= 0]] = self._calls  # Keeps them from eviction.
        new = np.unique(markets[rows < 0])
        rows = self._free_rows(len(new))
        self._market_of[rows] = new
        self._row_of[new] = rows
        self._complete_from[rows] = self._end
        self._last[rows] = 0
        self._first[rows] = 0
        return self._row_of[markets]

    def _fill(self, rows: Ints, start: int) -> None:
        """Find the trades of the markets in `rows` from bucket `start` on."""
        markets = self._market_of[rows]
        order = markets.argsort()
        rows, wanted = rows[order], markets[order].astype(np.int32)
        buckets = self._blocks.buckets_from(start)
        shape = len(buckets), len(rows)
        market = np.empty(shape, np.int32)
        last, first = np.empty(shape, np.uint32), np.empty(shape, np.uint32)
        for at, bucket in enumerate(buckets):
            block = self._blocks[bucket]
            place = block.market.searchsorted(wanted)
            block.market.take(place, mode="clip", out=market[at])
            block.last_key.take(place, mode="clip", out=last[at])
            block.first_key.take(place, mode="clip", out=first[at])
        at, of = (market == wanted).nonzero()
        cell = rows[of], np.array(buckets, np.int64)[at] % self._buckets
        self._last[cell] = last[at, of] + np.uint32(1)
        self._first[cell] = ~(first[at, of] + np.uint32(1))
        self._complete_from[rows] = start

    def _free_rows(self, count: int) -> Ints:
        """Return unused rows, then those that were not asked for the longest."""
        unused = min(count, ROWS_MAX - self._rows)
        rows = np.arange(self._rows, self._rows + unused)
        if unused < count:
            oldest = self._asked_at[: self._rows].argsort()[: count - unused]
            self._row_of[self._market_of[oldest]] = -1
            rows = np.concatenate([rows, oldest])
        self._rows += unused
        return rows


def _price_of(key: npt.NDArray[np.uint32]) -> npt.NDArray[np.int64]:
    """Return the YES prices in e4 in order keys; see `models.price_of_key`."""
    rank = (key & np.uint32(0x3FFF)).astype(np.int64)
    return np.where(key & np.uint32(0x4000), DOLLAR_E4 - rank, rank)
