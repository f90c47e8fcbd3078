"""A board, its hub and one reader: /ws/stream without a socket."""

import asyncio
import json
from dataclasses import dataclass, field

from flowboard.board import Board
from flowboard.feed_status import FeedStatus
from flowboard.hub import Hub
from flowboard.markets import Markets
from flowboard.resume_point import ResumePoint
from flowboard.stream_messages import render_trades
from flowboard.subscriber import Subscriber
from flowboard.subscription import TICK_MS, Subscription
from flowboard.trade_filter import TradeFilter
from tests.trade_batches import START_MS, batch_of

WHALE_E6 = 1_000_000
WALL_MS = START_MS + 123
FIGURES = {
    "notional": "notional_dollars",
    "volume": "volume_fp",
    "net_flow": "net_flow_fp",
    "heat": "heat",
}
ALL = TradeFilter(combos=True)
EVERYTHING = Subscription(filter=ALL)


class Sink:
    """An outlet into a list; it takes no more while its event is clear."""

    def __init__(self):
        self.writable = asyncio.Event()
        self.writable.set()
        self.waiting_bytes = 300_000  # Where it is not writable.
        self.sent = []

    @property
    def is_writable(self):
        return self.writable.is_set()

    def send_frame(self, frame):
        self.sent.append(frame)


@dataclass
class Stage:
    """A board, its hub and clocks that stand still until told."""

    mono_ms: int = 1_000_000
    board: Board = field(default_factory=lambda: Board(Markets(), WHALE_E6))
    status: FeedStatus = field(default_factory=lambda: FeedStatus(0))

    def __post_init__(self):
        self.hub = self.new_hub()

    def new_hub(self):
        return Hub(
            self.board,
            self.status,
            mode="demo",
            mono_ms=lambda: self.mono_ms,
            wall_ms=lambda: WALL_MS,
        )

    def fold(self, prints, board_ms, source="ws"):
        """Let the board take in trades that nobody was told of yet."""
        entries = []
        if prints:
            batch = batch_of(prints, self.board.markets, source)
            entries = render_trades(batch, self.board.markets)
            self.board.fold(batch, entries)
        self.board.advance(board_ms)
        return entries

    def beat(self, prints, board_ms):
        """Let a tick of the default stream pass with these trades."""
        self.mono_ms += TICK_MS
        self.fold(prints, board_ms)
        self.hub.publish()

    def join(self, subscription=EVERYTHING, message_id=None, **since):
        subscriber = new_subscriber()
        self.hub.join(subscriber, subscription, message_id, ResumePoint(**since))
        return subscriber

    def fresh(self, subscription):
        """Return the snapshot of a hub that has told nobody anything yet."""
        subscriber = new_subscriber()
        self.new_hub().join(subscriber, subscription)
        (snapshot,) = frames(subscriber)
        return snapshot


def new_subscriber():
    """Return a client with a list for a socket; the codes it is closed with in another."""
    codes = []
    subscriber = Watched(Sink(), codes.append)
    subscriber.codes = codes
    return subscriber


class Watched(Subscriber):
    """A subscriber with a place for the codes that it was closed with."""


def texts(subscriber):
    """Return the frames that a client was sent since the last call."""
    sent = [frame.text for frame in subscriber.outlet.sent]
    subscriber.outlet.sent.clear()
    return sent


def frames(subscriber):
    return [json.loads(text) for text in texts(subscriber)]


class Reader:
    """Follows a stream by the rule of docs/stream.md, knowing nothing of the product."""

    def __init__(self, snapshot):
        self.sort = snapshot["subscription"]["sort"]
        self.limits = {"trades": 200, "whales": 50}
        self.epoch, self.offset = snapshot["epoch"], snapshot["offset"]
        self.rows = {row["market_ticker"]: row for row in snapshot["hot_markets"]}
        self.trades = snapshot.get("recent_trades", [])
        self.whales = snapshot.get("whales", [])
        self.events = {e["event_ticker"]: e for e in snapshot.get("events", [])}
        self.stats, self.feed = snapshot["stats"], snapshot["feed"]

    def read(self, delta):
        assert delta["type"] == "delta"
        self.offset += 1
        assert delta["offset"] == self.offset
        for change in delta.get("hot_markets", []):
            ticker = change["market_ticker"]
            self.rows[ticker] = self.rows.get(ticker, {}) | change
        for ticker in delta.get("left", []):
            del self.rows[ticker]
        self.trades = sorted(
            self.trades + delta.get("trades", []), key=in_time, reverse=True
        )[: self.limits["trades"]]
        whales = [
            whale
            for whale in self.whales + delta.get("whales", [])
            if whale["ts_ms"] >= delta["window_from_ms"]
        ]
        whales.sort(
            key=lambda w: (number(w, "notional_dollars"), in_time(w)), reverse=True
        )
        self.whales = whales[: self.limits["whales"]]
        for event in delta.get("events", []):
            self.events[event["event_ticker"]] = event
        for ticker in delta.get("events_left", []):
            del self.events[ticker]
        self.stats = delta.get("stats", self.stats)
        self.feed = delta.get("feed", self.feed)

    def hot_markets(self):
        figure = FIGURES[self.sort]

        def rank(row):
            return -abs(number(row, figure)), row["market_ticker"]

        return sorted(self.rows.values(), key=rank)

    def ranked_events(self):
        key = "flow_size_fp" if self.sort == "net_flow" else "notional_dollars"
        return sorted(
            self.events.values(), key=lambda e: (-number(e, key), e["event_ticker"])
        )

    def assert_equals(self, snapshot):
        assert self.hot_markets() == snapshot["hot_markets"]
        assert self.trades == snapshot.get("recent_trades", [])
        assert self.whales == snapshot.get("whales", [])
        assert self.ranked_events() == snapshot.get("events", [])
        assert self.stats == snapshot["stats"]


def number(thing, key):
    return int(str(thing[key]).replace(".", ""))


def in_time(trade):
    yes = trade["taker_outcome_side"] == "yes"
    paid = number(trade, "yes_price_dollars" if yes else "no_price_dollars")
    return trade["ts_ms"], not yes, paid, trade["seq"]
