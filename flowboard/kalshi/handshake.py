"""One signed WebSocket handshake: a connection, or why there is none."""

from collections.abc import Callable

import msgspec
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import InvalidStatus, WebSocketException
from websockets.http11 import Response

from flowboard.errors import AuthRejected, FeedInterrupted
from flowboard.kalshi.auth import Signer, date_ms
from flowboard.kalshi.endpoints import is_loopback

# Read from the socket and not yet taken, frames and their bytes; then it is not read.
FRAMES_WAITING_MAX = 64
BYTES_WAITING_MAX = 512 * 1024 * 1024
CLOSE_TIMEOUT_S = 1.0
CLOCK_WRONG_MS = 5_000
REASON_MAX = 200


class ClockWasWrong(AuthRejected):
    """A 401 whose `Date` shows that the machine's clock is off: sign again at once."""


class ExchangeBusy(FeedInterrupted):
    """The exchange refused the handshake for now.

    Args:
        message: A sentence for the operator.
        retry_after_s: For how long it asked to be left alone.
    """

    def __init__(self, message: str, retry_after_s: float) -> None:
        super().__init__(message)
        self.retry_after_s = retry_after_s


class _Connect(connect):
    """Follows no redirect: the signature is for this host alone."""

    def process_redirect(self, exc: Exception) -> Exception | str:
        return exc


async def shake_hands(
    url: str,
    path: str,
    host: str,
    signer: Signer,
    wall_ms: Callable[[], int],
    *,
    frame_bytes: int,
) -> ClientConnection:
    """Return an open connection.

    Args:
        url: Whole URL of the exchange's WebSocket.
        path: Its path, which is signed.
        host: Its host, to tell the operator.
        signer: Signs the request; hears the `Date` of the answer.
        wall_ms: Unix milliseconds.
        frame_bytes: The largest message that is taken.

    Raises:
        ClockWasWrong: Refused, and the signing clock has just been put right.
        AuthRejected: Refused; the key is not known or not right.
        ExchangeBusy: Another HTTP status than 101.
        FeedInterrupted: Nobody there, or no WebSocket.
    """
    try:
        socket = await _Connect(
            url,
            additional_headers=signer.headers("GET", path, wall_ms()),
            compression=None,
            proxy=None if is_loopback(host) else True,
            open_timeout=None,  # The caller's, who may also change his mind.
            close_timeout=CLOSE_TIMEOUT_S,
            # A full inbox stops the reading, pongs included: the library would take
            # that for a dead peer. The client watches for itself.
            ping_interval=None,
            max_size=frame_bytes,
            max_queue=min(FRAMES_WAITING_MAX, BYTES_WAITING_MAX // frame_bytes),
        )
    except InvalidStatus as refusal:
        raise _refused(refusal.response, signer, wall_ms()) from None
    except (OSError, TimeoutError, WebSocketException, EOFError) as error:
        raise unreachable(host, str(error) or type(error).__name__) from error
    heard_ms = date_of(socket)
    if heard_ms is not None:
        signer.hear_date(heard_ms, wall_ms())
    return socket


def unreachable(host: str, why: str) -> FeedInterrupted:
    """Return what tells the operator that there is no connection to `host`."""
    return FeedInterrupted(
        f"the exchange at {host} cannot be reached ({why[:REASON_MAX]}): check "
        "KALSHI_WS_URL and the network; Flowboard tries again"
    )


def date_of(socket: ClientConnection) -> int | None:
    """Return what the exchange's clock showed at the handshake, Unix ms, or None."""
    return date_ms(socket.response.headers.get("Date")) if socket.response else None


def _refused(
    response: Response, signer: Signer, now_ms: int
) -> AuthRejected | FeedInterrupted:
    status = response.status_code
    reason = _reason(response)
    if status == 401:
        moved_ms = signer.learn_clock(response.headers.get("Date"), now_ms)
        kind = ClockWasWrong if abs(moved_ms) > CLOCK_WRONG_MS else AuthRejected
        return kind(status, reason)
    if status == 403:
        return AuthRejected(status, reason)
    return ExchangeBusy(
        f"the exchange answered the handshake with HTTP {status} ({reason}): "
        "Flowboard tries again",
        _retry_after_s(response),
    )


def _reason(response: Response) -> str:
    """Return the exchange's own word for a refusal, `details` before all others."""
    try:
        body = msgspec.json.decode(response.body or b"")
        error = body.get("error", body)
        if isinstance(error, dict):
            error = error.get("details") or error.get("code") or error.get("msg")
    except (msgspec.MsgspecError, AttributeError, UnicodeDecodeError, RecursionError):
        error = None
    text = error if isinstance(error, str) else response.reason_phrase
    return "".join(c for c in text if c.isprintable())[:REASON_MAX]


def _retry_after_s(response: Response) -> float:
    text = response.headers.get("Retry-After", "")
    return min(float(text), 300.0) if text.isascii() and text.isdigit() else 0.0
