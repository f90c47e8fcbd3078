"""Both implementations of the outlet, held to the same behaviour on real sockets."""

import asyncio
import json
import zlib

import pytest
import pytest_asyncio
import websockets
from websockets.extensions.permessage_deflate import ClientPerMessageDeflateFactory

from flowboard.outlet import BUFFER_BYTES
from flowboard.prepared_frame import PreparedFrame
from flowboard.websocket_protocol import WebSocketProtocol
from tests.outlet_stage import (
    BINARY,
    CLOSE,
    MESSAGE_BYTES_MAX,
    PATIENCE_S,
    PING,
    TEXT,
    OutletServer,
    RawClient,
    close_code_of,
    messages_of,
    raw_frame,
)

LOOPS = {"asyncio": asyncio.new_event_loop}
try:
    import uvloop
except ImportError:  # There is none on Windows.
    pass
else:
    LOOPS["uvloop"] = uvloop.new_event_loop

PROTOCOLS = {"own": WebSocketProtocol, "stock": "websockets-sansio"}
SIZES = (0, 1, 125, 126, 127, 65_535, 65_536, 1 << 20)
OFFERS = {
    "none": None,
    "its-default": [ClientPerMessageDeflateFactory()],
    "as-browsers": [ClientPerMessageDeflateFactory(client_max_window_bits=True)],
    "window-9": [
        ClientPerMessageDeflateFactory(
            server_max_window_bits=9, client_max_window_bits=9
        )
    ],
    "window-15": [
        ClientPerMessageDeflateFactory(
            server_max_window_bits=15, client_max_window_bits=15
        )
    ],
    "no-takeover": [
        ClientPerMessageDeflateFactory(True, True, client_max_window_bits=None)
    ],
}


@pytest.fixture(params=PROTOCOLS)
def protocol(request):
    return PROTOCOLS[request.param]


@pytest_asyncio.fixture
async def server(protocol):
    """A server behind either outlet; no task of it may be left."""
    before = asyncio.all_tasks()
    async with OutletServer(protocol).served() as server:
        yield server
    assert asyncio.all_tasks() - {asyncio.current_task()} <= before


async def test_text_arrives_whole_and_in_order(server):
    """Of any length, at and around where a frame's header changes."""
    texts = ["é" * (size // 2) + "x" * (size % 2) for size in SIZES]
    async with server.connect(compression=None) as client:
        visitor = await server.visitor()

        visitor.send(*texts)
        got = [await asyncio.wait_for(client.recv(), PATIENCE_S) for _ in texts]

    assert got == texts


@pytest.mark.parametrize("offer", OFFERS)
async def test_every_offer_of_compression_is_understood(server, offer):
    """The client inflates all it gets, and the closing handshake is clean."""
    texts = [json.dumps({"n": n, "x": "abcdefgh" * n * n}) for n in range(100)]
    async with server.connect(compression=None, extensions=OFFERS[offer]) as client:
        visitor = await server.visitor()

        visitor.send(*texts)
        got = [await asyncio.wait_for(client.recv(), PATIENCE_S) for _ in texts]
        await client.send("heard")
        await client.close()
    await asyncio.wait_for(visitor.gone.wait(), PATIENCE_S)

    assert got == texts
    assert visitor.heard == ["heard"]
    assert client.close_code == 1000


async def test_one_frame_serves_many_clients(server):
    """Each with its own offer, or none: the frame is the same object."""
    texts = [json.dumps({"offset": n, "rows": ["row"] * 50}) for n in range(20)]
    frames = [PreparedFrame(text.encode()) for text in texts]
    clients, visitors = [], []
    for offer in OFFERS.values():
        clients.append(await server.connect(compression=None, extensions=offer))
        visitors.append(await server.visitor())

    for frame in frames:
        for visitor in visitors:
            visitor.outlet.send_frame(frame)

    for client in clients:
        got = [await asyncio.wait_for(client.recv(), PATIENCE_S) for _ in texts]
        assert got == texts
        await client.close()


async def test_a_client_that_reads_nothing_is_not_written_to_without_end(server):
    """`writable` is cleared; once the client reads again it is set, nothing lost."""
    text = "x" * 16_384
    async with RawClient.upgraded(server.port, kernel_bytes=8_192) as client:
        visitor = await server.visitor()
        sent = await visitor.overflow(text)
        reading = asyncio.ensure_future(client.frames())

        await asyncio.wait_for(visitor.outlet.writable.wait(), PATIENCE_S)
        assert visitor.outlet.is_writable
        visitor.send("after")
        await visitor.close(4008)
        frames = await asyncio.wait_for(reading, PATIENCE_S)

    assert sent * len(text) > BUFFER_BYTES
    assert messages_of(frames) == [text] * sent + ["after"]
    assert close_code_of(frames) == 4008


async def test_a_close_goes_out_behind_what_was_sent(server):
    """The client gets all of it, then the code."""
    texts = [f"{n}" * 1_000 for n in range(100)]
    async with server.connect() as client:
        visitor = await server.visitor()

        visitor.send(*texts)
        await visitor.close(4008)
        got = [await asyncio.wait_for(client.recv(), PATIENCE_S) for _ in texts]
        with pytest.raises(websockets.ConnectionClosed) as closed:
            await asyncio.wait_for(client.recv(), PATIENCE_S)

    assert got == texts
    assert closed.value.rcvd.code == 4008


async def test_frames_for_a_client_that_is_gone_are_dropped(server, caplog):
    """Nothing is raised, nothing waits, nothing is logged."""
    async with RawClient.upgraded(server.port) as client:
        visitor = await server.visitor()
        client.socket.close()
        await asyncio.wait_for(visitor.gone.wait(), PATIENCE_S)

        visitor.send(*["x" * BUFFER_BYTES] * 4)

    assert visitor.outlet.writable.is_set()
    assert visitor.outlet.is_writable
    assert caplog.messages == []


async def test_a_dead_peer_is_reaped(protocol):
    """One that answers no ping, as one whose machine has lost its power."""
    served = OutletServer(protocol, ws_ping_interval=0.05, ws_ping_timeout=0.05)
    async with served.served() as server, RawClient.upgraded(server.port) as client:
        visitor = await server.visitor()

        await asyncio.wait_for(visitor.gone.wait(), PATIENCE_S)
        frames = await client.frames()

    assert [first for first, _ in frames] == [0x80 | PING, 0x80 | CLOSE]
    assert close_code_of(frames) == 1011


def deflated(payload, *, bits=12):
    deflate = zlib.compressobj(9, zlib.DEFLATED, -bits)
    body = deflate.compress(payload) + deflate.flush(zlib.Z_SYNC_FLUSH)
    return body.removesuffix(b"\0\0\xff\xff")


BROWSER = "permessage-deflate; client_max_window_bits"
HOSTILE = {
    "unmasked": (1002, raw_frame(TEXT, b"x", masked=False)),
    "opcode-3": (1002, raw_frame(0x3, b"x")),
    "opcode-15": (1002, raw_frame(0xF)),
    "rsv-1": (1002, raw_frame(TEXT, b"x", rsv=4)),
    "rsv-2": (1002, raw_frame(TEXT, b"x", rsv=2)),
    "rsv-3": (1002, raw_frame(TEXT, b"x", rsv=1)),
    "ping-of-126": (1002, raw_frame(PING, b"x" * 126)),
    "continuation-of-nothing": (1002, raw_frame(0x0, b"x")),
    "text-inside-of-text": (
        1002,
        raw_frame(TEXT, b"x", fin=False) + raw_frame(TEXT, b"x"),
    ),
    "ping-in-parts": (1002, raw_frame(PING, b"x", fin=False)),
    "close-999": (1002, raw_frame(CLOSE, b"\x03\xe7")),
    "close-of-one-byte": (1002, raw_frame(CLOSE, b"\x03")),
    "close-not-utf-8": (1007, raw_frame(CLOSE, b"\x03\xe8\xff")),
    "text-not-utf-8": (1007, raw_frame(TEXT, b"\xff\xfe")),
    "parts-not-utf-8": (
        1007,
        raw_frame(TEXT, b"\xc3", fin=False) + raw_frame(0x0, b"x"),
    ),
    "length-2-63": (1009, raw_frame(TEXT, b"x", length=1 << 63)),
    "length-64-mib": (1009, raw_frame(BINARY, b"x", length=64 << 20)),
    "too-long": (1009, raw_frame(TEXT, b"x" * (MESSAGE_BYTES_MAX + 1))),
    "too-long-in-parts": (
        1009,
        raw_frame(TEXT, b"x" * MESSAGE_BYTES_MAX, fin=False) + raw_frame(0x0, b"x"),
    ),
}
HOSTILE_DEFLATED = {
    "bomb": (1009, raw_frame(TEXT, deflated(b"x" * (1 << 20)), rsv=4)),
    "bomb-in-parts": (
        1009,
        raw_frame(TEXT, deflated(b"x" * 4_000), fin=False, rsv=4)
        + raw_frame(0x0, deflated(b"x" * (1 << 20))),
    ),
    "no-deflate": (1002, raw_frame(TEXT, b"\xff\xff\xff\xff", rsv=4)),
    "rsv-1-in-a-part": (
        1002,
        raw_frame(TEXT, deflated(b"x"), fin=False, rsv=4) + raw_frame(0x0, b"", rsv=4),
    ),
}


@pytest.mark.parametrize(
    ("offer", "code", "said"),
    [pytest.param(None, *HOSTILE[name], id=name) for name in HOSTILE]
    + [
        pytest.param(BROWSER, *HOSTILE[name], id=f"{name}-deflate")
        for name in HOSTILE
        if name != "rsv-1"
    ]
    + [
        pytest.param(BROWSER, *HOSTILE_DEFLATED[name], id=name)
        for name in HOSTILE_DEFLATED
    ],
)
async def test_a_hostile_frame_ends_its_own_client_alone(
    server, protocol, caplog, offer, code, said
):
    """It is told why; who was there stays, who comes next is served."""
    async with server.connect() as bystander:
        neighbour = await server.visitor()
        async with RawClient.upgraded(server.port, offer=offer) as hostile:
            visitor = await server.visitor()

            await hostile.say(said)
            frames = await hostile.frames()
            await asyncio.wait_for(visitor.gone.wait(), PATIENCE_S)
        async with server.connect() as next_client:
            (await server.visitor()).send("welcome")
            welcome = await asyncio.wait_for(next_client.recv(), PATIENCE_S)
        neighbour.send("still here")

        assert await asyncio.wait_for(bystander.recv(), PATIENCE_S) == "still here"
    assert close_code_of(frames) == code
    assert len(frames) == 1
    assert visitor.heard == []
    assert welcome == "welcome"
    if protocol is WebSocketProtocol:
        assert caplog.messages == []


async def test_a_client_may_send_its_message_in_parts(server):
    """With a ping between them, and empty parts."""
    async with RawClient.upgraded(server.port) as client:
        visitor = await server.visitor()

        await client.say(
            raw_frame(TEXT, "é".encode()[:1], fin=False)
            + raw_frame(PING, b"p")
            + raw_frame(0x0, b"", fin=False)
            + raw_frame(0x0, "é".encode()[1:], fin=False)
            + raw_frame(0x0)
            + raw_frame(CLOSE, b"\x03\xe8")
        )
        frames = await client.frames()
        await asyncio.wait_for(visitor.gone.wait(), PATIENCE_S)

    assert [payload for _, payload in frames] == [b"p", b"\x03\xe8"]
    assert visitor.heard == ["é"]
