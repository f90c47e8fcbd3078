"""Errors -> JSON responses: a code for programs, a sentence for people."""

from collections.abc import Awaitable, Callable, Mapping
from http import HTTPStatus
from typing import Any

import structlog
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from flowboard.errors import BadParameter, FlowboardError, StoreError
from flowboard.http_api.answers import answer
from flowboard.http_api.token_gate import TooManyTries, Unauthorized

# Every code that an answer can carry, and its HTTP status.
STATUS_OF = {
    "bad_parameter": 400,
    "unauthorized": 401,
    "foreign_origin": 403,
    "not_found": 404,
    "unknown_market": 404,
    "unknown_event": 404,
    "method_not_allowed": 405,
    "too_long": 414,
    "foreign_host": 421,
    "too_many_tries": 429,
    "internal": 500,
    "starting": 503,
    "store_failing": 503,
    "exchange_failing": 503,
    "too_many_readers": 503,
}
READERS_MAX = 100  # Of the tape as it grows, at a time.
SHOWN_MAX = 40  # Of what a client sent, so much is said back to it.
SOON = {"Retry-After": "1"}
LATER = {"Retry-After": "60"}
ASK_TOKEN = {"WWW-Authenticate": "Bearer"}


class UnknownMarket(FlowboardError):
    """A ticker, or an id, that was never seen here."""

    def __init__(self, ticker: str) -> None:
        super().__init__(ticker)
        self.ticker = ticker

    def __str__(self) -> str:
        return (
            f"no market {shown(self.ticker)} was ever seen here: check the ticker, "
            "capital letters count"
        )


class UnknownEvent(FlowboardError):
    """An event of which no market was traded, and that the exchange has not told of."""

    def __init__(self, event_ticker: str) -> None:
        super().__init__(event_ticker)
        self.event_ticker = event_ticker

    def __str__(self) -> str:
        return (
            f"nothing is known of the event {shown(self.event_ticker)} here: check the "
            "ticker, capital letters count"
        )


class Starting(FlowboardError):
    """The windows are still being rebuilt from disk."""

    def __str__(self) -> str:
        return "the windows are being rebuilt from disk: ask again in a few seconds"


class ExchangeFailing(FlowboardError):
    """The exchange does not answer what was asked of it for a client."""

    def __str__(self) -> str:
        return "the exchange does not answer just now: ask again in a minute"


class TooManyReaders(FlowboardError):
    """As many as may read the tape as it grows do so."""

    def __str__(self) -> str:
        return (
            f"{READERS_MAX} readers of this stream are connected: close one, or ask "
            "/api/trades/recent with after_seq now and then"
        )


def refusal(
    code: str, message: str, headers: Mapping[str, str] | None = None
) -> Response:
    """Return the answer that carries `code`, a key of `STATUS_OF`."""
    error = {"error": {"code": code, "message": message}}
    return answer(error, STATUS_OF[code], headers)


def exception_handlers() -> dict[
    Any, Callable[[Request, Exception], Awaitable[Response]]
]:
    """Return what turns the exceptions of routes into refusals.

    What is not among them is a mistake of ours and answered by `Guard`.
    """
    return {
        BadParameter: _refusing("bad_parameter"),
        Unauthorized: _refusing("unauthorized", ASK_TOKEN),
        TooManyTries: _refusing("too_many_tries", LATER),
        UnknownMarket: _refusing("unknown_market"),
        UnknownEvent: _refusing("unknown_event"),
        Starting: _refusing("starting", SOON),
        ExchangeFailing: _refusing("exchange_failing", LATER),
        TooManyReaders: _refusing("too_many_readers", LATER),
        StoreError: _store_failing,
        HTTPException: _http_exception,
    }


def shown(text: str) -> str:
    """Return the beginning of a client's text, in quotes and fit for a sentence."""
    return "'" + "".join(c for c in text[:SHOWN_MAX] if c.isprintable()) + "'"


def _refusing(
    code: str, headers: Mapping[str, str] | None = None
) -> Callable[[Request, Exception], Awaitable[Response]]:
    async def handler(_: Request, error: Exception) -> Response:
        return refusal(code, str(error), headers)

    return handler


async def _store_failing(request: Request, error: Exception) -> Response:
    # Its own text names a folder of this machine: that is for the log alone.
    structlog.get_logger("flowboard.http").warning(
        "the store could not answer", path=request.url.path, problem=str(error)
    )
    return refusal(
        "store_failing",
        "the database cannot be read just now: ask again; the server's log says why",
        SOON,
    )


async def _http_exception(request: Request, error: Exception) -> Response:
    """Answer what Starlette's router raises: 404 and 405."""
    assert isinstance(error, HTTPException)
    if error.status_code == HTTPStatus.METHOD_NOT_ALLOWED:
        allowed = (error.headers or {}).get("Allow", "GET")
        allow = {"Allow": ", ".join(sorted(allowed.split(", ")))}
        use = "GET" if "GET" in allowed else allowed
        message = f"{shown(request.method)} does nothing here: use {use}"
        return refusal("method_not_allowed", message, allow)
    if error.status_code != HTTPStatus.NOT_FOUND:
        raise error  # Nothing here raises any other: a mistake of ours.
    path = shown(request.url.path)
    return refusal("not_found", f"nothing is at {path}: /docs lists what is")
