"""A thread that ends the process where its event loop cannot: stuck, or held at exit.

Whoever supervises starts another, and that heals what was missed. A board that does not
move, or a process that does not end, is worse than none.
"""

import os
import sys
import threading
from collections.abc import Callable
from typing import Self

LOOK_S = 1.0
STUCK_LOOKS = 25
STUCK = (
    "flowboard: the event loop is stuck, so the process ends: start again, what is "
    "stored is safe and the rest will be healed\n"
)
CLOSING_S = 20.0
LINGER_S = 1.5  # For threads that nobody can stop, such as a name server's silence.


def leave(code: int) -> None:
    """End the process at once, without waiting for any thread."""
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)


class StuckWatch:
    """Looks at a count that the loop raises; use it as `with`.

    Looks are counted, not seconds: while the whole process stands still, so do we.

    Args:
        pulses: How often the loop has moved; 0 as long as nobody counts.
        leave: Ends the process.
        look_s: Seconds between two looks.
        linger_s: Seconds that the process may take to end once all is closed.
    """

    def __init__(
        self,
        pulses: Callable[[], int],
        *,
        leave: Callable[[int], None] = leave,
        look_s: float = LOOK_S,
        linger_s: float = LINGER_S,
    ) -> None:
        self._pulses = pulses
        self._leave = leave
        self._look_s = look_s
        self._linger_s = linger_s
        self._ended = threading.Event()
        self._last: threading.Timer | None = None
        self._thread = threading.Thread(target=self._look, name="stuck", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.disarm()
        if self._last is not None:
            self._last.cancel()

    def disarm(self) -> None:
        """Look no more: the loop is ending."""
        self._ended.set()

    def closing(self, limit_s: float = CLOSING_S) -> None:
        """Everything is being closed: what hangs then, as a disk may, is left behind."""
        self.disarm()
        self._leave_in(limit_s, 1)

    def closed(self, code: int) -> None:
        """Everything is closed: the block has a moment left to end by itself."""
        self.disarm()
        self._leave_in(self._linger_s, code)

    def _leave_in(self, seconds: float, code: int) -> None:
        if self._last is not None:
            self._last.cancel()
        self._last = threading.Timer(seconds, self._leave, (code,))
        self._last.daemon = True
        self._last.start()

    def _look(self) -> None:
        before, stuck = 0, 0
        while not self._ended.wait(self._look_s):
            now = self._pulses()
            stuck = stuck + 1 if now and now == before else 0
            before = now
            if stuck >= STUCK_LOOKS:
                sys.stderr.write(STUCK)
                self._leave(1)
                return
