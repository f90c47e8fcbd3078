"""Between board and exchange: WebSocket frames in, the same frames or worse ones out.

What the simulator cannot get wrong is done here: frames in another order, frames that
nobody's exchange should send.
"""

import asyncio
import struct
import zlib
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import websockets
from websockets.asyncio.server import ServerConnection
from websockets.exceptions import ConnectionClosed

Change = Callable[[str], list[str | bytes]]
SIGNED = "KALSHI-ACCESS-"


def unchanged(frame: str) -> list[str | bytes]:
    return [frame]


class Meddler:
    """Passes frames both ways; `change` is asked about each one from the exchange.

    Args:
        url: WebSocket of the exchange.

    Attributes:
        url: To connect to.
        change: A frame -> the frames that are sent in its place.
        connections: How many the board has opened.
    """

    def __init__(self, url: str) -> None:
        self._upstream = url
        self.url = ""
        self.change: Change = unchanged
        self.connections = 0
        self._board: ServerConnection | None = None

    async def bomb(self, size: int) -> None:
        """Send a frame marked compressed, of `size` zeros, past every agreement."""
        assert self._board is not None
        packer = zlib.compressobj(9, zlib.DEFLATED, -15)
        packed = packer.compress(bytes(size)) + packer.flush(zlib.Z_SYNC_FLUSH)
        head = bytes([0x80 | 0x40 | 0x02, 127]) + struct.pack(">Q", len(packed))
        self._board.transport.write(head + packed)

    async def serve(self, board: ServerConnection) -> None:
        """Pass frames until either side ends."""
        self.connections += 1
        self._board = board
        assert board.request is not None
        headers = {
            name: value
            for name, value in board.request.headers.raw_items()
            if name.upper().startswith(SIGNED)
        }
        async with websockets.connect(
            self._upstream, additional_headers=headers, max_size=None, close_timeout=1
        ) as exchange:
            ways = [
                asyncio.ensure_future(self._down(exchange, board)),
                asyncio.ensure_future(self._up(board, exchange)),
            ]
            await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
            for way in ways:
                way.cancel()
            await asyncio.gather(*ways, return_exceptions=True)

    async def _down(
        self, exchange: websockets.ClientConnection, board: ServerConnection
    ) -> None:
        try:
            async for frame in exchange:
                text = frame if isinstance(frame, str) else frame.decode()
                for other in self.change(text):
                    await board.send(other)
        except ConnectionClosed:
            return

    async def _up(
        self, board: ServerConnection, exchange: websockets.ClientConnection
    ) -> None:
        try:
            async for frame in board:
                await exchange.send(frame)
        except ConnectionClosed:
            return


@asynccontextmanager
async def meddling(url: str) -> AsyncIterator[Meddler]:
    """Run a meddler before the exchange at `url`."""
    meddler = Meddler(url)
    path = "/" + url.split("/", 3)[3]
    async with websockets.serve(
        meddler.serve, "127.0.0.1", 0, max_size=None, close_timeout=1
    ) as server:
        port = server.sockets[0].getsockname()[1]
        meddler.url = f"ws://127.0.0.1:{port}{path}"
        yield meddler
