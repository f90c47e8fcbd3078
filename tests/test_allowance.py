"""So often a second, after a burst."""

from hypothesis import given
from hypothesis import strategies as st

from flowboard.allowance import Allowance


class Clock:
    """Says what the test says."""

    def __init__(self) -> None:
        self.now_s = 100.0

    def __call__(self) -> float:
        return self.now_s


def test_a_burst_and_then_the_rate() -> None:
    """What is earned meanwhile may be taken, and no more than a burst is saved."""
    clock = Clock()
    allowance = Allowance(2.0, 3.0, clock)

    assert [allowance.take() for _ in range(4)] == [True, True, True, False]
    clock.now_s += 1.0
    assert [allowance.take() for _ in range(2)] == [True, False]
    clock.now_s += 1_000.0
    assert [allowance.take() for _ in range(4)] == [True, True, True, False]


@given(st.lists(st.floats(0, 3), max_size=60))
def test_never_more_than_burst_and_rate(pauses_s: list[float]) -> None:
    """Over any time: however somebody spreads what is asked."""
    clock = Clock()
    allowance = Allowance(2.0, 3.0, clock)
    taken = 0

    for pause_s in pauses_s:
        clock.now_s += pause_s
        taken += allowance.take()

    assert taken <= 3 + 2 * sum(pauses_s) + 1e-6
