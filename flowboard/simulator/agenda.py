"""What happens between trades: quotes that move, and events that end.

The generator stops for it: nothing is drawn for later before what is due has happened.
"""

from collections import deque
from collections.abc import Iterator
from random import Random

from flowboard.simulator.exchange import Happening
from flowboard.simulator.quotes import QuoteMove
from flowboard.simulator.slots import Slots
from flowboard.simulator.turnovers import NEVER_US, Turnovers


class Agenda:
    """What is due, in order.

    Args:
        slots: Who trades where.
        seed: Decides which quotes move.
        quote_rate: How many a second; 0 is none.
        begin_us: When it begins, Unix us.
        turnovers: Which events end; None: none do.
    """

    def __init__(
        self,
        slots: Slots,
        seed: int,
        quote_rate: float,
        begin_us: int,
        turnovers: Turnovers | None,
    ) -> None:
        self._turnovers = turnovers
        self._slots = slots
        self._rng = Random(f"quotes {seed}")  # noqa: S311 (play, not secrets)
        self._gap_us = 1_000_000 / quote_rate if quote_rate else 0.0
        self._move_us = begin_us + self._gap_us if quote_rate else NEVER_US
        self._due: deque[tuple[int, Happening]] = deque()
        self.next_us = self._next_us()

    def _next_us(self) -> int:
        life_us = NEVER_US if self._turnovers is None else self._turnovers.next_us
        return min(int(self._move_us), life_us)

    def pass_to(self, at_us: int) -> None:
        """Let happen what is due, in order."""
        while self.next_us <= at_us:
            turnovers = self._turnovers
            if turnovers is not None and turnovers.next_us == self.next_us:
                for step in turnovers.until(self.next_us):
                    self._due.append((step.at_us, step))
            else:
                self._move()
            self.next_us = self._next_us()

    def due(self) -> Iterator[tuple[int, Happening]]:
        """Yield what has happened since, with its time."""
        while self._due:
            yield self._due.popleft()

    def _move(self) -> None:
        at_us = int(self._move_us)
        self._move_us += self._gap_us * self._rng.uniform(0.2, 1.8)
        drawn, rank = self._rng.random(), self._rng.random()
        # Busy markets move more often, quiet ones at times.
        count = len(self._slots.planned)
        planned = self._slots.planned[int(rank * rank * count)]
        if planned is not None:
            fair_e4 = round(planned.model.peek(planned.index) * 10_000)
            ticker = planned.market.ticker
            self._due.append((at_us, QuoteMove(at_us, ticker, drawn, fair_e4)))
