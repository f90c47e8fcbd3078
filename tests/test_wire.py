"""The fast outlet: what it writes, when, and what it leaves to the loop."""

import asyncio
import json
import os

import pytest
import pytest_asyncio

from flowboard import wire
from flowboard.outlet import BUFFER_BYTES
from flowboard.prepared_frame import PreparedFrame
from flowboard.websocket_protocol import KERNEL_BYTES
from tests.outlet_stage import (
    PATIENCE_S,
    RECEIVED_BYTES,
    TEXT_16K,
    Hasty,
    OutletServer,
    RawClient,
    messages_of,
    stalled,
)
from tests.test_outlets import BROWSER, LOOPS, OFFERS  # noqa: F401 - on each of them


@pytest_asyncio.fixture
async def server(caplog):
    """A server that cuts what does not end; nobody makes it log a line."""
    async with OutletServer(Hasty).served() as server:
        yield server
    assert caplog.get_records("call") == []


async def test_little_waits_for_a_client_that_does_not_read(server):
    """The buffer here, and as little as the kernel can be made to take."""
    async with stalled(server) as client:
        visitor = await server.visitor()

        sent = await visitor.overflow(TEXT_16K)

        waiting = visitor.outlet.get_write_buffer_size()
        assert waiting > BUFFER_BYTES
        assert waiting <= BUFFER_BYTES + len(TEXT_16K) + 10
        most = BUFFER_BYTES + 2 * KERNEL_BYTES + 8 * RECEIVED_BYTES
        assert sent * len(TEXT_16K) < most
        assert client.socket.fileno() > 0


async def test_a_stalled_client_is_written_to_again_once_it_has_read_all(server):
    """Not before: half a buffer would be full again at once."""
    async with stalled(server) as client:
        visitor = await server.visitor()
        sent = await visitor.overflow(TEXT_16K)
        waiting = visitor.outlet.get_write_buffer_size()
        first = await client.frame()
        assert not visitor.outlet.writable.is_set()

        rest = [await client.frame() for _ in range(sent - 1)]
        await asyncio.wait_for(visitor.outlet.writable.wait(), PATIENCE_S)

    assert messages_of([first, *rest]) == [TEXT_16K] * sent
    assert waiting > BUFFER_BYTES


async def test_nothing_overtakes_what_waits(server):
    """Not even where the kernel has room again before the loop knows."""
    async with stalled(server) as client:
        visitor = await server.visitor()
        sent = await visitor.overflow(TEXT_16K)
        client.read_what_is_there()

        visitor.send("after")
        frames = [await client.frame() for _ in range(sent + 1)]

    assert messages_of(frames) == [TEXT_16K] * sent + ["after"]


async def test_a_frame_goes_straight_to_the_kernel(server, monkeypatch):
    """While nothing waits: not through the transport."""
    written = []

    def recorded(number, data):
        written.append(data)
        return os.write(number, data)

    monkeypatch.setattr(wire, "write", recorded)
    frame = PreparedFrame(b"{}")
    async with RawClient.upgraded(server.port) as client:
        visitor = await server.visitor()

        visitor.outlet.send_frame(frame)
        got = await client.frame()

    assert written == [frame.plain]
    assert got == (0x81, b"{}")


async def test_what_the_kernel_does_not_take_goes_through_the_transport(
    server, monkeypatch
):
    """Nothing of it, or a part."""

    def refuse(number, data):
        raise BlockingIOError

    def half(number, data):
        return os.write(number, data[: len(data) // 2])

    async with RawClient.upgraded(server.port) as client:
        visitor = await server.visitor()

        for take in (refuse, half, os.write):
            monkeypatch.setattr(wire, "write", take)
            visitor.send(take.__name__)
        frames = [await client.frame() for _ in range(3)]

    assert messages_of(frames) == ["refuse", "half", "write"]


async def test_a_frame_for_a_connection_that_was_reset_is_dropped(server):
    """The loop has not heard of it yet; the kernel has."""
    async with RawClient.upgraded(server.port) as client:
        visitor = await server.visitor()
        client.reset()

        visitor.send("to nobody", "to nobody")
        await server.empty()

    assert visitor.gone.is_set()


@pytest.mark.parametrize("offer", OFFERS)
async def test_what_the_app_sends_itself_keeps_its_place_among_the_frames(
    server, offer
):
    """Every offer of compression: the two are compressed apart."""
    texts = [json.dumps({"n": n, "x": "abcdefgh" * n}) for n in range(60)]
    async with server.connect(compression=None, extensions=OFFERS[offer]) as client:
        visitor = await server.visitor()

        for number, text in enumerate(texts):
            if number % 3:
                visitor.send(text)
            else:
                await visitor.socket.send_text(text)
        got = [await asyncio.wait_for(client.recv(), PATIENCE_S) for _ in texts]

    assert got == texts


@pytest.mark.parametrize(
    ("offer", "first_byte"),
    [
        (None, 0x81),
        (BROWSER, 0xC1),
        ("permessage-deflate", 0xC1),
        ("permessage-deflate; server_max_window_bits=12", 0xC1),
        ("permessage-deflate; server_max_window_bits=11", 0x81),
        ("permessage-deflate; server_max_window_bits=8", 0x81),
        ("x-webkit-deflate-frame", 0x81),
    ],
)
async def test_a_frame_goes_out_compressed_to_those_who_can_read_it(
    server, offer, first_byte
):
    """Byte by byte as it was prepared: nothing is done for one client alone."""
    prepared = PreparedFrame(json.dumps({"rows": ["row"] * 50}).encode())
    async with RawClient.upgraded(server.port, offer=offer) as client:
        visitor = await server.visitor()

        visitor.outlet.send_frame(prepared)
        first, payload = await client.frame()

    whole = prepared.deflated if first_byte == 0xC1 else prepared.plain
    assert first == first_byte
    assert whole.endswith(payload)
    if "Sec-WebSocket-Extensions" in client.answer:
        assert "server_no_context_takeover" in client.answer
        assert "client_no_context_takeover" in client.answer
