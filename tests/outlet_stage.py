"""A server whose every client has an outlet, and clients that behave and do not."""

import asyncio
import socket
import struct
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field

import uvicorn
import websockets
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route, WebSocketRoute
from starlette.websockets import WebSocket

from flowboard.prepared_frame import PreparedFrame
from flowboard.queue_outlet import QueueOutlet
from flowboard.websocket_protocol import OUTLET, WebSocketProtocol

PATIENCE_S = 10
MESSAGE_BYTES_MAX = 4_096
LARGE_BYTES = 16_000_000  # More than the kernel takes for who does not read.
TEXT, BINARY, CLOSE, PING, PONG = 0x1, 0x2, 0x8, 0x9, 0xA
RECEIVED_BYTES = 8_192
TEXT_16K = "x" * 16_384
HANDSHAKE = (
    "GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\n"
    "Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
    "Sec-WebSocket-Key: AAECAwQFBgcICQoLDA0ODw==\r\n{more}\r\n"
)


class Hasty(WebSocketProtocol):
    """It waits for nobody long."""

    CLOSE_S = 0.05


@dataclass
class Visitor:
    """A client, as the app sees it.

    Attributes:
        listening: Cleared, the app takes nothing of what the client says.
    """

    socket: WebSocket
    outlet: object = None
    heard: list = field(default_factory=list)
    listening: asyncio.Event = field(default_factory=asyncio.Event)
    gone: asyncio.Event = field(default_factory=asyncio.Event)

    def send(self, *texts):
        for text in texts:
            self.outlet.send_frame(PreparedFrame(text.encode()))

    async def close(self, code):
        """Close as the product does: behind all that was sent."""
        if isinstance(self.outlet, QueueOutlet):
            self.outlet.finish()
            await self.sending
        await self.socket.close(code)

    async def overflow(self, text, times=1_000):
        """Send until the outlet has enough; return how often."""
        frame = PreparedFrame(text.encode())
        for sent in range(times):
            if not self.outlet.is_writable:
                assert not self.outlet.writable.is_set()
                return sent
            self.outlet.send_frame(frame)
            await asyncio.sleep(0)  # The loop's turn: it writes.
        raise AssertionError("the outlet takes it all")


class OutletServer:
    """An app behind uvicorn, on a port of its own.

    Attributes:
        visitors: Who came, once accepted.
        admitted: Cleared, nobody is accepted.
        connections: Uvicorn's set of those that it has.
    """

    def __init__(self, protocol, **options):
        self.port = 0
        self.visitors = asyncio.Queue()
        self.admitted = asyncio.Event()
        self.admitted.set()
        self.connections = set()
        self._protocol = protocol
        self._options = options

    @asynccontextmanager
    async def served(self):
        listener = socket.create_server(("127.0.0.1", 0))
        self.port = listener.getsockname()[1]
        config = uvicorn.Config(
            Starlette(
                routes=[
                    WebSocketRoute("/", self._visit),
                    Route("/large", _large),
                    Route("/small", _small, methods=["GET", "POST"]),
                ]
            ),
            ws=self._protocol,
            ws_max_size=MESSAGE_BYTES_MAX,
            lifespan="off",
            log_config=None,
            **self._options,
        )
        config.load()
        server = uvicorn.Server(config)
        server.lifespan = config.lifespan_class(config)
        await server.startup(sockets=[listener])
        self._listening = server.servers
        self._state = server.server_state
        self.connections = self._state.connections
        try:
            yield self
        finally:
            await self.stop()

    async def visitor(self):
        return await asyncio.wait_for(self.visitors.get(), PATIENCE_S)

    async def empty(self):
        """Return once it has no connection left, and no task."""
        async with asyncio.timeout(PATIENCE_S):
            while self._state.connections or self._state.tasks:
                await asyncio.sleep(0.001)

    def connect(self, **options):
        address = f"ws://127.0.0.1:{self.port}/"
        return websockets.connect(address, proxy=None, max_size=None, **options)

    async def stop(self):
        """End as uvicorn does, without its pauses."""
        for listening in self._listening:
            listening.close()
        for connection in list(self.connections):
            connection.shutdown()
        await self.empty()

    async def _visit(self, accepted: WebSocket):
        visitor = Visitor(accepted)
        await self.admitted.wait()
        try:
            await accepted.accept()
        except OSError:
            return  # It is gone: no fault.
        visitor.outlet = accepted.scope["extensions"].get(OUTLET)
        async with asyncio.TaskGroup() as tasks:
            if visitor.outlet is None:
                visitor.outlet = QueueOutlet(accepted.send_text)
                visitor.sending = tasks.create_task(visitor.outlet.run())
            self.visitors.put_nowait(visitor)
            visitor.listening.set()
            while (said := await accepted.receive())["type"] != "websocket.disconnect":
                visitor.heard.append(said.get("text") or said.get("bytes"))
                await visitor.listening.wait()
            visitor.gone.set()
            visitor.outlet.send_frame(PreparedFrame(b"to nobody"))
            if isinstance(visitor.outlet, QueueOutlet):
                visitor.sending.cancel()


async def _large(_: Request) -> Response:
    return PlainTextResponse("x" * LARGE_BYTES)


async def _small(_: Request) -> Response:
    return PlainTextResponse("ok")


class RawClient:
    """A socket that says what it is told to, byte by byte, and reads when it is told."""

    def __init__(self, connection):
        self.socket = connection
        self.answer = ""
        self._read = bytearray()

    @classmethod
    @asynccontextmanager
    async def connected(cls, port, *, kernel_bytes=None):
        with socket.socket() as connection:
            connection.setblocking(False)
            if kernel_bytes is not None:
                connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, kernel_bytes)
            loop = asyncio.get_running_loop()
            await loop.sock_connect(connection, ("127.0.0.1", port))
            yield cls(connection)

    @classmethod
    @asynccontextmanager
    async def upgraded(cls, port, *, offer=None, kernel_bytes=None):
        async with cls.connected(port, kernel_bytes=kernel_bytes) as client:
            more = "" if offer is None else f"Sec-WebSocket-Extensions: {offer}\r\n"
            await client.say(HANDSHAKE.format(path="/", more=more).encode())
            client.answer = await client.head()
            assert client.answer.startswith("HTTP/1.1 101 ")
            yield client

    def read_what_is_there(self):
        """Empty the kernel's buffer, without a turn of the loop."""
        with suppress(BlockingIOError):
            while data := self.socket.recv(1 << 16):
                self._read += data

    def reset(self):
        """End the connection as a crash does, without a turn of the loop."""
        linger = struct.pack("ii", 1, 0)
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
        self.socket.close()

    async def say(self, data):
        loop = asyncio.get_running_loop()
        await asyncio.wait_for(loop.sock_sendall(self.socket, data), PATIENCE_S)

    async def head(self):
        """Read the answer to the handshake."""
        while b"\r\n\r\n" not in self._read:
            assert await self._more()
        end = self._read.index(b"\r\n\r\n") + 4
        head = bytes(self._read[:end]).decode()
        del self._read[:end]
        return head

    async def body(self, length):
        """Read so much of an answer to a request."""
        return await self._exactly(length)

    async def frame(self):
        """Read a frame: its first byte and its payload; None where there are no more."""
        try:
            first, length = await self._exactly(2)
            if length == 126:
                (length,) = struct.unpack("!H", await self._exactly(2))
            elif length == 127:
                (length,) = struct.unpack("!Q", await self._exactly(8))
            return first, await self._exactly(length)
        except EOFError:
            return None

    async def frames(self):
        """Read all frames up to the end of the connection; answer the close."""
        frames = []
        while (frame := await self.frame()) is not None:
            frames.append(frame)
            if frame[0] == 0x80 | CLOSE:
                with suppress(OSError):
                    await self.say(raw_frame(CLOSE, frame[1]))
        return frames

    async def _exactly(self, length):
        while len(self._read) < length:
            if not await self._more():
                raise EOFError
        data = bytes(self._read[:length])
        del self._read[:length]
        return data

    async def _more(self):
        loop = asyncio.get_running_loop()
        try:
            data = await asyncio.wait_for(
                loop.sock_recv(self.socket, 1 << 16), PATIENCE_S
            )
        except ConnectionResetError:
            return False
        self._read += data
        return bool(data)


def stalled(server, **options):
    """Connect a client that will read nothing."""
    return RawClient.upgraded(server.port, kernel_bytes=RECEIVED_BYTES, **options)


def raw_frame(opcode, payload=b"", *, fin=True, rsv=0, masked=True, length=None):
    """Return a client's frame; `length` lies about the payload's."""
    said = len(payload) if length is None else length
    mask = 0x80 if masked else 0
    head = bytes((0x80 * fin | rsv << 4 | opcode,))
    if said < 126 and length is None:
        head += bytes((mask | said,))
    elif said < 1 << 16:
        head += bytes((mask | 126,)) + struct.pack("!H", said)
    else:
        head += bytes((mask | 127,)) + struct.pack("!Q", said)
    return head + (b"\0\0\0\0" if masked else b"") + payload


def close_code_of(frames):
    """Return the code of the close frame, the last of `frames`."""
    first, payload = frames[-1]
    assert first == 0x80 | CLOSE
    return struct.unpack("!H", payload[:2])[0]


def messages_of(frames):
    """Return the texts of frames that nobody compressed, but for the close."""
    assert {first for first, _ in frames} <= {0x80 | TEXT, 0x80 | CLOSE, 0x80 | PING}
    return [payload.decode() for first, payload in frames if first == 0x80 | TEXT]
