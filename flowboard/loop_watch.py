"""The event loop's own pulse -> how late it runs, and whether the machine slept.

A task that wants to wake every 100 ms sees by how much it is late. A little late is a
loop with too much to do. Very late is a process that was stopped, or a machine that
slept: what was connected then may be so no more, and nobody else tells.
"""

import asyncio
import time
from collections import deque
from collections.abc import Awaitable, Callable

PULSE_MS = 100
MEMORY_MS = 60_000
SLEPT_MS = 5_000  # Nothing that we do holds the loop up for so long.


def boot_ms() -> int:
    """Milliseconds since the machine started, its sleep included where it tells."""
    clock = getattr(time, "CLOCK_BOOTTIME", None)
    if clock is None:
        return time.monotonic_ns() // 1_000_000
    return time.clock_gettime_ns(clock) // 1_000_000


class LoopWatch:
    """Wakes every 100 ms; runs until cancelled.

    Args:
        on_sleep: Called with the milliseconds for which machine or process stood still.
        mono_ms: Monotonic milliseconds, which may stand still while the machine sleeps.
        boot_ms: The same, and going on meanwhile.
        sleep: Waits for so many seconds.

    Attributes:
        pulses: How often it has woken; for who looks from another thread.
    """

    def __init__(
        self,
        on_sleep: Callable[[int], None] = lambda _: None,
        *,
        mono_ms: Callable[[], int] = lambda: time.monotonic_ns() // 1_000_000,
        boot_ms: Callable[[], int] = boot_ms,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._on_sleep = on_sleep
        self._mono_ms = mono_ms
        self._boot_ms = boot_ms
        self._sleep = sleep
        # Falling: whoever was less late than one who came after is of no interest.
        self._late: deque[tuple[int, int]] = deque()
        self.pulses = 0

    @property
    def lag_ms(self) -> int:
        """The longest that the loop was late in the last minute."""
        return self._late[0][1] if self._late else 0

    async def run(self) -> None:
        """Feel the pulse until cancelled."""
        while True:
            mono_ms, boot_ms = self._mono_ms(), self._boot_ms()
            await self._sleep(PULSE_MS / 1000)
            self.pulses += 1
            now_ms = self._mono_ms()
            self._note(now_ms, max(0, now_ms - mono_ms - PULSE_MS))
            slept_ms = self._boot_ms() - boot_ms - PULSE_MS
            if slept_ms > SLEPT_MS:
                self._on_sleep(slept_ms)

    def _note(self, now_ms: int, late_ms: int) -> None:
        late = self._late
        while late and late[-1][1] <= late_ms:
            late.pop()
        late.append((now_ms, late_ms))
        while late[0][0] <= now_ms - MEMORY_MS:
            late.popleft()
