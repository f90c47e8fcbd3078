"""Fair prices stay bounded and consistent however long they wander."""

from random import Random

import pytest

from flowboard.simulator.price_models import Ladder, Parlay, Race


def test_a_ladder_keeps_its_order() -> None:
    """At every moment a higher strike is not dearer, and all stay inside (0, 1)."""
    rng = Random(3)
    strikes = [(90.0 + step, None) for step in range(0, 20, 4)]
    ladder = Ladder(100.0, 6.0, strikes)
    for second in range(20_000):
        ladder.fair(rng.randrange(5), second * 2.0, rng.gauss(0, 1))
        prices = [ladder.peek(index) for index in range(5)]

        assert prices == sorted(prices, reverse=True)
        assert prices[-1] > 0
        assert prices[0] < 1


def test_buckets_add_up_to_one() -> None:
    """The buckets of one number share the whole probability."""
    bounds = [(None, 50.0), (50.0, 52.0), (52.0, 54.0), (54.0, None)]
    ladder = Ladder(52.0, 2.5, bounds)

    assert sum(ladder.peek(index) for index in range(4)) == pytest.approx(1)


@pytest.mark.parametrize(
    ("bounds", "index"),
    [
        ([(100.0, None)], 0),
        ([(None, 100.0)], 0),
        ([(102.0, 104.0)], 0),
        ([(90.0, 96.0)], 0),
    ],
)
def test_a_push_moves_the_price_its_way(
    bounds: list[tuple[float | None, float | None]], index: int
) -> None:
    """Buying YES makes YES dearer, whatever the shape of the strike."""
    ladder = Ladder(100.0, 5.0, bounds)
    before = ladder.peek(index)
    ladder.push(index, 0.3)

    assert ladder.peek(index) > before


def test_a_race_adds_up_and_is_bounded() -> None:
    """Choices sum to one less the field; no choice reaches 0 or 1."""
    rng = Random(4)
    race = Race([1.5, 0.0, -3.0])
    for second in range(5_000):
        race.fair(rng.randrange(3), second * 10.0, rng.gauss(0, 1))
        prices = [race.peek(index) for index in range(3)]

        assert sum(prices) == pytest.approx(1, abs=0.01)
        assert all(0.004 <= price <= 0.996 for price in prices)


def test_a_race_wanders_around_where_it_began() -> None:
    """Over days the average stays near the start: drawn back, without drift."""
    rng = Random(5)
    race = Race([0.0, 0.0])
    prices = [race.fair(0, second * 60.0, rng.gauss(0, 1)) for second in range(20_000)]

    assert sum(prices) / len(prices) == pytest.approx(0.5, abs=0.06)
    assert max(prices) - min(prices) > 0.2


def test_a_parlay_is_the_product_of_its_legs() -> None:
    """A YES leg counts as its price, a NO leg as one less it; orders move no leg."""
    race = Race([0.0, 0.0])
    ladder = Ladder(100.0, 5.0, [(103.0, None)])
    parlay = Parlay([[(race, 0, True), (ladder, 0, False)]])
    expected = race.peek(0) * (1 - ladder.peek(0))
    parlay.push(0, 5.0)

    assert parlay.fair(0, 10.0, 1.0) == pytest.approx(expected)
