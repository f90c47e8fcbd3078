"""How long to wait before the next try: full jitter under a rising cap.

Full jitter spreads the clients of an exchange that comes back, instead of letting all
of them knock at the same moment.
"""

import random

EXPONENT_MAX = 16  # Beyond it every cap of ours is long reached; keeps 2**n small.


class Backoff:
    """Waits of uniform(0, min(`cap_s`, `base_s` x 2^n)); n = tries since the reset.

    Args:
        base_s: Upper end of the first wait.
        cap_s: Upper end of every wait.
        rng: Where the jitter comes from.
    """

    def __init__(
        self,
        base_s: float = 0.5,
        cap_s: float = 30.0,
        rng: random.Random | None = None,
    ) -> None:
        self._base_s = base_s
        self._cap_s = cap_s
        self._rng = rng or random.Random()  # noqa: S311 - jitter is no secret.
        self._tries = 0

    def next_s(self) -> float:
        """Return the seconds to wait before the next try."""
        ceiling_s = min(self._cap_s, self._base_s * 2**self._tries)
        self._tries = min(self._tries + 1, EXPONENT_MAX)
        return self._rng.uniform(0, ceiling_s)

    def reset(self) -> None:
        """Begin again with short waits: the last try was a good one."""
        self._tries = 0
