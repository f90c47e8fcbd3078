"""Objects and refusals -> responses."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

import orjson
import structlog
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from flowboard.errors import BadParameter, StoreError

MESSAGES = {
    404: ("not_found", "nothing is here: see docs/http.md for what there is"),
    405: ("method_not_allowed", "that method changes nothing here: use GET"),
}


class UnknownMarket(Exception):
    """A ticker that was never seen."""


class Starting(Exception):
    """The windows are still being rebuilt."""


def answer(
    fields: Mapping[str, Any],
    *,
    listed: tuple[str, Iterable[bytes]] | None = None,
    status: int = 200,
) -> Response:
    """Return a JSON object.

    Args:
        fields: Its fields.
        listed: Name and rendered objects of the list that comes first, with `count`.
        status: HTTP status.
    """
    body = orjson.dumps(fields)
    if listed is not None:
        name, items = listed
        items = list(items)
        head = b'{"%s":[%s],"count":%d' % (name.encode(), b",".join(items), len(items))
        body = head + (b"," + body[1:] if len(body) > 2 else b"}")
    return Response(body, status, media_type="application/json")


def refusal(
    status: int, code: str, message: str, headers: Mapping[str, str] | None = None
) -> Response:
    """Return an error: a code for programs, a sentence for people."""
    body = orjson.dumps({"error": {"code": code, "message": message}})
    return Response(body, status, dict(headers or {}), "application/json")


def exception_handlers() -> dict[Any, Callable[[Request, Exception], Response]]:
    """Return what turns exceptions of the routes into refusals."""
    return {
        BadParameter: lambda _, e: refusal(400, "bad_parameter", str(e)),
        UnknownMarket: lambda _, __: refusal(
            404, "unknown_market", "no trade of that ticker was ever seen: check it"
        ),
        Starting: lambda _, __: refusal(
            503, "starting", "the windows are being rebuilt: ask again in a few seconds"
        ),
        StoreError: lambda _, __: refusal(
            503, "store_failing", "the database cannot be read just now: try again"
        ),
        HTTPException: _http_exception,
        Exception: _mishap,
    }


def _http_exception(_: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    code, message = MESSAGES.get(error.status_code, ("refused", str(error.detail)))
    return refusal(error.status_code, code, message, error.headers)


def _mishap(request: Request, error: Exception) -> Response:
    structlog.get_logger("flowboard.http").error(
        "a route failed", path=request.url.path, exc_info=error
    )
    return refusal(500, "internal", "that went wrong here: the server's log says how")
