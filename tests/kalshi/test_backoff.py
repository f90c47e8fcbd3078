import random

from flowboard.kalshi.backoff import Backoff


class Highest(random.Random):
    """Draws the upper end of every range."""

    def uniform(self, a: float, b: float) -> float:
        assert a == 0
        return b


def test_the_ceiling_doubles_up_to_its_cap() -> None:
    """0.5, 1, 2 ... 30 seconds, and never more however long it lasts."""
    backoff = Backoff(base_s=0.5, cap_s=30, rng=Highest())

    waits = [backoff.next_s() for _ in range(1_000)]

    assert waits[:8] == [0.5, 1, 2, 4, 8, 16, 30, 30]
    assert set(waits[8:]) == {30}


def test_a_good_connection_makes_waits_short_again() -> None:
    """After `reset` the next wait is of the first kind."""
    backoff = Backoff(base_s=0.5, cap_s=30, rng=Highest())
    for _ in range(9):
        backoff.next_s()

    backoff.reset()

    assert backoff.next_s() == 0.5


def test_the_jitter_is_full() -> None:
    """Waits fill the whole range from nothing to the ceiling, so that crowds spread."""
    backoff = Backoff(base_s=8, cap_s=8, rng=random.Random(7))

    waits = [backoff.next_s() for _ in range(1_000)]

    assert min(waits) < 0.1
    assert max(waits) > 7.9
    assert 3.5 < sum(waits) / len(waits) < 4.5
