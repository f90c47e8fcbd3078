"""Trades -> cells: what one market did in one bucket of time, as sums.

A bucket is numbered by its start divided by its length. Grouping is associative: cells
of cells are made the way cells of trades are, so one function serves a beat of ten
trades, a block's late arrivals and the change from seconds to minutes.
"""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from flowboard.models import Ints, TradeBatch

SECOND_MS = 1_000
MINUTE_MS = 60_000

# Columns of every array of sums.
TRADES, YES_COUNT, NO_COUNT, YES_FLOW, NO_FLOW = range(5)
FIGURES = 5


class Cells(NamedTuple):
    """Rows of sums, one per bucket and market, sorted by bucket, then market.

    Attributes:
        bucket: Start of the bucket / its length.
        market: Market id.
        sums: Per row: trades, yes_count_e2, no_count_e2, yes_flow_e6, no_flow_e6.
        first_key: Smallest order key of the cell's trades (see `models.order_keys`).
        last_key: Largest order key.
    """

    bucket: Ints
    market: Ints
    sums: Ints
    first_key: Ints
    last_key: Ints

    def where(self, chosen: npt.NDArray[np.bool_]) -> "Cells":
        """Return the chosen rows."""
        return Cells(*(column[chosen] for column in self))

    def between(self, start: int, end: int) -> "Cells":
        """Return rows `start` up to `end`, as views."""
        return Cells(*(column[start:end] for column in self))


def no_cells() -> Cells:
    """Return cells of no trades."""
    none = np.zeros(0, np.int64)
    return Cells(none, none, np.zeros((0, FIGURES), np.int64), none, none)


def cells_of(batch: TradeBatch, bucket_ms: int) -> Cells:
    """Return the cells of a batch's counted trades.

    Args:
        batch: New trades in any order of time.
        bucket_ms: Length of a bucket.
    """
    rows = len(batch.counted)
    yes = batch.taker_yes
    sums = np.empty((rows, FIGURES), np.int64)
    sums[:, TRADES] = 1
    np.multiply(batch.count_e2, yes, out=sums[:, YES_COUNT])
    np.subtract(batch.count_e2, sums[:, YES_COUNT], out=sums[:, NO_COUNT])
    np.multiply(batch.notional_e6, yes, out=sums[:, YES_FLOW])
    np.subtract(batch.notional_e6, sums[:, YES_FLOW], out=sums[:, NO_FLOW])
    key = batch.order_key
    trades = Cells(
        batch.ts_ms // bucket_ms, batch.markets.astype(np.int64), sums, key, key
    )
    if not batch.counted.all():
        trades = trades.where(batch.counted)
    return grouped(trades)


def coarser(cells: Cells, ratio: int) -> Cells:
    """Return the same trades in buckets `ratio` times as long."""
    return grouped(cells._replace(bucket=cells.bucket // ratio))


def grouped(cells: Cells) -> Cells:
    """Return `cells` with one row per bucket and market, sorted."""
    rows = len(cells.bucket)
    if rows == 0:
        return cells
    place = ((cells.bucket - cells.bucket.min()) << 32) | cells.market
    order = place.argsort()
    place = place[order]
    changes = np.empty(rows, np.bool_)
    changes[0] = True
    np.not_equal(place[1:], place[:-1], out=changes[1:])
    starts = changes.nonzero()[0]
    heads = order[starts]
    return Cells(
        cells.bucket[heads],
        cells.market[heads],
        np.add.reduceat(cells.sums[order], starts, axis=0),
        np.minimum.reduceat(cells.first_key[order], starts),
        np.maximum.reduceat(cells.last_key[order], starts),
    )


def joined(parts: list[Cells]) -> Cells:
    """Return the rows of all `parts`, one after the other."""
    columns = zip(*parts, strict=True)
    return Cells(*(np.concatenate(column) for column in columns))


def bounds_of(bucket: Ints) -> list[tuple[int, int, int]]:
    """Return (bucket, first row, row after the last) of each run of a sorted column."""
    if len(bucket) == 0:
        return []
    starts = [0, *((bucket[1:] != bucket[:-1]).nonzero()[0] + 1).tolist()]
    ends = [*starts[1:], len(bucket)]
    return list(zip(bucket[starts].tolist(), starts, ends, strict=True))
