"""Who may ask, and the headers of every answer.

A page of another site must not read this board through the visitor's browser: a foreign
`Origin` is refused, and so is a foreign `Host` (a name of theirs that points here). A
program that sends no `Origin` is no browser, and welcome on loopback.
"""

from collections.abc import Iterable
from urllib.parse import urlsplit

import orjson
from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

LOOPBACK_NAMES = ("localhost", "127.0.0.1", "::1")
URL_BYTES_MAX = 8_192
CONTENT_SECURITY_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    "connect-src 'self'; font-src 'self'; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'; require-trusted-types-for 'script'; "
    "trusted-types svelte-trusted-html"
)
HEADERS = {
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}


class Guard:
    """Refuses foreign hosts and origins, over HTTP and before a WebSocket's upgrade.

    Args:
        app: What is guarded.
        names: Host names under which this board is reached; any port is right.
    """

    def __init__(self, app: ASGIApp, names: Iterable[str] = LOOPBACK_NAMES) -> None:
        self._app = app
        self._names = frozenset(names)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let a request in, or answer it here."""
        if scope["type"] not in ("http", "websocket"):
            await self._app(scope, receive, send)
            return

        async def sealed(message: Message) -> None:
            if message["type"] in (
                "http.response.start",
                "websocket.http.response.start",
            ):
                headers = MutableHeaders(raw=message["headers"])
                for name, value in HEADERS.items():
                    headers[name] = value
                message["headers"] = headers.raw
            await send(message)

        response = self._refusal(scope)
        if response is None:
            await self._app(scope, receive, sealed)
        elif scope["type"] == "http":
            await response(scope, receive, sealed)
        else:
            await _refuse_upgrade(response, scope, receive, sealed)

    def _refusal(self, scope: Scope) -> Response | None:
        if (
            len(scope.get("raw_path") or b"") + len(scope["query_string"])
            > URL_BYTES_MAX
        ):
            return _refused(414, "too_long", "that address is too long: shorten it")
        headers = Headers(scope=scope)
        hosts = headers.getlist("host")
        if len(hosts) != 1 or _name_of(f"//{hosts[0]}") not in self._names:
            return _refused(
                421, "foreign_host", "this board has another name: use 127.0.0.1"
            )
        origins = headers.getlist("origin")
        if any(not self._is_ours(origin) for origin in origins):
            return _refused(
                403, "foreign_origin", "a page of another site may not read this board"
            )
        return None

    def _is_ours(self, origin: str) -> bool:
        scheme = origin.partition("://")[0]
        return scheme in ("http", "https") and _name_of(origin) in self._names


def _name_of(address: str) -> str | None:
    try:
        parts = urlsplit(address)
        parts.port  # noqa: B018 - reading it checks it
    except ValueError:
        return None
    if parts.path or parts.query or parts.fragment or "@" in parts.netloc:
        return None
    return parts.hostname


def _refused(status: int, code: str, message: str) -> Response:
    body = orjson.dumps({"error": {"code": code, "message": message}})
    return Response(body, status, media_type="application/json")


async def _refuse_upgrade(
    response: Response, scope: Scope, receive: Receive, send: Send
) -> None:
    await receive()  # websocket.connect
    if "websocket.http.response" not in scope.get("extensions", {}):
        await send({"type": "websocket.close", "code": 1008})
        return
    await send(
        {
            "type": "websocket.http.response.start",
            "status": response.status_code,
            "headers": response.raw_headers,
        }
    )
    await send({"type": "websocket.http.response.body", "body": response.body})
