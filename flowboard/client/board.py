"""Frames -> the board, row by row as the server shows it; pure."""

from collections.abc import Callable
from decimal import Decimal

from msgspec import UNSET
from msgspec.structs import asdict

from flowboard.client.position import Position, Verdict
from flowboard.stream_frames import (
    Delta,
    Event,
    Feed,
    Heartbeat,
    HotRow,
    RowChange,
    ServerFrame,
    Snapshot,
    Stats,
    Trade,
    Trades,
)

TRADES_KEPT = 200
WHALES_KEPT = 50
_FIGURES: dict[str, Callable[[HotRow], Decimal]] = {
    "notional": lambda row: Decimal(row.notional_dollars),
    "volume": lambda row: Decimal(row.volume_fp),
    "net_flow": lambda row: abs(Decimal(row.net_flow_fp)),
    "heat": lambda row: Decimal(-1 if row.heat is None else row.heat),
}


class Board:
    """What the server shows under one subscription.

    Args:
        trades_kept: How many trades to keep; the server's snapshot has 200.

    Attributes:
        rows: Hot markets by ticker.
        trades: Newest first by exchange time, late ones where they belong.
        whales: The largest prints of the window, largest first, 50 at most.
        events: By event ticker; with the channel `events` alone.
        stats: Totals; None before the first snapshot, as the next one.
        feed: How trades reach the server.
        mode: live, polling or demo.
        sort: What ranks the hot markets.
        window: What the figures are sums over.
        window_from_ms: Its first millisecond.
        window_to_ms: The first one after it.
        window_covered_ms: How much of it the tape reaches over.
        ts_ms: Board time of the last frame.
    """

    def __init__(self, trades_kept: int = TRADES_KEPT) -> None:
        self.rows: dict[str, HotRow] = {}
        self.trades: list[Trade] = []
        self.whales: list[Trade] = []
        self.events: dict[str, Event] = {}
        self.stats: Stats | None = None
        self.feed: Feed | None = None
        self.mode = ""
        self.sort = "notional"
        self.window = ""
        self.window_from_ms = self.window_to_ms = self.window_covered_ms = 0
        self.ts_ms = 0
        self._trades_kept = trades_kept
        self._position = Position()

    @property
    def epoch(self) -> str | None:
        """Names process and stream; None before the first snapshot."""
        return self._position.epoch

    @property
    def offset(self) -> int:
        """Of the last delta that is in it."""
        return self._position.offset

    @property
    def seq(self) -> int | None:
        """The newest trade in its figures; None before the first snapshot."""
        return self._position.seq

    def hot_markets(self) -> list[HotRow]:
        """Return the hot markets as the server ranks them."""
        figure = _FIGURES.get(self.sort, _FIGURES["notional"])
        return sorted(self.rows.values(), key=lambda r: (-figure(r), r.market_ticker))

    def ranked_events(self) -> list[Event]:
        """Return the events as the server ranks them."""
        figure = _event_flow if self.sort == "net_flow" else _event_dollars
        return sorted(self.events.values(), key=lambda e: (-figure(e), e.event_ticker))

    def apply(self, frame: ServerFrame) -> Verdict:
        """Take in a frame, unless it is not the next one.

        Returns:
            `take`, `over` where it says nothing new; `hole` where deltas are missing
            before it, `snapshot` where only a snapshot helps: the board stays as it was.
        """
        verdict = self._position.judge(frame)
        if isinstance(frame, Heartbeat) and verdict != "over":
            self.feed, self.ts_ms = frame.feed, frame.ts_ms
        if verdict != "take":
            return verdict
        if isinstance(frame, Snapshot):
            self._replace(frame)
        elif isinstance(frame, Delta):
            rows = _changed(self.rows, frame)
            if rows is None:
                return "snapshot"
            self._change(frame, rows)
        elif isinstance(frame, Trades):
            self._add(frame.trades)
        self._position.take(frame)
        return verdict

    def _replace(self, frame: Snapshot) -> None:
        self.mode, self.sort = frame.mode, frame.subscription.sort
        self.rows = {row.market_ticker: row for row in frame.hot_markets}
        self.trades = list(frame.recent_trades[: self._trades_kept])
        self.whales = list(frame.whales[:WHALES_KEPT])
        self.events = {event.event_ticker: event for event in frame.events}
        self.feed = frame.feed
        self._tell_time(frame)

    def _change(self, frame: Delta, rows: dict[str, HotRow]) -> None:
        self.rows = rows
        self._add(frame.trades)
        from_ms = frame.window_from_ms
        known = _once(self.whales, frame.whales)
        whales = [whale for whale in known if whale.ts_ms >= from_ms]
        whales.sort(key=_largest, reverse=True)
        self.whales = whales[:WHALES_KEPT]
        if frame.events or frame.events_left:
            now = self.events | {event.event_ticker: event for event in frame.events}
            left = frozenset(frame.events_left)
            self.events = {name: e for name, e in now.items() if name not in left}
        if frame.feed is not None:
            self.feed = frame.feed
        self._tell_time(frame)

    def _tell_time(self, frame: Snapshot | Delta) -> None:
        self.stats = frame.stats
        self.window = frame.window
        self.window_from_ms, self.window_to_ms = (
            frame.window_from_ms,
            frame.window_to_ms,
        )
        self.window_covered_ms = frame.window_covered_ms
        self.ts_ms = frame.ts_ms

    def _add(self, trades: tuple[Trade, ...]) -> None:
        if trades:
            known = _once(self.trades, trades)
            known.sort(key=_in_time, reverse=True)
            self.trades = known[: self._trades_kept]


def _changed(rows: dict[str, HotRow], delta: Delta) -> dict[str, HotRow] | None:
    """Return the rows after `delta`, or None where it changes one that is not known."""
    now = dict(rows)
    for change in delta.hot_markets:
        row = _row(now.get(change.market_ticker), change)
        if row is None:
            return None
        now[change.market_ticker] = row
    for ticker in delta.left:
        now.pop(ticker, None)
    return now


def _row(row: HotRow | None, change: RowChange) -> HotRow | None:
    fields = {k: v for k, v in asdict(change).items() if v is not UNSET}
    try:
        return HotRow(**(({} if row is None else asdict(row)) | fields))
    except TypeError:
        return None


def _event_dollars(event: Event) -> Decimal:
    return Decimal(event.notional_dollars)


def _event_flow(event: Event) -> Decimal:
    return Decimal(event.flow_size_fp)


def _once(known: list[Trade], new: tuple[Trade, ...]) -> list[Trade]:
    return list({trade.seq: trade for trade in (*known, *new)}.values())


def _in_time(trade: Trade) -> tuple[int, bool, Decimal, int]:
    """Within a millisecond YES takers first, each by the price they paid, then seq."""
    yes = trade.taker_outcome_side == "yes"
    paid = trade.yes_price_dollars if yes else trade.no_price_dollars
    return trade.ts_ms, not yes, Decimal(paid), trade.seq


def _largest(trade: Trade) -> tuple[Decimal, tuple[int, bool, Decimal, int]]:
    return Decimal(trade.notional_dollars), _in_time(trade)
