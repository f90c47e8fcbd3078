"""How the fair prices of one event move: bounded, and consistent among its markets.

Each model holds a latent state that wanders without drift and is drawn back softly, so
that prices stay inside (0, 1) and no market runs away over a day. All markets of an
event read the one state: strikes stay in order, choices add up to one.

Fair prices are probabilities in (0, 1); `now_s` counts from where the model began. A
`push` is what a taker's order does to the price: above 0 towards YES of market `index`.
"""

import math
from collections.abc import Sequence
from random import Random
from typing import Protocol

WANDER_PER_ROOT_S = 0.016  # In logits: a market moves some 12 cents in a busy hour.
DRAW_BACK_PER_S = 1 / 1800
FAIR_MIN, FAIR_MAX = 0.004, 0.996
ROOT_2 = math.sqrt(2)


class PriceModel(Protocol):
    """What the generator asks of an event."""

    def fair(self, index: int, now_s: float, shock: float) -> float:
        """Move the state to `now_s` by the standard normal `shock`; price `index`."""

    def push(self, index: int, logits: float) -> None:
        """Move the state as an order in market `index` does."""

    def peek(self, index: int) -> float:
        """Return the fair price of market `index` without moving anything."""


class Wanderer:
    """A mean-reverting random walk in logits that starts at 0."""

    __slots__ = ("_at_s", "_scale", "offset")

    def __init__(self, scale: float = 1.0) -> None:
        self.offset = 0.0
        self._scale = scale * WANDER_PER_ROOT_S
        self._at_s = 0.0

    def move(self, now_s: float, shock: float) -> None:
        """Walk on to `now_s` by the standard normal `shock`."""
        elapsed_s = now_s - self._at_s
        if elapsed_s <= 0:
            return
        self._at_s = now_s
        # A market that was quiet for long must not jump by more than it could revert.
        elapsed_s = min(elapsed_s, 900.0)
        self.offset = (
            self.offset * math.exp(-elapsed_s * DRAW_BACK_PER_S)
            + self._scale * math.sqrt(elapsed_s) * shock
        )


class Ladder:
    """Strikes on one number: market `index` pays if it ends between two bounds.

    Args:
        centre: Where the number stands now.
        spread: How far it may still move, one standard deviation.
        bounds: (floor or None, cap or None) of each market.
    """

    __slots__ = ("_bounds", "_spread", "_state")

    def __init__(
        self,
        centre: float,
        spread: float,
        bounds: Sequence[tuple[float | None, float | None]],
    ) -> None:
        self._state = Wanderer()
        self._spread = spread
        # In standard deviations from the centre, once.
        self._bounds = [
            (
                -math.inf if floor is None else (floor - centre) / spread,
                math.inf if cap is None else (cap - centre) / spread,
            )
            for floor, cap in bounds
        ]

    def fair(self, index: int, now_s: float, shock: float) -> float:
        """Move the state, then price `index`."""
        self._state.move(now_s, shock)
        return self.peek(index)

    def peek(self, index: int) -> float:
        """Price `index` as things are."""
        floor, cap = self._bounds[index]
        at = self._state.offset
        above_floor = 0.5 * math.erfc((floor - at) / ROOT_2)
        above_cap = 0.5 * math.erfc((cap - at) / ROOT_2)
        return min(FAIR_MAX, max(FAIR_MIN, above_floor - above_cap))

    def decide(self, rng: Random) -> list[float]:
        """Draw how it ends: what YES of each market pays."""
        ends_at = self._state.offset + rng.gauss(0, 1)
        return [float(floor <= ends_at < cap) for floor, cap in self._bounds]

    def push(self, index: int, logits: float) -> None:
        """Move the state towards YES of `index`."""
        floor, cap = self._bounds[index]
        middle = floor if cap == math.inf else cap if floor == -math.inf else None
        if middle is None:
            middle = (floor + cap) / 2
            towards = 1.0 if middle > self._state.offset else -1.0
        else:
            towards = 1.0 if cap == math.inf else -1.0
        self._state.offset += 0.5 * logits * towards


class Race:
    """Choices of which one wins: softmax over scores that wander."""

    __slots__ = ("_others", "_scores", "_states")

    def __init__(self, scores: Sequence[float], others: float = 0.0) -> None:
        self._scores = list(scores)
        self._states = [Wanderer() for _ in scores]
        # The weight of everybody who is not listed.
        self._others = others

    def fair(self, index: int, now_s: float, shock: float) -> float:
        """Move the state, then price `index`."""
        self._states[index].move(now_s, shock)
        return self.peek(index)

    def peek(self, index: int) -> float:
        """Price `index` as things are."""
        weights = [
            math.exp(score + state.offset)
            for score, state in zip(self._scores, self._states, strict=True)
        ]
        fair = weights[index] / (sum(weights) + self._others)
        return min(FAIR_MAX, max(FAIR_MIN, fair))

    def decide(self, rng: Random) -> list[float]:
        """Draw who wins: what YES of each choice pays."""
        drawn, below = rng.random(), 0.0
        paid = [0.0] * len(self._scores)
        for index in range(len(paid)):
            below += self.peek(index)
            if drawn < below:
                paid[index] = 1.0
                break
        return paid

    def push(self, index: int, logits: float) -> None:
        """Move the state towards YES of `index`."""
        self._states[index].offset += logits


class Decided:
    """An event that is over: what YES of each market pays."""

    __slots__ = ("_paid",)

    def __init__(self, paid: Sequence[float]) -> None:
        self._paid = paid

    def fair(self, index: int, now_s: float, shock: float) -> float:
        """Return what `index` pays."""
        return self._paid[index]

    def peek(self, index: int) -> float:
        """Return what `index` pays."""
        return self._paid[index]

    def push(self, index: int, logits: float) -> None:
        """Nothing moves any more."""


class Parlay:
    """Combos: the product of their legs, which move by themselves.

    Args:
        legs: For each market its legs: (model of the leg's event, index there, yes?).
    """

    __slots__ = ("_legs",)

    def __init__(self, legs: Sequence[Sequence[tuple[PriceModel, int, bool]]]) -> None:
        self._legs = [list(of_market) for of_market in legs]

    def fair(self, index: int, now_s: float, shock: float) -> float:
        """Move the state, then price `index`."""
        return self.peek(index)

    def peek(self, index: int) -> float:
        """Price `index` as things are."""
        product = 1.0
        for model, leg, yes in self._legs[index]:
            fair = model.peek(leg)
            product *= fair if yes else 1.0 - fair
        return min(FAIR_MAX, max(0.0005, product))

    def settle(self, model: PriceModel, decided: Decided) -> None:
        """Price the legs on `model` by how it ended."""
        self._legs = [
            [
                (decided if leg_model is model else leg_model, leg, yes)
                for leg_model, leg, yes in legs
            ]
            for legs in self._legs
        ]

    def paid(self, index: int) -> float | None:
        """Return what a combo pays; None while that is open."""
        product = 1.0
        is_open = False
        for model, leg, yes in self._legs[index]:
            if not isinstance(model, Decided):
                is_open = True
                continue
            value = model.peek(leg)
            product *= value if yes else 1.0 - value
        return None if is_open and product > 0 else product

    def push(self, index: int, logits: float) -> None:
        """A combo's order moves no leg: it is quoted off their prices."""
