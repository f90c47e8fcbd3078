"""The seam between the hub and a client's socket, and its two implementations.

`wire` writes a frame's bytes straight to the socket; `queue_outlet` goes through any
ASGI server's `send`.
"""

import asyncio
from typing import Protocol

from flowboard.prepared_frame import PreparedFrame

BUFFER_BYTES = 262_144  # So much waits for a client before it counts as slow.


class Outlet(Protocol):
    """One client's way out: it takes frames at once, and says when it has enough."""

    def send_frame(self, frame: PreparedFrame) -> None:
        """Take a frame, whole and in order; one for a client that is gone is dropped.

        It is taken even if it is not writable: to ask first is the caller's part.
        """

    @property
    def is_writable(self) -> bool:
        """Whether `writable` is set: to be asked for each client and frame."""

    @property
    def writable(self) -> asyncio.Event:
        """Set while at most `BUFFER_BYTES` wait for the client, and once it is gone.

        Cleared when more wait; set again when nothing does.
        """

    @property
    def waiting_bytes(self) -> int:
        """How many bytes wait for the client, those in the kernel left out."""
