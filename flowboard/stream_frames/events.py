"""What the frames carry of events: an event's figures, and its largest markets."""

from typing import Literal

from msgspec import Struct

from flowboard.stream_frames.values import Contracts, Dollars, EndsBy, Ms, Price

EventKind = Literal["two_leg", "ladder", "exclusive", "plain"]
EventSide = Literal["plus", "minus"]


class EventMarket(Struct, frozen=True):
    """One market of an event over the window.

    Attributes:
        market_ticker: The market.
        outcome: What YES stands for; empty until it is known.
        side: To which side its YES points; null where to neither.
        is_over: Whether nobody can trade it any more.
        yes_price_dollars: Of its last trade; null where none is in memory.
        notional_dollars: What all takers paid.
        net_flow_fp: Contracts of YES takers less those of NO takers.
        trade_count: Trades.
    """

    market_ticker: str
    outcome: str
    side: EventSide | None
    is_over: bool
    yes_price_dollars: Price | None
    notional_dollars: Dollars
    net_flow_fp: Contracts
    trade_count: int


class Event(Struct, frozen=True, kw_only=True):
    """One event's figures over the window: the sums of all its markets.

    Attributes:
        event_ticker: The event.
        title: What it is about; null until it is known.
        sub_title: A shorter form; empty where there is none.
        series_ticker: Its series.
        category: The exchange's word; empty until it is known.
        league: The second level of its category; empty where there is none.
        kind: two_leg: two outcomes that exclude each other; ladder: one number asked
            about at several strikes; exclusive: more outcomes that exclude each other;
            plain: anything else.
        ends_ts_ms: When the first of its open markets ends, as far as is known; once
            all are over, the last.
        ends_by: Which time that is.
        market_count: Markets that are known of it.
        traded_market_count: Those with a trade in the window.
        over_market_count: Those that nobody can trade any more; their trades count.
        notional_dollars: What all takers paid.
        volume_fp: Contracts.
        trade_count: Trades.
        plus_side: What the flow runs towards where it is above zero: the first leg's
            outcome, or up; null where the event has no two sides.
        minus_side: What it runs towards below zero.
        net_flow_fp: Contracts towards the plus side less those towards the minus side;
            null without sides.
        flow_size_fp: How strong that is; without sides, the strongest net flow of one of
            its markets. Ranks by flow.
        plus_flow_dollars: What takers towards the plus side paid.
        minus_flow_dollars: What takers towards the minus side paid.
        other_flow_dollars: What the others paid: those of markets that point nowhere.
        median: Of a ladder: the number above which half of the probability lies, by
            what its markets are worth now; null where that cannot be told.
        first_median: The same by quotes at the window's start, to a 24th of it.
        top_markets: Its traded markets of the most dollars, 3 at most.
    """

    event_ticker: str
    title: str | None
    sub_title: str
    series_ticker: str
    category: str
    league: str
    kind: EventKind
    ends_ts_ms: Ms | None
    ends_by: EndsBy | None
    market_count: int
    traded_market_count: int
    over_market_count: int
    notional_dollars: Dollars
    volume_fp: Contracts
    trade_count: int
    plus_side: str | None
    minus_side: str | None
    net_flow_fp: Contracts | None
    flow_size_fp: Contracts
    plus_flow_dollars: Dollars
    minus_flow_dollars: Dollars
    other_flow_dollars: Dollars
    median: float | None
    first_median: float | None
    top_markets: tuple[EventMarket, ...]
