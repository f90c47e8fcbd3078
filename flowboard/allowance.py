"""How often somebody may do something: so often a second, after a burst."""

from collections.abc import Callable


class Allowance:
    """A bucket that fills at a steady rate, and is emptied one at a time.

    Args:
        per_s: How many a second it gains.
        burst: How many it holds at most, and at first.
        mono_s: Monotonic seconds.
    """

    def __init__(self, per_s: float, burst: float, mono_s: Callable[[], float]) -> None:
        self._per_s = per_s
        self._burst = burst
        self._mono_s = mono_s
        self._left = burst
        self._told_s = mono_s()

    def take(self) -> bool:
        """Take one; return whether there was one.

        One that was not there is owed: who goes on without pause gets nothing.
        """
        now_s = self._mono_s()
        earned = (now_s - self._told_s) * self._per_s
        self._left = min(self._burst, self._left + earned) - 1
        self._told_s = now_s
        return self._left >= 0
