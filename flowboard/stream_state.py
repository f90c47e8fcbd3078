"""What the readers of one stream have, and what they must be told to have the board.

After each change, rows kept by ticker equal a fresh snapshot's: both are made of the
same state, which moves from tick to tick and not with the board.
"""

from collections.abc import Callable
from typing import NamedTuple

from msgspec.structs import replace

from flowboard import stream_messages as messages
from flowboard.board import Board
from flowboard.events import EventBook
from flowboard.feed_status import FeedBlock, FeedStatus
from flowboard.fresh_trades import FreshTrades, Piece
from flowboard.models import WINDOWS_MS, TapeEntry
from flowboard.row_book import Row, RowBook
from flowboard.selection import selection_of
from flowboard.subscription import Subscription
from flowboard.trade_filter import Sieve

EVENTS_MAX = 100

Fields = list[tuple[str, bytes | int | str]]


class Context(NamedTuple):
    """What all streams read.

    Attributes:
        board: The figures.
        status: The feed's state.
        mode: live, demo, ...: what kind of exchange this is.
        mono_ms: Monotonic milliseconds.
        wall_ms: Unix milliseconds.
        fresh: What is new on the tape.
        rows: Hot rows.
        events: The events.
    """

    board: Board
    status: FeedStatus
    mode: str
    mono_ms: Callable[[], int]
    wall_ms: Callable[[], int]
    fresh: FreshTrades
    rows: RowBook
    events: EventBook

    def now_ms(self) -> int:
        """Return board time; before there is one, the wall clock."""
        board_ms = self.board.board_ms
        return self.wall_ms() if board_ms is None else board_ms


class Change(NamedTuple):
    """What one frame tells.

    Attributes:
        fields: Of a delta, all but its `offset`.
        seq: The newest trade of which readers have all that came before, then.
        trades: How many new trades it brings.
    """

    fields: Fields
    seq: int
    trades: int


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


class StreamState:
    """The state of a subscription's stream; begins as the board is now.

    Args:
        subscription: What it carries.
        context: What all streams read.

    Attributes:
        seq: The newest trade whose effects readers have.
    """

    def __init__(self, subscription: Subscription, context: Context) -> None:
        self._wanted = subscription
        self._context = context
        self._sieve = Sieve(subscription.filter, context.board.markets)
        self._selection = selection_of(context.board, self._sieve)
        self.seq = context.board.seq
        self._rows: dict[int, Row] = {}
        self._recent: list[TapeEntry] = []
        self._whales: list[TapeEntry] = []
        self._events: dict[str, bytes] = {}
        self._stats = b""
        self._feed = _lasting(context.status.block(context.mono_ms()))
        self._times: Fields = []
        self.advance()

    @property
    def can_advance(self) -> bool:
        """Whether all trades that readers miss are still in memory."""
        return self._context.board.tape.reaches(self.seq)

    def advance(self) -> list[Change]:
        """Take over the board; return what readers must be told, a frame each.

        Of a beat too large for one frame the first ones bring trades alone; what these
        trades have changed comes with the last.
        """
        board = self._context.board
        fresh = self._context.fresh.between(self.seq, board.seq, self._sieve)
        self._selection.add(fresh.entries)
        changes = [
            Change(
                [*self._now(), *self._trades(piece), ("stats", self._stats)],
                self.seq,
                piece.trades,
            )
            for piece in fresh.pieces[:-1]
        ]
        self.seq = board.seq
        return changes + self._last(fresh.pieces[-1] if fresh.pieces else None)

    def fields(self) -> Fields:
        """Return a snapshot's fields from `seq` on, as of the last change."""
        context, channels = self._context, self._wanted.channels
        # As the deltas told it, or a reader would not hear when it is as before.
        age_ms = context.status.block(context.mono_ms()).data_age_ms
        fields: Fields = [
            *self._times,
            ("mode", context.mode),
            ("feed", messages.feed_object(replace(self._feed, data_age_ms=age_ms))),
            ("subscription", messages.subscription_object(self._wanted)),
        ]
        if "hot" in channels:
            rows = messages.array(row.whole for row in self._rows.values())
            fields.append(("hot_markets", rows))
        if "trades" in channels:
            trades = messages.array(entry.json for entry in self._recent)
            fields.append(("recent_trades", trades))
        if "whales" in channels:
            whales = messages.array(entry.json for entry in self._whales)
            fields.append(("whales", whales))
        if "events" in channels:
            fields.append(("events", messages.array(self._events.values())))
        return [*fields, ("stats", self._stats)]

    def feed(self) -> bytes:
        """Return the feed's state with its age now, just after `advance`."""
        return messages.feed_object(self._context.status.block(self._context.mono_ms()))

    def _last(self, piece: Piece | None) -> list[Change]:
        context, wanted = self._context, self._wanted
        fields: Fields = [] if piece is None else self._trades(piece)
        if "trades" in wanted.channels:
            self._recent = self._selection.recent(messages.RECENT_TRADES)
        if "hot" in wanted.channels:
            fields += self._row_changes()
        if "whales" in wanted.channels:
            fields += self._new_whales()
        if "events" in wanted.channels:
            fields += self._event_changes()
        stats = messages.render_stats(context.board.stats(wanted.window))
        feed = context.status.block(context.mono_ms())
        feed_changed = _lasting(feed) != self._feed
        changed = bool(fields) or feed_changed or stats != self._stats
        self._stats, self._feed = stats, _lasting(feed)
        self._times = self._now()
        if not changed:
            return []
        fields.append(("stats", stats))
        if feed_changed:
            fields.append(("feed", messages.feed_object(feed)))
        trades = 0 if piece is None else piece.trades
        return [Change([*self._times, *fields], self.seq, trades)]

    def _trades(self, piece: Piece) -> Fields:
        return [("trades", piece.json)] if "trades" in self._wanted.channels else []

    def _row_changes(self) -> Fields:
        wanted, context = self._wanted, self._context
        ranked = self._selection.ranked(wanted.window, wanted.sort, wanted.limit)
        rows = context.rows.rows(wanted.window, ranked)
        changes: list[bytes] = []
        for market, row in rows.items():
            before = self._rows.get(market)
            if before is None:
                changes.append(row.whole)
            elif before is not row and (change := row.change(before)):
                changes.append(change)
        left = [market for market in self._rows if market not in rows]
        self._rows = rows
        sent: Fields = []
        if changes:
            sent.append(("hot_markets", messages.array(changes)))
        if left:
            sent.append(("left", messages.tickers_array(left, context.board.markets)))
        return sent

    def _new_whales(self) -> Fields:
        known = {entry.seq for entry in self._whales}
        self._whales = self._selection.whales(self._wanted.window)
        new = [entry for entry in self._whales if entry.seq not in known]
        if not new:
            return []
        new.sort(key=lambda entry: (entry.order_key, entry.seq))
        return [("whales", messages.array(entry.json for entry in new))]

    def _event_changes(self) -> Fields:
        wanted = self._wanted
        events = self._context.events.objects(
            wanted.window,
            "flow" if wanted.sort == "net_flow" else "notional",
            min(wanted.limit, EVENTS_MAX),
            self._sieve.markets,
        )
        before, self._events = self._events, events
        changed = [text for name, text in events.items() if before.get(name) != text]
        left = [name for name in before if name not in events]
        sent: Fields = []
        if changed:
            sent.append(("events", messages.array(changed)))
        if left:
            sent.append(("events_left", messages.names_array(left)))
        return sent

    def _now(self) -> Fields:
        context = self._context
        window = window_fields(context.board, self._wanted.window, context.wall_ms())
        return [("seq", self.seq), ("ts_ms", context.now_ms()), *window]


def _lasting(feed: FeedBlock) -> FeedBlock:
    """Return what of the feed's state does not change by itself every moment."""
    return replace(feed, data_age_ms=None)
