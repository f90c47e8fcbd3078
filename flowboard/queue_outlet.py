"""An outlet for any ASGI server: a queue, and one task that sends from it."""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable

from starlette.websockets import WebSocketDisconnect

from flowboard.outlet import BUFFER_BYTES
from flowboard.prepared_frame import PreparedFrame


class QueueOutlet:
    """One client's frames, in order, at the pace of its socket.

    All that is sent goes through here: what is sent past the queue overtakes it.

    Args:
        send_text: Sends a message; of an accepted Starlette socket.

    Attributes:
        writable: See `Outlet.writable`.
    """

    def __init__(self, send_text: Callable[[str], Awaitable[None]]) -> None:
        self.writable = asyncio.Event()
        self.writable.set()
        self._send_text = send_text
        self._frames: deque[PreparedFrame] = deque()
        self._bytes = 0  # Of the frames, and of the one that is being sent.
        self._changed = asyncio.Event()
        self._is_finished = False

    @property
    def is_writable(self) -> bool:
        """See `Outlet.is_writable`."""
        return self.writable.is_set()

    @property
    def waiting_bytes(self) -> int:
        """See `Outlet.waiting_bytes`."""
        return self._bytes

    def send_frame(self, frame: PreparedFrame) -> None:
        """Queue a frame; see `Outlet.send_frame`."""
        if self._is_finished:
            return
        self._frames.append(frame)
        self._bytes += len(frame)
        if self._bytes > BUFFER_BYTES:
            self.writable.clear()
        self._changed.set()

    def finish(self) -> None:
        """Take no more frames; `run` returns once all that it has are sent."""
        self._is_finished = True
        self._changed.set()

    async def run(self) -> None:
        """Send until told to finish, or until the client is gone."""
        try:
            while await self._any():
                frame = self._frames.popleft()
                await self._send_text(frame.text)
                self._bytes -= len(frame)
                if not self._bytes:
                    self.writable.set()
        except (WebSocketDisconnect, OSError, RuntimeError):
            pass  # It is gone, or the server has closed it: how, servers say differently.
        finally:
            self.finish()
            self._frames.clear()
            self.writable.set()

    async def _any(self) -> bool:
        """Return True once there is a frame, False once there will be none."""
        while not self._frames and not self._is_finished:
            self._changed.clear()
            await self._changed.wait()
        return bool(self._frames)
