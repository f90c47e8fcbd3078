"""/api/markets/{ticker} as types; see `answer_types`."""

from typing import Any

from msgspec import UNSET, Struct, UnsetType

from flowboard.http_api.answer_types_history import Candle, GapInSpan
from flowboard.http_api.answer_types_market import MarketObject
from flowboard.stream_frames.values import Contracts, Dollars, Ms, Price, Seq, Trade


class ShortMarket(Struct, frozen=True, kw_only=True):
    """One market in a list beside another one.

    Attributes:
        market_ticker: The market.
        title: Its question; null until it is known.
        outcome: What YES stands for.
        short_label: For narrow places.
        status: The exchange's word; unknown before it has told one.
        result: What it was settled as, once it is.
        floor_strike: Lower bound of its strike, where there is one.
        cap_strike: Upper bound, likewise.
        yes_price_dollars: Of the last trade in memory.
        yes_bid_dollars: The best bid for YES; null: none.
        yes_ask_dollars: The best ask; null: none.
        mid_dollars: Half way between bid and ask.
        notional_24h_dollars: What takers paid in 24 hours.
        net_flow_24h_fp: Contracts of YES takers less those of NO takers.
        trade_count_24h: Trades of 24 hours.
    """

    market_ticker: str
    title: str | None
    outcome: str
    short_label: str
    status: str
    result: str
    floor_strike: float | None
    cap_strike: float | None
    yes_price_dollars: Price | None
    yes_bid_dollars: Price | None
    yes_ask_dollars: Price | None
    mid_dollars: Price | None
    notional_24h_dollars: Dollars
    net_flow_24h_fp: Contracts
    trade_count_24h: int


class LegOfMarket(ShortMarket, frozen=True, kw_only=True):
    """One condition of a combo: an outcome of another market.

    Attributes:
        event_ticker: The event of that market.
        side: Which outcome.
    """

    event_ticker: str
    side: str


class EventOfMarket(Struct, frozen=True, kw_only=True):
    """The event that a market belongs to.

    Attributes:
        event_ticker: Its name; until it is told, the ticker less its last part.
        series_ticker: Its series.
        title: What it is about.
        sub_title: A shorter form of that.
        category: The exchange's.
        league: The second level of the category, where there is one.
        scope: What of it is bet on.
        mutually_exclusive: Whether one market at most ends in YES; null until told.
        strike_ts_ms: The moment that it is about, where that is one.
        markets: Its markets by strike, this one too; of many the 100 that most was
            paid in.
        market_count: How many are known.
    """

    event_ticker: str
    series_ticker: str
    title: str
    sub_title: str
    category: str
    league: str
    scope: str
    mutually_exclusive: bool | None
    strike_ts_ms: Ms | None
    markets: tuple[ShortMarket, ...]
    market_count: int


class SeriesOfMarket(Struct, frozen=True, kw_only=True):
    """Events that repeat.

    Attributes:
        series_ticker: Its name.
        title: What it is called.
        category: The exchange's.
        tags: Finer than the category.
        frequency: How often.
        fee_type: How fees are reckoned.
    """

    series_ticker: str
    title: str
    category: str
    tags: tuple[str, ...]
    frequency: str
    fee_type: str


class PriceRange(Struct, frozen=True, kw_only=True):
    """Prices from one to another, and what lies between two of them.

    Attributes:
        start: The first.
        end: The last.
        step: From one to the next.
    """

    start: str
    end: str
    step: str


class SettlementSource(Struct, frozen=True, kw_only=True):
    """Who says how it ended.

    Attributes:
        name: What it is called.
        url: Its address, as the exchange gives it.
    """

    name: str
    url: str


class MarketRules(Struct, frozen=True, kw_only=True):
    """What decides a market, in the exchange's words; empty or null where not told.

    Attributes:
        rules_primary: The rules.
        rules_secondary: More of them.
        early_close_condition: When it closes early.
        can_close_early: Whether it may.
        expiration_value: The value that decided it.
        strike_type: How value and strike are compared.
        functional_strike: The strike, where it is no number.
        floor_strike: Lower bound.
        cap_strike: Upper bound.
        custom_strike: The strike, where it is several things.
        price_level_structure: Label of the price grid.
        price_ranges: The grid.
        expiration_time: When it ends, ISO 8601.
        latest_expiration_time: When it ends at the latest.
        settlement_ts: When it was paid out.
        settlement_timer_seconds: How long after its result it is paid out.
        settlement_sources: Who says how it ended.
    """

    rules_primary: str
    rules_secondary: str
    early_close_condition: str
    can_close_early: bool | None
    expiration_value: str
    strike_type: str
    functional_strike: str
    floor_strike: float | None
    cap_strike: float | None
    custom_strike: dict[str, Any] | None
    price_level_structure: str
    price_ranges: tuple[PriceRange, ...]
    expiration_time: str
    latest_expiration_time: str
    settlement_ts: str
    settlement_timer_seconds: float | None
    settlement_sources: tuple[SettlementSource, ...]


class WindowOfMarket(Struct, frozen=True, kw_only=True):
    """A market's figures over one window, as in a hot row.

    Attributes:
        yes_price_dollars: The last price in the window.
        first_yes_price_dollars: The first.
        first_mid_dollars: Half way between bid and ask at its start.
        change_dollars: Mid less first mid; where one is null, last price less first.
        notional_dollars: What all takers paid.
        yes_flow_dollars: What YES takers paid.
        no_flow_dollars: What NO takers paid.
        net_flow_fp: Contracts of YES takers less those of NO takers: the direction.
        volume_fp: Contracts.
        trade_count: Trades.
        heat: 0 to 100, money a minute against the day before; not there in `24h`.
        sparkline: The last YES price at the end of each sixtieth of the window.
    """

    yes_price_dollars: Price
    first_yes_price_dollars: Price
    first_mid_dollars: Price | None
    change_dollars: Price
    notional_dollars: Dollars
    yes_flow_dollars: Dollars
    no_flow_dollars: Dollars
    net_flow_fp: Contracts
    volume_fp: Contracts
    trade_count: int
    sparkline: tuple[int | None, ...]
    heat: int | UnsetType = UNSET


class UsualOfMarket(Struct, frozen=True, kw_only=True):
    """What is usual in a market, to compare a print with; null without trades.

    Attributes:
        trade_count_24h: Trades of 24 hours.
        mean_print_dollars: Of them.
        a_minute_dollars: What takers paid a minute in 24 hours, or as long as the tape
            reaches.
        prints: How many of the newest prints the next two are of.
        median_print_dollars: Half of them are as large.
        largest_print_dollars: The largest.
    """

    trade_count_24h: int
    mean_print_dollars: Dollars | None
    a_minute_dollars: Dollars | None
    prints: int
    median_print_dollars: Dollars | None
    largest_print_dollars: Dollars | None


class MarketPage(Struct, frozen=True, kw_only=True):
    """All that a page about one market needs.

    Attributes:
        market: The market.
        event: Its event and the markets beside it.
        series: Its series.
        rules: What decides it.
        legs: Of a combo: what it is made of.
        windows: Figures by window; null where it was not traded in it.
        usual: What is usual in it.
        trades: The newest, newest first by exchange time.
        count: Of them.
        cursor: Gives the next page of `/api/markets/{ticker}/trades`.
        candles: Of the last twelve hours, oldest first.
        interval: Their length.
        candles_from_ms: Where their span begins.
        candles_to_ms: Where it ends.
        gaps: Where in it trades may be missing.
        since_ms: Where the tape is meant to begin.
        complete_to_ms: Up to where none is missing.
        timestamp: The server's wall clock, ISO 8601, UTC.
        seq: Of the newest trade in these figures.
        ts_ms: Board time.
    """

    market: MarketObject
    event: EventOfMarket
    series: SeriesOfMarket
    rules: MarketRules
    legs: tuple[LegOfMarket, ...]
    windows: dict[str, WindowOfMarket | None]
    usual: UsualOfMarket
    trades: tuple[Trade, ...]
    count: int
    cursor: str
    candles: tuple[Candle, ...]
    interval: str
    candles_from_ms: Ms
    candles_to_ms: Ms
    gaps: tuple[GapInSpan, ...]
    since_ms: Ms | None
    complete_to_ms: Ms | None
    timestamp: str
    seq: Seq
    ts_ms: Ms
