"""The fault proxy between real sockets: each weather does what its name says."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import suppress

import pytest

from tests.faults.proxy import Proxy

PATIENCE_S = 5.0
QUIET_S = 0.2  # So long nothing must come where nothing may.


class Echo:
    """A server that sends back what it gets, and the ends of its connections."""

    def __init__(self) -> None:
        self.ends: asyncio.Queue[str] = asyncio.Queue()
        self.pieces: list[bytes] = []

    async def serve(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        try:
            while piece := await reader.read(65_536):
                self.pieces.append(piece)
                writer.write(piece)
                await writer.drain()
            self.ends.put_nowait("end")
        except ConnectionError:
            self.ends.put_nowait("reset")
        finally:
            writer.close()
            with suppress(ConnectionError):
                await writer.wait_closed()


@pytest.fixture
def echo() -> Echo:
    return Echo()


@pytest.fixture
async def proxy(echo: Echo) -> AsyncIterator[Proxy]:
    server = await asyncio.start_server(echo.serve, "127.0.0.1", 0)
    async with server, Proxy(server.sockets[0].getsockname()[1]) as proxy:
        yield proxy


class Client:
    def __init__(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        self.reader = reader
        self.writer = writer

    def send(self, text: bytes) -> None:
        self.writer.write(text)

    async def heard(self, count: int, timeout_s: float = PATIENCE_S) -> bytes:
        return await asyncio.wait_for(self.reader.readexactly(count), timeout_s)


@pytest.fixture
async def client(proxy: Proxy) -> AsyncIterator[Client]:
    client = Client(*await asyncio.open_connection("127.0.0.1", proxy.port))
    client.send(b"hello")
    assert await client.heard(5) == b"hello"
    yield client
    client.writer.close()
    with suppress(ConnectionError):
        await client.writer.wait_closed()


async def test_passes_whatever_its_length(proxy: Proxy, client: Client) -> None:
    """In fair weather every byte comes, in order."""
    text = bytes(range(256)) * 4_000

    client.send(text)

    assert await client.heard(len(text)) == text
    assert (proxy.accepted, proxy.open) == (1, 1)


async def test_passes_the_end(echo: Echo, client: Client) -> None:
    """Who has nothing more to say is heard to the end, as without a proxy."""
    client.send(b"last")
    client.writer.write_eof()

    assert await client.heard(4) == b"last"
    assert await asyncio.wait_for(client.reader.read(), PATIENCE_S) == b""
    assert await asyncio.wait_for(echo.ends.get(), PATIENCE_S) == "end"


async def test_resets_both_sides(proxy: Proxy, echo: Echo, client: Client) -> None:
    """An RST, not a close: both sides get the error, and the proxy is open to others."""
    proxy.rst_all()

    with pytest.raises(ConnectionResetError):
        await client.heard(1)
    assert await asyncio.wait_for(echo.ends.get(), PATIENCE_S) == "reset"
    again = Client(*await asyncio.open_connection("127.0.0.1", proxy.port))
    again.send(b"again")
    assert await again.heard(5) == b"again"
    again.writer.close()


@pytest.mark.parametrize(("up", "down"), [(True, True), (True, False), (False, True)])
async def test_blackhole_keeps_what_it_holds(
    proxy: Proxy, echo: Echo, client: Client, up: bool, down: bool
) -> None:
    """Nothing passes, nothing closes; afterwards what waited comes, as TCP does it."""
    before = len(echo.pieces)
    proxy.blackhole(up, down)
    client.send(b"waiting")
    with pytest.raises(TimeoutError):
        await client.heard(1, QUIET_S)
    reached = len(echo.pieces) > before

    proxy.fair()

    assert await client.heard(7) == b"waiting"
    assert reached is not up


async def test_blackhole_hides_an_end(proxy: Proxy, echo: Echo, client: Client) -> None:
    """A half-open socket: one side has gone, and the other cannot know."""
    proxy.blackhole()
    client.writer.transport.abort()
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(echo.ends.get(), QUIET_S)

    proxy.fair()

    assert await asyncio.wait_for(echo.ends.get(), PATIENCE_S) in ("end", "reset")


async def test_refuses_and_accepts_again(proxy: Proxy, client: Client) -> None:
    """Refused at the kernel; who was connected stays; the port is the same later."""
    proxy.refuse()
    with pytest.raises(ConnectionRefusedError):
        await asyncio.open_connection("127.0.0.1", proxy.port)
    client.send(b"still")
    assert await client.heard(5) == b"still"

    await proxy.accept()

    _, writer = await asyncio.open_connection("127.0.0.1", proxy.port)
    writer.close()


async def test_latency(proxy: Proxy, client: Client) -> None:
    """There and back, each way waits."""
    proxy.latency(0.1)
    begun_s = time.monotonic()
    client.send(b"slow")

    assert await client.heard(4) == b"slow"
    assert time.monotonic() - begun_s >= 0.2


async def test_rate(proxy: Proxy, client: Client) -> None:
    """Bytes come at the rate, all of them."""
    proxy.rate(20_000)
    begun_s = time.monotonic()
    client.send(b"x" * 10_000)

    assert await client.heard(10_000) == b"x" * 10_000
    assert time.monotonic() - begun_s >= 0.4


async def test_slices(proxy: Proxy, client: Client) -> None:
    """A text that is written byte by byte is the same text."""
    proxy.slice()
    client.send(b"one at a time")

    assert await client.heard(13) == b"one at a time"


async def test_cuts_after_so_many_bytes(proxy: Proxy, client: Client) -> None:
    """Five bytes came before; three more are let through, then it is cut, each time."""
    proxy.cut_after(8)
    client.send(b"abcdef")

    # A reset may overtake what came before it.
    with pytest.raises((asyncio.IncompleteReadError, ConnectionResetError)) as cut:
        await client.heard(6)
    if isinstance(cut.value, asyncio.IncompleteReadError):
        assert cut.value.partial == b"abc"
    assert proxy.open == 0
