"""Who may ask, and the headers of every answer.

A page of another site must not read this board through the visitor's browser: a foreign
`Origin` is refused, and so is a foreign `Host` (a name of theirs that points here). A
program that sends no `Origin` is no browser, and welcome on loopback.
"""

import asyncio
import re
from collections.abc import Iterable

import structlog
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from flowboard.http_api.refusals import refusal, shown

LOOPBACK_NAMES = ("localhost", "127.0.0.1", "::1")
URL_BYTES_MAX = 8_192
CONTENT_SECURITY_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    "connect-src 'self'; font-src 'self'; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'; require-trusted-types-for 'script'; "
    "trusted-types svelte-trusted-html"  # The one policy that the page's framework makes.
)
HEADERS = {
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}

_RAW_HEADERS = [(k.lower().encode(), v.encode()) for k, v in HEADERS.items()]
_OUR_NAMES = frozenset(name for name, _ in _RAW_HEADERS)
_NAME = r"(?:\[(?P<ipv6>[0-9a-f:.]+)\]|(?P<name>[a-z0-9._-]+))(?::[0-9]{1,5})?"
_HOST = re.compile(_NAME, re.ASCII | re.IGNORECASE)
_ORIGIN = re.compile(f"https?://{_NAME}", re.ASCII | re.IGNORECASE)


class Guard:
    """Refuses foreign hosts and origins, over HTTP and before a WebSocket's upgrade.

    It puts the same headers on every answer, and so makes the answers itself that would
    be made outside of it: where the app fails, and where it takes no WebSocket.

    Args:
        app: What is guarded.
        extra_names: Host names under which this board is reached, beside loopback's;
            any port is right.
        origins: Of other sites whose pages may read it, whole and in small letters.
    """

    def __init__(
        self,
        app: ASGIApp,
        extra_names: Iterable[str] = (),
        origins: Iterable[str] = (),
    ) -> None:
        self._app = app
        names = (*LOOPBACK_NAMES, *extra_names)
        self._names = frozenset(name.strip("[]").lower() for name in names)
        self._origins = frozenset(origins)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let a request in, or answer it here."""
        if scope["type"] not in ("http", "websocket"):
            await self._app(scope, receive, send)
            return
        door = _Door(scope, receive, send)
        refused = self._refusal(scope)
        if refused is not None:
            await door.refuse(refused)
            return
        try:
            await self._app(scope, receive, door.send)
        except Exception as error:
            if scope["type"] != "http" or door.answered:
                raise
            structlog.get_logger("flowboard.http").error(
                "a request failed", path=scope["path"], exc_info=error
            )
            sentence = "that went wrong here: the server's log says how"
            await door.refuse(refusal("internal", sentence))

    def _refusal(self, scope: Scope) -> Response | None:
        raw_path = scope.get("raw_path") or scope["path"].encode()
        if len(raw_path) + len(scope["query_string"]) > URL_BYTES_MAX:
            return refusal(
                "too_long", f"that address has over {URL_BYTES_MAX} bytes: shorten it"
            )
        hosts = _values(scope, b"host")
        if len(hosts) != 1 or not self._is_ours(_HOST, hosts[0]):
            given = shown(", ".join(hosts))
            return refusal(
                "foreign_host",
                f"Host {given} is no name of this board: use localhost or 127.0.0.1",
            )
        for origin in _values(scope, b"origin"):
            named = origin.lower() in self._origins
            if not named and not self._is_ours(_ORIGIN, origin):
                return refusal(
                    "foreign_origin",
                    f"a page of {shown(origin)} may not read this board: open the "
                    "board's own page, or ask without Origin",
                )
        return None

    def _is_ours(self, form: re.Pattern[str], text: str) -> bool:
        found = form.fullmatch(text)
        if found is None:
            return False
        return (found["ipv6"] or found["name"]).lower() in self._names


class _Door:
    """The way out for one request's answer.

    Attributes:
        answered: Whether an answer has begun, or a WebSocket is open.
    """

    def __init__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self.answered = False
        self._scope = scope
        self._receive = receive
        self._send = send

    async def send(self, message: Message) -> None:
        """Pass a message of the app on, with our headers where it has any."""
        kind = message["type"]
        if kind == "websocket.close" and not self.answered:
            # The router's way to say that it knows no such address.
            await self.refuse(
                refusal("not_found", "no WebSocket is served here: use /ws/stream")
            )
            return
        if kind in ("http.response.start", "websocket.http.response.start"):
            message = {**message, "headers": _sealed(message.get("headers", ()))}
        self.answered = True
        await self._send(message)

    async def refuse(self, response: Response) -> None:
        """Answer with `response`, in place of an upgrade if one was asked for."""
        extensions = self._scope.get("extensions") or {}
        if self._scope["type"] == "http" or "websocket.http.response" in extensions:
            await response(self._scope, self._receive, self.send)
            # uvicorn logs a refused upgrade as a fault unless it is let close it first.
            await asyncio.sleep(0)
        else:
            self.answered = True
            await self._send({"type": "websocket.close", "code": 1008})


def _values(scope: Scope, name: bytes) -> list[str]:
    """Return the values of a header; servers write names in small letters."""
    return [value.decode("latin-1") for key, value in scope["headers"] if key == name]


def _sealed(
    headers: Iterable[tuple[bytes, bytes]],
) -> list[tuple[bytes, bytes]]:
    """Return `headers` with ours in the place of any of the same names."""
    return [*(p for p in headers if p[0].lower() not in _OUR_NAMES), *_RAW_HEADERS]
