"""A thousand WebSocket clients in one loop: a few parse and time, the rest count.

The many read headers alone, so that one core has room beside a server that writes as
fast as it can. The few are read first, or they would measure the many.
"""

import select
import socket
import time
import zlib
from collections.abc import Callable, Container

BUFFER_BYTES = 1 << 20
MARK_BYTES = 96  # The beginning of a message: its type, epoch and offset.
READS_AT_ONCE = 64  # Then the few are looked at again.
CONNECTS_AT_ONCE = 128
PATIENCE_S = 60.0
TAIL = b"\x00\x00\xff\xff"
DEFLATE = "Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits\r\n"
UPGRADE = (
    "GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nUpgrade: websocket\r\n"
    "Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
    "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n{headers}\r\n"
)

Heard = Callable[["Client", bytes], None]


def frame_at(data: bytes | bytearray, at: int, n: int) -> tuple[int, int]:
    """Return where the payload of the frame at `at` begins and ends; 0, 0: unknown."""
    if n - at < 2:
        return 0, 0
    length, start = data[at + 1] & 0x7F, at + 2
    if length == 126:
        start = at + 4
        length = int.from_bytes(data[at + 2 : start], "big")
    elif length == 127:
        start = at + 10
        length = int.from_bytes(data[at + 2 : start], "big")
    return (start, start + length) if start <= n else (0, 0)


def masked(opcode: int, payload: bytes) -> bytes:
    """Return a frame of a client; the mask of zeros leaves the payload as it is."""
    size = len(payload)
    length = bytes((0x80 | size,)) if size < 126 else b"\xfe" + size.to_bytes(2, "big")
    return bytes((0x80 | opcode,)) + length + bytes(4) + payload


class Client:
    """One that reads headers and counts messages.

    Attributes:
        messages: How many came whole.
        mark: How the newest message that began here begins.
        snapshots: How many messages were snapshots.
        close_code: Once the server has closed it, or 1006.
    """

    __slots__ = (
        "close_code",
        "left",
        "load",
        "mark",
        "messages",
        "number",
        "recv_into",
        "rest",
        "snapshots",
        "sock",
        "upgraded",
    )

    def __init__(self, load: "Load", sock: socket.socket, number: int) -> None:
        self.load = load
        self.sock = sock
        self.number = number
        self.recv_into = sock.recv_into
        self.rest = b""
        self.left = 0
        self.messages = 0
        self.snapshots = 0
        self.mark = b""
        self.upgraded = False
        self.close_code = 0

    def take(self, data: bytearray, n: int) -> None:
        """Take what was read."""
        if self.rest or not self.upgraded:
            data = bytearray(self.rest + data[:n])
            n, self.rest = len(data), b""
            if not self.upgraded:
                at = data.find(b"\r\n\r\n")
                if at < 0:
                    self.rest = bytes(data)
                    return
                assert data.startswith(b"HTTP/1.1 101"), bytes(data[:200])
                self.upgraded = True
                self.begin(bytes(data[:at]))
                data = data[at + 4 :]
                n = len(data)
        self.frames(data, n)

    def begin(self, response: bytes) -> None:
        """Hear how the server answered the upgrade."""

    def frames(self, data: bytearray, n: int) -> None:
        """Count the messages in `data`."""
        if self.left > n:
            self.left -= n
            return
        at, done = self.left, int(self.left > 0)
        self.left = 0
        while at < n:
            start, end = frame_at(data, at, n)
            # Where a message begins is wanted in one piece.
            if not start or n < min(end, start + MARK_BYTES):
                self.rest = bytes(data[at:n])
                break
            if data[at] & 0x08:
                if end > n:
                    self.rest = bytes(data[at:n])
                    break
                self.control(data[at] & 0x0F, bytes(data[start:end]))
            else:
                self.mark = mark = bytes(data[start : start + MARK_BYTES])
                if mark.startswith(b'{"type":"snapshot"'):
                    self.snapshots += 1
                if end > n:
                    self.left = end - n
                    break
                done += 1
            at = end
        if done:
            self.load.count(self, done)

    def control(self, opcode: int, payload: bytes) -> None:
        """Answer a ping; note a close."""
        if opcode == 9:
            self.sock.send(masked(10, payload))
        elif opcode == 8:
            self.close_code = int.from_bytes(payload[:2], "big") or 1005


class Listener(Client):
    """One that hands on each message, inflated, to those who parse."""

    __slots__ = ("heard", "inflate")

    def __init__(
        self, load: "Load", sock: socket.socket, number: int, heard: Heard
    ) -> None:
        super().__init__(load, sock, number)
        self.heard = heard
        self.inflate = zlib.decompressobj(-15)

    def frames(self, data: bytearray, n: int) -> None:
        """Hand on the messages in `data`."""
        at = done = 0
        while at < n:
            start, end = frame_at(data, at, n)
            if not start or end > n:
                break
            payload, first = bytes(data[start:end]), data[at]
            at = end
            if first & 0x08:
                self.control(first & 0x0F, payload)
                continue
            if first & 0x40:
                payload = self.inflate.decompress(payload + TAIL)
            done += 1
            self.mark = payload[:MARK_BYTES]
            self.snapshots += payload.startswith(b'{"type":"snapshot"')
            self.heard(self, payload)
        self.rest = bytes(data[at:n])
        if done:
            self.load.count(self, done)


class Load:
    """Clients of one or more servers.

    Attributes:
        clients: Those that are connected, by descriptor.
        gone: Those that the server has let go.
        bytes: What came in, the answers to upgrades included.
        reached: How many clients have had message n, for each n since `restart`.
    """

    def __init__(self) -> None:
        self.clients: dict[int, Client] = {}
        self.gone: list[Client] = []
        self.bytes = 0
        self.reached: list[int] = []
        self._numbers = 0
        self._many, self._few = select.epoll(), select.epoll()
        self._many.register(self._few.fileno(), select.EPOLLIN)
        self._buffer = bytearray(BUFFER_BYTES)

    def connect(
        self,
        port: int,
        paths: list[str],
        *,
        heard: Heard | None = None,
        hearing: Container[int] = (),
        deflate: bool = False,
        headers: str = "",
        settled: bool = True,
    ) -> list[Client]:
        """Connect a client for each path; return them, in that order.

        Args:
            port: On loopback.
            paths: With query.
            heard: Gets each message of those whose place in `paths` is in `hearing`.
            hearing: See `heard`.
            deflate: Whether they offer compression, as a browser does.
            headers: More of them.
            settled: Return once each has had its first message.
        """
        made: list[Client] = []
        more = headers + (DEFLATE if deflate else "")
        for place, path in enumerate(paths):
            sock = socket.create_connection(("127.0.0.1", port), PATIENCE_S)
            sock.setblocking(False)
            self._numbers += 1
            client = (
                Listener(self, sock, self._numbers, heard)
                if heard is not None and place in hearing
                else Client(self, sock, self._numbers)
            )
            made.append(client)
            self.clients[sock.fileno()] = client
            sock.send(UPGRADE.format(path=path, port=port, headers=more).encode())
            few = isinstance(client, Listener)
            (self._few if few else self._many).register(sock, select.EPOLLIN)
            if len(made) % CONNECTS_AT_ONCE == 0:
                self.until(lambda: all(c.upgraded for c in made[-CONNECTS_AT_ONCE:]))
        self.until(
            lambda: all(c.upgraded and (c.messages or not settled) for c in made)
        )
        return made

    def stall(self, clients: list[Client]) -> None:
        """Read nothing more of `clients`; that they are let go is still seen."""
        for client in clients:
            few = isinstance(client, Listener)
            (self._few if few else self._many).modify(client.sock, 0)

    def close(self, clients: list[Client]) -> None:
        """Cut `clients` off."""
        for client in clients:
            self._forget(client)

    def until(
        self, condition: Callable[[], object], patience_s: float = PATIENCE_S
    ) -> None:
        """Read until `condition()` holds."""
        deadline_s = time.monotonic() + patience_s
        while not condition():
            if time.monotonic() > deadline_s:
                raise TimeoutError(f"{len(self.gone)} of the clients were let go")
            self.pump(0.02)

    def read_for(self, seconds: float) -> None:
        """Read for a while."""
        end_s = time.monotonic() + seconds
        while time.monotonic() < end_s:
            self.pump(0.01)

    def restart(self, messages: int) -> None:
        """Count from here on, at most so many messages."""
        self.reached = [0] * messages
        self.bytes = 0
        for client in self.clients.values():
            client.messages = 0

    def count(self, client: Client, messages: int) -> None:
        """Note that a client has had so many more messages."""
        before = client.messages
        client.messages = after = before + messages
        reached = self.reached
        if after <= len(reached):
            for number in range(before, after):
                reached[number] += 1

    def pump(self, timeout_s: float) -> None:
        """Read once of all that can be read, the few first."""
        few = self._few.fileno()
        events = self._many.poll(timeout_s, READS_AT_ONCE)
        self._read(self._few.poll(0, READS_AT_ONCE))
        self._read([event for event in events if event[0] != few])

    def _read(self, events: list[tuple[int, int]]) -> None:
        clients, buffer = self.clients, self._buffer
        for fd, event in events:
            client = clients.get(fd)
            if client is None:
                continue
            try:
                n = client.recv_into(buffer) if event & select.EPOLLIN else 0
            except BlockingIOError:
                continue
            except OSError:
                n = 0
            if n:
                self.bytes += n
                client.take(buffer, n)
            else:
                client.close_code = client.close_code or 1006
                self.gone.append(client)
                self._forget(client)

    def _forget(self, client: Client) -> None:
        fd = client.sock.fileno()
        if fd >= 0:
            del self.clients[fd]
            client.sock.close()  # It leaves its epoll by that.
