"""What changes the running server, for those who have its token.

/api/feed      which feed brings the trades, from now on
/api/backfill  a span of the tape is asked for and filled in the background
/api/refresh   the markets' titles, states and quotes are read anew
"""

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Annotated, Literal, NamedTuple, Protocol, TypeVar

import msgspec
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from flowboard.errors import BadParameter
from flowboard.http_api.answer_types import BackfillBegun, FeedChanged
from flowboard.http_api.answer_types_whale import Refreshed
from flowboard.http_api.answers import answer
from flowboard.http_api.refresh import Refresher, refresh
from flowboard.http_api.token_gate import TokenGate

BODY_BYTES_MAX = 4_096
BODY_S = 5.0  # So long may a body take to arrive.
TIME_MS_MAX = 2**53  # Exact in every language's numbers.
WHY_MAX = 120
FEED_EXAMPLE = '{"feed":"auto"}'
SPAN_EXAMPLE = '{"from_ms":1795240800000,"to_ms":1795244400000,"ticker":null}'

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

    async def refresh(self) -> int:
        """Read the markets of the exchange anew; return how many were read.

        Raises:
            ExchangeError: It does not answer.
        """


class FeedChange(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The body of `/api/feed`.

    Attributes:
        feed: Which one; `auto` polls while there is no socket.
    """

    feed: Literal["auto", "websocket", "polling"]


class BackfillRequest(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The body of `/api/backfill`: a span of exchange time.

    Attributes:
        from_ms: The first millisecond of it, Unix.
        to_ms: The first behind it.
        ticker: For one market alone; null: for all.
    """

    from_ms: Moment
    to_ms: Moment
    ticker: Ticker | None = None


Body = TypeVar("Body", FeedChange, BackfillRequest)
Handler = Callable[["Controls", Request], Awaitable[Response]]


class Controls(NamedTuple):
    """What acts on the running server.

    Attributes:
        board: Is told what to do.
        refresher: Reads the markets anew, for all who ask at once.
    """

    board: Control
    refresher: Refresher


class Action(NamedTuple):
    """One address of the API that is asked with POST.

    Attributes:
        handle: Acts, and makes the answer.
        summary: What it does, in one line.
        answers: The answer's type.
        takes: The body's type; None: a body is not read.
        status: Of the answer.
        refuses: Codes of `refusals.STATUS_OF` that it has beside those of every action.
        example: A body.
    """

    handle: Handler
    summary: str
    answers: type[msgspec.Struct]
    takes: type[msgspec.Struct] | None = None
    status: int = 200
    refuses: tuple[str, ...] = ()
    example: str = ""


async def switch_feed(controls: Controls, request: Request) -> Response:
    """Answer with the feed that is asked for from now on."""
    wanted = await _body(request, FeedChange, FEED_EXAMPLE)
    controls.board.switch_feed(wanted.feed)
    return answer({"feed": wanted.feed})


async def ask_backfill(controls: Controls, request: Request) -> Response:
    """Answer 202 and the gap that `/api/coverage` tells more of."""
    span = await _body(request, BackfillRequest, SPAN_EXAMPLE)
    if span.from_ms >= span.to_ms:
        raise BadParameter(
            f"from_ms {span.from_ms} is not before to_ms {span.to_ms}: give a span"
        )
    gap = controls.board.ask_backfill(span.from_ms, span.to_ms, span.ticker)
    return answer({"gap": gap}, 202)


async def ask_refresh(controls: Controls, _: Request) -> Response:
    """Answer with how many markets were read."""
    return await refresh(controls.refresher)


CONTROLS: dict[str, Action] = {
    "/api/feed": Action(
        switch_feed,
        "Take another feed at once",
        FeedChanged,
        FeedChange,
        example=FEED_EXAMPLE,
    ),
    "/api/backfill": Action(
        ask_backfill,
        "Have a span of the exchange's tape filled in the background",
        BackfillBegun,
        BackfillRequest,
        202,
        example=SPAN_EXAMPLE,
    ),
    "/api/refresh": Action(
        ask_refresh,
        "Read the exchange's markets anew",
        Refreshed,
        refuses=("exchange_failing",),
    ),
}


def control_routes(
    control: Control,
    token: str,
    mono_ms: Callable[[], int],
    wall_ms: Callable[[], int] = lambda: time.time_ns() // 1_000_000,
) -> list[BaseRoute]:
    """Return the routes that change something, on loopback too for the token alone.

    Args:
        control: Is told what to do.
        token: See `running_server.make_token`.
        mono_ms: Monotonic milliseconds.
        wall_ms: Unix milliseconds.
    """
    gate = TokenGate(token, mono_ms)
    controls = Controls(control, Refresher(lambda: control.refresh(), mono_ms, wall_ms))
    return [_route(path, action, controls, gate) for path, action in CONTROLS.items()]


def _route(path: str, action: Action, controls: Controls, gate: TokenGate) -> Route:
    async def respond(request: Request) -> Response:
        gate.check(request)
        return await action.handle(controls, request)

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
