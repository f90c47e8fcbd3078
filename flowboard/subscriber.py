"""One client's frames on their way out: bounded, and never waited for."""

import asyncio
from collections import deque
from collections.abc import Callable

FRAMES_MAX = 64
CHARS_MAX = 4_000_000

Snapshot = Callable[..., str]


class Subscriber:
    """The frames that one client has still to be sent.

    A client that reads too slowly loses its buffer and gets one fresh snapshot as soon
    as it can be written to; deltas go on from there.
    """

    def __init__(self) -> None:
        self._frames: deque[str] = deque()
        self._chars = 0
        self._waiting = asyncio.Event()
        self._snapshot: Snapshot | None = None
        self._behind = False
        self.close_code: int | None = None
        self.conflations = 0

    def begin(self, snapshot: Snapshot, message_id: object = None) -> None:
        """Begin a stream with its snapshot; what waited of another is dropped."""
        self._clear()
        self._snapshot = snapshot
        self._put(snapshot(message_id))

    def push(self, frame: str) -> None:
        """Take the stream's next frame."""
        if self._behind:
            return
        full = len(self._frames) >= FRAMES_MAX or self._chars + len(frame) > CHARS_MAX
        if full and self._frames:
            self._clear()
            self._behind = True
            self.conflations += 1
            self._waiting.set()
            return
        self._put(frame)

    def reply(self, frame: str) -> None:
        """Take an answer to the client; it waits its turn behind the stream's frames."""
        if len(self._frames) < 2 * FRAMES_MAX:
            self._put(frame)

    def resend(self, message_id: object = None) -> None:
        """Send the stream's snapshot once more."""
        if self._snapshot is not None and not self._behind:
            self.push(self._snapshot(message_id))

    def close(self, code: int) -> None:
        """Let the client be closed with `code` after what is waiting was sent."""
        if self.close_code is None:
            self.close_code = code
        self._waiting.set()

    async def next(self) -> str | None:
        """Return the next frame to send, None when the client is to be closed."""
        while True:
            if self._behind and self._snapshot is not None:
                self._behind = False
                return self._snapshot()
            if self._frames:
                frame = self._frames.popleft()
                self._chars -= len(frame)
                return frame
            if self.close_code is not None:
                return None
            self._waiting.clear()
            await self._waiting.wait()

    def _put(self, frame: str) -> None:
        self._frames.append(frame)
        self._chars += len(frame)
        self._waiting.set()

    def _clear(self) -> None:
        self._frames.clear()
        self._chars = 0
        self._behind = False
