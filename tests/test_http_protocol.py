import asyncio
import gc
import weakref

import pytest
import pytest_asyncio

from flowboard.http_protocol import HttpProtocol
from flowboard.websocket_protocol import WebSocketProtocol
from tests.outlet_stage import HANDSHAKE, PATIENCE_S, OutletServer, RawClient
from tests.test_outlets import LOOPS  # noqa: F401 - on each of them

GET = "GET /small HTTP/1.1\r\nHost: 127.0.0.1\r\n"


class Hasty(HttpProtocol):
    """It waits for nobody long."""

    REQUEST_S = 0.05
    ANSWER_S = 0.2


@pytest_asyncio.fixture
async def server(caplog):
    """A server that cuts what does not come; nobody makes it log a line."""
    async with OutletServer(WebSocketProtocol, http=Hasty).served() as server:
        yield server
    assert caplog.get_records("call") == []


@pytest.mark.parametrize(
    "begun",
    [
        "",
        "GET",
        GET,
        HANDSHAKE.format(path="/", more="")[:-2],
        "POST /small HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 9\r\n\r\nx",
    ],
    ids=["nothing", "three-bytes", "half-the-headers", "half-an-upgrade", "no-body"],
)
async def test_a_request_that_never_ends_is_cut(server, begun):
    """Whatever it was to become."""
    async with RawClient.connected(server.port) as client:
        await client.say(begun.encode())

        await server.empty()


@pytest.mark.parametrize(
    "begun",
    [GET, "POST /small HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 99999\r\n\r\n"],
    ids=["headers", "body"],
)
async def test_a_request_that_trickles_is_cut(server, begun):
    """Each byte is no new beginning."""
    async with RawClient.connected(server.port) as client:
        await client.say(begun.encode())

        with pytest.raises(OSError, match=r"."):
            async with asyncio.timeout(PATIENCE_S):
                while True:
                    await client.say(b"x")
                    await asyncio.sleep(0.001)  # As slowly as that.


async def test_nothing_waits_for_a_client_that_is_gone():
    """Its connection leaves memory with it."""
    async with OutletServer(WebSocketProtocol, http=HttpProtocol).served() as server:
        gc.disable()
        try:
            async with RawClient.connected(server.port) as client:
                await client.say(GET.encode())
                async with asyncio.timeout(PATIENCE_S):
                    while not server.connections:
                        await asyncio.sleep(0.001)
                kept = weakref.ref(next(iter(server.connections)))
            await server.empty()
            await asyncio.sleep(0)  # The loop lets go of its last callback.

            assert kept() is None
        finally:
            gc.enable()


async def test_a_second_request_is_waited_for_no_longer(server):
    """The connection has served one."""
    async with RawClient.connected(server.port) as client:
        await client.say(f"{GET}\r\n".encode())
        answer = await client.head()

        await client.say(GET.encode())
        await server.empty()

    assert answer.startswith("HTTP/1.1 200 ")


async def test_who_has_asked_is_not_cut(server):
    """A WebSocket, and a connection between two requests, outlive the deadline."""
    async with (
        server.connect() as socket,
        RawClient.connected(server.port) as polite,
        RawClient.connected(server.port) as silent,
    ):
        await polite.say(f"{GET}\r\n".encode())
        first = await polite.head()
        body = await polite.body(2)

        assert await silent.frames() == []  # It has been cut, later than the others'.
        await polite.say(f"{GET}\r\n".encode())
        second = await polite.head()
        (await server.visitor()).send("still here")

        assert await asyncio.wait_for(socket.recv(), PATIENCE_S) == "still here"
    assert body == b"ok"
    assert first.startswith("HTTP/1.1 200 ")
    assert second.startswith("HTTP/1.1 200 ")


async def test_who_reads_nothing_of_an_answer_is_cut(server):
    """Its place, and what waits for it, are free again."""
    async with RawClient.connected(server.port) as client:
        await client.say(b"GET /large HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")

        await server.empty()
