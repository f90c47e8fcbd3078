"""How fast REST may be asked: an even pace, slower after a 429, then slowly back."""

import asyncio
from collections.abc import Callable

RATE_MIN = 1.0
RECOVERY = 1.05  # Each answer that is no 429 makes the pace so much faster.
PAUSE_S = 1.0  # After a 429 nobody asks for so long.


class RequestPacer:
    """Lets at most `rate` requests a second begin, evenly, in the order of asking.

    Args:
        rate: Requests a second; never exceeded.
        clock_s: The event loop's clock in seconds.
        pause_s: How long a 429 silences everybody.

    Attributes:
        rate: The pace now.
        asked_s: When somebody asked last who cannot wait, by the loop's clock.
    """

    def __init__(
        self,
        rate: float,
        clock_s: Callable[[], float] | None = None,
        pause_s: float = PAUSE_S,
    ) -> None:
        if rate <= 0:
            raise ValueError(f"rate must be positive, was {rate}")
        self._clock_s = clock_s or _loop_s
        self._rate_max = rate
        self._pause_s = pause_s
        self._next_s = float("-inf")
        self.rate = rate
        self.asked_s = float("-inf")

    async def turn(self, *, patient: bool = False) -> None:
        """Return when the next request may begin.

        Args:
            patient: It could wait, and has; see `PatientPacer`.
        """
        now_s = self._clock_s()
        if not patient:
            self.asked_s = now_s
        slot_s = max(now_s, self._next_s)
        self._next_s = slot_s + 1 / self.rate
        if slot_s > now_s:
            await asyncio.sleep(slot_s - now_s)

    def answered(self) -> None:
        """Hear of an answer that was no 429: a little faster again."""
        self.rate = min(self._rate_max, self.rate * RECOVERY)

    def throttled(self, retry_after_s: float = 0.0) -> None:
        """Hear of a 429: half the pace, after a pause of at least `retry_after_s`."""
        self.rate = max(min(RATE_MIN, self._rate_max), self.rate / 2)
        pause_s = max(self._pause_s, retry_after_s)
        self._next_s = max(self._next_s, self._clock_s() + pause_s)


def _loop_s() -> float:
    return asyncio.get_running_loop().time()
