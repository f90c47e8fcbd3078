"""The market object of every answer, as a type; see `answer_types`."""

from msgspec import Struct

from flowboard.stream_frames.values import Contracts, Dollars, Ms, Price


class MarketObject(Struct, frozen=True, kw_only=True):
    """One market: what it is, its touch, and the flow of its last 24 hours.

    Attributes:
        market_ticker: The exchange's name of it.
        ticker_symbol: The same, as older tools call it.
        id: A UUID made of the ticker: the same on every board.
        title: Its question; null until it is known.
        outcome: What YES means; null until it is known.
        short_label: For narrow places.
        event_ticker: Its event; null until it is known.
        event_title: What the event is about; empty until it is known.
        series_ticker: Its series.
        category: The exchange's; null until it is known.
        league: The second level of its category, where there is one.
        status: The exchange's word; unknown before it has told one.
        result: What it was settled as, once it is.
        settlement_value_dollars: What a YES contract was worth then.
        open_ts_ms: When trading begins or began.
        close_ts_ms: When trading ends or ended.
        ends_ts_ms: When it is decided, as far as is known; `ends_by` says by which key.
        ends_by: The exchange's key that `ends_ts_ms` is from.
        yes_price_dollars: Of the last trade in memory.
        yes_bid_dollars: The best bid for YES; null: none.
        yes_ask_dollars: The best ask; null: none.
        yes_bid_size_fp: Contracts at the bid.
        yes_ask_size_fp: Contracts at the ask.
        spread_dollars: Ask less bid.
        mid_dollars: Half way between bid and ask.
        open_interest_fp: Contracts that are held.
        quote_ts_ms: When the touch was last told.
        volume_24h_fp: Contracts of 24 hours.
        notional_24h_dollars: What takers paid in 24 hours.
        net_flow_24h_fp: Contracts of YES takers less those of NO takers.
        trade_count_24h: Trades of 24 hours.
        last_trade_ts_ms: Of the last trade in memory.
        volume: Dollars of 24 hours as a number, rounded to cents. KalshiWhale gave
            contracts of the market's whole life here, and called them dollars.
        volume_millions: The same in millions.
        last_updated: The newer of trade and quote, ISO 8601, UTC; null before both.
    """

    market_ticker: str
    ticker_symbol: str
    id: str
    title: str | None
    outcome: str | None
    short_label: str
    event_ticker: str | None
    event_title: str
    series_ticker: str | None
    category: str | None
    league: str | None
    status: str
    result: str | None
    settlement_value_dollars: Price | None
    open_ts_ms: Ms | None
    close_ts_ms: Ms | None
    ends_ts_ms: Ms | None
    ends_by: str | None
    yes_price_dollars: Price | None
    yes_bid_dollars: Price | None
    yes_ask_dollars: Price | None
    yes_bid_size_fp: Contracts | None
    yes_ask_size_fp: Contracts | None
    spread_dollars: Price | None
    mid_dollars: Price | None
    open_interest_fp: Contracts | None
    quote_ts_ms: Ms | None
    volume_24h_fp: Contracts
    notional_24h_dollars: Dollars
    net_flow_24h_fp: Contracts
    trade_count_24h: int
    last_trade_ts_ms: Ms | None
    volume: float
    volume_millions: float
    last_updated: str | None
