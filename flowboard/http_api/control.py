"""What changes the running server, for those who have its token.

/api/feed      which feed brings the trades, from now on
/api/backfill  a span of the tape is asked for and filled in the background
"""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Annotated, Literal, Protocol, TypeVar

import msgspec
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from flowboard.errors import BadParameter
from flowboard.http_api.answers import answer
from flowboard.http_api.token_gate import TokenGate

BODY_BYTES_MAX = 4_096
BODY_S = 5.0  # So long may a body take to arrive.
TIME_MS_MAX = 2**53  # Exact in every language's numbers.
WHY_MAX = 120

Moment = Annotated[int, msgspec.Meta(ge=0, le=TIME_MS_MAX)]
Ticker = Annotated[str, msgspec.Meta(min_length=1, max_length=200)]


class Control(Protocol):
    """Acts on the running server."""

    def switch_feed(self, policy: Literal["auto", "websocket", "polling"]) -> None:
        """Take another feed at once.

        Raises:
            BadParameter: It needs a key, and there is none.
        """

    def ask_backfill(self, from_ms: int, to_ms: int, ticker: str | None) -> int:
        """Have a span of exchange time filled; return the number of its gap.

        Raises:
            BadParameter: The span makes no sense.
        """


class FeedChange(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The body of `/api/feed`."""

    feed: Literal["auto", "websocket", "polling"]


class BackfillRequest(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The body of `/api/backfill`: exchange time, Unix ms, without `to_ms` itself."""

    from_ms: Moment
    to_ms: Moment
    ticker: Ticker | None = None


Body = TypeVar("Body", FeedChange, BackfillRequest)
Handler = Callable[[Control, Request], Awaitable[Response]]


async def switch_feed(control: Control, request: Request) -> Response:
    """Answer with the feed that is asked for from now on."""
    wanted = await _body(request, FeedChange, '{"feed":"auto"}')
    control.switch_feed(wanted.feed)
    return answer({"feed": wanted.feed})


async def ask_backfill(control: Control, request: Request) -> Response:
    """Answer 202 and the gap that `/api/coverage` tells more of."""
    example = '{"from_ms":1795240800000,"to_ms":1795244400000,"ticker":null}'
    span = await _body(request, BackfillRequest, example)
    if span.from_ms >= span.to_ms:
        raise BadParameter(
            f"from_ms {span.from_ms} is not before to_ms {span.to_ms}: give a span"
        )
    gap = control.ask_backfill(span.from_ms, span.to_ms, span.ticker)
    return answer({"gap": gap}, 202)


CONTROLS: dict[str, Handler] = {
    "/api/feed": switch_feed,
    "/api/backfill": ask_backfill,
}


def control_routes(
    control: Control, token: str, mono_ms: Callable[[], int]
) -> list[BaseRoute]:
    """Return the routes that change something, on loopback too for the token alone.

    Args:
        control: Is told what to do.
        token: See `running_server.make_token`.
        mono_ms: Monotonic milliseconds.
    """
    gate = TokenGate(token, mono_ms)
    return [_route(path, handler, control, gate) for path, handler in CONTROLS.items()]


def _route(path: str, handler: Handler, control: Control, gate: TokenGate) -> Route:
    async def respond(request: Request) -> Response:
        gate.check(request)
        return await handler(control, request)

    return Route(path, respond, methods=["POST"])


async def _body(request: Request, kind: type[Body], example: str) -> Body:
    remedy = f"send {example}"
    try:
        async with asyncio.timeout(BODY_S):
            text = await _read(request)
    except TimeoutError:
        raise BadParameter(f"the body did not come within {BODY_S:g} s") from None
    try:
        return msgspec.json.decode(text, type=kind)
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        why = "".join(c for c in str(error)[:WHY_MAX] if c.isprintable())
        raise BadParameter(f"the body makes no sense ({why}): {remedy}") from None


async def _read(request: Request) -> bytes:
    body = bytearray()
    try:
        async for piece in request.stream():
            body += piece
            if len(body) > BODY_BYTES_MAX:
                raise BadParameter(
                    f"the body has more than {BODY_BYTES_MAX:,} bytes: shorten it"
                )
    except ClientDisconnect:
        raise BadParameter("the body has no end: send it whole") from None
    return bytes(body)
