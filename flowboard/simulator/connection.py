"""The server's side of one WebSocket, below the messages.

What uvicorn does not offer is added to its protocol here: pings with the payload that
the exchange sends, many frames in one write, and a cut without goodbye.
"""

import asyncio
import socket
import struct
from collections.abc import Iterable
from typing import Any, cast

from uvicorn.protocols.websockets.websockets_sansio_impl import (
    WebSocketsSansIOProtocol,
)
from websockets.http11 import Request

HEARTBEAT = b"heartbeat"
HEARTBEAT_EVERY_S = 10.0
EXTENSION = "flowboard.connection"
WRITE_BUFFER_BYTES_MAX = 262_144
TEXT_FRAME = b"\x81"  # FIN and opcode 1; a server's frames are not masked.


def text_frame(payload: bytes) -> bytes:
    """Return `payload` as one whole WebSocket text frame."""
    size = len(payload)
    if size < 126:
        return b"%b%c%b" % (TEXT_FRAME, size, payload)
    if size < 65_536:
        return b"%b\x7e%b%b" % (TEXT_FRAME, size.to_bytes(2, "big"), payload)
    return b"%b\x7f%b%b" % (TEXT_FRAME, size.to_bytes(8, "big"), payload)


class ExchangeConnection(WebSocketsSansIOProtocol):
    """One WebSocket; the application finds it in the scope under `EXTENSION`."""

    def handle_connect(self, event: Request) -> None:
        """Begin the handshake, and let the application reach this object."""
        super().handle_connect(event)
        if self.handshake_initiated and hasattr(self, "scope"):
            transport = self.transport
            transport.set_write_buffer_limits(high=WRITE_BUFFER_BYTES_MAX)
            extensions = cast("dict[str, Any]", self.scope["extensions"])
            extensions[EXTENSION] = self

    def send_keepalive_ping(self) -> None:
        """Send the exchange's heartbeat; a slow client is never closed for its pong."""
        self.ping_timer = None
        if self.close_sent or self.transport.is_closing():
            return
        self.conn.send_ping(HEARTBEAT)
        self.transport.write(b"".join(self.conn.data_to_send()))
        self.schedule_ping()

    @property
    def open(self) -> bool:
        """Whether frames can still be sent."""
        return (
            self.handshake_complete
            and not self.close_sent
            and not self.disconnected
            and not self.transport.is_closing()
        )

    def write_texts(self, payloads: Iterable[bytes]) -> None:
        """Send each payload as a text frame, all in one write; nothing if closed."""
        if self.open:
            self.transport.write(b"".join(map(text_frame, payloads)))

    async def drained(self) -> None:
        """Wait until the client has taken what was written, all but a buffer's worth.

        Lets other tasks run in any case.
        """
        await asyncio.sleep(0)
        await self.writable.wait()

    def cut(self) -> None:
        """End the connection abruptly: a TCP reset, no close frame."""
        raw = self.transport.get_extra_info("socket")
        if raw is not None:
            # Lingering for 0 s is what makes the kernel send RST instead of FIN.
            raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.transport.abort()
