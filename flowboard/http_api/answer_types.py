"""What each endpoint answers with, as types: the OpenAPI document is made of them.

A type says what is there, and makes no answer: answers are joined from parts that were
rendered once. That the two agree is tested with every endpoint. The first paragraph of
a docstring describes an object, `Attributes` each of its keys; units are in the types
`Ms`, `Price`, `Dollars` and `Contracts`. A key that may be missing is `| UnsetType`.
"""

from typing import Literal

from msgspec import UNSET, Struct, UnsetType

from flowboard.stream_frames import Event, Feed, HotRow, Sort, Trade
from flowboard.stream_frames.values import Combos, Dollars, Ms, Seq, Window


class Problem(Struct, frozen=True):
    """What went wrong.

    Attributes:
        code: For programs: it stays.
        message: A sentence for people: what happened, and what to do.
    """

    code: str
    message: str


class Refusal(Struct, frozen=True):
    """Every error's answer.

    Attributes:
        error: What went wrong.
    """

    error: Problem


class AsOf(Struct, frozen=True, kw_only=True):
    """Says when figures over a window were right, as the stream does.

    Attributes:
        timestamp: The server's wall clock, ISO 8601, UTC.
        seq: Of the newest trade in these figures.
        ts_ms: Board time: exchange time of the newest trade, and the time passed since.
        window: What the figures are sums over.
        window_from_ms: The first millisecond that counts.
        window_to_ms: The first that does not any more.
        window_covered_ms: How much of the window the tape reaches over.
    """

    timestamp: str
    seq: Seq
    ts_ms: Ms
    window: Window
    window_from_ms: Ms
    window_to_ms: Ms
    window_covered_ms: int


class HotEvent(Event, frozen=True, kw_only=True):
    """An event with its hot markets.

    Attributes:
        hot_markets: The rows of the stream, ranked.
    """

    hot_markets: tuple[HotRow, ...]


class HotMarkets(AsOf, frozen=True, kw_only=True):
    """The hot markets, ranked; ties by ticker.

    Attributes:
        hot_markets: The rows of the stream; not there with `group=event`.
        events: With `group=event` alone: the same rows under their events, these ranked
            by the same sort; by heat with their hottest market.
        count: Of the list.
        group: With `group=event` alone.
        sort: What ranks them.
        combos: Whether combo markets are among them.
    """

    hot_markets: tuple[HotRow, ...] | UnsetType = UNSET
    events: tuple[HotEvent, ...] | UnsetType = UNSET
    count: int
    group: Literal["event"] | UnsetType = UNSET
    sort: Sort
    combos: Combos


class WhalePrints(AsOf, frozen=True, kw_only=True):
    """The whale prints of a window, largest first.

    Attributes:
        whales: Trades.
        count: Of them.
        threshold_dollars: The least dollars of a whale print.
        combos: Whether those of combo markets are among them.
    """

    whales: tuple[Trade, ...]
    count: int
    threshold_dollars: Dollars
    combos: Combos


class BoardStats(AsOf, frozen=True, kw_only=True):
    """Totals over all markets, combos too.

    Attributes:
        trades_total: Trades of this installation.
        trades_per_s: Over the last minute.
        active_markets: Markets with a trade in the window.
        notional_dollars: What takers paid in the window.
        clients: Of the stream.
        counters: Of the feed since the start.
    """

    trades_total: int
    trades_per_s: float
    active_markets: int
    notional_dollars: Dollars
    clients: int
    counters: dict[str, int]


class UsualFlow(AsOf, frozen=True, kw_only=True):
    """What is usually paid in such a window at this hour of the day, combos too.

    Attributes:
        usual_notional_dollars: The median over days before of the dollars of this hour
            by UTC, for as long as the window is; in `24h` of whole days. null: no day.
        days: Of how many of the seven before the tape has all of that.
    """

    usual_notional_dollars: Dollars | None
    days: int


class RecentTrades(Struct, frozen=True, kw_only=True):
    """The newest trades of all markets, or all after a `seq`.

    Attributes:
        recent_trades: Newest first by exchange time; after a `seq`, by `seq`.
        count: Of them.
        timestamp: The server's wall clock, ISO 8601, UTC.
        seq: Everything up to here was looked at: the next `after_seq`.
        done: With `after_seq` alone: whether that is all there was.
    """

    recent_trades: tuple[Trade, ...]
    count: int
    timestamp: str
    seq: Seq
    done: bool | UnsetType = UNSET


class MarketTrades(Struct, frozen=True, kw_only=True):
    """One market's trades, newest first, a page at a time, the largest, or all after one.

    Attributes:
        ticker: The market.
        trades: Newest first; after a `seq`, by `seq`; or largest first.
        count: Of them.
        timestamp: The server's wall clock, ISO 8601, UTC.
        cursor: Gives the next page; empty behind the last. Not with `after_seq`.
        seq: With `after_seq` alone: everything up to here was looked at.
        done: With `after_seq` alone: whether that is all there was.
        total: With `sort=largest` alone: whale prints of the span that pass.
        threshold_dollars: With `sort=largest` alone: the least dollars of one of these.
        from_ms: With `sort=largest` alone: where what was looked at begins.
    """

    ticker: str
    trades: tuple[Trade, ...]
    count: int
    timestamp: str
    cursor: str | UnsetType = UNSET
    seq: Seq | UnsetType = UNSET
    done: bool | UnsetType = UNSET
    total: int | UnsetType = UNSET
    threshold_dollars: Dollars | UnsetType = UNSET
    from_ms: Ms | UnsetType = UNSET


class HealthReport(Struct, frozen=True, kw_only=True):
    """Whether the board can be relied on.

    Attributes:
        status: `degraded`: something is wrong, see the others.
        process: ok, rebuilding, or which stage has died.
        feed: How the exchange's trades reach the server.
        store: Whether trades can be stored.
        feed_policy: auto, websocket or polling: what the operator has chosen.
        clock_skew_ms: How far the exchange's clock is ahead; null before it was heard.
        loop_lag_ms: The longest that the server was late in the last minute.
        problem: What is wrong with the feed and what to do, where that is known.
    """

    status: Literal["ok", "degraded", "starting"]
    process: str
    feed: Feed
    store: Literal["ok", "failing"]
    feed_policy: str
    clock_skew_ms: int | None
    loop_lag_ms: int
    problem: str | UnsetType = UNSET


class PublicSettings(Struct, frozen=True, kw_only=True):
    """The settings that a client can use; others may be among them.

    Attributes:
        version: Of the server.
        mode: live, polling, demo or replay.
        windows: Every window.
        default_window: Where a query names none.
        sorts: Every sort.
        hot_markets_limit: Hot markets of a subscription that asks for nothing.
        whale_dollars: The least dollars of a whale print.
        stream: Where the stream is.
    """

    version: str
    mode: str
    windows: tuple[str, ...]
    default_window: str | UnsetType = UNSET
    sorts: tuple[str, ...] | UnsetType = UNSET
    hot_markets_limit: int | UnsetType = UNSET
    whale_dollars: int | UnsetType = UNSET
    stream: str | UnsetType = UNSET


class FeedChanged(Struct, frozen=True):
    """The feed that is asked for from now on.

    Attributes:
        feed: As it was asked for.
    """

    feed: Literal["auto", "websocket", "polling"]


class BackfillBegun(Struct, frozen=True):
    """A span is being filled in the background.

    Attributes:
        gap: Its number, of which `/api/coverage` tells more.
    """

    gap: int
