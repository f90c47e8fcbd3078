"""A server on loopback that says what a test tells it to, socket by socket."""

import asyncio
import json
from collections.abc import Sequence
from contextlib import asynccontextmanager
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import websockets
from websockets.asyncio.server import ServerConnection, serve

# What a socket does after its frames: a code to close it with, or one of these.
CUT = "cut"  # Ends as a broken wire does.
STAY = "stay"  # Waits for the client to leave.


class PlayedStream:
    """Plays one script after the other; where there are no more, it refuses.

    Args:
        scripts: Frames, and how the socket ends.

    Attributes:
        asked: Queries of the sockets so far.
        heard: What clients have said.
        left: Close codes of the clients that left first.
    """

    def __init__(self, *scripts: tuple[Sequence[dict[str, Any]], int | str]) -> None:
        self.asked: list[dict[str, str]] = []
        self.heard: list[dict[str, Any]] = []
        self.left: list[int | None] = []
        self.url = ""
        self._scripts = list(scripts)

    @asynccontextmanager
    async def open(self):
        async with serve(self._play, "127.0.0.1", 0, close_timeout=1) as server:
            (listener,) = server.sockets
            self.url = f"ws://127.0.0.1:{listener.getsockname()[1]}"
            yield self

    async def _play(self, socket: ServerConnection) -> None:
        assert socket.request is not None
        parts = urlsplit(socket.request.path)
        assert parts.path == "/ws/stream"
        self.asked.append(dict(parse_qsl(parts.query)))
        frames, end = self._scripts.pop(0) if self._scripts else ((), 1013)
        try:
            for frame in frames:
                await socket.send(json.dumps(frame))
            if isinstance(end, int):
                await socket.close(end)
            elif end == STAY:
                async with asyncio.timeout(20):
                    async for text in socket:
                        self.heard.append(json.loads(text))
                self.left.append(socket.close_code)
            else:
                await socket.ping()  # Behind the frames: they have left.
                socket.transport.close()
        except websockets.ConnectionClosed:
            self.left.append(socket.close_code)
