"""Which kind of event it is, and which way each member's YES points."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flowboard.events import Span, shape_of, span_of
from flowboard.market_info import EventInfo, MarketInfo


def threshold(floor, outcome="", **fields):
    values = {"ticker": f"T{floor}", "strike_type": "greater"} | fields
    return MarketInfo(floor_strike=floor, outcome=outcome, **values)


def bucket(floor, cap):
    return MarketInfo(
        ticker=f"B{floor}",
        strike_type="between",
        floor_strike=floor,
        cap_strike=cap,
        outcome=f"{floor}° to {cap}°",
    )


def below(cap):
    return MarketInfo(
        ticker=f"L{cap}",
        strike_type="less",
        cap_strike=cap,
        outcome=f"{cap - 1}° or below",
    )


def outcome(ticker, name):
    return MarketInfo(ticker=ticker, outcome=name, strike_type="structured")


def shape(infos, event=None):
    return shape_of([f"E-{n}" for n in range(len(infos))], infos, event)


def test_a_threshold_points_up_and_its_opposite_down():
    """YES of `greater` is up, YES of `less` down."""
    found = shape([threshold(100.0), threshold(110.0), below(90)])

    assert (found.kind, found.signs) == ("ladder", (1, 1, -1))
    assert (found.plus, found.minus) == ("up", "down")


def test_a_bucket_between_others_points_nowhere():
    """A temperature's ladder: one `less`, buckets, one `greater`; 78 to 79 is neither."""
    found = shape([below(78), bucket(78, 79), bucket(80, 81), threshold(81, "82°")])

    assert (found.kind, found.signs) == ("ladder", (-1, 0, 0, 1))


def test_the_lowest_and_the_highest_bucket_point():
    """There is nothing beyond them; the order in which they are told does not matter."""
    found = shape([bucket(20, 30), bucket(0, 10), bucket(10, 20)])

    assert found.signs == (1, -1, 0)


def test_a_bucket_that_others_reach_into_is_at_no_end():
    """90 to 100 is not the lowest of all where `greater 80` contains it."""
    inside = shape([threshold(80), bucket(90, 100), threshold(120)])
    across = shape([threshold(80), bucket(70, 90)])
    under = shape([below(80), bucket(70, 90)])

    assert (inside.signs, across.signs, under.signs) == ((1, 0, 1), (1, 0), (-1, 0))


@pytest.mark.parametrize(
    "infos",
    [
        [threshold(1.5, "Carter: 2+"), threshold(1.5, "Diaz: 2+", ticker="T2")],
        [threshold(1.5, "Carter: 2+"), threshold(2.5, "Diaz: 3+")],
        [threshold(3.5, "Boston by 4"), threshold(6.5, "Denver by 7")],
        [threshold(1.5), outcome("X", "A tie")],
        [threshold(1.5), threshold(None)],
        [threshold(1.5), threshold(math.inf)],
        [threshold(1.5), threshold(math.nan)],
        [bucket(1, 2), bucket(5, 4)],
        [threshold(1.5)],
        [],
    ],
    ids=str,
)
def test_what_asks_about_more_than_one_number_is_no_ladder(infos):
    """One strike for two players, two subjects, a member without a strike, a lone one."""
    found = shape(infos)

    assert (found.kind, set(found.signs) - {0}) == ("plain", set())


def test_a_strike_below_nothing_is_of_the_same_ladder():
    """A sign or a currency in front of a number is not its subject."""
    found = shape(
        [
            threshold(-25_000, "-25,000 or above"),
            threshold(0, "0 or above"),
            threshold(25_000, "+25,000 or above"),
        ]
    )

    assert (found.kind, found.signs) == ("ladder", (1, 1, 1))


def test_a_member_that_is_not_told_yet_leaves_the_ladder_be():
    """It points nowhere until its strike is known."""
    found = shape([threshold(1), None, threshold(2)])

    assert (found.kind, found.signs) == ("ladder", (1, 0, 1))


def test_of_two_exclusive_legs_the_first_is_plus():
    """YES of the second counts against it."""
    event = EventInfo(ticker="E", mutually_exclusive=True)

    found = shape([outcome("A", "Dallas"), outcome("B", "Philadelphia")], event)

    assert (found.kind, found.signs) == ("two_leg", (1, -1))
    assert (found.plus, found.minus) == ("Dallas", "Philadelphia")


def test_sides_without_a_name_are_called_by_ticker():
    """Before the exchange has told their outcomes."""
    event = EventInfo(ticker="E", mutually_exclusive=True)

    assert shape([None, None], event).plus == "E-0"


@pytest.mark.parametrize(
    ("told", "kind"),
    [
        ({"scope": "Games"}, "two_leg"),
        ({"sub_title": "PHI at DAL (Nov 21)"}, "two_leg"),
        ({"title": "Philadelphia vs. Dallas"}, "two_leg"),
        ({"title": "Who speaks at the dinner?"}, "plain"),
        ({"title": "Dallas and Philadelphia"}, "plain"),
        ({}, "plain"),
    ],
)
def test_two_sides_that_meet_are_legs_of_a_game(told, kind):
    """Also where the event is not said to be exclusive; two markets alone are not."""
    infos = [outcome("E-DAL", "Dallas"), outcome("E-PHI", "Philadelphia")]

    found = shape_of(["E-DAL", "E-PHI"], infos, EventInfo(ticker="E", **told))

    assert found.kind == kind


@pytest.mark.parametrize(
    ("members", "exclusive", "kind"),
    [(3, True, "exclusive"), (3, False, "plain"), (1, True, "plain")],
)
def test_more_outcomes_have_no_sides(members, exclusive, kind):
    """A game with a tie, a nomination: flow is per outcome."""
    event = EventInfo(ticker="E", mutually_exclusive=exclusive)

    found = shape([outcome(f"E-{n}", f"Name {n}") for n in range(members)], event)

    assert (found.kind, found.plus, set(found.signs)) == (kind, None, {0})


def test_without_a_word_on_the_event_it_is_plain():
    """Two markets of which nothing is known may be anything."""
    assert shape([None, None]).kind == "plain"


@given(
    st.sampled_from(
        ["greater", "greater_or_equal", "less", "less_or_equal", "between"]
    ),
    st.floats(-1e9, 1e9),
    st.floats(0, 1e9),
)
def test_a_span_is_where_yes_is_true(kind, floor, width):
    """Open ends are infinite, and the bound that a type has not is read over."""
    found = span_of(
        MarketInfo(
            ticker="T", strike_type=kind, floor_strike=floor, cap_strike=floor + width
        )
    )

    low = -math.inf if kind.startswith("less") else floor
    high = math.inf if kind.startswith("greater") else floor + width
    assert found == Span(low, high)


@pytest.mark.parametrize("kind", ["", "custom", "functional", "structured", "new"])
def test_other_strikes_have_no_span(kind):
    """Whatever numbers stand beside them."""
    assert span_of(MarketInfo(ticker="T", strike_type=kind, floor_strike=1.0)) is None
