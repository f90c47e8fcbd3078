"""The tape as it grows: every trade once, as Server-Sent Events or as lines of JSON.

A reader is a place on the tape and no more: it is given what comes after, waits until
that is written, and asks for the next. So a slow one loses nothing and holds up nobody;
what it has not read yet is on disk.
"""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing, suppress
from typing import NamedTuple

import structlog
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.types import Receive, Scope, Send

from flowboard.errors import StoreError
from flowboard.http_api.answers import UNCACHED
from flowboard.http_api.query import Query
from flowboard.http_api.refusals import READERS_MAX, TooManyReaders
from flowboard.http_api.resources import Resources
from flowboard.models import TapeEntry
from flowboard.parameters import seq_number
from flowboard.trade_filter import Sieve, TradeFilter

HEARTBEAT_S = 5.0  # After so long without a trade.
STORE_RETRY_S = 1.0
PAGE_TRADES = 500  # Some 170 KB.
# Proxies that collect an answer before they pass it on are asked not to.
HEADERS = {**UNCACHED, "X-Accel-Buffering": "no"}


class Form(NamedTuple):
    """How trades are written.

    Attributes:
        media_type: Of the answer.
        opening: Its first bytes.
        trade, heartbeat: One of them, with places for `seq` and, in a trade, its `json`.
    """

    media_type: str
    opening: bytes
    trade: bytes
    heartbeat: bytes


FORMS = {
    "sse": Form(
        "text/event-stream",
        b"retry: 1000\n",  # Milliseconds after which a browser connects again.
        b"id: %(seq)d\ndata: %(json)b\n\n",
        # With an id, so that a browser goes on from here, whatever the filter hid.
        b'event: heartbeat\nid: %(seq)d\ndata: {"type":"heartbeat","seq":%(seq)d}\n\n',
    ),
    "ndjson": Form(
        "application/x-ndjson",
        b"",
        b"%(json)b\n",
        b'{"type":"heartbeat","seq":%(seq)d}\n',
    ),
}


async def stream(resources: Resources, query: Query, request: Request) -> Response:
    """Answer with every trade from now on, or after a `seq`, until the client leaves."""
    accepted = request.headers.get("accept", "")
    usual = "sse" if "text/event-stream" in accepted else "ndjson"
    name = query.form(tuple(FORMS), usual)
    after_seq = query.after_seq()
    told = request.headers.get("last-event-id")
    if name == "sse" and told:  # A browser's own, and later than its address.
        after_seq = seq_number("Last-Event-ID", told)
    sieve = Sieve(query.filter(TradeFilter()), resources.board.markets)
    if request.method == "HEAD":
        head = Response(None, 200, HEADERS, FORMS[name].media_type)
        del head.headers["content-length"]  # Nobody knows it.
        return head
    if resources.readers.count >= READERS_MAX:
        raise TooManyReaders
    return TradeStream(resources, FORMS[name], sieve, after_seq)


class TradeStream(StreamingResponse):
    """One reader's answer.

    Args:
        resources: The tape, and who tells that it has grown.
        form: How trades are written.
        sieve: Which trades are.
        after_seq: Where the reader is; None for the end of the tape. One that is later
            than the end is of another tape, and begins at the end of this one.
    """

    def __init__(
        self,
        resources: Resources,
        form: Form,
        sieve: Sieve,
        after_seq: int | None,
    ) -> None:
        self._resources = resources
        self._form = form
        self._sieve = sieve
        self._after_seq = after_seq
        self._lines = self._written()
        super().__init__(self._lines, 200, HEADERS, form.media_type)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Write until the client leaves or the server stops."""
        readers = self._resources.readers
        readers.count += 1
        try:
            async with aclosing(self._lines):
                await super().__call__(scope, receive, send)
        finally:
            readers.count -= 1

    async def _written(self) -> AsyncGenerator[bytes, None]:
        hub, board, form = self._resources.hub, self._resources.board, self._form
        now_s = asyncio.get_running_loop().time
        await hub.ready.wait()
        seq = board.seq
        if self._after_seq is not None:
            seq = min(seq, self._after_seq)
        yield form.opening + form.heartbeat % {b"seq": seq}
        told_s = now_s()
        while True:
            entries, seq = await self._next(seq)
            if entries or now_s() >= told_s + HEARTBEAT_S:
                yield self._text(entries) or form.heartbeat % {b"seq": seq}
                told_s = now_s()
            if hub.closed:
                return
            if seq < board.seq:
                await asyncio.sleep(0)  # Others have their turn between two pages.
                continue
            with suppress(TimeoutError):
                async with asyncio.timeout_at(told_s + HEARTBEAT_S):
                    await hub.news(seq)

    def _text(self, entries: list[TapeEntry]) -> bytes:
        form = self._form.trade
        return b"".join([form % {b"seq": e.seq, b"json": e.json} for e in entries])

    async def _next(self, seq: int) -> tuple[list[TapeEntry], int]:
        """Return what comes after `seq`, and up to where; nothing if the disk fails."""
        resources = self._resources
        try:
            return await resources.tape.entries(
                seq, resources.board.seq, self._sieve, PAGE_TRADES
            )
        except StoreError as error:
            structlog.get_logger("flowboard.http").warning(
                "a reader of the tape has to wait", seq=seq, problem=str(error)
            )
            await asyncio.sleep(STORE_RETRY_S)
            return [], seq
