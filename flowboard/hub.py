"""Changed rows -> every subscriber, waiting for none."""

import asyncio
import secrets
from collections.abc import Callable, Sequence

from msgspec.structs import replace

from flowboard.board import Board
from flowboard.errors import FlowboardError
from flowboard.feed_status import FeedStatus
from flowboard.models import TapeEntry
from flowboard.stream import Context, Stream, pieces_of
from flowboard.subscriber import Subscriber
from flowboard.subscription import Subscription

STREAMS_MAX = 200
IDLE_MS = 300_000
RESTARTING = 1012


class TooManyStreams(FlowboardError):
    """Every stream that may exist has clients or had some a moment ago."""

    def __str__(self) -> str:
        return (
            f"{STREAMS_MAX} different subscriptions are in use: take one that others "
            "use, such as the default, or try again in five minutes"
        )


class Hub:
    """All streams of the board, one for each different subscription.

    Attributes:
        ready: Set once the windows are rebuilt; before that there is nothing to show.
        default: The subscription of a client that asks for nothing.

    Args:
        board: The figures.
        status: The feed's state.
        mode: live or demo.
        mono_ms: Monotonic milliseconds.
        wall_ms: Unix milliseconds.
        default_window: Window of the default subscription.
        default_limit: Its most hot markets.
    """

    def __init__(
        self,
        board: Board,
        status: FeedStatus,
        *,
        mode: str,
        mono_ms: Callable[[], int],
        wall_ms: Callable[[], int],
        default_window: str = "5m",
        default_limit: int = 50,
    ) -> None:
        self.default = Subscription(window=default_window, limit=default_limit)
        self.ready = asyncio.Event()
        self.closed = False
        self._context = Context(board, status, mode, mono_ms, wall_ms)
        self._process = secrets.token_hex(6)
        self._begun = 0
        self._streams: dict[Subscription, Stream] = {}
        self._places: dict[Subscriber, Stream] = {}
        self._published: tuple[object, ...] = ()
        self._told: tuple[object, ...] = ()

    @property
    def clients(self) -> int:
        """How many clients have a stream."""
        return len(self._places)

    def publish(self, entries: Sequence[TapeEntry]) -> None:
        """Tell every subscriber what changed.

        Args:
            entries: The new trades since the last call.
        """
        pieces = pieces_of(entries) if self._places else []
        for stream in self._streams.values():
            stream.publish(pieces)
        self._published = self._state()
        self._told = self._feed_state()

    def tick(self) -> None:
        """Tell of the feed's state, of itself; send heartbeats; forget idle streams.

        Call it several times a second: a feed that is silent makes no beat.
        """
        now_ms = self._context.mono_ms()
        if self.ready.is_set() and self._feed_state() != self._told:
            self.publish([])
        for subscription, stream in list(self._streams.items()):
            stream.heartbeat()
            if not stream.subscribers and now_ms - stream.idle_since_ms >= IDLE_MS:
                del self._streams[subscription]

    def join(
        self,
        subscriber: Subscriber,
        subscription: Subscription,
        message_id: object = None,
    ) -> None:
        """Give a subscriber the stream of `subscription`, in place of any it had.

        Raises:
            TooManyStreams: It keeps the one that it had.
        """
        if self.closed:
            subscriber.close(RESTARTING)
            return
        stream = self._streams.get(subscription) or self._new(subscription)
        self.leave(subscriber)
        self._catch_up()
        self._places[subscriber] = stream
        stream.join(subscriber, message_id)

    def resend(self, subscriber: Subscriber, message_id: object = None) -> None:
        """Send a subscriber its stream's snapshot once more."""
        self._catch_up()
        subscriber.resend(message_id)

    def leave(self, subscriber: Subscriber) -> None:
        """Give a subscriber nothing more."""
        stream = self._places.pop(subscriber, None)
        if stream is not None:
            stream.leave(subscriber)

    def close(self) -> None:
        """Tell every client that the server restarts; those who wait, too."""
        self.closed = True
        self.ready.set()
        for subscriber in self._places:
            subscriber.close(RESTARTING)

    def _catch_up(self) -> None:
        """Publish what moved since the last beat: a snapshot tells what deltas told.

        A reader that was told more than its stream would not hear when that is undone.
        """
        if self._state() != self._published:
            self.publish([])

    def _state(self) -> tuple[object, ...]:
        board, status = self._context.board, self._context.status
        feed = status.block(self._context.mono_ms())
        # An age grows by itself; it is told, and nobody is called because of it.
        return board.seq, board.board_ms, replace(feed, data_age_ms=None)

    def _feed_state(self) -> tuple[object, ...]:
        feed = self._context.status.block(self._context.mono_ms())
        return feed.state, feed.connected, feed.open_gaps

    def _new(self, subscription: Subscription) -> Stream:
        if len(self._streams) >= STREAMS_MAX:
            raise TooManyStreams
        self._begun += 1
        epoch = f"{self._process}s{self._begun}"
        stream = Stream(subscription, epoch, self._context)
        self._streams[subscription] = stream
        return stream
