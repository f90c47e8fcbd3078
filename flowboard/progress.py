"""How far a walk over the tape is: a bar on a terminal, else a line now and then."""

import time
from collections.abc import Callable
from typing import Self, TextIO

BAR_CHARS = 30
LINE_EVERY_S = 5.0


class Progress:
    """Call it as often as you like, inside of `with`.

    Args:
        out: A terminal gets a bar, anything else a line every five seconds at most.
        clock_s: Monotonic seconds.
    """

    def __init__(
        self, out: TextIO, clock_s: Callable[[], float] = time.monotonic
    ) -> None:
        self._out = out
        self._clock_s = clock_s
        self._is_bar = out.isatty()
        self._line_s: float | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        if self._is_bar and self._line_s is not None:
            self._out.write("\n")
            self._out.flush()

    def __call__(self, done: float, recovered: int) -> None:
        """Show that a part `done` (0 to 1) was walked and `recovered` trades found."""
        now_s = self._clock_s()
        text = f"{min(1.0, max(0.0, done)):6.1%}  {recovered:,} trades filled in"
        if self._is_bar:
            full = min(BAR_CHARS, max(0, int(done * BAR_CHARS)))
            # Each line is as long as the one that it is written over, or longer.
            self._out.write(f"\r[{'#' * full:<{BAR_CHARS}}] {text}")
        elif self._line_s is None or now_s - self._line_s >= LINE_EVERY_S:
            self._out.write(f"{text.strip()}\n")
        else:
            return
        self._line_s = now_s
        self._out.flush()
