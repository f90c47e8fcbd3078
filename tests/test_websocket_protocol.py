"""What our protocol does beyond the seam: ends, limits, compression, silence."""

import asyncio
import gc
import weakref
import zlib

import pytest
import pytest_asyncio
import websockets

from flowboard.websocket_protocol import WebSocketProtocol
from tests.outlet_stage import (
    CLOSE,
    HANDSHAKE,
    PATIENCE_S,
    PING,
    RECEIVED_BYTES,
    TEXT,
    TEXT_16K,
    Hasty,
    OutletServer,
    RawClient,
    close_code_of,
    messages_of,
    raw_frame,
    stalled,
)
from tests.test_outlets import BROWSER, LOOPS  # noqa: F401 - on each of them


class Patient(WebSocketProtocol):
    """It waits for longer than a test does."""

    CLOSE_S = 600.0


@pytest_asyncio.fixture
async def server(caplog):
    """A server that cuts what does not end; nobody makes it log a line."""
    async with OutletServer(Hasty).served() as server:
        yield server
    assert caplog.get_records("call") == []


async def test_closing_a_stalled_client_waits_for_nothing_and_ends(server):
    """The close is written behind what waits, and the connection cut."""
    async with stalled(server):
        visitor = await server.visitor()
        await visitor.overflow(TEXT_16K)

        await asyncio.wait_for(visitor.close(4008), Hasty.CLOSE_S)
        await server.empty()


async def test_a_stalled_client_that_reads_after_all_gets_everything_and_the_code():
    """As long as it does so in time."""
    async with (
        OutletServer(WebSocketProtocol).served() as server,
        stalled(server) as client,
    ):
        visitor = await server.visitor()
        sent = await visitor.overflow(TEXT_16K)
        await visitor.close(4008)
        visitor.send("too late")

        frames = await client.frames()

    assert messages_of(frames) == [TEXT_16K] * sent
    assert close_code_of(frames) == 4008


async def test_a_client_that_does_not_answer_the_close_is_cut(server):
    """It has read everything, and then says nothing."""
    async with RawClient.upgraded(server.port) as client:
        visitor = await server.visitor()

        await visitor.close(1008)
        frame = await client.frame()
        await server.empty()

    assert close_code_of([frame]) == 1008


async def test_the_app_hears_of_its_own_close_at_once():
    """It need not wait for a client that says nothing."""
    async with (
        OutletServer(Patient).served() as server,
        RawClient.upgraded(server.port) as client,
    ):
        visitor = await server.visitor()

        await visitor.close(1008)
        await asyncio.wait_for(visitor.gone.wait(), PATIENCE_S)
        await client.frames()


async def test_the_answer_to_a_close_is_read_although_the_app_listens_no_more():
    """What the client said before it was not taken, and reading had stopped."""
    async with (
        OutletServer(Patient).served() as server,
        RawClient.upgraded(server.port) as client,
    ):
        visitor = await server.visitor()
        visitor.listening.clear()
        await client.say(raw_frame(TEXT, b"heard") + raw_frame(TEXT, b"not heard"))
        (connection,) = server.connections
        async with asyncio.timeout(PATIENCE_S):
            while not (visitor.heard and connection.read_paused):
                await asyncio.sleep(0.001)

        await visitor.close(1008)
        frames = await client.frames()
        visitor.listening.set()

    assert close_code_of(frames) == 1008


async def test_a_stalled_peer_that_answers_no_ping_is_cut():
    """Its buffer never drains: a close that waits for that would wait for ever."""
    options = {"ws_ping_interval": 0.05, "ws_ping_timeout": 0.05}
    async with OutletServer(Hasty, **options).served() as server, stalled(server):
        visitor = await server.visitor()
        await visitor.overflow(TEXT_16K)

        await server.empty()

    assert visitor.gone.is_set()


async def test_a_stalled_client_that_ends_its_side_is_cut(server):
    """With a FIN alone, or with a close that is not followed by reading."""
    for last in (b"", raw_frame(CLOSE, b"\x03\xe8")):
        async with stalled(server) as client:
            visitor = await server.visitor()
            await visitor.overflow(TEXT_16K)

            await client.say(last)
            client.socket.shutdown(1)
            await server.empty()

        assert visitor.gone.is_set()


async def test_a_server_ends_although_clients_do_not():
    """One that stalls, one that left while it stalled, one that is well."""
    async with OutletServer(Hasty).served() as server:
        well = await server.connect()
        visitors = [await server.visitor()]
        async with stalled(server), stalled(server) as leaving:
            for _ in range(2):
                visitors.append(await server.visitor())
                await visitors[-1].overflow(TEXT_16K)
            await leaving.say(raw_frame(CLOSE, b"\x03\xe8"))
            await asyncio.wait_for(
                asyncio.wait(
                    [asyncio.ensure_future(v.gone.wait()) for v in visitors[1:]],
                    return_when=asyncio.FIRST_COMPLETED,
                ),
                PATIENCE_S,
            )

            await server.stop()

    with pytest.raises(websockets.ConnectionClosed) as closed:
        await well.recv()
    assert closed.value.rcvd.code == 1012
    await asyncio.gather(*(v.gone.wait() for v in visitors))


async def test_compression_can_be_switched_off():
    """By uvicorn's own setting."""
    options = {"ws_per_message_deflate": False}
    async with (
        OutletServer(Hasty, **options).served() as server,
        RawClient.upgraded(server.port, offer=BROWSER) as client,
    ):
        await server.visitor()

    assert "Sec-WebSocket-Extensions" not in client.answer


async def test_no_connection_keeps_the_state_of_a_compressor(server):
    """What it sent and what it got left nothing behind: 60 KB for each, otherwise."""
    deflate = zlib.compressobj(9, zlib.DEFLATED, -12)
    said = deflate.compress(b"hello") + deflate.flush(zlib.Z_SYNC_FLUSH)
    async with RawClient.upgraded(server.port, offer=BROWSER) as client:
        visitor = await server.visitor()
        await visitor.socket.send_text("hello")
        await client.say(raw_frame(TEXT, said.removesuffix(b"\0\0\xff\xff"), rsv=4))
        await client.say(raw_frame(PING))
        frames = [await client.frame(), await client.frame()]

        (connection,) = server.connections
        (extension,) = connection.conn.extensions

        assert len(frames) == 2
        assert visitor.heard == ["hello"]
        assert not {"encoder", "decoder"} & set(vars(extension))


async def test_pings_of_a_client_that_reads_no_answers_cost_no_memory(server):
    """They are not answered; what it says is still heard."""
    async with stalled(server) as client:
        visitor = await server.visitor()
        await visitor.overflow(TEXT_16K)
        waiting = visitor.outlet.get_write_buffer_size()

        await client.say(raw_frame(PING, b"x" * 125) * 2_000 + raw_frame(TEXT, b"done"))
        async with asyncio.timeout(PATIENCE_S):
            while not visitor.heard:
                await asyncio.sleep(0.001)

        assert visitor.outlet.get_write_buffer_size() <= waiting


async def test_empty_parts_of_a_message_cost_no_memory(server):
    """They count nothing towards the longest message."""
    async with RawClient.upgraded(server.port) as client:
        await server.visitor()
        parts = raw_frame(0x0, b"", fin=False) * 1_000

        await client.say(raw_frame(TEXT, b"x", fin=False) + parts + raw_frame(PING))
        await client.frame()

        (connection,) = server.connections
        assert len(connection.frames) == 1


@pytest.mark.parametrize(
    "said",
    [raw_frame(0x3), raw_frame(CLOSE, b"\x03\xe8"), raw_frame(TEXT, b"\xff"), b""],
    ids=["no-frame", "close", "not-utf-8", "fin"],
)
async def test_a_client_that_does_not_wait_for_its_answer_is_let_go(server, said):
    """What it says before it is accepted is no fault of the app's."""
    server.admitted.clear()
    async with RawClient.connected(server.port) as client:
        await client.say(HANDSHAKE.format(path="/", more="").encode())
        async with asyncio.timeout(PATIENCE_S):
            while not any(isinstance(c, Hasty) for c in server.connections):
                await asyncio.sleep(0.001)
        (connection,) = server.connections

        await client.say(said)
        if not said:
            client.socket.shutdown(1)
        async with asyncio.timeout(PATIENCE_S):
            while not connection.transport.is_closing():
                await asyncio.sleep(0.001)
        server.admitted.set()
        await server.empty()


async def test_a_client_that_leaves_in_the_moment_it_is_accepted_is_no_fault(server):
    """The app learns that there is nobody; it has not failed to answer."""
    server.admitted.clear()
    async with RawClient.connected(server.port) as client:
        await client.say(HANDSHAKE.format(path="/", more="").encode())
        async with asyncio.timeout(PATIENCE_S):
            while not any(isinstance(c, Hasty) for c in server.connections):
                await asyncio.sleep(0.001)
        (connection,) = server.connections
        await asyncio.sleep(0)  # The app waits for its admission.

        server.admitted.set()
        connection.data_received(raw_frame(CLOSE, b"\x03\xe8"))
        await server.empty()

    assert server.visitors.empty()


async def test_a_client_that_is_gone_before_its_close_is_heard_logs_nothing(server):
    """Bad text and a close in one packet: the close is no longer of interest."""
    async with RawClient.upgraded(server.port) as client:
        await server.visitor()

        await client.say(raw_frame(TEXT, b"\xff") + raw_frame(CLOSE, b"\x03\xe8"))
        frames = await client.frames()
        await server.empty()

    assert close_code_of(frames) in {1000, 1007}


async def test_headers_that_are_too_long_are_refused(server):
    """Stock uvicorn would never answer."""
    async with RawClient.connected(server.port) as client:
        more = f"Cookie: {'x' * 9_000}\r\n"

        await client.say(HANDSHAKE.format(path="/", more=more).encode())
        answer = await client.head()
        await server.empty()

    assert answer.startswith("HTTP/1.1 431 ")


async def test_an_upgrade_behind_an_answer_that_is_not_read_is_cut(server):
    """Its buffer is full before we can bound it."""
    async with RawClient.connected(server.port, kernel_bytes=RECEIVED_BYTES) as client:
        ask = "GET /large HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"

        await client.say((ask + HANDSHAKE.format(path="/", more="")).encode())
        async with asyncio.timeout(PATIENCE_S):
            while not server.connections:
                await asyncio.sleep(0.001)
        await server.empty()

    assert server.visitors.empty()


async def test_a_connection_that_has_ended_leaves_memory_at_once(server):
    """Not at some later run of the garbage collector, which comes seldom."""
    gc.disable()
    try:
        async with server.connect() as client:
            visitor = await server.visitor()
            (connection,) = server.connections
            parts = [weakref.ref(p) for p in (connection, connection.conn)]
            del connection, visitor
            await client.close()
            await server.empty()
            await asyncio.sleep(0)  # The loop lets go of its last callback.

        assert [part() for part in parts] == [None, None]
    finally:
        gc.enable()
