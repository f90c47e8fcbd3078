"""The servers that are compared: one process each, told what to do over a socket.

    run            begin to count CPU time
    permit N       broadcast up to message N of this run
    end            -> the CPU nanoseconds since `run`, those in the system of them, and
                      when each message was broadcast, by the monotonic clock

Every server greets a client with a first message, and makes the same payload for each
broadcast: one of those that it was given, with its number in this run.
"""

import asyncio
import base64
import contextlib
import hashlib
import os
import pickle
import selectors
import socket
import sys
import time
from collections.abc import Callable
from pathlib import Path

Broadcast = Callable[[bytes], None]

KINDS = {
    "flowboard uvloop": "Flowboard, uvloop",
    "flowboard asyncio": "Flowboard, asyncio",
    "websockets asyncio": "websockets.broadcast(), asyncio",
    "websockets uvloop": "websockets.broadcast(), uvloop",
    "bare": "bare socket.send() loop",
}
HELLO = b"{}"
GUID = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
BACKLOG = 4_096


class Orders:
    """What a server does with the lines it is sent.

    Args:
        payloads: Objects as JSON, taken in turn.
        broadcast: Sends a message to every client.
    """

    def __init__(self, payloads: list[bytes], broadcast: Broadcast) -> None:
        self._payloads = payloads
        self._broadcast = broadcast
        self._sent_ns: list[int] = []
        self._begun_ns = 0
        self._begun_system_s = 0.0

    def obey(self, line: bytes) -> bytes:
        """Carry out one line; return the answer, empty if there is none."""
        word, *numbers = line.split()
        if word == b"run":
            self._sent_ns = []
            self._begun_ns = time.process_time_ns()
            self._begun_system_s = os.times().system
        elif word == b"permit":
            while (number := len(self._sent_ns)) < int(numbers[0]):
                payload = self._payloads[number % len(self._payloads)]
                self._sent_ns.append(time.monotonic_ns())
                self._broadcast(b'{"n":%d,' % number + payload[1:])
        elif word == b"end":
            cpu_ns = time.process_time_ns() - self._begun_ns
            system_s = os.times().system - self._begun_system_s
            figures = (cpu_ns, int(system_s * 1e9), *self._sent_ns)
            return " ".join(map(str, figures)).encode() + b"\n"
        return b""


async def obey_all(
    control: socket.socket, orders: Orders, port: int, ends: Callable[[], None]
) -> None:
    """Say where clients may connect, then obey until the control socket closes."""
    reader, writer = await asyncio.open_connection(sock=control)
    writer.write(b"%d\n" % port)
    while line := await reader.readline():
        if answer := orders.obey(line):
            writer.write(answer)
    ends()


def listening() -> socket.socket:
    """Return a socket that listens on loopback."""
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.bind(("127.0.0.1", 0))
    listener.listen(BACKLOG)
    return listener


def flowboard(control: socket.socket, payloads: list[bytes], loop: str) -> None:
    """Serve as the product does: its protocol, outlets and subscribers."""
    import uvicorn
    from starlette.applications import Starlette
    from starlette.routing import WebSocketRoute
    from starlette.websockets import WebSocket

    from flowboard.frame_history import Ring
    from flowboard.prepared_frame import PreparedFrame
    from flowboard.server import tune_interpreter
    from flowboard.subscriber import Subscriber
    from flowboard.websocket_protocol import OUTLET, WebSocketProtocol

    class Source:
        """A stream whose state is a greeting."""

        offset = 0
        ring = Ring()

        def snapshot(self, *_: object) -> PreparedFrame:
            return PreparedFrame(HELLO)

    subscribers: dict[Subscriber, None] = {}
    source = Source()

    async def stream(websocket: WebSocket) -> None:
        await websocket.accept()
        outlet = websocket.scope["extensions"][OUTLET]
        subscriber = Subscriber(outlet, lambda code: None)
        subscriber.begin(source)
        subscribers[subscriber] = None
        while (await websocket.receive())["type"] != "websocket.disconnect":
            pass
        del subscribers[subscriber]

    def broadcast(payload: bytes) -> None:
        frame = PreparedFrame(payload)
        for subscriber in subscribers:  # As `Stream` does it.
            subscriber.push(frame)

    listener = listening()
    server = uvicorn.Server(
        uvicorn.Config(
            Starlette(routes=[WebSocketRoute("/", stream)]),
            lifespan="off",
            loop=loop,
            ws=WebSocketProtocol,
            ws_ping_interval=None,
            access_log=False,
            log_config=None,
        )
    )

    async def main() -> None:
        def end() -> None:
            server.should_exit = server.force_exit = True

        orders = Orders(payloads, broadcast)
        port = listener.getsockname()[1]
        obeying = asyncio.create_task(obey_all(control, orders, port, end))
        await server.serve(sockets=[listener])
        await obeying

    tune_interpreter()
    with asyncio.Runner(loop_factory=server.config.get_loop_factory()) as runner:
        runner.run(main())


def websockets(
    control: socket.socket, payloads: list[bytes], loop: str, deflate: bool
) -> None:
    """Serve by `websockets.broadcast()`."""
    from websockets.asyncio.server import ServerConnection, broadcast, serve

    from flowboard.server import tune_interpreter

    connections: dict[ServerConnection, None] = {}

    async def handler(connection: ServerConnection) -> None:
        await connection.send(HELLO, text=True)
        connections[connection] = None
        await connection.wait_closed()
        del connections[connection]

    async def main() -> None:
        async with serve(
            handler,
            sock=listener,
            compression="deflate" if deflate else None,
            ping_interval=None,
        ):
            ended = asyncio.Event()
            orders = Orders(payloads, lambda p: broadcast(connections, p, text=True))
            await obey_all(control, orders, listener.getsockname()[1], ended.set)
            os._exit(0)  # Five thousand closing handshakes are none of this bench.

    listener = listening()
    factory = None
    if loop == "uvloop":
        import uvloop

        factory = uvloop.new_event_loop
    tune_interpreter()
    with asyncio.Runner(loop_factory=factory) as runner:
        runner.run(main())


def bare(control: socket.socket, payloads: list[bytes]) -> None:
    """Serve by a loop over sockets; no more than that can be asked of the system."""
    from flowboard.prepared_frame import PreparedFrame

    clients: list[socket.socket] = []

    def broadcast(payload: bytes) -> None:
        frame = PreparedFrame(payload).plain
        size = len(frame)
        for client in clients:
            try:
                sent = client.send(frame)
            except BlockingIOError:
                sent = 0
            if sent < size:
                finish(client, frame[sent:])

    def finish(client: socket.socket, rest: bytes) -> None:
        client.settimeout(10)
        client.sendall(rest)
        client.setblocking(False)

    def accept() -> None:
        client, _ = listener.accept()
        client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        request = b""
        while not request.endswith(b"\r\n\r\n"):
            request += client.recv(4_096)
        key = request.split(b"Sec-WebSocket-Key: ")[1].split(b"\r\n")[0]
        accepted = base64.b64encode(hashlib.sha1(key + GUID).digest())
        client.sendall(
            b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n"
            b"Connection: Upgrade\r\nSec-WebSocket-Accept: " + accepted + b"\r\n\r\n"
        )
        client.sendall(PreparedFrame(HELLO).plain)
        client.setblocking(False)
        clients.append(client)

    listener = listening()
    orders = Orders(payloads, broadcast)
    control.sendall(b"%d\n" % listener.getsockname()[1])
    pending = b""
    selector = selectors.DefaultSelector()
    for waiting in (listener, control):
        selector.register(waiting, selectors.EVENT_READ)
    while True:
        ready = [key.fileobj for key, _ in selector.select()]
        if listener in ready:
            accept()
        if control in ready:
            data = control.recv(4_096)
            if not data:
                return
            *lines, pending = (pending + data).split(b"\n")
            for line in lines:
                if answer := orders.obey(line):
                    control.sendall(answer)


def main() -> None:
    """Run the server that the arguments name: kind, deflate, payloads, control, core."""
    kind, deflate, path, fd, core = sys.argv[1:]
    os.sched_setaffinity(0, {int(core)})
    control = socket.socket(fileno=int(fd))
    payloads: list[bytes] = pickle.loads(Path(path).read_bytes())
    name, _, loop = kind.partition(" ")
    with contextlib.suppress(KeyboardInterrupt):
        if name == "flowboard":
            flowboard(control, payloads, loop)
        elif name == "websockets":
            websockets(control, payloads, loop, deflate == "1")
        else:
            bare(control, payloads)


if __name__ == "__main__":
    main()
