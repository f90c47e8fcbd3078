"""One stream: what the clients of one subscription share, a frame a tick.

A frame is built once and handed to every subscriber, and kept for those who come back.
While nobody listens no frame is made; who comes then gets one that makes up for all.
"""

from collections.abc import Callable

from flowboard import stream_messages as messages
from flowboard.frame_history import FrameHistory, Ring
from flowboard.fresh_trades import FRAME_TRADES_MAX
from flowboard.prepared_frame import PreparedFrame
from flowboard.stream_state import Context, Fields, StreamState
from flowboard.subscriber import Subscriber
from flowboard.subscription import Subscription

HEARTBEAT_MS = 5_000
EARLY_MS = 10  # A beat so little before its time is taken for the stream's tick.
# So many new trades do not wait for a tick: with a beat's, the tape's memory has them.
LAG_MAX = 4 * FRAME_TRADES_MAX


class Stream:
    """The frames of one subscription.

    Args:
        subscription: What it carries.
        new_epoch: Gives letters and digits that name process and stream.
        history: Where frames are kept.
        context: What all streams read.

    Attributes:
        offset: Of the newest delta.
        ring: The newest deltas.
        trades: How many trades the deltas have brought.
        due_ms: When the next delta may be sent.
        waits: Whether there is one to be sent then.
        is_abandoned: Whether its last client has changed to another stream.
    """

    def __init__(
        self,
        subscription: Subscription,
        new_epoch: Callable[[], str],
        history: FrameHistory,
        context: Context,
    ) -> None:
        self.subscription = subscription
        self.subscribers: dict[Subscriber, None] = {}
        self.idle_since_ms = context.mono_ms()
        self.ring = Ring()
        self.trades = 0
        self.is_abandoned = False
        self._new_epoch = new_epoch
        self._history = history
        self._context = context
        self._begin()

    def _begin(self) -> None:
        self.epoch = self._new_epoch()
        self.offset = 0
        self.ring.restart()
        self._state = StreamState(self.subscription, self._context)
        self._snapshot: Fields | None = None
        self._shared: PreparedFrame | None = None
        self._begun = PreparedFrame(b"{}", seq=self._state.seq, trades=self.trades)
        self._sent_ms = self.due_ms = self._context.mono_ms()
        self.waits = False

    def join(
        self,
        subscriber: Subscriber,
        message_id: object = None,
        extra: Fields | None = None,
    ) -> None:
        """Give a subscriber the state and, from here on, every frame.

        Args:
            subscriber: Who joins.
            message_id: Of the message that its snapshot answers.
            extra: Fields of its snapshot alone.
        """
        self._wake()
        self.subscribers[subscriber] = None
        subscriber.begin(self, message_id, extra)

    def resume(self, subscriber: Subscriber, epoch: str, offset: int) -> bool:
        """Give a subscriber what came after `offset`; False if that is not all here."""
        self._wake()
        if epoch != self.epoch or not self.ring.can_replay(offset):
            return False
        self.subscribers[subscriber] = None
        fields: Fields = [
            ("epoch", epoch),
            ("offset", offset),
            *messages.RECOVERED,
        ]
        if offset == self.offset:
            frame = self._frame("resumed", fields)
        else:
            has = self.ring.find(offset) or self._begun
            text = messages.frame("resumed", fields)
            frame = PreparedFrame(text, seq=has.seq, trades=has.trades)
        subscriber.resume(self, offset, frame)
        return True

    def leave(self, subscriber: Subscriber) -> None:
        """Give a subscriber nothing more."""
        self.subscribers.pop(subscriber, None)
        if not self.subscribers:
            self.waits = False
            self.idle_since_ms = self._context.mono_ms()

    @property
    def seq(self) -> int:
        """The newest trade whose effects its readers have."""
        return self._state.seq

    def flush(self) -> None:
        """Send what changed now, whether its time has come or not."""
        if self.subscribers:
            self.waits = False
            self._send_all(self._deltas())

    def publish(self) -> None:
        """Send what changed since the last tick, or note that it `waits` for the next."""
        if not self.subscribers:
            return
        now_ms = self._context.mono_ms()
        lags = self._context.board.seq - self._state.seq > LAG_MAX
        self.waits = now_ms < self.due_ms - EARLY_MS and not lags
        if self.waits:
            return
        self.due_ms += self.subscription.tick_ms
        if self.due_ms <= now_ms:
            self.due_ms = now_ms + self.subscription.tick_ms
        self._send_all(self._deltas())

    def heartbeat(self) -> None:
        """Say that nothing has changed for a while; what has, is told as a delta."""
        if self._context.mono_ms() - self._sent_ms < HEARTBEAT_MS:
            return
        if self.subscribers and not self._send_all(self._deltas()):
            fields: Fields = [
                ("offset", self.offset),
                ("ts_ms", self._context.now_ms()),
                ("feed", self._state.feed()),
            ]
            self._send_all([self._frame("heartbeat", fields)])

    def snapshot(
        self, message_id: object = None, extra: Fields | None = None
    ) -> PreparedFrame:
        """Return the whole state as of the last delta.

        Args:
            message_id: Of the message that it answers.
            extra: Fields for this reader alone.
        """
        if self._snapshot is None:
            self._snapshot = self._state.fields()
        mine = [*messages.answer_to(message_id), *(extra or [])]
        if not mine and self._shared is not None:
            return self._shared
        head: Fields = [
            ("v", messages.VERSION),
            ("epoch", self.epoch),
            ("offset", self.offset),
        ]
        frame = self._frame("snapshot", [*mine, *head, *self._snapshot])
        if not mine:
            self._shared = frame
        return frame

    def _wake(self) -> None:
        """Make up for what happened while nobody listened."""
        if self.subscribers:
            return
        if not self._state.can_advance:
            self._begin()
            return
        self._deltas()
        self._sent_ms = self.due_ms = self._context.mono_ms()

    def _deltas(self) -> list[PreparedFrame]:
        """Return the next deltas, and keep them."""
        frames: list[PreparedFrame] = []
        for change in self._state.advance():
            self.offset += 1
            self.trades += change.trades
            delta = [("offset", self.offset), *change.fields]
            frame = self._frame("delta", delta, change.seq)
            self._history.add(self.ring, frame, self._context.mono_ms())
            frames.append(frame)
        self._snapshot = self._shared = None
        return frames

    def _frame(
        self, kind: str, fields: Fields, seq: int | None = None
    ) -> PreparedFrame:
        has_seq = self._state.seq if seq is None else seq
        text = messages.frame(kind, fields)
        return PreparedFrame(text, seq=has_seq, trades=self.trades)

    def _send_all(self, frames: list[PreparedFrame]) -> bool:
        """Send frames to everybody; return whether there were any."""
        for frame in frames:
            self._sent_ms = self._context.mono_ms()
            for subscriber in self.subscribers:
                subscriber.push(frame)
        return bool(frames)
