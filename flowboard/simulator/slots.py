"""Who trades in the place of which rank: the generator draws places, not markets.

A market that closes gives its place to another one, so that the stream keeps its rate
and its few busy places. An empty place trades in the next one that is not.
"""

from collections.abc import Sequence

from flowboard.simulator.combos import PlannedMarket
from flowboard.simulator.grids import levels_e4


class Slots:
    """The places, busiest singles first, then the combos.

    Args:
        singles: In their order.
        combos: In theirs.
    """

    def __init__(
        self, singles: Sequence[PlannedMarket], combos: Sequence[PlannedMarket]
    ) -> None:
        self.planned: list[PlannedMarket | None] = [*singles, *combos]
        self.levels = [levels_e4(p.market.grid) for p in (*singles, *combos)]
        self.singles = len(singles)

    def put(self, slot: int, planned: PlannedMarket | None) -> None:
        """Give a place to a market, or to nobody."""
        self.planned[slot] = planned
        if planned is not None:
            self.levels[slot] = levels_e4(planned.market.grid)

    def taken_from(self, slot: int) -> int | None:
        """Return the first place from `slot` on that trades; None if there is none."""
        count = len(self.planned)
        for place in range(slot, slot + count):
            if self.planned[place % count] is not None:
                return place % count
        return None
