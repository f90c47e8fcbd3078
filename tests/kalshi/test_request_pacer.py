import asyncio
from itertools import pairwise

import pytest

from flowboard.kalshi.request_pacer import RequestPacer


class Clock:
    """A loop clock that `sleep` moves on."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.now_s = 100.0

        async def sleep(delay_s: float) -> None:
            self.now_s += delay_s

        monkeypatch.setattr(asyncio, "sleep", sleep)

    def __call__(self) -> float:
        return self.now_s


async def begins(pacer: RequestPacer, clock: Clock, count: int) -> list[float]:
    begun = []
    for _ in range(count):
        await pacer.turn()
        begun.append(clock.now_s)
    return begun


async def test_requests_begin_evenly(monkeypatch: pytest.MonkeyPatch) -> None:
    """25 a second are one each 40 ms, not 25 at once."""
    clock = Clock(monkeypatch)

    begun = await begins(RequestPacer(25, clock), clock, 51)

    assert begun[-1] - begun[0] == pytest.approx(2.0)
    gaps = [b - a for a, b in pairwise(begun)]
    assert min(gaps) == pytest.approx(0.04)


async def test_a_pause_is_not_made_up_for(monkeypatch: pytest.MonkeyPatch) -> None:
    """After an idle minute the pace is the same, without a burst."""
    clock = Clock(monkeypatch)
    pacer = RequestPacer(10, clock)
    await pacer.turn()
    clock.now_s += 60

    begun = await begins(pacer, clock, 11)

    assert begun[-1] - begun[0] == pytest.approx(1.0)


async def test_a_429_halves_the_pace_after_a_pause(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Nobody asks for a second, then half as fast; never slower than one a second."""
    clock = Clock(monkeypatch)
    pacer = RequestPacer(20, clock)
    await pacer.turn()

    pacer.throttled()
    begun = await begins(pacer, clock, 3)

    assert begun[0] == pytest.approx(101.0)
    assert begun[2] - begun[0] == pytest.approx(0.2)
    for _ in range(20):
        pacer.throttled()
    assert pacer.rate == 1


async def test_a_retry_after_is_honoured(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the exchange says how long, so long."""
    clock = Clock(monkeypatch)
    pacer = RequestPacer(20, clock)

    pacer.throttled(retry_after_s=7)
    (begun,) = await begins(pacer, clock, 1)

    assert begun == pytest.approx(107.0)


async def test_the_pace_comes_back_slowly(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each good answer is a twentieth faster, up to the first pace and no further."""
    pacer = RequestPacer(20, Clock(monkeypatch))
    pacer.throttled()

    pacer.answered()
    soon = pacer.rate
    for _ in range(100):
        pacer.answered()

    assert soon == pytest.approx(10.5)
    assert pacer.rate == 20


def test_a_pace_of_nothing_is_refused() -> None:
    """A pace is above 0."""
    with pytest.raises(ValueError, match="positive"):
        RequestPacer(0)
