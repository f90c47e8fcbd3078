"""One sliding window: sums per market of the buckets inside it.

A heap holds the numbers of the buckets inside, one entry a bucket: what comes late
takes its place, what leaves is on top. Behind the window lies its baseline, the 24
hours that heat compares with: what leaves the window enters it, then it is gone.
"""

from heapq import heappop, heappush

import numpy as np

from flowboard.aggregator.blocks import Blocks
from flowboard.aggregator.cells import (
    FIGURES,
    MINUTE_MS,
    NO_FLOW,
    TRADES,
    YES_FLOW,
    Cells,
)
from flowboard.models import Ints
from flowboard.money import DOLLAR_E6

BASELINE_MS = 86_400_000
BASELINE_MINUTES_MIN = 60  # Less tape than this says nothing about a usual day.
HEAT_TRADES_MIN = 6
HEAT_MAX = 100
HEAT_PER_DOUBLING = 20


class Window:
    """Totals per market over one span of time that ends with the running bucket.

    Attributes:
        span_ms: Length of the window.
        from_ms: First millisecond inside.
        to_ms: First millisecond after it.
        sums: One row per figure (see `cells.Cells.sums`), one column per market.
        baseline_e6: Dollars per market in [baseline_from_ms, from_ms).

    Args:
        span_ms: Length of the window, a multiple of `blocks.bucket_ms`.
        blocks: The buckets it gains and loses.
        minutes: The buckets its baseline loses; None for a window without heat.
    """

    def __init__(self, span_ms: int, blocks: Blocks, minutes: Blocks | None) -> None:
        self.span_ms = span_ms
        self.bucket_ms = blocks.bucket_ms
        self.from_ms = 0
        self.to_ms = 0
        self.sums: Ints = np.zeros((FIGURES, 0), np.int64)
        self.baseline_e6: Ints = np.zeros(0, np.int64)
        self._blocks = blocks
        self._minutes = minutes  # `blocks` itself in a window of minutes.
        self._inside: list[int] = []  # Heap of buckets of `blocks`.
        self._behind: list[int] = []  # Heap of minutes the baseline will lose.

    @property
    def has_heat(self) -> bool:
        """Whether this window has a baseline."""
        return self._minutes is not None

    @property
    def baseline_from_ms(self) -> int:
        """Start of the baseline, a whole minute."""
        return (self.from_ms - BASELINE_MS) // MINUTE_MS * MINUTE_MS

    def reserve(self, markets: int) -> None:
        """Make room for market ids below `markets`."""
        more = markets - len(self.baseline_e6)
        self.sums = np.pad(self.sums, ((0, 0), (0, more)))
        self.baseline_e6 = np.pad(self.baseline_e6, (0, more))

    def move(self, board_ms: int) -> None:
        """Set the span for a board time without touching the sums."""
        self.to_ms = (board_ms // self.bucket_ms + 1) * self.bucket_ms
        self.from_ms = self.to_ms - self.span_ms

    def advance(self, board_ms: int) -> None:
        """Move on to a board time; buckets and minutes that fall out are taken away."""
        if board_ms < self.to_ms:
            return
        self.move(board_ms)
        first = self.from_ms // self.bucket_ms
        while self._inside and self._inside[0] < first:
            block = self._blocks[heappop(self._inside)]
            markets = block.ids
            self.sums.reshape(-1)[_places(self.sums, markets)] -= block.sums.T
            if self._minutes is not None:
                self.baseline_e6[markets] += block.notional_e6
        if self._minutes is not None:
            first = self.baseline_from_ms // MINUTE_MS
            while self._behind and self._behind[0] < first:
                block = self._minutes[heappop(self._behind)]
                self.baseline_e6[block.ids] -= block.notional_e6

    def add(self, cells: Cells, per_market: Cells) -> None:
        """Count new trades, wherever they fall.

        Args:
            cells: The trades by bucket of this window.
            per_market: The same trades, one row per market.
        """
        start = cells.bucket * self.bucket_ms
        inside = start >= self.from_ms
        if inside.all():
            _add(self.sums, per_market.market, per_market.sums)
            return
        for figure, sums in enumerate(cells.sums[inside].T):
            np.add.at(self.sums[figure], cells.market[inside], sums)
        if self._minutes is not None:
            behind = ~inside & (start >= self.baseline_from_ms)
            sums = cells.sums[behind]
            notional = sums[:, YES_FLOW] + sums[:, NO_FLOW]
            np.add.at(self.baseline_e6, cells.market[behind], notional)

    def watch(self, blocks: Blocks, appeared: list[int]) -> None:
        """Remember when the buckets that `appeared` in `blocks` fall out."""
        if blocks is self._blocks:
            for bucket in appeared:
                if bucket * self.bucket_ms >= self.from_ms:
                    heappush(self._inside, bucket)
        if blocks is self._minutes:
            for minute in appeared:
                if minute * MINUTE_MS >= self.baseline_from_ms:
                    heappush(self._behind, minute)

    def build(self, seconds_from_ms: int) -> None:
        """Sum up what the blocks hold, once, after they were loaded.

        Args:
            seconds_from_ms: A whole minute not after `from_ms`: until there a window of
                seconds takes its baseline from the minutes, from there on from its own
                blocks.
        """
        own = self._blocks.buckets()
        self.watch(self._blocks, own)
        for bucket in own:
            if bucket * self.bucket_ms >= self.from_ms:
                block = self._blocks[bucket]
                _add(self.sums, block.ids, block.sums)
        if self._minutes is None:
            return
        seam_ms = self.from_ms
        if self._minutes is not self._blocks:
            seam_ms = seconds_from_ms
            self.watch(self._minutes, self._minutes.buckets())
            for bucket in own:
                if seam_ms <= bucket * self.bucket_ms < self.from_ms:
                    block = self._blocks[bucket]
                    self.baseline_e6[block.ids] += block.notional_e6
        for minute in self._minutes.buckets():
            if self.baseline_from_ms <= minute * MINUTE_MS < seam_ms:
                block = self._minutes[minute]
                self.baseline_e6[block.ids] += block.notional_e6

    def heat(self, markets: Ints, tape_from_ms: int | None) -> Ints:
        """Return how far from its own usual day each of `markets` is, 0-100.

        Floats are exact enough: a ratio is compared, and no heat lies on a half.

        Args:
            markets: Market ids.
            tape_from_ms: Time of the oldest trade known, which cuts the baseline short.
        """
        start = self.baseline_from_ms
        if tape_from_ms is not None:
            start = max(start, tape_from_ms)
        minutes = max(BASELINE_MINUTES_MIN, (self.from_ms - start) / MINUTE_MS)
        usual = np.maximum(DOLLAR_E6, self.baseline_e6[markets] / minutes)
        inside = self.sums[:, markets]
        now = (inside[YES_FLOW] + inside[NO_FLOW]) / (self.span_ms / MINUTE_MS)
        heat: Ints = np.rint(
            np.minimum(HEAT_MAX, HEAT_PER_DOUBLING * np.log2(1 + now / usual))
        ).astype(np.int64)
        heat[inside[TRADES] < HEAT_TRADES_MIN] = 0
        return heat


def _add(totals: Ints, markets: Ints, sums: Ints) -> None:
    """Add one row of `sums` for each of `markets`, none of which comes twice."""
    totals.reshape(-1)[_places(totals, markets)] += sums.T


def _places(totals: Ints, markets: Ints) -> Ints:
    """Return the places of all figures of `markets` in `totals`, laid out flat.

    One flat index is faster than a slice and an index, and than one figure at a time.
    """
    return markets + np.arange(0, totals.size, totals.shape[1])[:, np.newaxis]
