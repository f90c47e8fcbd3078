"""The subscription to trades: its answer, its sequence, its sudden end.

Pure: frames in, an `Outcome` out; what went wrong is told to the `FeedStatus`.
"""

from collections.abc import Iterator
from enum import Enum, auto
from itertools import count

import msgspec

from flowboard.errors import FeedInterrupted
from flowboard.feed_status import FeedStatus
from flowboard.kalshi.messages import (
    ErrorFrame,
    OkFrame,
    SubscribedFrame,
    UnsubscribedFrame,
)

CHANNEL = "trade"
CHANNEL_ERROR = 10
BUFFER_OVERFLOW = 25
TERMINAL = frozenset({CHANNEL_ERROR, BUFFER_OVERFLOW})

Ack = SubscribedFrame | OkFrame | UnsubscribedFrame | ErrorFrame


class Outcome(Enum):
    """What a frame means for the subscription."""

    NOTHING = auto()
    SUBSCRIBED = auto()
    LOST = auto()


class TradeSubscription:
    """Every public trade of the exchange, over one connection.

    Args:
        status: Is told of gaps and repeats in the numbers.
        command_ids: Numbers of commands, shared with the other subscriptions.

    Attributes:
        loss: Why the subscription was last lost, as the cause of a gap.
    """

    def __init__(
        self, status: FeedStatus, command_ids: Iterator[int] | None = None
    ) -> None:
        self._status = status
        self._command_ids = count(1) if command_ids is None else command_ids
        self.loss = ""
        self._command_id = 0
        self._pending = False
        self._sid: int | None = None
        self._last_seq: dict[int, int] = {}

    def command(self) -> str:
        """Return the next `subscribe` to send; `take` then waits for its answer."""
        self._command_id = next(self._command_ids)
        self._pending = True
        self._sid = None
        command = {
            "id": self._command_id,
            "cmd": "subscribe",
            "params": {"channels": [CHANNEL]},
        }
        return msgspec.json.encode(command).decode()

    def sequence(self, sid: int | None, seq: int | None) -> None:
        """Check the number of a frame of subscription `sid`; acks take numbers too."""
        if sid is None or seq is None:
            return
        last = self._last_seq.get(sid)
        self._last_seq[sid] = seq
        if last is None or seq == last + 1:
            return
        if seq > last:
            self._status.gap("seq")
        else:
            self._status.count("seq_repeats" if seq == last else "seq_resets")

    def take(self, frame: Ack) -> Outcome:
        """Return what an answer or an error means.

        Raises:
            FeedInterrupted: The exchange refused to subscribe us.
        """
        if isinstance(frame, SubscribedFrame):
            if frame.msg.channel != CHANNEL or not self._pending:
                return Outcome.NOTHING
            return self._subscribed(frame.msg.sid)
        self.sequence(frame.sid, frame.seq)
        answers = self._pending and frame.id == self._command_id
        if isinstance(frame, OkFrame):
            # A second subscription to a channel is merged, and answered so.
            return self._subscribed(frame.sid) if answers else Outcome.NOTHING
        if isinstance(frame, ErrorFrame):
            if answers:
                raise FeedInterrupted(
                    "the exchange did not subscribe us to its trades (error "
                    f"{frame.msg.code}: {frame.msg.msg[:200]}); Flowboard tries again"
                )
            if frame.msg.code not in TERMINAL:
                self._status.count("error_frames")
                return Outcome.NOTHING
        return self._lost(frame)

    def _subscribed(self, sid: int | None) -> Outcome:
        self._pending = False
        self._sid = sid
        return Outcome.SUBSCRIBED

    def _lost(self, frame: UnsubscribedFrame | ErrorFrame) -> Outcome:
        ours = self._sid is None or frame.sid is None or frame.sid == self._sid
        if self._pending or not ours:
            return Outcome.NOTHING
        if frame.sid is not None:
            self._last_seq.pop(frame.sid, None)
        if isinstance(frame, UnsubscribedFrame):
            self.loss = "unsubscribed"
        else:
            self.loss = f"error_{frame.msg.code}"
        return Outcome.LOST
