"""A client's transport and its outlet in one: the fast way from the hub to the kernel."""

import asyncio
import sys
from os import write
from typing import Any

from flowboard.outlet import BUFFER_BYTES
from flowboard.prepared_frame import PreparedFrame


class Wire(asyncio.Transport):
    """A client's transport, as uvicorn sees it, and its outlet, as the hub does.

    While nothing waits for the client a frame goes to the kernel from here: between
    two system calls little is left in the processor's cache, and each object that is
    touched on the way to the socket costs more than what is done with it.

    Args:
        transport: The loop's; it tells its protocol as soon as anything waits.
        writable: See `Outlet.writable`.
        loop: Of the transport.
        close_s: A transport that is still closing after that is cut.
    """

    __slots__ = (
        "_close_s",
        "_cut",
        "_deflates",
        "_is_direct",
        "_is_open",
        "_loop",
        "_number",
        "_transport",
        "is_writable",
        "writable",
    )

    def __init__(
        self,
        transport: asyncio.Transport,
        writable: asyncio.Event,
        loop: asyncio.AbstractEventLoop,
        close_s: float,
    ) -> None:
        self.writable = writable
        self.is_writable = True
        self._transport = transport
        self._number = _file_number(transport)
        self._loop = loop
        self._close_s = close_s
        self._cut: asyncio.TimerHandle | None = None
        self._is_open = False
        self._is_direct = False
        self._deflates = False

    def send_frame(self, frame: PreparedFrame) -> None:
        """Write a frame as it is; see `Outlet.send_frame`."""
        data = frame.deflated if self._deflates else frame.plain
        if self._is_direct:
            try:
                written = write(self._number, data)
            except OSError:
                written = 0  # It is full, or broken: the transport finds out which.
            if written == len(data):
                return
            data = data[written:]
        elif not self._is_open:
            return
        self.write(data)

    def write(self, data: bytes | bytearray | memoryview) -> None:
        """Write what uvicorn made, or what the kernel did not take."""
        self._transport.write(data)
        if self._transport.get_write_buffer_size() > BUFFER_BYTES:
            self.is_writable = False
            self.writable.clear()

    def buffers(self) -> None:
        """Take note that something waits in the transport: all else goes behind it."""
        self._is_direct = False

    def drained(self) -> None:
        """Take note that nothing waits any more."""
        self._is_direct = self._is_open and self._number >= 0
        self.is_writable = True
        self.writable.set()

    def open(self, *, deflates: bool) -> None:
        """Let frames through, compressed or not."""
        self._deflates = deflates
        self._is_open = True
        if not self._transport.get_write_buffer_size():
            self.drained()

    def stop(self) -> None:
        """Let no more frames through: the close goes out, and nothing after it."""
        self._is_open = self._is_direct = False

    def close(self) -> None:
        """Close once all is written, or when that takes too long."""
        self.stop()
        if not self._transport.is_closing():
            self._cut = self._loop.call_later(self._close_s, self._transport.abort)
            self._transport.close()

    def abort(self) -> None:
        """Close at once."""
        self.stop()
        self._transport.abort()

    def lost(self) -> None:
        """Take note that the connection has ended: its number will be another's."""
        self.stop()
        self.is_writable = True
        if self._cut is not None:
            self._cut.cancel()
            self._cut = None

    def is_closing(self) -> bool:
        """Whether it is closed, or about to be."""
        return self._transport.is_closing()

    def pause_reading(self) -> None:
        """Read nothing for now."""
        self._transport.pause_reading()

    def resume_reading(self) -> None:
        """Read on."""
        self._transport.resume_reading()

    @property
    def waiting_bytes(self) -> int:
        """See `Outlet.waiting_bytes`."""
        return self._transport.get_write_buffer_size()

    def get_write_buffer_size(self) -> int:
        """Return how many bytes wait outside the kernel."""
        return self._transport.get_write_buffer_size()

    def get_extra_info(self, name: str, default: Any = None) -> Any:
        """Return what the loop's transport knows of the connection."""
        return self._transport.get_extra_info(name, default)


def _file_number(transport: asyncio.Transport) -> int:
    """Return the socket's; -1 if what is written to it is not what the client gets."""
    if sys.platform == "win32" or transport.get_extra_info("sslcontext") is not None:
        return -1
    number: int = transport.get_extra_info("socket").fileno()
    return number
