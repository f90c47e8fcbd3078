"""A seed -> an endless, believable stream of prints.

Taker orders arrive in bursts around an exact average rate. Each picks a market (few are
busy, most are quiet), moves its event's price model on, crosses the spread, and sweeps
as many makers as it needs: prints of one millisecond that go in the taker's direction.
Sizes in dollars are log-normal with a long tail, after recorded tapes: half of the
prints are below $10, one or two in a hundred reach $1,000.

The stream is a function of seed, rate and plan alone: prints are numbered, and the
clock enters only as an offset.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from math import exp
from random import Random
from typing import Protocol

import numpy as np

from flowboard.simulator.planner import Plan
from flowboard.simulator.prints import Print
from flowboard.simulator.slots import Slots

ORDERS_AT_ONCE = 4096  # Drawn together; part of what a seed means, so never change it.
ZIPF_EXPONENT = 0.95
COMBO_TRADES_SHARE = 0.1
# How busy each quarter second is, in random order; they sum to their number, so that
# every eight of them together hold the rate exactly.
BURSTS = (0.35, 0.5, 0.6, 0.75, 0.9, 1.1, 1.5, 2.3)
BURST_S = 0.25
CLUSTERED_SHARE = 0.2
CLUSTERED_GAP = 0.02
CORRECTION_S = 4.0
ORDER_DOLLARS_MEDIAN = 9.5
ORDER_DOLLARS_SIGMA = 2.15
ORDER_DOLLARS_MAX = 90_000.0
COUNT_E2_MAX = 25_000_000
ROUND_COUNTS = (1, 2, 3, 5, 10, 15, 20, 25, 50, 75, 100, 150, 200, 250, 300, 500, 1000)
MAKERS_MAX = 20
BLOCK_SHARE = 0.0002
PUSH_LOGITS = 0.004


class Calendar(Protocol):
    """Who changes the places of the generator, and when."""

    next_us: int  # When it wants to be called.

    def pass_to(self, at_us: int) -> None:
        """Make the changes up to a time: no print that comes later is drawn yet."""


class Generator:
    """Draws prints for ever.

    Args:
        plan: What is listed.
        rate: Trades a second, on average.
        seed: The same seed, rate and plan give the same prints.
    """

    def __init__(self, plan: Plan, rate: float, seed: int) -> None:
        self._rate = rate
        self._seed = seed
        self.slots = Slots(plan.singles, plan.combos)
        shares = _zipf(len(plan.singles), 1 - COMBO_TRADES_SHARE)
        shares += _zipf(len(plan.combos), COMBO_TRADES_SHARE)
        self._cumulative = np.cumsum(shares) / sum(shares)

    def prints(
        self, origin_us: int, calendar: Calendar | None = None
    ) -> Iterator[Print]:
        """Yield prints in the order of their times, from `origin_us` (Unix us) on.

        Args:
            origin_us: The time of the first one.
            calendar: Asked before what comes later is drawn.
        """
        ids = Random(f"ids {self._seed}")  # noqa: S311 (play, not secrets)
        pick = Random(f"makers {self._seed}")  # noqa: S311
        bursts = _Bursts(self._seed)
        at_s = ahead_s = 0.0
        last_us = 0
        places, levels_of = self.slots.planned, self.slots.levels
        for draw in self._orders():
            place, gap, shock, u_side, z_size, u_form, u_makers = draw
            if calendar is not None:
                soon_us = origin_us + max(int(at_s * 1_000_000), last_us)
                if soon_us >= calendar.next_us:
                    calendar.pass_to(soon_us)
            planned = places[place]
            if planned is None:
                taken = self.slots.taken_from(place)
                if taken is None:  # Nothing at all can be traded now.
                    at_s = bursts.after(at_s, gap / self._rate)
                    continue
                place, planned = taken, places[taken]
                assert planned is not None
            levels = levels_of[place]
            fair = planned.model.fair(planned.index, at_s, shock)
            taker_yes = u_side < (0.58 if shock > 0 else 0.42)
            level = _first_level(levels, fair * 10_000, taker_yes)
            count_e2 = _order_size_e2(levels[level], taker_yes, z_size, u_form)
            is_block = (
                u_form > 1 - BLOCK_SHARE
            )  # Negotiated: one print, and a large one.
            if is_block:
                counts = [min(count_e2 // 100 * 2000 + 100_000, COUNT_E2_MAX)]
            else:
                counts = _split(count_e2, u_makers, pick)
            at_us = max(int(at_s * 1_000_000), last_us)
            spaced = len(counts) > 1 and at_us % 1000 + 12 * len(counts) < 1000
            for number, maker_e2 in enumerate(counts):
                if number:
                    if pick.random() < 0.45:
                        level += 1 if taker_yes else -1
                        level = min(max(level, 0), len(levels) - 1)
                    if spaced:
                        at_us += 1 + int(pick.random() * 11)
                yield Print(
                    _trade_id(ids),
                    planned.market.ticker,
                    levels[level],
                    maker_e2,
                    taker_yes,
                    is_block,
                    origin_us + at_us,
                )
            last_us = at_us
            push = PUSH_LOGITS * len(counts)
            planned.model.push(planned.index, push if taker_yes else -push)
            # The gap pays for the prints just made, and for what chance has put ahead
            # of the average or behind it: the rate holds over seconds, too.
            due_s = len(counts) / self._rate
            gap_s = due_s * gap * min(max(exp(ahead_s / CORRECTION_S), 0.25), 4.0)
            ahead_s += due_s - gap_s
            at_s = bursts.after(at_s, gap_s)

    def _orders(
        self,
    ) -> Iterator[tuple[int, float, float, float, float, float, float]]:
        draws = np.random.RandomState(self._seed)
        while True:
            markets = np.searchsorted(
                self._cumulative, draws.random_sample(ORDERS_AT_ONCE), side="right"
            )
            clustered = draws.random_sample(ORDERS_AT_ONCE) < CLUSTERED_SHARE
            spread_gap = (1 - CLUSTERED_SHARE * CLUSTERED_GAP) / (1 - CLUSTERED_SHARE)
            gaps = draws.standard_exponential(ORDERS_AT_ONCE)
            gaps *= np.where(clustered, CLUSTERED_GAP, spread_gap)
            yield from zip(
                np.minimum(markets, len(self.slots.planned) - 1).tolist(),
                gaps.tolist(),
                draws.standard_normal(ORDERS_AT_ONCE).tolist(),
                draws.random_sample(ORDERS_AT_ONCE).tolist(),
                draws.standard_normal(ORDERS_AT_ONCE).tolist(),
                draws.random_sample(ORDERS_AT_ONCE).tolist(),
                draws.random_sample(ORDERS_AT_ONCE).tolist(),
                strict=True,
            )


class _Bursts:
    """Stretches gaps where it is calm and squeezes them where it is busy."""

    def __init__(self, seed: int) -> None:
        self._rng = Random(f"bursts {seed}")  # noqa: S311
        self._left: list[float] = []
        self._pace = self._next()
        self._until_s = BURST_S

    def after(self, at_s: float, gap_s: float) -> float:
        """Return the time that lies `gap_s` of average pace after `at_s`."""
        while True:
            room_s = (self._until_s - at_s) * self._pace
            if gap_s < room_s:
                return at_s + gap_s / self._pace
            gap_s -= room_s
            at_s = self._until_s
            self._until_s += BURST_S
            self._pace = self._next()

    def _next(self) -> float:
        if not self._left:
            self._left = list(BURSTS)
            self._rng.shuffle(self._left)
        return self._left.pop()


def _zipf(count: int, total: float) -> list[float]:
    weights = [1 / rank**ZIPF_EXPONENT for rank in range(1, count + 1)]
    whole = sum(weights)
    return [total * weight / whole for weight in weights]


def _first_level(levels: tuple[int, ...], fair_e4: float, taker_yes: bool) -> int:
    """Return the place of the best price on the other side of the book."""
    if taker_yes:
        return min(bisect_left(levels, fair_e4), len(levels) - 1)
    return max(bisect_right(levels, fair_e4) - 1, 0)


def _order_size_e2(price_e4: int, taker_yes: bool, z_size: float, u_form: float) -> int:
    dollars = ORDER_DOLLARS_MEDIAN * exp(ORDER_DOLLARS_SIGMA * z_size)
    paid_e4 = price_e4 if taker_yes else 10_000 - price_e4
    contracts = min(dollars, ORDER_DOLLARS_MAX) * 10_000 / paid_e4
    if u_form < 0.28:  # Somebody spent dollars, not contracts.
        return min(max(int(contracts * 100), 1), COUNT_E2_MAX)
    if u_form < 0.7 and contracts < 1_500:  # People like round numbers.
        place = bisect_left(ROUND_COUNTS, contracts)
        return ROUND_COUNTS[min(place, len(ROUND_COUNTS) - 1)] * 100
    return min(max(int(contracts), 1) * 100, COUNT_E2_MAX)


def _split(count_e2: int, u_makers: float, pick: Random) -> list[int]:
    """Return what each maker sells, summing to `count_e2`."""
    step_e2 = 100 if count_e2 % 100 == 0 else 1
    units = count_e2 // step_e2
    # The larger the order, the likelier that one maker is not enough.
    likely = 0.06 + 0.02 * min(count_e2 // 2000, 12)
    if u_makers > likely or units < 2:
        return [count_e2]
    makers = 2
    while makers < MAKERS_MAX and pick.random() < 0.38:
        makers += 1
    counts = []
    for left in range(min(makers, units), 1, -1):
        mean = units / left
        units_here = min(max(int(mean * 2 * pick.random()), 1), units - left + 1)
        counts.append(units_here * step_e2)
        units -= units_here
    counts.append(units * step_e2)
    return counts


def _trade_id(ids: Random) -> str:
    # All 128 bits are random: as on the exchange, this is no UUID of RFC 4122.
    digits = f"{ids.getrandbits(128):032x}"
    return f"{digits[:8]}-{digits[8:12]}-{digits[12:16]}-{digits[16:20]}-{digits[20:]}"
