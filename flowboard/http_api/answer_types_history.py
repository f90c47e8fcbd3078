"""Lists of markets, candles, trades, categories and quotes, as types.

See `answer_types`.
"""

from msgspec import UNSET, Struct, UnsetType

from flowboard.http_api.answer_types import AsOf
from flowboard.http_api.answer_types_market import MarketObject
from flowboard.stream_frames.values import (
    Combos,
    Contracts,
    Dollars,
    Ms,
    Price,
    Seq,
    Trade,
)


class MarketList(Struct, frozen=True, kw_only=True):
    """Markets that pass, ranked; ties by ticker.

    Attributes:
        markets: A page of them.
        count: Of these.
        total: How many pass.
        sort: What ranks them.
        combos: Whether combo markets are among them.
        timestamp: The server's wall clock, ISO 8601, UTC.
        cursor: Gives the next page; empty behind the last.
    """

    markets: tuple[MarketObject, ...]
    count: int
    total: int
    sort: str
    combos: Combos
    timestamp: str
    cursor: str


class Candle(Struct, frozen=True, kw_only=True):
    """What a market did in an interval; there is none where it was not traded.

    Attributes:
        ts_ms: Where it begins; hours and days are those of UTC.
        open_dollars: Price of YES in the first trade.
        high_dollars: The highest.
        low_dollars: The lowest.
        close_dollars: In the last trade.
        volume_fp: Contracts.
        yes_volume_fp: Those of YES takers.
        no_volume_fp: Those of NO takers.
        net_flow_fp: YES less NO.
        notional_dollars: What all takers paid.
        yes_flow_dollars: What YES takers paid.
        no_flow_dollars: What NO takers paid.
        trade_count: Trades.
        running: Whether it is not over yet.
        gap: Whether trades may be missing from it.
    """

    ts_ms: Ms
    open_dollars: Price
    high_dollars: Price
    low_dollars: Price
    close_dollars: Price
    volume_fp: Contracts
    yes_volume_fp: Contracts
    no_volume_fp: Contracts
    net_flow_fp: Contracts
    notional_dollars: Dollars
    yes_flow_dollars: Dollars
    no_flow_dollars: Dollars
    trade_count: int
    running: bool
    gap: bool


class GapInSpan(Struct, frozen=True, kw_only=True):
    """A part of the span in which trades may be missing.

    Attributes:
        gap: Its number; `/api/coverage` has more of it.
        cause: Why.
        from_ms: The first millisecond that may be missing.
        to_ms: The first that is not; null: to the newest trade there is.
        state: open, or healing.
    """

    gap: int
    cause: str
    from_ms: Ms
    to_ms: Ms | None
    state: str


class CandleList(Struct, frozen=True, kw_only=True):
    """A market's newest candles of a span.

    Attributes:
        ticker: The market.
        interval: Their length.
        candles: Oldest first; intervals without a trade are left out.
        count: Of them.
        from_ms: Where what was looked through begins.
        to_ms: Where it ends.
        gaps: Where in it trades may be missing.
        timestamp: The server's wall clock, ISO 8601, UTC.
        seq: Of the newest trade in these figures.
        cursor: Gives the candles before these; empty where there are none.
    """

    ticker: str
    interval: str
    candles: tuple[Candle, ...]
    count: int
    from_ms: Ms
    to_ms: Ms
    gaps: tuple[GapInSpan, ...]
    timestamp: str
    seq: Seq
    cursor: str


class TradeList(Struct, frozen=True, kw_only=True):
    """Trades of all markets on disk, newest first, a page at a time, or the largest.

    Attributes:
        trades: A page of them: fewer than asked for, or none, where few pass.
        count: Of these.
        timestamp: The server's wall clock, ISO 8601, UTC.
        cursor: Gives the next page; empty behind the last.
        total: With `sort=largest` alone: whale prints of the span that pass.
        threshold_dollars: With `sort=largest` alone: the least dollars of one of these.
        from_ms: With `sort=largest` alone: where what was looked at begins.
    """

    trades: tuple[Trade, ...]
    count: int
    timestamp: str
    cursor: str
    total: int | UnsetType = UNSET
    threshold_dollars: Dollars | UnsetType = UNSET
    from_ms: Ms | UnsetType = UNSET


class LeagueCount(Struct, frozen=True, kw_only=True):
    """A league of a category.

    Attributes:
        league: Its name.
        open_markets: Markets that can be traded, as far as is known.
        active_markets: Markets with a trade in the window.
        notional_dollars: What takers paid in the window.
    """

    league: str
    open_markets: int
    active_markets: int
    notional_dollars: Dollars


class SeriesCount(Struct, frozen=True, kw_only=True):
    """A series of a category.

    Attributes:
        series_ticker: Its name.
        title: What it is called.
        open_markets: Markets that can be traded, as far as is known.
        active_markets: Markets with a trade in the window.
        notional_dollars: What takers paid in the window.
    """

    series_ticker: str
    title: str
    open_markets: int
    active_markets: int
    notional_dollars: Dollars


class CategoryCount(Struct, frozen=True, kw_only=True):
    """One category.

    Attributes:
        category: The exchange's word; empty for markets of which none is told.
        open_markets: Markets that can be traded, as far as is known.
        active_markets: Markets with a trade in the window.
        notional_dollars: What takers paid in the window.
        leagues: Its leagues, those first in which most was paid.
        series: Its series, likewise; 100 at most.
        series_count: How many series there are.
    """

    category: str
    open_markets: int
    active_markets: int
    notional_dollars: Dollars
    leagues: tuple[LeagueCount, ...]
    series: tuple[SeriesCount, ...]
    series_count: int


class CategoryList(AsOf, frozen=True, kw_only=True):
    """Categories, those first in which most was paid.

    Attributes:
        categories: Each with its leagues and series.
        count: Of them.
        combos: Whether combo markets are counted.
    """

    categories: tuple[CategoryCount, ...]
    count: int
    combos: Combos


class QuoteSnapshot(Struct, frozen=True, kw_only=True):
    """A market's best prices from a moment on.

    Attributes:
        market_ticker: The market.
        ts_ms: When they became so.
        yes_bid_dollars: The best bid for YES; null: none.
        yes_ask_dollars: The best ask; null: none.
        yes_bid_size_fp: Contracts at the bid.
        yes_ask_size_fp: Contracts at the ask.
        open_interest_fp: Contracts that are held.
        source: ws, or poll.
        sequence: Rises within a market and source: `ts_ms`, for the exchange numbers
            no quotes.
    """

    market_ticker: str
    ts_ms: Ms
    yes_bid_dollars: Price | None
    yes_ask_dollars: Price | None
    yes_bid_size_fp: Contracts
    yes_ask_size_fp: Contracts
    open_interest_fp: Contracts
    source: str
    sequence: int


class QuotedSpan(Struct, frozen=True, kw_only=True):
    """Where each change of a quote was stored.

    Attributes:
        source: ws, or poll.
        from_ms: Where it begins.
        to_ms: Where it ends.
    """

    source: str
    from_ms: Ms
    to_ms: Ms


class SnapshotList(Struct, frozen=True, kw_only=True):
    """A market's quotes on disk, newest first: each holds until the next one.

    Attributes:
        ticker: The market.
        snapshots: A page of them.
        count: Of these.
        covered: Where nothing is missing between them; the newest 200 spans.
        timestamp: The server's wall clock, ISO 8601, UTC.
        cursor: Gives the next page; empty behind the last.
    """

    ticker: str
    snapshots: tuple[QuoteSnapshot, ...]
    count: int
    covered: tuple[QuotedSpan, ...]
    timestamp: str
    cursor: str


class LatestSnapshot(Struct, frozen=True, kw_only=True):
    """A market's last quote.

    Attributes:
        ticker: The market.
        snapshot: Null where there never was one.
        timestamp: The server's wall clock, ISO 8601, UTC.
    """

    ticker: str
    snapshot: QuoteSnapshot | None
    timestamp: str


class OneMarket(Struct, frozen=True, kw_only=True):
    """The market of an id.

    Attributes:
        market: The market.
        timestamp: The server's wall clock, ISO 8601, UTC.
    """

    market: MarketObject
    timestamp: str
