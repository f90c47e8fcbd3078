"""No trade comes: does nobody trade, or has the feed died? REST knows.

A healthy ping is not a healthy feed, and a quiet market is not a dead one. So the rival
is asked, before the viewer is told of a delay: what the exchange's tape has, and the
feed should have brought, it will not bring any more.
"""

import asyncio
from collections.abc import Awaitable, Callable

from flowboard.board_clock import BoardClock
from flowboard.errors import ExchangeError
from flowboard.feed_status import FeedStatus
from flowboard.kalshi.connection_watch import Patience, Session

# So much newer than the newest of the feed: an older form of a frame tells but the
# second, and a clock heard from a `Date` is half a second off.
NEWER_MS = 1_000
AHEAD_MS = (
    2_000  # What bears a time so far ahead of the exchange's clock proves nothing.
)
QUIET_FACTOR = 1.5  # An answer holds a little longer than until the next is due.

Probe = Callable[[], Awaitable[int | None]]


async def nobody_to_ask() -> int | None:
    """Stand in for a probe where there is none."""
    raise ExchangeError("there is no REST to ask")


class SilenceWatch:
    """Watches one connection for silence, from its subscription to its end.

    Args:
        session: The connection; given up with cause `stall` or `silence`.
        status: Knows the usual gap; is told what a silence means.
        clock: Knows the exchange's time.
        patience: How long to wait for what.
        probe: Returns the exchange time of the newest trade that REST knows, or None
            if there is none; raises an `ExchangeError` where it cannot be asked.
        on_quiet: Called when REST has confirmed that nobody trades.
        mono_ms: Monotonic milliseconds.
        silent_before: How many connections were given up for silence before this one.
        sleep: Waits for so many seconds.
    """

    def __init__(
        self,
        session: Session,
        status: FeedStatus,
        clock: BoardClock,
        patience: Patience,
        probe: Probe,
        on_quiet: Callable[[], None],
        mono_ms: Callable[[], int],
        silent_before: int = 0,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._session = session
        self._status = status
        self._clock = clock
        self._patience = patience
        self._probe = probe
        self._on_quiet = on_quiet
        self._mono_ms = mono_ms
        self._silent_before = silent_before
        self._sleep = sleep
        self._asked = 0
        self._silent_since_ms = -1
        self._due_ms = 0

    async def run(self) -> None:
        """Watch until the connection is given up."""
        while self._session.verdict is None:
            wait_ms = self._wait_ms()
            if wait_ms > 0:
                await self._sleep(wait_ms / 1000)
            else:
                await self._ask()

    @property
    def _usual_gap_ms(self) -> float:
        return self._status.usual_gap_ms or 0.0

    def _wait_ms(self) -> int:
        """Return how long REST need not be asked yet."""
        session, now_ms = self._session, self._mono_ms()
        if session.held_up or not session.subscribed:  # The silence is not the feed's.
            return self._patience.probe_ms(0, 0)
        if session.trade_ms != self._silent_since_ms:
            self._silent_since_ms = session.trade_ms
            self._asked = 0
            self._due_ms = session.trade_ms + self._next_ms()
        return self._due_ms - now_ms

    def _next_ms(self) -> int:
        return self._patience.probe_ms(self._usual_gap_ms, self._asked)

    async def _ask(self) -> None:
        """Ask REST once, and draw the conclusion."""
        try:
            async with asyncio.timeout(self._patience.probe_s):
                newest_ms = await self._probe()
        except (ExchangeError, TimeoutError):
            newest_ms, proves = None, None
        else:
            proves = self._proves_more(newest_ms)
        if proves and newest_ms is not None:
            await self._sleep(self._settle_ms(newest_ms) / 1000)
        if not self._still_silent():
            return
        self._asked += 1
        self._due_ms = self._mono_ms() + self._next_ms()
        if proves is None:
            self._nobody_knows()
        elif proves:
            self._stalled()
        else:
            self._quiet()

    def _still_silent(self) -> bool:
        session = self._session
        watched = session.subscribed and not session.held_up
        return watched and session.trade_ms == self._silent_since_ms

    def _proves_more(self, newest_ms: int | None) -> bool | None:
        """Return whether REST has what the feed has not; None: that cannot be told."""
        now_ms = self._mono_ms()
        exchange_ms = self._clock.exchange_ms(now_ms)
        if exchange_ms is None:
            return None
        if newest_ms is None:
            return False
        if newest_ms > exchange_ms + AHEAD_MS:
            return None
        given_ms = self._session.newest_ms
        if not 0 < given_ms <= exchange_ms + AHEAD_MS:
            given_ms = exchange_ms - (now_ms - self._silent_since_ms)
        return newest_ms > given_ms + NEWER_MS

    def _settle_ms(self, newest_ms: int) -> float:
        """Return how long a trade of `newest_ms` may still be on its way to us."""
        exchange_ms = self._clock.exchange_ms(self._mono_ms()) or 0
        settle_ms = self._patience.settle_s * 1000
        return min(settle_ms, max(0.0, newest_ms + settle_ms - exchange_ms))

    def _stalled(self) -> None:
        self._status.suspect()
        silent_s = (self._mono_ms() - self._silent_since_ms) / 1000
        self._session.give_up(
            "stall", f"it brought no trade for {silent_s:.1f} s, and REST has new ones"
        )

    def _quiet(self) -> None:
        now_ms = self._mono_ms()
        self._session.quiet_ms = now_ms
        valid_ms = int((self._due_ms - now_ms) * QUIET_FACTOR)
        self._status.confirm_quiet(now_ms + valid_ms)
        self._on_quiet()

    def _nobody_knows(self) -> None:
        """Fall back on the length of the silence alone."""
        limit_ms = self._patience.silence_ms(self._usual_gap_ms, self._silent_before)
        end_ms = max(self._silent_since_ms, self._session.quiet_ms) + limit_ms
        if self._mono_ms() > end_ms:
            self._session.give_up("silence", f"no trade came for {limit_ms / 1000:g} s")
        self._due_ms = min(self._due_ms, end_ms + 1)
