import asyncio
import threading
import time

import pytest

from flowboard.loop_watch import LoopWatch, boot_ms


class Pulse:
    """Both clocks, and a sleep that takes as long as the script says."""

    def __init__(self, *lateness: tuple[int, int]) -> None:
        self.mono = self.boot = 1_000_000
        self.script = iter(lateness)
        self.slept: list[int] = []
        self.watch = LoopWatch(
            self.slept.append,
            mono_ms=lambda: self.mono,
            boot_ms=lambda: self.boot,
            sleep=self.sleep,
        )

    async def sleep(self, seconds: float) -> None:
        late = next(self.script, None)
        if late is None:
            raise asyncio.CancelledError
        self.mono += int(seconds * 1000) + late[0]
        self.boot += int(seconds * 1000) + late[1]

    async def beat(self) -> None:
        with pytest.raises(asyncio.CancelledError):
            await self.watch.run()


async def test_the_lag_is_the_longest_of_a_minute() -> None:
    """One hiccup is seen for a minute, not for a tenth of a second, and not for ever."""
    late = [(0, 0), (250, 250), (3, 3), *[(1, 1)] * 500]
    before = Pulse(*late)
    after = Pulse(*late, *[(1, 1)] * 100)

    await before.beat()
    await after.beat()

    assert before.watch.lag_ms == 250
    assert after.watch.lag_ms == 1
    assert before.slept == []


async def test_before_the_first_pulse_there_is_no_lag() -> None:
    """Health may ask before the loop has turned once."""
    assert LoopWatch().lag_ms == 0


async def test_a_machine_that_slept_is_noticed() -> None:
    """The monotonic clock stands still meanwhile: no lag, and yet an hour is gone."""
    pulse = Pulse((0, 0), (0, 3_600_000), (0, 0))

    await pulse.beat()

    assert pulse.slept == [3_600_000]
    assert pulse.watch.lag_ms == 0


async def test_a_stopped_process_has_slept_and_a_busy_one_has_not() -> None:
    """Stopped for more than five seconds; anything less may be our own doing."""
    pulse = Pulse((5_000, 5_000), (5_001, 5_001))

    await pulse.beat()

    assert pulse.slept == [5_001]
    assert pulse.watch.lag_ms == 5_001


async def test_a_loop_that_is_held_up_shows_it() -> None:
    """The real loop and the real clocks."""
    watch = LoopWatch()
    running = asyncio.create_task(watch.run())
    await asyncio.sleep(0)  # Begun, so that the pulse is on its way.

    threading.Event().wait(0.4)
    async with asyncio.timeout(5):
        while not watch.lag_ms:
            await asyncio.sleep(0.01)
    running.cancel()

    assert 250 <= watch.lag_ms < 5_000


def test_the_clock_of_the_machine_goes_on() -> None:
    """Whatever the system offers, it does not go back."""
    first_ms = boot_ms()

    assert 0 <= boot_ms() - first_ms < 60_000
    assert first_ms >= time.monotonic_ns() // 1_000_000 - 1_000
