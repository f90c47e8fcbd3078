import asyncio
from itertools import pairwise

import pytest

from flowboard.kalshi.patient_pacer import PatientPacer
from flowboard.kalshi.request_pacer import RequestPacer


class Clock:
    """A loop clock that `sleep` moves on; beside it others ask every `others_s`."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.now_s = 100.0
        self.pacer = RequestPacer(25, self)
        self.others_s: float | None = None

        async def sleep(delay_s: float) -> None:
            self.now_s += delay_s
            if self.others_s is not None:
                self.pacer.asked_s = self.now_s - self.now_s % self.others_s

        monkeypatch.setattr(asyncio, "sleep", sleep)

    def __call__(self) -> float:
        return self.now_s


async def begins(clock: Clock, count: int) -> list[float]:
    patient = PatientPacer(clock.pacer, 5, 1, clock)
    begun = []
    for _ in range(count):
        await patient.turn()
        begun.append(clock.now_s)
    return begun


async def test_alone_it_takes_a_fifth_of_the_pace(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Five requests a second, evenly, while nobody else asks."""
    begun = await begins(Clock(monkeypatch), 11)

    assert begun[-1] - begun[0] == pytest.approx(2.0)
    assert min(b - a for a, b in pairwise(begun)) == pytest.approx(0.2)


async def test_beside_others_it_takes_one_a_second(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A walk that asks all the time is not held up by what can wait."""
    clock = Clock(monkeypatch)
    clock.others_s = 0.1

    begun = await begins(clock, 6)

    assert begun[-1] - begun[0] >= 4.9


async def test_others_are_not_told_to_wait(monkeypatch: pytest.MonkeyPatch) -> None:
    """Only one place of the common pace is taken; it does not count as theirs."""
    clock = Clock(monkeypatch)
    await begins(clock, 1)

    before_s = clock.now_s
    await clock.pacer.turn()

    assert clock.now_s - before_s == pytest.approx(0.04)
    assert clock.pacer.asked_s == pytest.approx(before_s)


async def test_a_429_silences_it_too(monkeypatch: pytest.MonkeyPatch) -> None:
    """The pause is everybody's."""
    clock = Clock(monkeypatch)
    clock.pacer.throttled()

    (begun,) = await begins(clock, 1)

    assert begun == pytest.approx(101.0)
