"""Token buckets: how many REST requests an address or a key may make.

A bucket holds one second of requests and refills continuously. There is no penalty and
no hint when to come back: the next token is the answer.
"""

from collections.abc import Callable

ANONYMOUS_PER_S = 50.0
KEY_PER_S = 20.0
BUCKETS_MAX = 4_096


class RateLimit:
    """One bucket for each caller.

    Args:
        mono_s: A monotonic clock in seconds.
    """

    def __init__(self, mono_s: Callable[[], float]) -> None:
        self._mono_s = mono_s
        self._buckets: dict[str, tuple[float, float]] = {}  # (tokens, at)

    def take(self, caller: str, per_s: float) -> bool:
        """Take a token of `caller`'s bucket; return whether there was one."""
        now_s = self._mono_s()
        tokens, at_s = self._buckets.pop(caller, (per_s, now_s))
        tokens = min(per_s, tokens + (now_s - at_s) * per_s)
        allowed = tokens >= 1
        self._buckets[caller] = (tokens - 1 if allowed else tokens, now_s)
        if len(self._buckets) > BUCKETS_MAX:
            # Who asked longest ago has a full bucket again, or nearly.
            del self._buckets[next(iter(self._buckets))]
        return allowed
