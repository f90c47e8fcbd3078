"""Sockets, one after the other -> frames, or every trade once.

A socket that ends, falls silent or leaves something out is given up, and the next one
asks for what came meanwhile. What the user reads has no hole.
"""

import asyncio
import contextlib
import random
from collections.abc import AsyncIterator, Callable, Mapping
from types import TracebackType
from typing import Any, Literal, NamedTuple

import msgspec
from websockets.asyncio.client import ClientConnection
from websockets.asyncio.client import connect as open_socket
from websockets.exceptions import ConnectionClosed, InvalidStatus, WebSocketException

from flowboard.client.address import is_here, stream_url, with_query
from flowboard.client.failures import StreamRefused, StreamUnreachable
from flowboard.client.position import Position
from flowboard.stream_frames import (
    VERSION,
    Error,
    GetSnapshot,
    Resumed,
    ServerFrame,
    Snapshot,
    Trade,
    Wanted,
    read_frame,
    write_frame,
)

URL = "ws://127.0.0.1:8000/ws/stream"
# The server sends at least a heartbeat every 5 s.
SILENCE_S = 30.0
OPEN_S = 10.0
CLOSE_S = 1.0
WAIT_FIRST_S = 0.5
WAIT_MAX_S = 30.0
FRAME_BYTES_MAX = 16 * 1024 * 1024
POLICY = 1008
ENDS = {
    1001: "the server goes away",
    1006: "the connection broke",
    1011: "the connection did not answer",
    1012: "the server restarts",
    1013: "the server has too many streams",
    4008: "this client was too slow",
}


class Connection(NamedTuple):
    """How a client stands with the server.

    Attributes:
        phase: connecting, open, waiting (for the next try) or closed.
        resumed: `open` only: goes on where it stopped, without a snapshot.
        failures: `waiting` only: tries in a row that brought nothing, or the loss.
        wait_s: `waiting` only: seconds until the next try.
        reason: `waiting` only: what happened.
    """

    phase: Literal["connecting", "open", "waiting", "closed"]
    resumed: bool = False
    failures: int = 0
    wait_s: float = 0.0
    reason: str = ""


def full_jitter(failures: int) -> float:
    """Return the seconds to wait after so many failures: up to 0.5, 1, 2 .. 30."""
    ceiling_s = min(WAIT_MAX_S, WAIT_FIRST_S * 2 ** min(failures - 1, 16))
    return random.uniform(0, ceiling_s)  # noqa: S311 - jitter is no secret.


def connect(
    url: str = URL,
    *,
    subscription: Wanted | Mapping[str, Any] | None = None,
    since_seq: int | None = None,
    every_trade: bool = False,
    on_connection: Callable[[Connection], None] = lambda connection: None,
    retry_first: bool = False,
    headers: Mapping[str, str] | None = None,
    backoff: Callable[[int], float] = full_jitter,
    silence_s: float = SILENCE_S,
) -> "Stream":
    """Return a stream, to be entered with `async with`.

    Args:
        url: Of the board or of its stream.
        subscription: What to read, as docs/stream.md has it; None: the default.
        since_seq: Also every trade after this one, from memory or disk.
        every_trade: Go after the trades of every outage, as `since_seq` does; without
            it a long outage ends with a snapshot.
        on_connection: Told how the client stands with the server, as it changes.
        retry_first: Whether to wait for a server that is not there yet, too; otherwise
            entering raises `StreamUnreachable`.
        headers: Sent with each handshake, such as what a proxy asks for.
        backoff: Seconds to wait, by the number of failures in a row.
        silence_s: So long without a frame and the socket is given up.

    Raises:
        BadParameter: `url` is none.
    """
    return Stream(
        stream_url(url, subscription),
        Position(since_seq, every_trade=every_trade),
        on_connection=on_connection,
        retry_first=retry_first,
        headers=headers,
        backoff=backoff,
        silence_s=silence_s,
    )


class Stream:
    """The frames of one subscription, for one reader; made by `connect`.

    Iterating gives every frame in its order: a snapshot, deltas without a hole, what
    comes after an outage. Frames of unknown types are read over.

    Raises:
        StreamUnreachable: On entering: nobody answers. Later it tries again for ever.
        StreamRefused: While iterating: the server will not have this subscription.
    """

    def __init__(
        self,
        url: str,
        position: Position,
        *,
        on_connection: Callable[[Connection], None],
        retry_first: bool,
        headers: Mapping[str, str] | None,
        backoff: Callable[[int], float],
        silence_s: float,
    ) -> None:
        self._url = url
        self._position = position
        self._on_connection = on_connection
        self._retry_first = retry_first
        self._headers = headers
        self._backoff = backoff
        self._silence_s = silence_s
        self._socket: ClientConnection | None = None
        self._closed = asyncio.Event()
        self._failures = 0
        self._reason = ""  # Why there is no socket, where there was one.
        self._heard = False  # This socket has brought a frame.
        self._refusal: Error | None = None
        self._new: list[Trade] = []
        self._giving = False  # Some trades of a frame are still to be given.
        self._done_seq: int | None = None
        self.connection = Connection("connecting")

    @property
    def seq(self) -> int | None:
        """Every trade up to here was read; to go on from with `since_seq`.

        With `trades()` it moves once a frame's last trade is done with.
        """
        return self._done_seq if self._giving else self._position.seq

    async def __aenter__(self) -> "Stream":
        if not self._retry_first:
            await self._open()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.close()

    def __aiter__(self) -> "Stream":
        return self

    async def __anext__(self) -> ServerFrame:
        while not self._closed.is_set():
            if self._position.behind:
                await self._give_up("this client was too slow and missed trades")
            if self._socket is None:
                await self._come_back()
            elif (frame := await self._receive(self._socket)) is not None:
                return frame
        raise StopAsyncIteration

    async def trades(self, *, live_only: bool = False) -> AsyncIterator[Trade]:
        """Give every trade once, from now or from `since_seq` on, through all outages.

        A loop that was left goes on, with the next one, where it was left.

        Args:
            live_only: Leave out those that came late.
        """
        self._position.every_trade = True
        if not self._giving:
            self._new = []  # Of a frame that was read as such.
        while True:
            while self._new:
                trade = self._new.pop(0)
                if not (live_only and trade.late):
                    yield trade
            self._giving, self._done_seq = False, self._position.seq
            if await anext(self, None) is None:
                return
            self._giving = True

    async def get_snapshot(self) -> None:
        """Ask for the whole state; it comes among the frames."""
        if self._socket is not None:
            with contextlib.suppress(ConnectionClosed):
                await self._socket.send(write_frame(GetSnapshot()))

    async def close(self) -> None:
        """End the connection and every iteration."""
        if not self._closed.is_set():
            self._closed.set()
            await self._drop()
            self._tell(Connection("closed"))

    async def _come_back(self) -> None:
        if self._reason:
            self._failures += 1
            wait_s = self._backoff(self._failures)
            self._tell(
                Connection(
                    "waiting",
                    failures=self._failures,
                    wait_s=wait_s,
                    reason=self._reason,
                )
            )
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._closed.wait(), wait_s)
                return
        try:
            await self._open()
        except StreamUnreachable as error:
            self._reason = error.problem

    async def _open(self) -> None:
        self._tell(Connection("connecting"))
        self._heard, self._refusal = False, None
        url = with_query(self._url, self._position.reconnect())
        try:
            self._socket = await open_socket(
                url,
                additional_headers=self._headers,
                open_timeout=OPEN_S,
                close_timeout=CLOSE_S,
                max_size=FRAME_BYTES_MAX,
                proxy=None if is_here(url) else True,
            )
        except (OSError, WebSocketException) as error:
            where = self._url.partition("?")[0]
            raise StreamUnreachable(where, _problem(error)) from error

    async def _receive(self, socket: ClientConnection) -> ServerFrame | None:
        """Return the next frame to be read, None where there is none."""
        try:
            # A server that starts says nothing before its board is there.
            async with asyncio.timeout(self._silence_s if self._heard else None):
                text = await socket.recv()
        except TimeoutError:
            socket.transport.abort()
            await self._give_up(f"nothing was heard for {self._silence_s:g} s")
            return None
        except ConnectionClosed as ended:
            self._end(ended)
            return None
        try:
            frame = read_frame(text)
        except msgspec.DecodeError as error:
            await self._give_up(f"a frame cannot be read: {error}")
            return None
        self._heard = True
        return None if frame is None else await self._take(frame)

    async def _take(self, frame: ServerFrame) -> ServerFrame | None:
        if isinstance(frame, Error):
            self._refusal = frame
        elif isinstance(frame, Snapshot) and frame.v > VERSION:
            self._closed.set()
            await self._drop()
            raise StreamRefused(
                "version",
                f"the board speaks version {frame.v} of the stream, this client "
                f"{VERSION}: take a newer flowboard",
            )
        verdict = self._position.judge(frame)
        if verdict == "over":
            return None
        if verdict == "take":
            self._new = self._position.take(frame)
            if not self._position.fetching:
                self._failures, self._reason = 0, ""  # It has all that it asked for.
            if isinstance(frame, Snapshot | Resumed):
                self._opened(isinstance(frame, Resumed))
            return frame
        if verdict == "hole":
            self._position.note_hole()
        else:
            self._position.forget()
        await self._give_up("deltas are missing")
        return None

    def _opened(self, resumed: bool) -> None:
        if self.connection.phase != "open":
            self._tell(Connection("open", resumed=resumed))

    def _end(self, ended: ConnectionClosed) -> None:
        self._socket = None
        code = 1006 if ended.rcvd is None else ended.rcvd.code
        if code == POLICY:
            self._closed.set()
            refusal = self._refusal or Error("refused", "the board closed with 1008")
            raise StreamRefused(refusal.code, refusal.message) from ended
        self._reason = ENDS.get(code, f"the connection ended with {code}")

    async def _give_up(self, reason: str) -> None:
        self._reason = reason
        await self._drop()

    async def _drop(self) -> None:
        socket, self._socket = self._socket, None
        if socket is not None:
            await socket.close()

    def _tell(self, connection: Connection) -> None:
        self.connection = connection
        self._on_connection(connection)


def _problem(error: Exception) -> str:
    """Return in a few words why there is no socket."""
    if isinstance(error, TimeoutError):
        return f"no answer within {OPEN_S:g} s"
    if isinstance(error, ConnectionRefusedError):
        return "connection refused"
    if isinstance(error, InvalidStatus):
        return f"HTTP {error.response.status_code}"
    return getattr(error, "strerror", None) or str(error) or type(error).__name__
