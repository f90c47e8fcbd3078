"""One client's frames on their way out: bounded, and never waited for."""

import asyncio
from collections import deque
from collections.abc import Callable
from typing import NamedTuple

FRAMES_MAX = 64
CHARS_MAX = 4_000_000
ANSWERS_MAX = 64  # Who sends without reading gets no more of them than that.

Snapshot = Callable[..., str]


class _Waiting(NamedTuple):
    """A frame that waits.

    Attributes:
        text: None for the fresh snapshot, which is made when its turn comes.
        asked_by: `id` of the message that this snapshot answers.
        is_answer: Whether it is no part of the stream and outlives its frames.
    """

    text: str | None
    asked_by: object = None
    is_answer: bool = False


class Subscriber:
    """The frames that one client has still to be sent.

    A client that reads too slowly loses the stream's frames that wait for it and gets
    one fresh snapshot as soon as it can be written to; deltas go on from there.
    """

    def __init__(self) -> None:
        self._frames: deque[_Waiting] = deque()
        self._answers = 0  # How many of them.
        self._chars = 0  # Of the stream's.
        self._waiting = asyncio.Event()
        self._snapshot: Snapshot | None = None
        self._behind = False  # Until the fresh snapshot was made.
        self._asked_by: object = None  # What message it answers.
        self.close_code: int | None = None
        self.conflations = 0

    def begin(self, snapshot: Snapshot, message_id: object = None) -> None:
        """Begin a stream with its snapshot; what waited of another is dropped."""
        self._drop()
        self._behind = False
        self._snapshot = snapshot
        self._take(snapshot(message_id), message_id)

    def push(self, frame: str) -> None:
        """Take the stream's next frame."""
        self._take(frame)

    def reply(self, frame: str) -> None:
        """Take an answer to the client; it waits its turn behind the stream's frames."""
        if self._answers < ANSWERS_MAX:
            self._answers += 1
            self._put(_Waiting(frame, is_answer=True))

    def resend(self, message_id: object = None) -> None:
        """Send the stream's snapshot once more."""
        if not self._behind:
            if self._snapshot is not None:
                self._take(self._snapshot(message_id), message_id)
        elif message_id is not None:
            self._asked_by = message_id  # The one that is due is the answer.

    def close(self, code: int) -> None:
        """Let the client be closed with `code` after what is waiting was sent."""
        if self.close_code is None:
            self.close_code = code
        self._waiting.set()

    async def next(self) -> str | None:
        """Return the next frame to send, None when the client is to be closed."""
        while not self._frames:
            if self.close_code is not None:
                return None
            self._waiting.clear()
            await self._waiting.wait()
        frame = self._frames.popleft()
        if frame.text is None:
            assert self._snapshot is not None
            self._behind = False
            return self._snapshot(self._asked_by)
        if frame.is_answer:
            self._answers -= 1
        else:
            self._chars -= len(frame.text)
        return frame.text

    def _take(self, text: str, asked_by: object = None) -> None:
        """Take a frame of the stream, or fall behind."""
        if self._behind:
            return
        frame = _Waiting(text, asked_by)
        waiting = len(self._frames) - self._answers
        full = waiting >= FRAMES_MAX or self._chars + len(text) > CHARS_MAX
        if not (full and waiting):
            self._chars += len(text)
            self._put(frame)
            return
        asking = [each.asked_by for each in (*self._drop(), frame)]
        self._asked_by = next((i for i in reversed(asking) if i is not None), None)
        self._behind = True
        self.conflations += 1
        self._put(_Waiting(None))

    def _put(self, frame: _Waiting) -> None:
        self._frames.append(frame)
        self._waiting.set()

    def _drop(self) -> list[_Waiting]:
        """Let go of the stream's frames; return them."""
        dropped = [frame for frame in self._frames if not frame.is_answer]
        self._frames = deque(frame for frame in self._frames if frame.is_answer)
        self._chars = 0
        return dropped
