"""Changed rows -> every subscriber, waiting for none."""

import asyncio
import secrets
from collections.abc import Callable

from flowboard.board import Board
from flowboard.errors import FlowboardError
from flowboard.events import EventBook
from flowboard.feed_status import FeedStatus
from flowboard.frame_history import FrameHistory
from flowboard.fresh_trades import FreshTrades
from flowboard.resume_point import BEGINNING, ResumePoint
from flowboard.row_book import RowBook
from flowboard.stream import Stream
from flowboard.stream_messages import LOST
from flowboard.stream_state import Context
from flowboard.subscriber import Subscriber
from flowboard.subscription import TICK_MS, TICKS_MS, Subscription
from flowboard.trade_filter import Sieve

STREAMS_MAX = 200
IDLE_MS = 300_000
RESTARTING = 1012


class TooManyStreams(FlowboardError):
    """Every stream that may exist has clients."""

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
        self._context = Context(
            board,
            status,
            mode,
            mono_ms,
            wall_ms,
            FreshTrades(board.tape),
            RowBook(board),
            EventBook(board),
        )
        self._history = FrameHistory()
        self._process = secrets.token_hex(6)
        self._begun = 0
        self._streams: dict[Subscription, Stream] = {}
        self._places: dict[Subscriber, Stream] = {}
        self._told: tuple[object, ...] = ()
        self._news = asyncio.Event()
        self._waiting = asyncio.Event()  # Set while a stream waits for its tick.

    @property
    def clients(self) -> int:
        """How many clients have a stream."""
        return len(self._places)

    @property
    def tick_ms(self) -> int:
        """How soon somebody wants to hear of a trade."""
        ticks = [
            s.subscription.tick_ms for s in self._streams.values() if s.subscribers
        ]
        return min(ticks, default=TICK_MS)

    async def news(self, after_seq: int) -> None:
        """Return once there is a trade later than `after_seq`, or the hub is closed."""
        while self._context.board.seq <= after_seq and not self.closed:
            await self._news.wait()

    async def run(self) -> None:
        """Send, for ever, what had to wait for its stream's tick and no beat came for."""
        while True:
            await self._waiting.wait()
            await asyncio.sleep(TICKS_MS[0] / 1000)
            if not self.publish_due():
                self._waiting.clear()

    def publish(self) -> None:
        """Tell subscribers what changed, each stream not sooner than it wants."""
        for stream in self._streams.values():
            stream.publish()
            if stream.waits:
                self._waiting.set()
        self._told = self._feed_state()
        self._news.set()
        self._news = asyncio.Event()

    def publish_due(self) -> bool:
        """Let streams send that waited for their tick; return whether some still do."""
        waiting = [stream for stream in self._streams.values() if stream.waits]
        for stream in waiting:
            stream.publish()
        return any(stream.waits for stream in waiting)

    def tick(self) -> None:
        """Tell of the feed's state, of itself; send heartbeats; look after the slow.

        Call it several times a second: a feed that is silent makes no beat.
        """
        now_ms = self._context.mono_ms()
        if self.ready.is_set() and self._feed_state() != self._told:
            self.publish()
        for subscription, stream in list(self._streams.items()):
            stream.heartbeat()
            if not stream.subscribers and now_ms - stream.idle_since_ms >= IDLE_MS:
                del self._streams[subscription]
        for subscriber in list(self._places):
            subscriber.look(now_ms)
        self._history.trim(now_ms)

    def join(
        self,
        subscriber: Subscriber,
        subscription: Subscription,
        message_id: object = None,
        since: ResumePoint = BEGINNING,
    ) -> None:
        """Give a subscriber the stream of `subscription`, in place of any it had.

        If it comes back and all that it missed is here, it is replaying afterwards: see
        `Subscriber.next_missed`. If it wants trades from the tape, and gets a snapshot,
        it is held.

        Raises:
            TooManyStreams: It keeps the one that it had.
        """
        if self.closed:
            subscriber.close(RESTARTING)
            return
        stream = self._streams.get(subscription) or self._new(subscription)
        before = self._places.get(subscriber)
        self.leave(subscriber)
        if before is not None:
            before.is_abandoned = True
        stream.is_abandoned = False
        self._places[subscriber] = stream
        future = since.seq is not None and since.seq > self._context.board.seq
        if since.epoch is not None and stream.resume(
            subscriber, since.epoch, since.offset
        ):
            return
        if since.seq is not None and since.seq > stream.seq:
            stream.flush()  # It has heard elsewhere what this stream is about to tell.
        lost = since.is_lost or since.epoch is not None or future
        stream.join(subscriber, message_id, list(LOST) if lost else None)
        if since.seq is not None:
            subscriber.hold()

    def sieve(self, subscription: Subscription) -> Sieve:
        """Return what passes a subscription's filter."""
        return Sieve(subscription.filter, self._context.board.markets)

    def leave(self, subscriber: Subscriber) -> None:
        """Give a subscriber nothing more."""
        stream = self._places.pop(subscriber, None)
        if stream is not None:
            stream.leave(subscriber)

    def close(self) -> None:
        """Tell every client that the server restarts; those who wait, too."""
        self.closed = True
        self.ready.set()
        self._news.set()
        for stream in self._streams.values():
            if stream.waits:
                stream.flush()
        for subscriber in list(self._places):
            subscriber.close(RESTARTING)

    def _feed_state(self) -> tuple[object, ...]:
        feed = self._context.status.block(self._context.mono_ms())
        return feed.state, feed.connected, feed.open_gaps

    def _new(self, subscription: Subscription) -> Stream:
        if len(self._streams) >= STREAMS_MAX:
            idle = [s for s in self._streams.values() if not s.subscribers]
            if not idle:
                raise TooManyStreams
            # Nobody comes back to one that was changed for another.
            idle.sort(key=lambda s: (not s.is_abandoned, s.idle_since_ms))
            del self._streams[idle[0].subscription]
        stream = Stream(subscription, self._epoch, self._history, self._context)
        self._streams[subscription] = stream
        return stream

    def _epoch(self) -> str:
        self._begun += 1
        return f"{self._process}s{self._begun}"
