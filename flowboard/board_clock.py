"""Exchange times + monotonic time -> board time, on which every window slides.

No clock is read here: what the time is comes in as an argument (``_ms``; ``mono_ms`` is
any monotonic count of milliseconds, ``wall_ms`` and exchange times are Unix).
"""


class BoardClock:
    """Board time, and what the exchange's own clock says.

    *Board time* is the newest exchange time accepted plus the monotonic time since it
    was accepted. It never goes back: where that sum falls behind what was already told
    (a tape replayed slower than life, a trade that was ahead of its time), board time
    stands still until the trades have caught up. So a trade that was ahead is forgiven
    by waiting, and a step of the machine's wall clock moves nothing.
    """

    def __init__(self) -> None:
        self._newest_ms: int | None = None
        self._newest_mono_ms = 0
        self._floor_ms = 0
        self._heard_ms: int | None = None
        self._heard_mono_ms = 0
        self._heard_exact = False

    def resume(
        self, board_ms: int, stored_wall_ms: int, wall_ms: int, mono_ms: int
    ) -> None:
        """Go on from a stored pair of board and wall time, plus the wall time since.

        A wall clock that was set back meanwhile adds nothing.
        """
        self.accept(board_ms + max(0, wall_ms - stored_wall_ms), mono_ms)

    def accept(self, ts_ms: int, mono_ms: int) -> None:
        """Hear of a trade made at exchange time `ts_ms`; only the newest counts."""
        if self._newest_ms is not None:
            if ts_ms <= self._newest_ms:
                return
            self.board_ms(mono_ms)  # What could have been read until now stays told.
        self._newest_ms = ts_ms
        self._newest_mono_ms = mono_ms

    def board_ms(self, mono_ms: int) -> int | None:
        """Return board time, or None before the first trade."""
        if self._newest_ms is None:
            return None
        since_ms = max(0, mono_ms - self._newest_mono_ms)
        self._floor_ms = max(self._floor_ms, self._newest_ms + since_ms)
        return self._floor_ms

    def hear_exchange(self, ms: int, mono_ms: int, exact: bool) -> None:
        """Hear what the exchange's clock showed.

        Args:
            ms: What it showed.
            mono_ms: When that was heard.
            exact: True for a frame's `sending_ts_ms`; False for an HTTP `Date`, which
                counts only as long as nothing exact was ever heard.
        """
        if exact or not self._heard_exact:
            self._heard_ms = ms
            self._heard_mono_ms = mono_ms
            self._heard_exact = exact

    def skip(self, ms: int) -> None:
        """The monotonic clock has stood still for `ms`, as in a machine's sleep."""
        self._newest_mono_ms -= ms
        self._heard_mono_ms -= ms

    def exchange_ms(self, mono_ms: int) -> int | None:
        """Return what the exchange's clock shows now, or None if it was never heard."""
        if self._heard_ms is None:
            return None
        return self._heard_ms + max(0, mono_ms - self._heard_mono_ms)

    def now_ms(self, mono_ms: int, wall_ms: int) -> int:
        """Return the exchange's time, or the machine's as long as that was not heard."""
        exchange_ms = self.exchange_ms(mono_ms)
        return wall_ms if exchange_ms is None else exchange_ms
