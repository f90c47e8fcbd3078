"""The exchange, asked as the board asks it: clock, REST, WebSocket, signature."""

import asyncio
import time
from urllib.parse import urlsplit

from flowboard.app import wall_ms
from flowboard.config import Settings
from flowboard.doctor.check import Check
from flowboard.errors import AuthRejected, ConfigError, FeedInterrupted, FlowboardError
from flowboard.kalshi.auth import Signer
from flowboard.kalshi.endpoints import checked_url
from flowboard.kalshi.handshake import ClockWasWrong, ExchangeBusy, shake_hands
from flowboard.kalshi.rest_client import RestClient

SKEW_MS_MAX = 2_000
FRAME_BYTES = 1_048_576
ANSWER_S = 15.0
FEW = 10  # More than one: the newest may be a row that cannot be read.


async def check_exchange(settings: Settings, signer: Signer | None) -> list[Check]:
    """Return how the exchange answers; every wait ends within seconds."""
    rest, skew_ms = await _check_rest(settings)
    return [_clock(skew_ms), rest, await _check_websocket(settings, signer)]


async def _check_rest(settings: Settings) -> tuple[Check, int | None]:
    """Return how REST is, and how far the exchange's clock is ahead of ours, in ms."""
    skews_ms: list[int] = []

    def hear(date_ms: int) -> None:
        skews_ms.append(date_ms - wall_ms())

    try:
        async with RestClient(settings.kalshi_api_base, on_date=hear) as rest:
            began_s = time.monotonic()
            async with asyncio.timeout(ANSWER_S):
                page = await rest.trades_page(FEW)
            took_ms = (time.monotonic() - began_s) * 1000
    except ConfigError as error:
        return Check(
            "rest", "wrong", f"{error.name} {error.problem}", error.remedy
        ), None
    except (FlowboardError, TimeoutError) as error:
        problem = _problem(error) or f"no answer within {ANSWER_S:g} s"
        remedy = f"check the network, a proxy, and KALSHI_API_BASE ({_base(settings)})"
        return Check("rest", "wrong", problem, remedy), _first(skews_ms)
    if not page.trades:
        check = Check(
            "rest",
            "warn",
            f"{_base(settings)} answers, and has no trade",
            "check that KALSHI_API_BASE is the exchange that you mean",
        )
    else:
        message = f"{_base(settings)} gives trades, in {took_ms:.0f} ms"
        check = Check("rest", "ok", message)
    return check, _first(skews_ms)


def _clock(skew_ms: int | None) -> Check:
    if skew_ms is None:
        return Check(
            "clock",
            "warn",
            "could not be compared with the exchange's",
            "see what is said of rest",
        )
    side = "behind" if skew_ms > 0 else "ahead of"
    message = f"{abs(skew_ms) / 1000:.1f} s {side} the exchange's"
    if abs(skew_ms) <= SKEW_MS_MAX:
        return Check("clock", "ok", message)
    remedy = (
        "let this machine take its time from NTP; signatures are corrected meanwhile"
    )
    return Check("clock", "warn", message, remedy)


async def _check_websocket(settings: Settings, signer: Signer | None) -> Check:
    """Return whether a real handshake is accepted; nothing is subscribed."""
    name = "websocket"
    if signer is None:
        return Check(
            name, "warn", "not tried: there is no key", "see what is said of key"
        )
    try:
        url = checked_url(settings.kalshi_ws_url, "KALSHI_WS_URL", "ws")
    except ConfigError as error:
        return Check(name, "wrong", f"{error.name} {error.problem}", error.remedy)
    remedy = "check the network, a proxy, and KALSHI_WS_URL"
    try:
        took_ms = await _handshake(url, signer, settings.websocket_timeout_s)
    except AuthRejected as error:
        return Check(
            name,
            "wrong",
            f"the signature was refused: HTTP {error.status} ({error.reason})",
            "check that KALSHI_API_KEY_ID and KALSHI_PRIVATE_KEY_PATH belong together "
            "and to this exchange",
        )
    except ExchangeBusy as error:
        return Check(name, "wrong", _problem(error), "try again later")
    except (FlowboardError, TimeoutError) as error:
        waited = f"no handshake within {settings.websocket_timeout_s:g} s"
        return Check(name, "wrong", _problem(error) or waited, remedy)
    message = f"{url} takes the signature, in {took_ms:.0f} ms"
    return Check(name, "ok", message)


async def _handshake(url: str, signer: Signer, timeout_s: float) -> float:
    """Shake hands and close; return how long the handshake took, in ms.

    A refusal that puts the signing clock right is no refusal yet.
    """
    parts = urlsplit(url)
    for last_try in (False, True):
        began_s = time.monotonic()
        try:
            async with asyncio.timeout(timeout_s):
                socket = await shake_hands(
                    url,
                    parts.path or "/",
                    parts.hostname or "",
                    signer,
                    wall_ms,
                    frame_bytes=FRAME_BYTES,
                )
        except ClockWasWrong:
            if last_try:
                raise
            continue
        took_ms = (time.monotonic() - began_s) * 1000
        await socket.close()
        return took_ms
    raise AssertionError("the second try has returned or raised")


def _problem(error: Exception) -> str:
    """Return what happened, without what a running board would do about it."""
    text = str(error)
    return text.rpartition(": ")[0] if isinstance(error, FeedInterrupted) else text


def _first(values: list[int]) -> int | None:
    return values[0] if values else None


def _base(settings: Settings) -> str:
    return settings.kalshi_api_base.rpartition("@")[
        2
    ]  # A password is nobody's business.
