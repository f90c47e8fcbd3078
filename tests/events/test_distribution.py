"""What a strike ladder's prices imply, against plain definitions."""

import itertools
import math
import sys
from fractions import Fraction

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from flowboard.events import Point, Span, implied
from flowboard.events.direction import shape_of, span_of
from flowboard.market_info import MarketInfo

INF = math.inf
prices = st.integers(0, 10_000)


def above(strike):
    return Span(strike, INF)


def below(strike):
    return Span(-INF, strike)


def test_thresholds_tell_what_lies_above_each_strike():
    """P(> 100) = 0.80, P(> 110) = 0.60, P(> 120) = 0.20. Half lies a quarter of the way
    from 110 (0.60) to 120 (0.20): 110 + 10 * 0.10 / 0.40 = 112.5."""
    found = implied([above(120), above(100), above(110)], [2_000, 8_000, 6_000])

    assert found.points == (Point(100, 8_000), Point(110, 6_000), Point(120, 2_000))
    assert found.median == 112.5


def test_less_tells_the_other_part():
    """P(< 100) = 0.30 is P(> 100) = 0.70; with P(> 100) = 0.60 told too, 0.65."""
    found = implied([below(100), above(100), below(110)], [3_000, 6_000, 7_500])

    assert found.points == (Point(100, 6_500), Point(110, 2_500))


def test_neighbours_that_contradict_each_other_are_pooled():
    """0.50 above 110 and 0.70 above 120 cannot both be: 0.60 above each."""
    found = implied([above(k) for k in (100, 110, 120)], [9_000, 5_000, 7_000])

    assert [point.above_e4 for point in found.points] == [9_000, 6_000, 6_000]


def test_buckets_are_made_to_be_one():
    """A temperature: masses 10, 20, 40, 20, 20 make 110. Above 79.5, half way between the
    buckets 78-79 and 80-81, lie 80 of 110, above 81.5 40 of 110: half, 55 of 110, is
    reached at 79.5 + 2 * 25 / 40 = 80.75. Of whole numbers those below 78 end at 77, and
    those above 83 begin at 84."""
    spans = [below(78), Span(78, 79), Span(80, 81), Span(82, 83), above(83)]

    found = implied(spans, [1_000, 2_000, 4_000, 2_000, 2_000])

    assert found.points == (
        Point(77.5, 9_091),
        Point(79.5, 7_273),
        Point(81.5, 3_636),
        Point(83.5, 1_818),
    )
    assert found.median == pytest.approx(80.75, abs=0.001)


@pytest.mark.parametrize(
    ("spans", "edges"),
    [
        ([below(50), Span(50, 51), Span(52, 53), above(53)], [49.5, 51.5, 53.5]),
        ([below(49), Span(50, 51), Span(52, 53), above(54)], [49.5, 51.5, 53.5]),
        ([below(50), Span(50, 51), above(51)], [50, 51]),
        ([below(50), Span(50, 52), Span(52, 54), above(54)], [50, 52, 54]),
        ([below(5), Span(5, 5.9), Span(6, 6.9), above(6.9)], [5, 5.95, 6.9]),
        ([below(5.5), Span(5.5, 6), Span(7, 8), above(8)], [5.5, 6.5, 8]),
    ],
)
def test_open_ends_exclude_their_strike_where_that_is_sure(spans, edges):
    """Only beside buckets of whole numbers, each one step from the next."""
    found = implied(spans, [2_500] * len(spans))

    assert [point.strike for point in found.points] == pytest.approx(edges)


LARGEST = sys.float_info.max


@pytest.mark.parametrize(
    ("spans", "prices_e4", "median"),
    [
        ([below(-LARGEST), Span(-LARGEST, LARGEST), above(LARGEST)],
         [3_000, 4_000, 3_000], None),
        ([above(-LARGEST), above(LARGEST)], [9_000, 1_000], None),
        ([above(-LARGEST), above(LARGEST)], [5_000, 5_000], 0.0),
        ([Span(0, LARGEST), above(LARGEST)], [10_000, 0], LARGEST / 2),
    ],
)  # fmt: skip
def test_strikes_without_measure_have_a_median_or_none(spans, prices_e4, median):
    """A stranger's numbers may be as large as numbers can be."""
    found = implied(spans, prices_e4)

    assert found.median == median


strikes = st.floats(allow_nan=False, allow_infinity=False) | st.integers(-5, 5).map(
    float
)
any_market = st.builds(
    MarketInfo,
    ticker=st.just("KXA-1-A"),
    strike_type=st.sampled_from(["greater", "less", "less_or_equal", "between"]),
    floor_strike=strikes,
    cap_strike=strikes,
)


@given(st.lists(st.tuples(any_market, prices | st.none()), min_size=2, max_size=6))
def test_any_strikes_have_a_shape_and_a_distribution(members):
    """Whatever their numbers: levels never rise, and what is told is a number."""
    infos = [info for info, _ in members]
    shape = shape_of([info.ticker for info in infos], infos, None)
    spans = shape.spans or [span_of(info) for info in infos]

    found = implied(spans, [price for _, price in members])

    assert len(shape.signs) == len(infos)
    if found is not None:
        levels = [point.above_e4 for point in found.points]
        assert levels == sorted(levels, reverse=True)
        assert all(math.isfinite(point.strike) for point in found.points)
        assert found.median is None or math.isfinite(found.median)


def test_closed_buckets_begin_at_one_and_end_at_nothing():
    """All of the number lies above the lowest floor."""
    found = implied([Span(0, 10), Span(10, 20)], [3_000, 6_000])

    assert found.points == (Point(0, 10_000), Point(10, 6_667), Point(20, 0))


def test_a_bucket_without_a_price_counts_as_nothing():
    """Its edges stay where they are."""
    found = implied([Span(0, 10), Span(10, 20), Span(20, 30)], [5_000, None, 5_000])

    assert [point.strike for point in found.points] == [0, 10, 20, 30]
    assert found.median == 15


def test_thresholds_among_buckets_that_overlap_stand_alone():
    """90 to 100 lies inside `greater 80`: their masses are not those of one whole."""
    found = implied([above(80), Span(90, 100), above(110)], [9_000, 4_000, 1_000])

    assert found.points == (Point(80, 9_000), Point(110, 1_000))


@pytest.mark.parametrize(
    ("prices_e4", "why"),
    [([4_000, 3_000], "below the first"), ([9_000, 8_000], "above the last")],
)
def test_an_open_end_has_no_median(prices_e4, why):
    """It lies somewhere beyond the strikes: that is not guessed."""
    assert implied([above(1), above(2)], prices_e4).median is None, why


@pytest.mark.parametrize(
    ("spans", "prices_e4"),
    [
        ([above(1), above(2)], [5_000, None]),
        ([above(1), None], [5_000, 4_000]),
        ([above(1), below(1)], [5_000, 5_000]),
        ([Span(0, 1), Span(1, 2)], [1_000, 3_000]),
        ([Span(0, 2), Span(1, 3)], [5_000, 5_000]),
        ([], []),
    ],
)
def test_of_too_little_nothing_is_made(spans, prices_e4):
    """One price, one strike, buckets of which less than half is known."""
    assert implied(spans, prices_e4) is None


@given(st.dictionaries(st.integers(-50, 50), prices, min_size=2, max_size=9))
def test_thresholds_are_the_nearest_that_fall(told):
    """Pooling is isotonic regression: the mean of the best span of neighbours, which the
    oracle finds by trying all of them."""
    strikes = sorted(told)

    found = implied([above(k) for k in strikes], [told[k] for k in strikes])

    levels = [told[k] for k in strikes]
    for place, point in enumerate(found.points):
        assert point.strike == strikes[place]
        assert point.above_e4 == rounded(falling(levels, place))


@given(st.lists(st.tuples(st.integers(1, 9), prices), min_size=2, max_size=9))
def test_masses_are_those_of_the_buckets(buckets):
    """Between two edges lies the share of the bucket between them."""
    total = sum(mass for _, mass in buckets)
    assume(total >= 5_000)
    edges = [0]
    for width, _ in buckets:
        edges.append(edges[-1] + width)
    spans = [Span(*edge) for edge in itertools.pairwise(edges)]

    found = implied(spans, [mass for _, mass in buckets])

    assert [point.strike for point in found.points] == edges
    for place, point in enumerate(found.points):
        mass = sum(mass for _, mass in buckets[place:])
        assert point.above_e4 == rounded(Fraction(mass * 10_000, total))


@given(st.dictionaries(st.integers(-50, 50), prices, min_size=2, max_size=9))
def test_the_median_has_half_on_either_side(told):
    """Read off the points again, exactly one half lies above it."""
    found = implied([above(k) for k in told], list(told.values()))

    levels = [point.above_e4 for point in found.points]
    if not levels[0] >= 5_000 >= levels[-1]:
        assert found.median is None
        return
    assert read_off(found.points, found.median) == pytest.approx(5_000, abs=0.01)


def falling(levels, place):
    """Return the isotonic level at a place, by its min-max definition."""
    return min(
        max(
            Fraction(sum(levels[start:end]), end - start)
            for end in range(place + 1, len(levels) + 1)
        )
        for start in range(place + 1)
    )


def rounded(number):
    return math.floor(number + Fraction(1, 2))


def read_off(points, strike):
    for left, right in itertools.pairwise(points):
        if left.strike <= strike <= right.strike:
            share = (strike - left.strike) / (right.strike - left.strike)
            return left.above_e4 + share * (right.above_e4 - left.above_e4)
    raise AssertionError("outside of the points")
