"""Buckets hold a second of requests and refill continuously."""

from flowboard.simulator.rate_limit import BUCKETS_MAX, RateLimit


class Clock:
    def __init__(self) -> None:
        self.now_s = 100.0

    def __call__(self) -> float:
        return self.now_s


def test_a_bucket_is_a_second_deep() -> None:
    """So many at once, then none, then as many as have flowed in."""
    clock = Clock()
    limit = RateLimit(clock)

    assert [limit.take("a", 20) for _ in range(21)] == [True] * 20 + [False]
    clock.now_s += 0.125
    assert [limit.take("a", 20) for _ in range(3)] == [True, True, False]
    clock.now_s += 60
    assert sum(limit.take("a", 20) for _ in range(50)) == 20


def test_callers_have_buckets_of_their_own() -> None:
    """One caller's requests cost nobody else."""
    limit = RateLimit(Clock())
    while limit.take("a", 50):
        pass

    assert limit.take("b", 50)


def test_buckets_are_bounded() -> None:
    """Many addresses do not fill the memory."""
    limit = RateLimit(Clock())
    for number in range(BUCKETS_MAX + 100):
        limit.take(f"address {number}", 50)

    assert len(limit._buckets) == BUCKETS_MAX
