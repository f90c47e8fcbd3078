"""Answers that many ask for: encoded once, compressed once, until the board moves."""

import gzip
import re
from collections.abc import Callable
from functools import cached_property

from starlette.middleware.gzip import GZipMiddleware
from starlette.types import ASGIApp, Receive, Scope, Send

from flowboard.http_api.answers import JSON, UNCACHED

KEPT_MAX = 64  # Some 60 KB each, at most 500.
GZIP_LEVEL = 3
GZIP_BYTES_MIN = 1_000

RawHeaders = list[tuple[bytes, bytes]]
Target = tuple[str, bytes]  # Path and query, as they came.
State = Callable[[], object]


class KeptAnswer:
    """An answer's bytes, in each form in which they go out.

    It is an ASGI app, as any response is.

    Args:
        body: JSON.
    """

    def __init__(self, body: bytes) -> None:
        self.body = body
        self._vary = _VARY if len(body) >= GZIP_BYTES_MIN else []

    @cached_property
    def _plain(self) -> RawHeaders:
        return [*_HEADERS, (b"content-length", str(len(self.body)).encode())]

    @cached_property
    def _gzipped(self) -> tuple[RawHeaders, bytes]:
        body = gzip.compress(self.body, GZIP_LEVEL, mtime=0)
        length = b"content-length", str(len(body)).encode()
        return [*_HEADERS, (b"content-encoding", b"gzip"), length, *_VARY], body

    async def __call__(self, scope: Scope, _: Receive, send: Send) -> None:
        """Send it through `Compression`, which says of plain ones that they vary."""
        await self._send(scope, send, self._plain)

    async def send(self, scope: Scope, send: Send) -> None:
        """Send it past `Compression`."""
        await self._send(scope, send, self._plain + self._vary)

    async def _send(self, scope: Scope, send: Send, plain: RawHeaders) -> None:
        headers, body = plain, self.body
        if self._vary and takes_gzip(scope):
            headers, body = self._gzipped
        # The list is the receiver's: the middleware writes into it.
        start = {"type": "http.response.start", "status": 200, "headers": [*headers]}
        await send(start)
        await send({"type": "http.response.body", "body": body})


class KeptAnswers:
    """The newest answer to each question, while what it was made of is the same.

    Args:
        most: How many are kept; then the one that was made first goes.
    """

    def __init__(self, most: int = KEPT_MAX) -> None:
        self._most = most
        self._kept: dict[Target, tuple[KeptAnswer, object, State]] = {}

    def answer(
        self, scope: Scope, state: State, make: Callable[[], bytes]
    ) -> KeptAnswer:
        """Return the answer to a request, as it was made if its state is the same.

        Args:
            scope: Of the request.
            state: Gives what is equal as long as `make` would return the same.
            make: Makes the answer's body.
        """
        kept = self.again(scope)
        if kept is not None:
            return kept
        now = state()
        made = KeptAnswer(make())
        target = _target(scope)
        self._kept.pop(target, None)
        self._kept[target] = made, now, state
        if len(self._kept) > self._most:
            del self._kept[next(iter(self._kept))]
        return made

    def again(self, scope: Scope) -> KeptAnswer | None:
        """Return the answer that was made to such a request, if it still holds."""
        kept = self._kept.get(_target(scope))
        if kept is None:
            return None
        made, before, state = kept
        return made if state() == before else None


class Shortcut:
    """Sends what is kept before routes and compression are gone through.

    Args:
        app: Answers everything else.
        kept: What is kept.
    """

    def __init__(self, app: ASGIApp, kept: KeptAnswers) -> None:
        self._app = app
        self._kept = kept

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer, or let `app` do it."""
        if scope["type"] == "http" and scope["method"] == "GET":
            answer = self._kept.again(scope)
            if answer is not None:
                await answer.send(scope, send)
                return
        await self._app(scope, receive, send)


class Compression(GZipMiddleware):
    """Compresses answers, but not for those who refuse it."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let `app` answer."""
        if scope["type"] == "http" and not takes_gzip(scope):
            others = [h for h in scope["headers"] if h[0] != b"accept-encoding"]
            scope = {**scope, "headers": others}
        await super().__call__(scope, receive, send)


def takes_gzip(scope: Scope) -> bool:
    """Return whether a request takes gzip: it is named, and not with `q=0`."""
    for name, value in scope["headers"]:
        if name == b"accept-encoding":
            for each in value.lower().split(b","):
                coding, *parameters = [part.strip() for part in each.split(b";")]
                if coding == b"gzip":
                    return not any(map(_REFUSED.fullmatch, parameters))
    return False


def _target(scope: Scope) -> Target:
    return scope["path"], scope["query_string"]


_REFUSED = re.compile(rb"q\s*=\s*0(\.0*)?")
_HEADERS = [
    *((name.lower().encode(), value.encode()) for name, value in UNCACHED.items()),
    (b"content-type", JSON.encode()),
]
_VARY = [(b"vary", b"Accept-Encoding")]
