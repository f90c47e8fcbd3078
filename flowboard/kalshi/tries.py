"""How the tries to connect have ended -> how long to wait before the next: pure.

And what else the next one takes from them: how large a frame may be, and how long a
silence is borne where there is nobody to ask.
"""

from flowboard.errors import AuthRejected, FeedInterrupted
from flowboard.kalshi.backoff import Backoff
from flowboard.kalshi.connection_watch import Patience, Session
from flowboard.kalshi.handshake import ClockWasWrong, ExchangeBusy

FRAME_BYTES = 8 * 1024 * 1024
FRAME_BYTES_MAX = 64 * 1024 * 1024
TOO_LARGE_TWICE = 2  # Once may be an accident; the same again would be so for ever.


class Tries:
    """The tries of one feed, one after the other.

    Args:
        backoff: Waits between two tries.
        patience: Says what a good connection is, and how slowly a key is tried again.

    Attributes:
        failures: Tries in a row that brought neither a trade nor REST's word that there
            was none.
        silent: Connections in a row that were given up for silence before any trade.
        frame_bytes: The largest frame that the next connection takes.
    """

    def __init__(self, backoff: Backoff, patience: Patience) -> None:
        self._backoff = backoff
        self._patience = patience
        self._too_large = 0
        self._clock_righted = False
        self._stalled = False
        self.failures = 0
        self.silent = 0
        self.frame_bytes = FRAME_BYTES

    def begin_again(self) -> None:
        """Forget all failures: the operator has another try."""
        self.failures = self.silent = 0
        self._stalled = self._clock_righted = False
        self._backoff.reset()

    def flows(self) -> None:
        """Note that the present try is a good one."""
        self.failures = self.silent = 0

    def ended(
        self, error: AuthRejected | FeedInterrupted, session: Session | None
    ) -> float:
        """Note how a try has ended; return the seconds to wait before the next.

        Args:
            error: What ended it.
            session: Its connection, if there was one.
        """
        if session is None or session.flowing_ms is None:
            self.failures += 1
        righted, self._clock_righted = self._clock_righted, False
        if isinstance(error, AuthRejected):
            self._clock_righted = isinstance(error, ClockWasWrong) and not righted
            if self._clock_righted:
                return 0.0
            return self._patience.auth_s + self._backoff.next_s()
        if session is not None and self._at_once(session):
            return 0.0
        wait_s = self._backoff.next_s()
        if isinstance(error, ExchangeBusy):
            return max(error.retry_after_s, wait_s)
        return wait_s

    def _at_once(self, session: Session) -> bool:
        """Note how a connection has ended; return whether to open it again at once."""
        if session.flowing_ms is None:
            self.silent += session.cause == "silence"
        elif session.good_ms >= self._patience.good_s * 1000:
            self._backoff.reset()
            self._stalled = False
        self._too_large = self._too_large + 1 if session.too_large else 0
        if self._too_large == TOO_LARGE_TWICE:
            self._too_large = 0
            self.frame_bytes = min(2 * self.frame_bytes, FRAME_BYTES_MAX)
        if session.cause != "stall" or self._stalled:
            return False
        self._stalled = True
        return True
