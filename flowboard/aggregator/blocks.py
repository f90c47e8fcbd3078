"""Cells -> blocks, one per bucket: kept compact while a window needs them.

A cell takes 52 bytes here: its market in four, its five sums in eight each, and its
two order keys in four each, because inside a bucket the time of a key is small. The
newest trades of a block wait as parts and are merged when somebody reads, so that a
beat of ten trades does not rewrite a minute of thousands of cells.
"""

from collections.abc import Mapping
from heapq import heappop, heappush

import numpy as np
import numpy.typing as npt

from flowboard.aggregator.cells import FIGURES, Cells, bounds_of, grouped, joined
from flowboard.models import Ints

PER_BLOCK = ("bucket", "rows")
PER_CELL = ("market", "sums", "first_key", "last_key")
KEY_BITS = 15  # Bits of an order key below its milliseconds.
PARTS_MAX = 32  # So that late trades of a block nobody reads stay few.


class Block:
    """The cells of one bucket, sorted by market.

    Attributes:
        market: Market ids, int32.
        sums: See `cells.Cells`.
        first_key: Relative to the bucket's start, uint32; likewise `last_key`.
    """

    __slots__ = (
        "_base",
        "_bucket",
        "_parts",
        "first_key",
        "last_key",
        "market",
        "sums",
    )

    def __init__(self, bucket: int, bucket_ms: int) -> None:
        self.market = np.zeros(0, np.int32)
        self.sums: Ints = np.zeros((0, FIGURES), np.int64)
        self.first_key = np.zeros(0, np.uint32)
        self.last_key = np.zeros(0, np.uint32)
        self._bucket = bucket
        self._base = (bucket * bucket_ms) << KEY_BITS
        self._parts: list[Cells] = []

    @property
    def ids(self) -> Ints:
        """Market of each cell, in the type that numpy indexes with fastest."""
        return self.market.astype(np.int64)

    @property
    def notional_e6(self) -> Ints:
        """Dollars of each cell."""
        notional: Ints = self.sums[:, 3] + self.sums[:, 4]
        return notional

    def add(self, cells: Cells) -> None:
        """Take in `cells` of this bucket, sorted by market."""
        self._parts.append(cells)
        if len(self._parts) > PARTS_MAX:
            self.settle()

    def settle(self) -> None:
        """Merge what was added since the last time."""
        if not self._parts:
            return
        if len(self.market):
            self._parts.append(self.cells())
        cells = (
            self._parts[0] if len(self._parts) == 1 else grouped(joined(self._parts))
        )
        self._parts.clear()
        # Copies, because a part is a view that would keep its whole batch alive.
        self.market = cells.market.astype(np.int32)
        self.sums = cells.sums.copy()
        self.first_key = (cells.first_key - self._base).astype(np.uint32)
        self.last_key = (cells.last_key - self._base).astype(np.uint32)

    def cells(self) -> Cells:
        """Return what is settled, with absolute keys."""
        return Cells(
            np.full(len(self.market), self._bucket, np.int64),
            self.market.astype(np.int64),
            self.sums,
            self.first_key + np.int64(self._base),
            self.last_key + np.int64(self._base),
        )


class Blocks:
    """The blocks of one resolution.

    Args:
        bucket_ms: Length of a bucket.
    """

    def __init__(self, bucket_ms: int) -> None:
        self.bucket_ms = bucket_ms
        self._blocks: dict[int, Block] = {}
        self._oldest: list[int] = []  # A heap of the buckets above.
        self._newest = -1

    def __len__(self) -> int:
        return len(self._blocks)

    def __getitem__(self, bucket: int) -> Block:
        block = self._blocks[bucket]
        block.settle()
        return block

    def buckets(self) -> list[int]:
        """Return the buckets that hold trades, oldest first."""
        return sorted(self._blocks)

    def buckets_from(self, bucket: int) -> list[int]:
        """Return the buckets not before `bucket` that hold trades, in any order."""
        return [number for number in self._blocks if number >= bucket]

    def add(self, cells: Cells) -> list[int]:
        """Take in `cells`, sorted by bucket and market; return the buckets new here."""
        appeared = []
        for bucket, start, end in bounds_of(cells.bucket):
            block = self._blocks.get(bucket)
            if block is None:
                block = self._open(bucket)
                appeared.append(bucket)
            block.add(cells.between(start, end))
        return appeared

    def drop_before(self, bucket: int) -> None:
        """Forget every block older than `bucket`."""
        while self._oldest and self._oldest[0] < bucket:
            del self._blocks[heappop(self._oldest)]

    def _open(self, bucket: int) -> Block:
        block = self._blocks[bucket] = Block(bucket, self.bucket_ms)
        heappush(self._oldest, bucket)
        if bucket > self._newest:
            if self._newest in self._blocks:
                self._blocks[self._newest].settle()
            self._newest = bucket
        return block

    def dump(self, prefix: str) -> dict[str, npt.NDArray[np.generic]]:
        """Return everything as a few long arrays, `prefix` before their names."""
        buckets = self.buckets()
        blocks = [self[bucket] for bucket in buckets] or [Block(0, self.bucket_ms)]
        return {
            f"{prefix}bucket": np.array(buckets, np.int64),
            f"{prefix}rows": np.array(
                [len(self[bucket].market) for bucket in buckets], np.int64
            ),
            f"{prefix}market": np.concatenate([block.market for block in blocks]),
            f"{prefix}sums": np.concatenate([block.sums for block in blocks]),
            f"{prefix}first_key": np.concatenate([block.first_key for block in blocks]),
            f"{prefix}last_key": np.concatenate([block.last_key for block in blocks]),
        }

    def load(self, prefix: str, arrays: Mapping[str, npt.NDArray[np.generic]]) -> None:
        """Take in what `dump` returned and `check_dump` found right."""
        bucket, rows, market, sums, first_key, last_key = (
            arrays[prefix + name] for name in (*PER_BLOCK, *PER_CELL)
        )
        end = 0
        for number, count in zip(bucket.tolist(), rows.tolist(), strict=True):
            start, end = end, end + count
            block = self._open(number)
            # Copies, or the last block alive would keep the long arrays.
            block.market = market[start:end].astype(np.int32)
            block.sums = sums[start:end].astype(np.int64)
            block.first_key = first_key[start:end].astype(np.uint32)
            block.last_key = last_key[start:end].astype(np.uint32)


def check_dump(
    prefix: str, arrays: Mapping[str, npt.NDArray[np.generic]], markets: int
) -> None:
    """Raise where `arrays` cannot be what `Blocks.dump` returned.

    Args:
        prefix: As `Blocks.dump` was given it.
        arrays: What is to be loaded.
        markets: How many markets are known.

    Raises:
        KeyError: An array is missing.
        ValueError: The arrays do not fit each other, or this installation.
    """
    blocks = len(arrays[f"{prefix}bucket"])
    cells = int(arrays[f"{prefix}rows"].astype(np.int64).sum())
    for names, rows in (PER_BLOCK, blocks), (PER_CELL, cells):
        for name in names:
            if len(arrays[prefix + name]) != rows:
                raise ValueError(
                    f"{prefix}{name} has not {rows} rows as the arrays beside it: "
                    "build the windows from the store"
                )
    if cells and int(arrays[f"{prefix}market"].astype(np.int64).max()) >= markets:
        raise ValueError(
            f"{prefix}market names markets that are not known here: "
            "build the windows from the store"
        )
