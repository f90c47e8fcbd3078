"""One stream: what the clients of one subscription share, a frame a beat.

A frame is built once and handed to every subscriber. After each delta, rows kept by
ticker equal a fresh snapshot's; a joiner takes the snapshot and its place in one step.
"""

from collections.abc import Callable, Sequence
from operator import attrgetter
from typing import NamedTuple

from msgspec.structs import replace

from flowboard import stream_messages as messages
from flowboard.board import Board
from flowboard.feed_status import FeedBlock, FeedStatus
from flowboard.models import WINDOWS_MS, MarketFlow, TapeEntry
from flowboard.subscriber import Subscriber
from flowboard.subscription import Subscription

HEARTBEAT_MS = 5_000
# A frame of so many trades stays below a mebibyte, the largest message that common
# WebSocket clients take.
FRAME_TRADES_MAX = 2_000

Fields = list[tuple[str, bytes | int | str]]


class Piece(NamedTuple):
    """Some of a beat's new trades as each stream needs them, joined once for all.

    Attributes:
        all: Rendered trades, oldest first.
        singles: The same without the combos.
    """

    all: bytes
    singles: bytes


class Row(NamedTuple):
    """A hot row as readers have it: what it was rendered from, and its fields."""

    flow: MarketFlow
    title: str | None
    fields: messages.RowFields


class Context(NamedTuple):
    """What all streams read.

    Attributes:
        board: The figures.
        status: The feed's state.
        mode: live, demo, ...: what kind of exchange this is.
        mono_ms: Monotonic milliseconds.
        wall_ms: Unix milliseconds.
    """

    board: Board
    status: FeedStatus
    mode: str
    mono_ms: Callable[[], int]
    wall_ms: Callable[[], int]


def window_fields(board: Board, window: str, wall_ms: int) -> Fields:
    """Return what everything with window figures carries.

    Before the first trade the window is the one that would end now.
    """
    from_ms, to_ms = board.span(window)
    covered_ms = board.covered_ms(window)
    if board.board_ms is None:
        span_ms = WINDOWS_MS[window]
        bucket_ms = 1_000 if span_ms <= WINDOWS_MS["15m"] else 60_000
        to_ms = (wall_ms // bucket_ms + 1) * bucket_ms
        from_ms = to_ms - span_ms
    return [
        ("window", window),
        ("window_from_ms", from_ms),
        ("window_to_ms", to_ms),
        ("window_covered_ms", covered_ms),
    ]


class Stream:
    """The frames of one subscription.

    Args:
        subscription: What it carries.
        epoch: Letters and digits; names process and stream.
        context: What all streams read.
    """

    def __init__(
        self, subscription: Subscription, epoch: str, context: Context
    ) -> None:
        self.subscription = subscription
        self.epoch = epoch
        self.offset = 0
        self.subscribers: dict[Subscriber, None] = {}
        self.idle_since_ms = context.mono_ms()
        self._context = context
        self._sent_ms = context.mono_ms()
        # What readers have.
        self._rows: dict[int, Row] = {}
        self._whales: set[int] = set()
        self._stats = b""
        self._feed = _lasting(context.status.block(context.mono_ms()))
        self._snapshot: Fields | None = None
        self._seq = 0  # The newest trade whose effects readers have.

    def join(self, subscriber: Subscriber, message_id: object = None) -> None:
        """Give a subscriber the state and, from here on, every frame."""
        if not self.subscribers:
            self._catch_up()
        self.subscribers[subscriber] = None
        subscriber.begin(self.snapshot, message_id)

    def leave(self, subscriber: Subscriber) -> None:
        """Give a subscriber nothing more."""
        self.subscribers.pop(subscriber, None)
        if not self.subscribers:
            self.idle_since_ms = self._context.mono_ms()

    def publish(self, pieces: Sequence[Piece]) -> None:
        """Send what changed since the last frame, if anything did.

        Of a beat too large for one frame the first ones bring trades alone; what these
        trades have changed comes with the last.
        """
        self._snapshot = None
        if not self.subscribers:
            return
        for piece in pieces[:-1]:
            trades = self._trades(piece)
            if trades:
                self.offset += 1
                head = [("offset", self.offset), *self._times(self._seq)]
                self._send("delta", [*head, *trades, ("stats", self._stats)])
        self._seq = self._context.board.seq
        fields = self._delta(pieces[-1] if pieces else None)
        if fields is not None:
            self.offset += 1
            self._send("delta", [("offset", self.offset), *fields])

    def heartbeat(self) -> None:
        """Say that nothing has changed for a while."""
        context = self._context
        if self.subscribers and context.mono_ms() - self._sent_ms >= HEARTBEAT_MS:
            feed = context.status.block(context.mono_ms())
            self._feed = _lasting(feed)
            self._send(
                "heartbeat",
                [
                    ("offset", self.offset),
                    ("ts_ms", self._now_ms()),
                    ("feed", messages.feed_object(feed)),
                ],
            )

    def snapshot(self, message_id: object = None) -> str:
        """Return the whole state as of the last delta."""
        if self._snapshot is None:
            self._snapshot = self._state()
        answer = messages.answer_to(message_id)
        return messages.frame("snapshot", answer + self._snapshot).decode()

    def _send(self, kind: str, fields: Fields) -> None:
        self._sent_ms = self._context.mono_ms()
        text = messages.frame(kind, fields).decode()
        for subscriber in self.subscribers:
            subscriber.push(text)

    def _catch_up(self) -> None:
        """Take over the board as it is; nobody was told how it came there."""
        begun = bool(self._stats)
        changed = self._delta(None) is not None
        if begun and changed:
            self.offset += 1  # One offset of an epoch never means two states.
        self._seq = self._context.board.seq
        self._sent_ms = self._context.mono_ms()
        self._snapshot = None

    def _trades(self, piece: Piece) -> Fields:
        trades = piece.all if self.subscription.combos else piece.singles
        if not trades or "trades" not in self.subscription.channels:
            return []
        return [("trades", trades)]

    def _delta(self, piece: Piece | None) -> Fields | None:
        """Return the fields of the next delta, or None; readers are taken to have it."""
        context, wanted = self._context, self.subscription
        board = context.board
        fields: Fields = [] if piece is None else self._trades(piece)
        if "hot" in wanted.channels:
            fields += self._row_changes()
        if "whales" in wanted.channels:
            whales = board.whale_prints(wanted.window, wanted.combos)
            new = [entry for entry in whales if entry.seq not in self._whales]
            self._whales = {entry.seq for entry in whales}
            if new:
                new.sort(key=lambda entry: (entry.order_key, entry.seq))
                fields.append(("whales", messages.array(e.json for e in new)))
        stats = messages.render_stats(board.stats(wanted.window))
        feed = context.status.block(context.mono_ms())
        feed_changed = _lasting(feed) != self._feed
        if not fields and stats == self._stats and not feed_changed:
            return None
        self._stats, self._feed = stats, _lasting(feed)
        fields.append(("stats", stats))
        if feed_changed:
            fields.append(("feed", messages.feed_object(feed)))
        return [*self._times(board.seq), *fields]

    def _row_changes(self) -> Fields:
        board, wanted = self._context.board, self.subscription
        markets = board.markets
        flows = board.hot(wanted.window, wanted.sort, wanted.limit, wanted.combos)
        rows: dict[int, Row] = {}
        changes: list[bytes] = []
        for flow in flows:
            title = markets.titles[flow.market]
            before = self._rows.get(flow.market)
            if before is not None and before.flow == flow and before.title == title:
                rows[flow.market] = before
                continue
            fields = messages.row_fields(flow, markets)
            rows[flow.market] = Row(flow, title, fields)
            if before is not None:
                fields = messages.row_change(fields, before.fields)
            if fields:
                changes.append(messages.row_object(fields))
        left = [market for market in self._rows if market not in rows]
        self._rows = rows
        sent: Fields = []
        if changes:
            sent.append(("hot_markets", messages.array(changes)))
        if left:
            sent.append(("left", messages.tickers_array(left, markets)))
        return sent

    def _times(self, seq: int) -> Fields:
        context = self._context
        board, window = context.board, self.subscription.window
        return [
            ("seq", seq),
            ("ts_ms", self._now_ms()),
            *window_fields(board, window, context.wall_ms()),
        ]

    def _now_ms(self) -> int:
        board_ms = self._context.board.board_ms
        return self._context.wall_ms() if board_ms is None else board_ms

    def _state(self) -> Fields:
        context, wanted = self._context, self.subscription
        board = context.board
        # As the deltas told it, or a reader would not hear when it is as before.
        age_ms = context.status.block(context.mono_ms()).data_age_ms
        feed = replace(self._feed, data_age_ms=age_ms)
        fields: Fields = [
            ("v", messages.VERSION),
            ("epoch", self.epoch),
            ("offset", self.offset),
            *self._times(board.seq),
            ("mode", context.mode),
            ("feed", messages.feed_object(feed)),
            ("subscription", messages.subscription_object(wanted)),
        ]
        if "hot" in wanted.channels:
            rows = [messages.row_object(row.fields) for row in self._rows.values()]
            fields.append(("hot_markets", messages.array(rows)))
        if "trades" in wanted.channels:
            recent = board.recent(messages.RECENT_TRADES, wanted.combos)
            fields.append(("recent_trades", messages.array(e.json for e in recent)))
        if "whales" in wanted.channels:
            whales = board.whale_prints(wanted.window, wanted.combos)
            fields.append(("whales", messages.array(e.json for e in whales)))
        stats = messages.render_stats(board.stats(wanted.window))
        fields.append(("stats", stats))
        return fields


def pieces_of(entries: Sequence[TapeEntry]) -> list[Piece]:
    """Return a beat's new trades, oldest first, in pieces that each fit a frame.

    They come in the order of their `seq`, which the sort keeps where keys are equal.
    """
    ordered = sorted(entries, key=attrgetter("order_key"))
    pieces: list[Piece] = []
    for start in range(0, len(ordered), FRAME_TRADES_MAX):
        part = ordered[start : start + FRAME_TRADES_MAX]
        every = messages.array([entry.json for entry in part])
        singles = [entry.json for entry in part if not entry.combo]
        same = len(singles) == len(part)
        alone = messages.array(singles) if singles else b""
        pieces.append(Piece(every, every if same else alone))
    return pieces


def _lasting(feed: FeedBlock) -> FeedBlock:
    """Return what of the feed's state does not change by itself every moment."""
    return replace(feed, data_age_ms=None)
