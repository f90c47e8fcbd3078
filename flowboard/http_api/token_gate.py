"""Who may change something: whoever can read the token file, and does not guess."""

import hmac
from collections import deque
from collections.abc import Callable

from starlette.requests import Request

from flowboard.errors import FlowboardError

FAILURES_MAX = 5
MINUTE_MS = 60_000
ADDRESSES_MAX = 1_000  # That are remembered; then the oldest is forgotten.
SCHEME = "bearer "


class Unauthorized(FlowboardError):
    """No token, or a wrong one."""

    def __str__(self) -> str:
        return (
            "this needs the header `Authorization: Bearer TOKEN`: the token is in the "
            "file that `flowboard token` names"
        )


class TooManyTries(FlowboardError):
    """Wrong tokens from one address, one after the other."""

    def __str__(self) -> str:
        return (
            f"{FAILURES_MAX} wrong tokens came from this address within a minute: wait "
            "one, and take the token from the file that `flowboard token` names"
        )


class TokenGate:
    """Lets requests through that carry the token.

    Args:
        token: The text to compare with; not empty.
        mono_ms: Monotonic milliseconds.
    """

    def __init__(self, token: str, mono_ms: Callable[[], int]) -> None:
        if not token:
            raise ValueError("an empty token would let everybody through")
        self._token = token.encode()
        self._mono_ms = mono_ms
        self._failures: dict[str, deque[int]] = {}

    def check(self, request: Request) -> None:
        """Return if `request` may change something.

        Raises:
            Unauthorized: It does not carry the token.
            TooManyTries: Its address has tried too often, right or wrong this time.
        """
        address = request.client.host if request.client else ""
        now_ms = self._mono_ms()
        if len(self._recent(address, now_ms)) >= FAILURES_MAX:
            raise TooManyTries
        if not hmac.compare_digest(_given(request), self._token):
            self._remember(address, now_ms)
            raise Unauthorized

    def _recent(self, address: str, now_ms: int) -> deque[int]:
        """Return when `address` failed within the last minute."""
        failures = self._failures.get(address, deque())
        while failures and now_ms - failures[0] >= MINUTE_MS:
            failures.popleft()
        return failures

    def _remember(self, address: str, now_ms: int) -> None:
        failures = self._failures.pop(address, deque(maxlen=FAILURES_MAX))
        self._failures[address] = failures
        failures.append(now_ms)
        if len(self._failures) > ADDRESSES_MAX:
            del self._failures[next(iter(self._failures))]


def _given(request: Request) -> bytes:
    """Return the token of the request's one `Authorization`, empty if there is none."""
    headers = request.headers.getlist("authorization")
    text = headers[0] if len(headers) == 1 else ""
    if text[: len(SCHEME)].lower() != SCHEME:
        return b""
    return text[len(SCHEME) :].strip().encode()
