"""A strike ladder's prices -> what they imply of the number asked about; pure.

Thresholds tell P(above the strike): `greater` by its price, `less` by a dollar less its
price. Prices of neighbours that contradict each other are pooled to their mean. Buckets
tell a mass each; together they are made to be one. An edge between two buckets lies half
way between the cap of the lower and the floor of the upper one ("80 to 81", "82 to 83":
81.5). Such buckets are of whole numbers, so that "less than 80" beside them ends at 79.
"""

import math
from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import NamedTuple

from msgspec import Struct

from flowboard.events.direction import Span, is_partition
from flowboard.money import DOLLAR_E4

HALF_E4 = DOLLAR_E4 // 2
POINTS_MIN = 2
MASS_MIN_E4 = HALF_E4  # Of buckets: with less than this known, too little is.
DECIMALS = 6


class Point(NamedTuple):
    """The probability, in 1e-4, that the number lies above `strike`."""

    strike: float
    above_e4: int


class Distribution(Struct, frozen=True, gc=False):
    """What the prices of a ladder imply.

    Attributes:
        points: By rising strike; probabilities never rise.
        median: In the unit of the strikes, linear between points; None where it lies
            below the first or above the last of them.
    """

    points: tuple[Point, ...]
    median: float | None


def implied(
    spans: Sequence[Span | None], beliefs_e4: Sequence[int | None]
) -> Distribution | None:
    """Return what a ladder's prices imply; None where too few of them are known.

    Args:
        spans: Of each member, None where not told.
        beliefs_e4: The price of each member's YES, in 1e-4 dollars; None where unknown.
    """
    told = {
        span: belief
        for span, belief in zip(spans, beliefs_e4, strict=True)
        if span is not None
    }
    known = {span: belief for span, belief in told.items() if belief is not None}
    if len(known) < POINTS_MIN:
        return None
    ladder = sorted(told)
    closed = any(-math.inf < span.low and span.high < math.inf for span in ladder)
    if closed and is_partition(ladder):
        # A bucket without a price counts as nothing: so it is where nobody bids.
        points = _of_buckets(ladder, [known.get(span, 0) for span in ladder])
    else:
        points = _of_thresholds(known)
    return None if points is None else Distribution(points, _median(points))


def _of_buckets(
    spans: Sequence[Span], masses_e4: Sequence[int]
) -> tuple[Point, ...] | None:
    total_e4 = sum(masses_e4)
    if total_e4 < MASS_MIN_E4:
        return None
    spans = _whole(spans)
    edges = [spans[0].low]
    # Halved first, so that no sum is endless.
    edges += [left.high / 2 + right.low / 2 for left, right in pairwise(spans)]
    edges.append(spans[-1].high)
    points: list[Point] = []
    above_e4 = total_e4
    for edge, mass in zip(edges, [*masses_e4, 0], strict=True):
        if math.isfinite(edge):
            points.append(Point(edge, _rounded(above_e4 * DOLLAR_E4, total_e4)))
        above_e4 -= mass
    return tuple(points)


def _whole(spans: Sequence[Span]) -> list[Span]:
    """Return buckets with their open ends as inclusive as the others are.

    Only where that is sure: whole numbers, and from each closed bucket to the next just
    one step. An open end that touches its neighbour excludes its strike, then.
    """
    found = list(spans)
    first = found[0].low == -math.inf
    last = len(found) - (found[-1].high == math.inf)
    gaps = [right.low - left.high for left, right in pairwise(found[first:last])]
    bounds = [bound for span in found for bound in span if math.isfinite(bound)]
    if not gaps or set(gaps) != {1} or any(bound % 1 for bound in bounds):
        return found
    if first and found[0].high == found[1].low:
        found[0] = Span(-math.inf, found[0].high - 1)
    if last < len(found) and found[-1].low == found[-2].high:
        found[-1] = Span(found[-1].low + 1, math.inf)
    return found


def _of_thresholds(known: Mapping[Span, int]) -> tuple[Point, ...] | None:
    above: dict[float, list[int]] = {}
    for span, belief in known.items():
        if span.high == math.inf:
            above.setdefault(span.low, []).append(belief)
        elif span.low == -math.inf:
            above.setdefault(span.high, []).append(DOLLAR_E4 - belief)
    if len(above) < POINTS_MIN:
        return None
    strikes = sorted(above)
    levels = _falling([(sum(above[k]), len(above[k])) for k in strikes])
    return tuple(map(Point, strikes, levels))


def _falling(groups: Sequence[tuple[int, int]]) -> list[int]:
    """Pool adjacent violators: return levels that never rise, nearest in squares.

    Args:
        groups: Sum and count of what is told at each strike.
    """
    blocks: list[tuple[int, int, int]] = []  # Sum, count, strikes.
    for total, count in groups:
        strikes = 1
        while blocks and blocks[-1][0] * count < total * blocks[-1][1]:
            before = blocks.pop()
            total, count = total + before[0], count + before[1]
            strikes += before[2]
        blocks.append((total, count, strikes))
    return [
        _rounded(total, count)
        for total, count, strikes in blocks
        for _ in range(strikes)
    ]


def _median(points: Sequence[Point]) -> float | None:
    """Return where half lies above; the middle of a stretch where that is so.

    None where it lies beyond the points, or is no number that can be told.
    """
    if not points[0].above_e4 >= HALF_E4 >= points[-1].above_e4:
        return None
    after = next(i for i, point in enumerate(points) if point.above_e4 <= HALF_E4)
    first = points[after]
    if first.above_e4 < HALF_E4:
        before = points[after - 1]
        share = (before.above_e4 - HALF_E4) / (before.above_e4 - first.above_e4)
        median = before.strike + share * (first.strike - before.strike)
    else:
        last = max(point.strike for point in points if point.above_e4 == HALF_E4)
        median = first.strike / 2 + last / 2
    return round(median, DECIMALS) if math.isfinite(median) else None


def _rounded(numerator: int, denominator: int) -> int:
    """Divide and round half up."""
    return (2 * numerator + denominator) // (2 * denominator)
