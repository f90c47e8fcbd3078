"""What can wait -> a small share of the pace, and next to none while others ask."""

import asyncio
from collections.abc import Callable

from flowboard.kalshi.request_pacer import RequestPacer

RATE = 5.0
BUSY_RATE = 1.0  # Beside a walk that uses the whole pace: a twenty-fifth of it.
BUSY_S = 0.25  # So long after a request of theirs, others are busy.
STEP_S = 0.1


class PatientPacer:
    """Lets requests begin that stand behind all others.

    Args:
        pacer: Of everybody.
        rate: Requests a second while nobody else asks.
        busy_rate: Requests a second while others do.
        clock_s: The event loop's clock in seconds.
    """

    def __init__(
        self,
        pacer: RequestPacer,
        rate: float = RATE,
        busy_rate: float = BUSY_RATE,
        clock_s: Callable[[], float] | None = None,
    ) -> None:
        self._pacer = pacer
        self._rate = rate
        self._busy_rate = busy_rate
        self._clock_s = clock_s or _loop_s
        self._last_s = float("-inf")
        self._turn = asyncio.Lock()

    async def turn(self) -> None:
        """Return when the next request may begin; in the order of asking."""
        async with self._turn:
            while True:
                wait_s = self._wait_s()
                if wait_s <= 0:
                    break
                await asyncio.sleep(min(wait_s, STEP_S))
            self._last_s = self._clock_s()
            await self._pacer.turn(patient=True)

    def _wait_s(self) -> float:
        now_s = self._clock_s()
        busy = now_s - self._pacer.asked_s < BUSY_S
        rate = self._busy_rate if busy else self._rate
        return self._last_s + 1 / rate - now_s


def _loop_s() -> float:
    return asyncio.get_running_loop().time()
