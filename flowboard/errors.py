"""Everything Flowboard raises on purpose.

    FlowboardError
        ConfigError            a flag, variable or setting is missing or wrong (exit 2)
        ExchangeError
            AuthRejected       the key is wrong or the clock is: retrying alone won't help
            FeedInterrupted    transient: reconnect
            BadFrame           a frame that is not what the protocol says: count, keep, go on
                BadChange      the same, but it was a quote or a step in a market's life
            RequestFailed      a REST request that the exchange refused
        StoreError
            DatabaseTooNew     the file was written by a later Flowboard: left untouched
            DatabaseUnusable   the folder or file cannot be written
        BadParameter           a subscription or a query that makes no sense (400)

Standard-library errors (`OSError`, `TimeoutError`) pass through unwrapped.
A message says what happened, then what to do about it; it never holds a secret.
"""

from typing import ClassVar


class FlowboardError(Exception):
    """Base class; `retryable` tells a reconnect loop whether to try again."""

    retryable: ClassVar[bool] = False


class ConfigError(FlowboardError):
    """A setting is missing or out of its range.

    Args:
        name: The flag or variable, as the operator writes it.
        problem: What is wrong with it ("is not set").
        remedy: What to do about it.
    """

    def __init__(self, name: str, problem: str, remedy: str) -> None:
        super().__init__(name, problem, remedy)
        self.name = name
        self.problem = problem
        self.remedy = remedy

    def __str__(self) -> str:
        return f"{self.name} {self.problem}: {self.remedy}"


class ExchangeError(FlowboardError):
    """Something went wrong on the exchange's side of the wire."""


class AuthRejected(ExchangeError):
    """The exchange did not accept the signed handshake.

    Args:
        status: The HTTP status of the refusal.
        reason: The exchange's own word for it, such as ``NOT_FOUND``.
    """

    def __init__(self, status: int, reason: str) -> None:
        super().__init__(status, reason)
        self.status = status
        self.reason = reason

    def __str__(self) -> str:
        return (
            f"the exchange answered HTTP {self.status} ({self.reason}): check that "
            "KALSHI_API_KEY_ID and KALSHI_PRIVATE_KEY_PATH belong together and to this "
            "exchange, and that this machine's clock is right"
        )


class FeedInterrupted(ExchangeError):
    """The socket ended, or never came up; the next try may work."""

    retryable = True


class BadFrame(ExchangeError):
    """A frame that cannot be read as the protocol says."""


class BadChange(BadFrame):
    """A quote or a step in a market's life that cannot be read: no trade is missing.

    Args:
        why: What is wrong with it.
        sid: Its subscription, where it told that.
        seq: Its number there, where it told that.
    """

    def __init__(
        self, why: str, sid: int | None = None, seq: int | None = None
    ) -> None:
        super().__init__(why)
        self.sid = sid
        self.seq = seq


class RequestFailed(ExchangeError):
    """A REST request that the exchange refused.

    Args:
        status: HTTP status.
        message: What the exchange said, from whichever of its three error shapes.
    """

    def __init__(self, status: int, message: str) -> None:
        super().__init__(status, message)
        self.status = status
        self.message = message

    @property
    def throttled(self) -> bool:
        """Whether to slow down and ask again."""
        return self.status == 429

    def __str__(self) -> str:
        return f"the exchange answered HTTP {self.status}: {self.message}"


class StoreError(FlowboardError):
    """The database cannot take or give what was asked."""


class DatabaseTooNew(StoreError):
    """The file was written by a later Flowboard."""

    def __init__(self, path: str, found: int, known: int) -> None:
        super().__init__(path, found, known)
        self.path = path
        self.found = found
        self.known = known

    def __str__(self) -> str:
        return (
            f"{self.path} has schema {self.found}, this Flowboard knows {self.known}: "
            "start the newer Flowboard, or name another file with --database"
        )


class DatabaseUnusable(StoreError):
    """The folder or file cannot be opened for writing."""

    def __init__(self, path: str, problem: str) -> None:
        super().__init__(path, problem)
        self.path = path
        self.problem = problem

    def __str__(self) -> str:
        return (
            f"{self.path} cannot be written ({self.problem}): make the folder writable, "
            "or name another file with --database"
        )


class DatabaseDamaged(FlowboardError):
    """The file itself is broken; no other try will mend it."""

    def __init__(self, path: str, problem: str) -> None:
        super().__init__(path, problem)
        self.path = path
        self.problem = problem

    def __str__(self) -> str:
        return (
            f"{self.path} is damaged ({self.problem}): start again, which sets it aside, "
            "begins a fresh one and fills that from the exchange"
        )


class BadParameter(FlowboardError):
    """A parameter of a subscription or a query that makes no sense; the text names it."""
