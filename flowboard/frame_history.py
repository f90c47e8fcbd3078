"""The deltas of the last minutes, for clients that come back; bounded over all streams."""

from collections import deque
from itertools import islice

from flowboard.prepared_frame import PreparedFrame

KEPT_MS = 300_000
# With what is compressed beside them, 64 MB.
KEPT_BYTES = 44_000_000
REPLAY_BYTES_MAX = 8_000_000


class Ring:
    """The last deltas of one stream, by their offsets, without a hole."""

    def __init__(self) -> None:
        self._frames: deque[PreparedFrame] = deque()
        self._next = 1  # Offset of the delta that comes next.

    def find(self, offset: int) -> PreparedFrame | None:
        """Return the delta with this offset, or None where it is not kept."""
        first = self._next - len(self._frames)
        return self._frames[offset - first] if first <= offset < self._next else None

    def can_replay(self, offset: int) -> bool:
        """Whether the delta `offset` and all after it are here: not too much to send.

        Where none came after it, it need not be: rings forget, and nothing was missed.
        """
        first = self._next - len(self._frames)
        known = first <= offset < self._next or offset == first - 1 == 0
        if not known and offset != self._next - 1:
            return False
        missed = islice(self._frames, offset - first + 1, None)
        return sum(map(len, missed)) <= REPLAY_BYTES_MAX

    def restart(self) -> None:
        """Begin again with offset 1."""
        self._next = 1
        self._frames = deque()

    def append(self, frame: PreparedFrame) -> None:
        """Take the next delta; for `FrameHistory`."""
        self._frames.append(frame)
        self._next += 1

    def drop(self, frame: PreparedFrame) -> None:
        """Let go of `frame`, if it is still the oldest; for `FrameHistory`."""
        if self._frames and self._frames[0] is frame:
            self._frames.popleft()


class FrameHistory:
    """All streams' deltas in the order of time; the oldest go first.

    Args:
        bytes_max: How much is kept at most.
    """

    def __init__(self, bytes_max: int = KEPT_BYTES) -> None:
        self._bytes_max = bytes_max
        self._kept: deque[tuple[int, Ring, PreparedFrame]] = deque()
        self.bytes = 0

    def add(self, ring: Ring, frame: PreparedFrame, mono_ms: int) -> None:
        """Keep a stream's next delta."""
        ring.append(frame)
        self._kept.append((mono_ms, ring, frame))
        self.bytes += len(frame)
        self.trim(mono_ms)

    def trim(self, mono_ms: int) -> None:
        """Let go of what is too old, or too much."""
        while self._kept and (
            self.bytes > self._bytes_max or mono_ms - self._kept[0][0] > KEPT_MS
        ):
            _, ring, frame = self._kept.popleft()
            ring.drop(frame)
            self.bytes -= len(frame)
