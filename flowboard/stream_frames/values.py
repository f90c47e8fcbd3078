"""What the frames carry: trades, rows, totals, subscriptions."""

from collections.abc import Sequence
from typing import Annotated, Literal

from msgspec import UNSET, Meta, Struct, UnsetType

Window = Literal["1m", "5m", "15m", "1h", "24h"]
Sort = Literal["notional", "volume", "net_flow", "heat"]
Channel = Literal["hot", "trades", "whales", "events"]
Side = Literal["yes", "no"]
Combos = Literal["exclude", "include"]
EndsBy = Literal["occurrence", "expected_expiration", "close"]

Ms = Annotated[int, Meta(description="Unix milliseconds")]
Price = Annotated[str, Meta(description="Dollars a contract, four decimals")]
Dollars = Annotated[str, Meta(description="Dollars, six decimals")]
Contracts = Annotated[str, Meta(description="Contracts, two decimals")]
Seq = Annotated[
    int, Meta(description="Number of a stored trade of this installation, never reused")
]
MessageId = Annotated[int | str, Meta(description="As the client wrote it")]


class Trade(Struct, frozen=True, omit_defaults=True):
    """One public print.

    Attributes:
        seq: Its number in this installation: rising, never used twice.
        trade_id: The exchange's: 8-4-4-4-12 lower-case hex digits.
        market_ticker: Its market.
        yes_price_dollars: Price of a YES contract.
        no_price_dollars: Price of a NO contract.
        count_fp: Contracts.
        taker_outcome_side: Which outcome the taker bought.
        is_block_trade: Whether it was negotiated off the book.
        ts_ms: When it was made, by the exchange's clock.
        notional_dollars: Contracts times the price of the taker's side.
        received_ts_ms: When the server had it, by its own clock.
        source: ws, poll, heal, backfill or import: how it came.
        late: Whether it was fetched afterwards and was not live; left out where not.
    """

    seq: Seq
    trade_id: str
    market_ticker: str
    yes_price_dollars: Price
    no_price_dollars: Price
    count_fp: Contracts
    taker_outcome_side: Side
    is_block_trade: bool
    ts_ms: Ms
    notional_dollars: Dollars
    received_ts_ms: Ms
    source: str
    late: bool = False


class HotRow(Struct, frozen=True, omit_defaults=True):
    """One market's figures over the window.

    Attributes:
        market_ticker: The market.
        title: Question and outcome; null until it is known.
        outcome: What YES stands for; empty until it is known.
        short_label: Its name for narrow places: only what stands before the outcome is
            ever cut.
        event_ticker: Its event; until that is known, the ticker less its last part.
        event_title: What the event is about; empty until it is known.
        ends_ts_ms: When it ends, as far as is known.
        ends_by: Which time that is.
        yes_price_dollars: The last price in the window.
        first_yes_price_dollars: The first.
        yes_bid_dollars: Best bid for YES; null where there is none, or none is known.
        yes_ask_dollars: Best ask, likewise.
        spread_dollars: From bid to ask; null unless there are both.
        mid_dollars: Half way between them, rounded down; null unless there are both.
        first_mid_dollars: The same at the window's start, to a 24th of the window.
        change_dollars: Mid less first mid; where one is null, last price less first.
        notional_dollars: What all takers paid.
        yes_flow_dollars: What YES takers paid.
        no_flow_dollars: What NO takers paid.
        net_flow_fp: Contracts of YES takers less those of NO takers: the direction.
        volume_fp: Contracts.
        trade_count: Trades.
        last_trade_ts_ms: Exchange time of the last one.
        sparkline: The last YES price at the end of each sixtieth of the window, in
            ten-thousandths of a dollar; null before the first trade.
        heat: 0 to 100, money a minute against the day before; not there in `24h`.
    """

    market_ticker: str
    title: str | None
    yes_price_dollars: Price
    first_yes_price_dollars: Price
    change_dollars: Price
    notional_dollars: Dollars
    yes_flow_dollars: Dollars
    no_flow_dollars: Dollars
    net_flow_fp: Contracts
    volume_fp: Contracts
    trade_count: int
    last_trade_ts_ms: Ms
    sparkline: tuple[int | None, ...]
    heat: int | None = None
    outcome: str = ""
    short_label: str = ""
    event_ticker: str = ""
    event_title: str = ""
    ends_ts_ms: Ms | None = None
    ends_by: EndsBy | None = None
    yes_bid_dollars: Price | None = None
    yes_ask_dollars: Price | None = None
    spread_dollars: Price | None = None
    mid_dollars: Price | None = None
    first_mid_dollars: Price | None = None


class RowChange(Struct, frozen=True):
    """A hot row of a delta: whole where it entered, else its ticker and what changed.

    The keys are those of `HotRow`; values are absolute, never differences.
    """

    market_ticker: str
    title: str | UnsetType | None = UNSET
    outcome: str | UnsetType = UNSET
    short_label: str | UnsetType = UNSET
    event_ticker: str | UnsetType = UNSET
    event_title: str | UnsetType = UNSET
    ends_ts_ms: Ms | UnsetType | None = UNSET
    ends_by: EndsBy | UnsetType | None = UNSET
    yes_price_dollars: Price | UnsetType = UNSET
    first_yes_price_dollars: Price | UnsetType = UNSET
    yes_bid_dollars: Price | UnsetType | None = UNSET
    yes_ask_dollars: Price | UnsetType | None = UNSET
    spread_dollars: Price | UnsetType | None = UNSET
    mid_dollars: Price | UnsetType | None = UNSET
    first_mid_dollars: Price | UnsetType | None = UNSET
    change_dollars: Price | UnsetType = UNSET
    notional_dollars: Dollars | UnsetType = UNSET
    yes_flow_dollars: Dollars | UnsetType = UNSET
    no_flow_dollars: Dollars | UnsetType = UNSET
    net_flow_fp: Contracts | UnsetType = UNSET
    volume_fp: Contracts | UnsetType = UNSET
    trade_count: int | UnsetType = UNSET
    last_trade_ts_ms: Ms | UnsetType = UNSET
    sparkline: tuple[int | None, ...] | UnsetType = UNSET
    heat: int | UnsetType | None = UNSET


class Stats(Struct, frozen=True):
    """Totals over every market, whatever the subscription says.

    Attributes:
        trades_total: Trades of this installation.
        trades_per_s: Over the last minute.
        active_markets: Markets with a trade in the window.
        notional_dollars: What takers paid in the window.
    """

    trades_total: int
    trades_per_s: float
    active_markets: int
    notional_dollars: Dollars


class Feed(Struct, frozen=True):
    """How the exchange's trades reach the server.

    Attributes:
        state: live, delayed, healing, polling, stale, storage_degraded or starting.
        connected: Whether trades reach it right now.
        data_age_ms: Time since the last one arrived; null before the first.
        complete_to_ms: Exchange time up to which none is missing; null before the first.
        open_gaps: Spans of which trades may be missing.
    """

    state: str
    connected: bool
    data_age_ms: int | None
    complete_to_ms: Ms | None
    open_gaps: int


class Limits(Struct, frozen=True):
    """The most that a subscription may ask for.

    Attributes:
        limit: Hot markets.
        tickers: Names in `tickers`.
        series: Names in `series`.
        category: Names in `category`.
        league: Names in `league`.
    """

    limit: int
    tickers: int
    series: int
    category: int = 0
    league: int = 0


class InForce(Struct, frozen=True):
    """A subscription as it holds, every key; it may be sent back as it is.

    Attributes:
        channels: Which lists there are.
        window: What the figures are sums over.
        sort: What ranks the hot markets.
        limit: The most hot markets.
        tick_ms: The shortest time between two deltas.
        combos: Whether combo markets are in the lists.
        tickers: These markets alone; null: all.
        series: Markets of these series alone; null: all.
        category: Markets of these categories alone; null: all.
        league: Markets of these leagues alone; null: all.
        min_notional: Trades and whales of so many dollars or more; null: all.
        side: Trades and whales of takers of this outcome; null: both.
        live_only: Whether trades that came late are left out.
        limits: The most that may be asked for.
    """

    channels: tuple[str, ...]
    window: str
    sort: str
    limit: int
    tick_ms: int
    combos: str
    tickers: tuple[str, ...] | None
    series: tuple[str, ...] | None
    min_notional: Dollars | None
    side: Side | None
    live_only: bool
    limits: Limits
    category: tuple[str, ...] | None = None
    league: tuple[str, ...] | None = None


class Wanted(Struct, frozen=True, omit_defaults=True):
    """A subscription as a client asks for it; null is the same as left out: default.

    Attributes:
        channels: Which lists to carry.
        window: What the figures are sums over.
        sort: What ranks the hot markets; by heat not over `24h`.
        limit: The most hot markets, 1 to 500.
        tick_ms: The shortest time between two deltas: 25, 100, 250 or 1000.
        combos: Whether combo markets are in the lists.
        tickers: These markets alone, at most 100.
        series: Markets of these series alone, at most 50.
        category: Markets of these categories alone, at most 20.
        league: Markets of these leagues alone, at most 50.
        min_notional: Trades and whales of so many dollars or more.
        side: Trades and whales of takers of this outcome.
        live_only: Leaves out trades that came late.
    """

    channels: Sequence[Channel] | None = None
    window: Window | None = None
    sort: Sort | None = None
    limit: int | None = None
    tick_ms: Literal[25, 100, 250, 1_000] | None = None
    combos: Combos | None = None
    tickers: Sequence[str] | None = None
    series: Sequence[str] | None = None
    category: Sequence[str] | None = None
    league: Sequence[str] | None = None
    min_notional: int | str | None = None
    side: Side | None = None
    live_only: bool | None = None


class Missed(Struct, frozen=True):
    """What a client that was too slow was not sent as deltas.

    Attributes:
        from_seq: The first trade of the span.
        to_seq: The last.
        trades: How many of them pass the subscription's filter.
    """

    from_seq: Seq
    to_seq: Seq
    trades: int
