"""What every request passes before its route: outages, signatures, rate limits, dates.

A request on a public route is answered whether it is signed or not; signed, it is
billed to its key, else to its address. What has a bad signature is billed to its
address.
"""

import asyncio
from collections.abc import Callable, Mapping, MutableMapping
from email.utils import formatdate
from typing import Any

from starlette.datastructures import Headers
from starlette.responses import RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from flowboard.simulator import replies
from flowboard.simulator.auth import Gate, Rejected, rejected
from flowboard.simulator.faults import Faults
from flowboard.simulator.rate_limit import ANONYMOUS_PER_S, KEY_PER_S, RateLimit

REST_ROOT = "/trade-api/v2"
WS_PATH = "/trade-api/ws/v2"
SIGNATURE = "flowboard.signature"
# The messages that carry the headers of an answer.
ANSWERS = frozenset(
    {"http.response.start", "websocket.accept", "websocket.http.response.start"}
)


def signature_of(scope: MutableMapping[str, Any]) -> str | Rejected:
    """Return the key that signed a request, or why none did."""
    found = scope[SIGNATURE]
    assert isinstance(found, str | Rejected)
    return found


def unavailable() -> Response:
    """Return the 503 of an exchange that takes no connections."""
    return replies.nested_error(503, "service_unavailable", "service unavailable")


class FrontDoor:
    """An ASGI middleware in front of the routes.

    Args:
        app: The routes.
        gate: Checks signatures.
        limit: Counts requests.
        faults: What goes wrong.
        wall_ms: The exchange's clock, Unix ms, which every answer tells as its date.
    """

    def __init__(
        self,
        app: ASGIApp,
        gate: Gate,
        limit: RateLimit,
        faults: Faults,
        wall_ms: Callable[[], int],
    ) -> None:
        self._app = app
        self._gate = gate
        self._limit = limit
        self._faults = faults
        self._wall_ms = wall_ms

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer the request, or pass it on."""
        dated = self._dated(send)
        if scope["type"] == "http" and scope["path"].startswith(f"{REST_ROOT}/"):
            slow = self._faults.take("slow_rest")
            if slow is not None:
                # The answer is of now, and comes later: as old as it can be.
                dated = _delayed(dated, slow.ms / 1000)
            refusal = self._refusal(scope)
            if refusal is not None:
                await refusal(scope, receive, dated)
                return
        await self._app(scope, receive, dated)

    def _dated(self, send: Send) -> Send:
        async def dated(message: Message) -> None:
            if message["type"] in ANSWERS:
                date = formatdate(self._wall_ms() / 1000, usegmt=True).encode()
                message["headers"] = [*message.get("headers", ()), (b"date", date)]
            await send(message)

        return dated

    def _refusal(self, scope: Scope) -> Response | None:
        if self._faults.take("refuse"):
            return unavailable()
        broken = self._faults.take("server_error")
        if broken is not None:
            return replies.broken_server(broken.used)
        headers = Headers(scope=scope)
        signature = scope[SIGNATURE] = self.signer("GET", scope, headers)
        if Gate.signed(headers) and self._faults.take("unauthorized"):
            return replies.json_reply(rejected("INCORRECT_API_KEY_SIGNATURE").body, 401)
        limited = self._faults.take("rate_limit")
        if limited is not None:
            return replies.too_many_requests(limited.ms)
        if not self._paid(scope, signature):
            return replies.too_many_requests()
        path: str = scope["path"]
        if path.endswith("/"):
            query = scope["query_string"].decode("latin-1")
            target = path.rstrip("/") + (f"?{query}" if query else "")
            return RedirectResponse(target, 301)
        return None

    def signer(
        self, method: str, scope: Scope, headers: Mapping[str, str]
    ) -> str | Rejected:
        """Return the key that signed, or why none did."""
        raw: bytes = scope.get("raw_path") or scope["path"].encode()
        try:
            path = raw.decode("ascii", "replace")
            return self._gate.admit(scope.get("method", method), path, headers)
        except Rejected as refused:
            return refused

    def _paid(self, scope: Scope, signature: str | Rejected) -> bool:
        if isinstance(signature, str):
            return self._limit.take(f"key {signature}", KEY_PER_S)
        client = scope.get("client")
        address = client[0] if client else "unknown"
        return self._limit.take(f"address {address}", ANONYMOUS_PER_S)


def _delayed(send: Send, delay_s: float) -> Send:
    async def delayed(message: Message) -> None:
        if message["type"] in ANSWERS:
            await asyncio.sleep(delay_s)
        await send(message)

    return delayed
