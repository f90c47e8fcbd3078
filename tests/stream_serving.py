"""A hub behind /ws/stream on loopback, and what a client of it does."""

import asyncio
import json
import socket
from contextlib import asynccontextmanager

import pytest
import uvicorn
import websockets
from starlette.applications import Starlette
from websockets.exceptions import ConnectionClosed

from flowboard import websocket_handler
from flowboard.tape_reader import TapeReader
from flowboard.websocket_protocol import WebSocketProtocol
from tests.stream_stage import Stage

FRAME_S = 5


PROTOCOLS = {"own": WebSocketProtocol, "stock": "websockets-sansio"}


class Tape:
    """Every trade that the board took in: what a store would have on disk."""

    def __init__(self):
        self.entries = []
        self.asked = 0

    async def trades_after(self, after_seq, upto_seq, wanted, limit):
        self.asked += 1
        later = [e for e in self.entries if after_seq < e.seq <= upto_seq]
        page = wanted.passing(later)[:limit]
        return page, page[-1].seq if len(page) == limit else upto_seq


class Served(Stage):
    """A stage whose hub is served on loopback."""

    def __post_init__(self):
        super().__post_init__()
        self.disk = Tape()
        self.protocol = WebSocketProtocol
        self.hub.ready.set()
        self.seconds = 0.0
        self.port = 0

    def fold(self, prints, board_ms):
        entries = super().fold(prints, board_ms)
        self.disk.entries += entries
        return entries

    @asynccontextmanager
    async def served(self):
        listener = socket.create_server(("127.0.0.1", 0))
        self.port = listener.getsockname()[1]
        tape = TapeReader(self.board.tape, self.disk)
        routes = websocket_handler.routes(self.hub, tape, mono_s=lambda: self.seconds)
        config = uvicorn.Config(
            Starlette(routes=routes),
            ws=self.protocol,
            ws_max_size=4096,
            lifespan="off",
            log_config=None,
        )
        config.load()
        server = uvicorn.Server(config)
        server.lifespan = config.lifespan_class(config)
        await server.startup(sockets=[listener])
        try:
            yield self
        finally:
            await asyncio.wait_for(server.shutdown(sockets=[listener]), 10)

    def connect(self, query="", **options):
        url = f"ws://127.0.0.1:{self.port}/ws/stream{query}"
        return websockets.connect(url, proxy=None, compression=None, **options)

    async def clients_are(self, count):
        """Return when the hub has so many clients."""
        async with asyncio.timeout(FRAME_S):
            while self.hub.clients != count:
                await asyncio.sleep(0.001)


async def frame(client):
    text = await asyncio.wait_for(client.recv(), FRAME_S)
    assert isinstance(text, str)
    return json.loads(text)


async def until(client, kind):
    while (found := await frame(client))["type"] != kind:
        pass
    return found


async def say(client, **message):
    await client.send(json.dumps(message))


async def close_code(client):
    with pytest.raises(ConnectionClosed) as closed:
        while True:
            await frame(client)
    return closed.value.rcvd.code
