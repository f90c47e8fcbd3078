"""A TCP proxy that does to a connection what networks do: bytes in, fewer or later out."""

import asyncio
import contextlib
import socket
import struct
from dataclasses import dataclass, replace
from typing import Self

CHUNK_BYTES = 65_536
RESET = struct.pack("ii", 1, 0)  # Linger on, for no time: closing sends an RST.
PACES_S = 20  # A limited rate is kept in so many pieces a second.


@dataclass(frozen=True)
class Weather:
    """What is done to bytes under way.

    Attributes:
        up: Whether bytes to the server move; else they wait, and sockets stay open.
        down: The same, for bytes from the server.
        latency_s: How long a piece waits before it is passed on.
        rate: Most bytes a second, for each connection and direction; None for no limit.
        sliced: Whether each byte is written on its own.
        cut_after: Bytes from the server after which a connection is reset.
    """

    up: bool = True
    down: bool = True
    latency_s: float = 0.0
    rate: int | None = None
    sliced: bool = False
    cut_after: int | None = None


class Link:
    """One connection: two sockets and what has gone from one to the other."""

    def __init__(
        self, client: asyncio.StreamWriter, server: asyncio.StreamWriter
    ) -> None:
        self.client = client
        self.server = server
        self.down_bytes = 0

    def reset(self) -> None:
        """End both sides by RST; what is under way is gone."""
        for writer in (self.client, self.server):
            peer = writer.get_extra_info("socket")
            with contextlib.suppress(OSError):
                peer.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
            writer.transport.abort()


class Proxy:
    """Listens on loopback and passes to one server. Use it as `async with Proxy(port)`.

    Args:
        target_port: Of the server, on this machine.

    Attributes:
        port: To connect to; it stays while connections are refused.
        accepted: How many connections were accepted.
        weather: What is done to bytes now.
    """

    def __init__(self, target_port: int) -> None:
        self._target_port = target_port
        self._listener: asyncio.Server | None = None
        self._links: set[Link] = set()
        self._tasks: set[asyncio.Task[None]] = set()
        self._changed = asyncio.Event()
        self.port = 0
        self.accepted = 0
        self.weather = Weather()

    async def __aenter__(self) -> Self:
        await self.accept()
        return self

    async def __aexit__(self, *_: object) -> None:
        self.refuse()
        self.rst_all()
        for task in self._tasks:
            task.cancel()
        if self._tasks:
            await asyncio.wait(self._tasks)

    @property
    def open(self) -> int:
        """How many connections are open."""
        return len(self._links)

    def fair(self) -> None:
        """Pass everything at once; what waited goes first. Refusing is another matter."""
        self._set(Weather())

    def blackhole(self, up: bool = True, down: bool = True) -> None:
        """Let bytes to the server (`up`) and from it (`down`) wait; no socket closes."""
        self._set(replace(self.weather, up=not up, down=not down))

    def latency(self, seconds: float) -> None:
        """Let every piece wait before it is passed on."""
        self._set(replace(self.weather, latency_s=seconds))

    def rate(self, bytes_s: int) -> None:
        """Pass so many bytes a second, for each connection and direction."""
        self._set(replace(self.weather, rate=bytes_s))

    def slice(self) -> None:
        """Write every byte on its own."""
        self._set(replace(self.weather, sliced=True))

    def cut_after(self, count: int) -> None:
        """Reset each connection once it has brought `count` bytes from the server."""
        self._set(replace(self.weather, cut_after=count))

    def rst_all(self) -> None:
        """Reset every open connection, on both sides."""
        for link in self._links:
            link.reset()

    def refuse(self) -> None:
        """Refuse new connections; those that are open stay."""
        if self._listener is not None:
            self._listener.close()
            self._listener = None

    def cut_off(self) -> None:
        """Refuse new connections and reset those that are open."""
        self.refuse()
        self.rst_all()

    async def accept(self) -> None:
        """Accept new connections, at the port from before."""
        if self._listener is None:
            self._listener = await asyncio.start_server(
                self._serve, "127.0.0.1", self.port, limit=CHUNK_BYTES
            )
            self.port = self._listener.sockets[0].getsockname()[1]

    def _set(self, weather: Weather) -> None:
        self.weather = weather
        self._changed.set()
        self._changed = asyncio.Event()

    async def _serve(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        self.accepted += 1
        try:
            with contextlib.suppress(OSError, asyncio.CancelledError):
                await self._pass(reader, writer)
        finally:
            writer.transport.abort()
            self._tasks.discard(task)

    async def _pass(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        there, to_server = await asyncio.open_connection(
            "127.0.0.1", self._target_port, limit=CHUNK_BYTES
        )
        link = Link(writer, to_server)
        self._links.add(link)
        ways = {
            asyncio.ensure_future(self._pump(link, reader, to_server, down=False)),
            asyncio.ensure_future(self._pump(link, there, writer, down=True)),
        }
        try:
            await asyncio.wait(ways, return_when=asyncio.FIRST_EXCEPTION)
        finally:
            for way in ways:
                way.cancel()
            await asyncio.gather(*ways, return_exceptions=True)
            self._links.discard(link)
            to_server.transport.abort()

    async def _pump(
        self,
        link: Link,
        source: asyncio.StreamReader,
        sink: asyncio.StreamWriter,
        down: bool,
    ) -> None:
        """Pass one way until its end, which is passed too."""
        while piece := await source.read(CHUNK_BYTES):
            if self.weather.latency_s:
                await asyncio.sleep(self.weather.latency_s)
            await self._way_is_free(down)
            if down:
                piece = self._before_the_cut(link, piece)
            await self._write(sink, piece)
            if down and link.down_bytes == self.weather.cut_after:
                link.reset()
                raise ConnectionResetError
        await self._way_is_free(down)
        sink.write_eof()

    async def _way_is_free(self, down: bool) -> None:
        while not (self.weather.down if down else self.weather.up):
            await self._changed.wait()

    def _before_the_cut(self, link: Link, piece: bytes) -> bytes:
        """Return what of `piece` still goes through, and count it."""
        if self.weather.cut_after is not None:
            piece = piece[: max(0, self.weather.cut_after - link.down_bytes)]
            if not piece:  # The cut was set when more than that had gone through.
                link.reset()
                raise ConnectionResetError
        link.down_bytes += len(piece)
        return piece

    async def _write(self, sink: asyncio.StreamWriter, piece: bytes) -> None:
        while piece:
            rate, sliced = self.weather.rate, self.weather.sliced
            length = 1 if sliced else len(piece)
            if rate is not None:
                length = min(length, max(1, rate // PACES_S))
            part, piece = piece[:length], piece[length:]
            sink.write(part)
            await sink.drain()
            if rate is not None or sliced:
                await asyncio.sleep(0 if rate is None else length / rate)
