"""One client of a stream: what it is sent next, and what when it reads too slowly.

live      gets each frame as it is made
replaying gets missed deltas from the stream's ring as its socket drains
held      waits while it is sent trades from the tape; then it replays
behind    gets one fresh snapshot once it can be written to; then it is live
"""

from collections.abc import Callable
from enum import Enum, auto
from typing import Protocol

from flowboard import stream_messages as messages
from flowboard.frame_history import Ring
from flowboard.outlet import Outlet
from flowboard.prepared_frame import PreparedFrame

TOO_SLOW = 4008
STALLED_MS = 10_000  # It has taken nothing for so long: it is closed.
ANSWERS_MAX = 64  # Who sends without reading gets no more of them than that.


class Source(Protocol):
    """What a subscriber reads; see `stream.Stream`."""

    @property
    def offset(self) -> int:
        """Of the newest delta."""

    @property
    def ring(self) -> Ring:
        """The newest deltas."""

    def snapshot(
        self, message_id: object = None, extra: list[messages.Field] | None = None
    ) -> PreparedFrame:
        """Return the whole state as of the newest delta."""


class _Place(Enum):
    OUTSIDE = auto()
    LIVE = auto()
    REPLAYING = auto()
    HELD = auto()
    BEHIND = auto()


class Subscriber:
    """One client's place in its stream; nobody ever waits for it.

    Args:
        outlet: Its way out.
        on_close: Called once with the code that its socket is to be closed with.

    Attributes:
        conflations: How often it got a snapshot in place of its deltas.
        close_code: Once it is to be closed.
    """

    __slots__ = (
        "_answers",
        "_asks",
        "_last",
        "_offset",
        "_on_close",
        "_place",
        "_source",
        "_stalled_ms",
        "_waiting",
        "close_code",
        "conflations",
        "outlet",
    )

    def __init__(self, outlet: Outlet, on_close: Callable[[int], None]) -> None:
        self.outlet = outlet
        self.close_code: int | None = None
        self.conflations = 0
        self._on_close = on_close
        self._place = _Place.OUTSIDE
        self._source: Source | None = None
        self._last: PreparedFrame | None = None  # What it was sent last.
        self._offset = 0  # While it replays or is held: of what it was sent last.
        # The `id` of a message that is to be answered with a snapshot.
        self._asks: tuple[object] | None = None
        self._answers = 0  # Since it could be written to.
        self._stalled_ms: int | None = None
        self._waiting = 0  # Bytes, when it was last looked at.

    @property
    def is_held(self) -> bool:
        """Whether trades from the tape come before its deltas."""
        return self._place is _Place.HELD

    @property
    def is_catching_up(self) -> bool:
        """Whether it is sent what it missed, before what is new."""
        return self._place in (_Place.HELD, _Place.REPLAYING)

    @property
    def seq(self) -> int:
        """The newest trade of which it was sent all that came before."""
        return 0 if self._last is None else self._last.seq

    def begin(
        self,
        source: Source,
        message_id: object = None,
        extra: list[messages.Field] | None = None,
    ) -> None:
        """Begin a stream with its snapshot, in place of any that it had."""
        self._source = source
        self._last, self._asks = None, None
        if self.outlet.is_writable:
            self._place = _Place.LIVE
            self._send(source.snapshot(message_id, extra))
        else:
            self._place, self._asks = _Place.BEHIND, (message_id,)

    def resume(self, source: Source, offset: int, resumed: PreparedFrame) -> None:
        """Go on after the delta `offset`; `next_missed` gives what it missed."""
        self._source = source
        self._place, self._offset = _Place.REPLAYING, offset
        self._send(resumed)

    def hold(self) -> None:
        """Send a live client no more deltas until `replay`: others come first."""
        assert self._source is not None
        if self._place is _Place.LIVE:
            self._place, self._offset = _Place.HELD, self._source.offset

    def replay(self) -> bool:
        """Go on with the deltas since `hold`; where they are no longer here, False.

        Then it was sent another snapshot, and is held again.
        """
        assert self._source is not None
        if self._source.ring.can_replay(self._offset):
            self._place = _Place.REPLAYING
            return True
        asks = self._asks
        self.begin(self._source)
        self.hold()
        self._asks = asks
        return False

    def next_missed(self) -> PreparedFrame | None:
        """Return the next missed delta; None once there is none, and it is live.

        Send it as soon as the outlet is writable, and only then ask for another.
        """
        if self._place is not _Place.REPLAYING:
            return None
        assert self._source is not None
        if self._offset == self._source.offset:
            self._place = _Place.LIVE
            self._answer()
            return None
        frame = self._source.ring.find(self._offset + 1)
        if frame is None:
            self._fall_behind()
            return None
        self._offset += 1
        self._last = frame
        return frame

    def push(self, frame: PreparedFrame) -> None:
        """Take the stream's next frame."""
        if self._place is _Place.LIVE:
            if self.outlet.is_writable:
                self.outlet.send_frame(frame)
                self._last = frame
            else:
                self._fall_behind()

    def reply(self, text: bytes) -> None:
        """Send an answer, past the frames that wait for their turn."""
        if self.outlet.is_writable:
            self._answers = 0
        if self._answers < ANSWERS_MAX and self.close_code is None:
            self._answers += 1
            self.outlet.send_frame(PreparedFrame(text))

    def resend(self, message_id: object = None) -> None:
        """Send the stream's snapshot once more, as soon as its turn comes."""
        self._asks = (message_id,)
        if self._place is _Place.LIVE:
            if self.outlet.is_writable:
                self._answer()
            else:
                self._fall_behind()

    def look(self, mono_ms: int) -> None:
        """Catch up if it can be written to; close it if that is so for too long.

        Call it several times a second.
        """
        if self.outlet.is_writable:
            self._stalled_ms = None
            if self._place is _Place.BEHIND:
                self._catch_up()
            return
        waiting = self.outlet.waiting_bytes
        if self._stalled_ms is None or waiting < self._waiting:
            self._stalled_ms = mono_ms  # It reads, however slowly.
        elif mono_ms - self._stalled_ms >= STALLED_MS:
            self.close(TOO_SLOW)
        self._waiting = waiting

    def close(self, code: int) -> None:
        """Send nothing more, and have its socket closed."""
        if self.close_code is None:
            self.close_code = code
            self._place = _Place.OUTSIDE
            self._on_close(code)

    def _send(self, frame: PreparedFrame) -> None:
        self.outlet.send_frame(frame)
        self._last = frame

    def _fall_behind(self) -> None:
        self._place = _Place.BEHIND
        self.conflations += 1

    def _catch_up(self) -> None:
        assert self._source is not None
        self._place = _Place.LIVE
        if self._last is not None:
            now = self._source.snapshot()
            trades = now.trades - self._last.trades
            told = [messages.missed(self._last.seq + 1, now.seq, trades)]
        else:
            told = []
        self._asks = self._asks or (None,)
        self._answer(told)

    def _answer(self, extra: list[messages.Field] | None = None) -> None:
        """Send the snapshot that was asked for, if one was."""
        if self._asks is not None:
            assert self._source is not None
            (message_id,), self._asks = self._asks, None
            self._send(self._source.snapshot(message_id, extra))
