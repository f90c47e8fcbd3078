"""Which buckets of 4.4 minutes hold trades of a market: marked with the trades.

Nearly every beat brings trades of markets that are marked already: memory knows of the
newest marks, so that a mark costs one write for all trades of a market in its bucket.
"""

from collections.abc import Iterable, Iterator, Sequence

import numpy as np
import numpy.typing as npt

from flowboard.models import TradeBatch

BUCKET_BITS = 18
STRETCH_BITS = 6  # Of buckets that share a row.
IN_STRETCH = (1 << STRETCH_BITS) - 1
MARKET_BITS = 32
IN_MARKET = (1 << MARKET_BITS) - 1
ROOM = 1_024
MARKS_MAX = 200_000  # That are remembered; then all are forgotten, and learnt again.

COLUMNS = 3
INSERT = "INSERT INTO market_buckets VALUES "
UPSERT = (
    " ON CONFLICT (market, stretch) DO UPDATE SET buckets = buckets | excluded.buckets"
)


class Marks:
    """The marks that are on disk, as far as they are remembered."""

    def __init__(self) -> None:
        self._known: set[int] = set()
        # Whether each market is marked in the bucket that most trades are of.
        self._bucket = 0
        self._here: npt.NDArray[np.bool_] = np.zeros(0, np.bool_)

    def unmarked(self, batches: Iterable[TradeBatch]) -> list[int]:
        """Return marks that may be missing on disk: a bucket and a market in each."""
        wanted: set[int] = set()
        for batch in batches:
            buckets, markets = batch.ts_ms >> BUCKET_BITS, batch.markets
            if len(buckets) == 0:
                continue
            if buckets.min() == buckets.max() == self._bucket:
                if markets.max() < len(self._here):
                    markets = markets[~self._here[markets]]
                wanted.update(
                    (self._bucket << MARKET_BITS | each) for each in markets.tolist()
                )
            else:
                marks = buckets << MARKET_BITS | markets
                wanted.update(marks.tolist())
        return sorted(wanted - self._known)

    def add(self, marks: Sequence[int]) -> None:
        """Remember marks, now that they are on disk."""
        if not marks:
            return
        if len(self._known) > MARKS_MAX:
            self._known.clear()
        self._known.update(marks)
        newest = max(marks) >> MARKET_BITS
        if newest > self._bucket:
            self._bucket = newest
            self._here = np.zeros(0, np.bool_)
        markets = [
            each & IN_MARKET for each in marks if each >> MARKET_BITS == self._bucket
        ]
        if markets:
            room = max(markets) + 1 - len(self._here)
            if room > 0:
                self._here = np.pad(self._here, (0, room + ROOM))
            self._here[markets] = True


def mark(ts_ms: int, market: int) -> int:
    """Return the mark of a trade of a market."""
    return (ts_ms >> BUCKET_BITS) << MARKET_BITS | market


def flat_rows_of(marks: Iterable[int]) -> list[int]:
    """Return the rows that marks add to, columns one behind the other."""
    stretches: dict[tuple[int, int], int] = {}
    for each in marks:
        bucket, market = each >> MARKET_BITS, each & IN_MARKET
        place = market, bucket >> STRETCH_BITS
        stretches[place] = stretches.get(place, 0) | 1 << (bucket & IN_STRETCH)
    flat: list[int] = []
    for (market, stretch), bits in sorted(stretches.items()):
        flat += (market, stretch, bits - (1 << 64) if bits >> 63 else bits)
    return flat


def buckets_of(stretch: int, bits: int) -> Iterator[int]:
    """Return the buckets of a row, newest first."""
    first = stretch << STRETCH_BITS
    for place in range(IN_STRETCH, -1, -1):
        if bits >> place & 1:
            yield first + place
