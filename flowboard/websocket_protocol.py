"""uvicorn's WebSocket protocol, with the fast outlet and an end to every connection.

The app finds its client's outlet in the scope, under `OUTLET`. Beside that:

- compression is agreed to without context takeover: no memory stays between messages,
  and one compressed frame is right for everybody;
- little is buffered: `outlet.BUFFER_BYTES` here, `KERNEL_BYTES` in the kernel;
- a close does not wait for a client that does not read: what has not ended after
  `CLOSE_S` is cut;
- what a client says can neither fill the memory nor the log.
"""

import asyncio
import socket
from typing import TYPE_CHECKING, Any, ClassVar, cast

from uvicorn.protocols.utils import ClientDisconnected
from uvicorn.protocols.websockets.websockets_sansio_impl import (
    WebSocketsSansIOProtocol,
)
from websockets.extensions.permessage_deflate import (
    PerMessageDeflate,
    ServerPerMessageDeflateFactory,
)
from websockets.frames import CloseCode, Frame
from websockets.protocol import State

from flowboard.prepared_frame import WINDOW_BITS
from flowboard.wire import Wire

if TYPE_CHECKING:
    from uvicorn._types import ASGISendEvent

OUTLET = "flowboard.outlet"  # In `scope["extensions"]`.
KERNEL_BYTES = 131_072  # Linux takes it twice; left alone it would hide 4 MB.


class WebSocketProtocol(WebSocketsSansIOProtocol):
    """One client's connection, from its upgrade on; for `uvicorn.Config(ws=...)`.

    Attributes:
        CLOSE_S: How long a connection that is being closed may take to end.
    """

    CLOSE_S: ClassVar[float] = 2.0
    _DEFLATE: ClassVar = ServerPerMessageDeflateFactory(
        server_no_context_takeover=True,
        client_no_context_takeover=True,
        server_max_window_bits=WINDOW_BITS,
        client_max_window_bits=WINDOW_BITS,
        compress_settings={"memLevel": 5},
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.config.ws_per_message_deflate:
            self.conn.available_extensions = (self._DEFLATE,)

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Bound what waits for the client, and stand between uvicorn and it."""
        transport = cast(asyncio.Transport, transport)
        if transport.get_write_buffer_size():
            # It asks for more before it reads what it has: with the buffer's limits
            # passed already, we would never hear of them.
            transport.abort()
        else:
            transport.set_write_buffer_limits(high=0)  # Say whatever waits.
            connection = transport.get_extra_info("socket")
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, KERNEL_BYTES)
        self._wire = Wire(transport, self.writable, self.loop, self.CLOSE_S)
        super().connection_made(self._wire)

    def connection_lost(self, exc: Exception | None) -> None:
        """Let go of the connection, and of what would keep it in memory."""
        self._wire.lost()
        super().connection_lost(exc)
        self.conn.parser.close()  # It holds `conn`, which holds it.

    def pause_writing(self) -> None:
        """Take note that something waits; up to `BUFFER_BYTES` it may."""
        self._wire.buffers()

    def resume_writing(self) -> None:
        """Take note that all is with the kernel."""
        self._wire.drained()

    def eof_received(self) -> None:
        """Take a client that will say nothing more, not even close, for gone."""
        self.transport.close()

    def shutdown(self) -> None:
        """Close with 1012 what is not being closed already."""
        if not self.transport.is_closing():
            super().shutdown()

    def data_received(self, data: bytes) -> None:
        """Take what the client says."""
        super().data_received(data)
        if self.conn.handshake_exc is not None and not self.handshake_initiated:
            # Headers longer than `websockets` reads: its refusal is all there is.
            self.transport.write(b"".join(self.conn.data_to_send()))
            self.transport.close()

    def handle_cont(self, event: Frame) -> None:
        """Take a part of a message; empty ones would cost memory, and count nothing."""
        if event.data or event.fin:
            super().handle_cont(event)

    def handle_ping(self) -> None:
        """Answer, unless the client reads no answers."""
        if self.writable.is_set() or self.conn.state is not State.OPEN:
            super().handle_ping()
        else:
            self.conn.data_to_send()

    def send_receive_event_to_app(self) -> None:
        """Hand a whole message to the app; close with 1007 if it is no text."""
        if self.curr_msg_data_type == "text" and not self.close_sent:
            try:
                b"".join(self.frames).decode()
            except UnicodeDecodeError:
                self.frames = []
                self.conn.fail(CloseCode.INVALID_DATA)
                self.handle_parser_exception()
                return
        super().send_receive_event_to_app()

    def handle_parser_exception(self) -> None:
        """Close with what the parser found; before the upgrade's answer, just end."""
        if self.conn.close_sent is None:
            self.transport.abort()
        else:
            super().handle_parser_exception()

    async def run_asgi(self) -> None:
        """Run the app, with the client's outlet in its scope."""
        extensions = cast(dict[str, Any], self.scope["extensions"])
        extensions[OUTLET] = self._wire
        await super().run_asgi()

    async def send(self, message: "ASGISendEvent") -> None:
        """Send what the app says; its close goes out at once, behind what waits."""
        if self.transport.is_closing():
            self.handshake_complete = True  # As far as it ever will be: no fault.
            raise ClientDisconnected
        if message["type"] == "websocket.close" and self.conn.state is State.OPEN:
            self._close(message.get("code", 1000), message.get("reason") or "")
            return
        await super().send(message)
        if message["type"] == "websocket.accept" and self.conn.state is State.OPEN:
            self._wire.open(deflates=any(map(_is_ours, self.conn.extensions)))

    def _close(self, code: int, reason: str) -> None:
        self.conn.send_close(code, reason)
        self._wire.stop()
        self.transport.write(b"".join(self.conn.data_to_send()))
        self.close_sent = True
        self.queue.put_nowait(
            {"type": "websocket.disconnect", "code": code, "reason": reason}
        )
        if self.read_paused:
            self.read_paused = False
            self.transport.resume_reading()
        self.close_timer = self.loop.call_later(self.CLOSE_S, self.transport.abort)


def _is_ours(extension: object) -> bool:
    """Whether the client reads what `PreparedFrame` compressed."""
    return (
        isinstance(extension, PerMessageDeflate)
        and extension.local_max_window_bits >= WINDOW_BITS
    )
