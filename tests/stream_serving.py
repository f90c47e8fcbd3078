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
from tests.stream_stage import Stage

FRAME_S = 5


class Served(Stage):
    """A stage whose hub is served on loopback."""

    def __post_init__(self):
        super().__post_init__()
        self.hub.ready.set()
        self.seconds = 0.0
        self.port = 0

    @asynccontextmanager
    async def served(self):
        listener = socket.create_server(("127.0.0.1", 0))
        self.port = listener.getsockname()[1]
        routes = websocket_handler.routes(self.hub, mono_s=lambda: self.seconds)
        config = uvicorn.Config(
            Starlette(routes=routes),
            ws="websockets-sansio",
            ws_max_size=4096,
            ws_per_message_deflate=False,
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
