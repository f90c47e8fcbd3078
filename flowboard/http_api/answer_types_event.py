"""The answers about events, as types; see `answer_types`."""

from typing import Literal

from msgspec import Struct

from flowboard.http_api.answer_types import AsOf
from flowboard.http_api.answer_types_market import MarketObject
from flowboard.stream_frames import Event, EventSide
from flowboard.stream_frames.values import Combos, Contracts, Dollars, Ms, Price, Window


class EventList(AsOf, frozen=True, kw_only=True):
    """The events with a trade in the window, ranked; ties by ticker.

    Attributes:
        events: As on the stream.
        count: Of them.
        cursor: Gives the next page of the ranking as it is then; empty behind the last.
        sort: What ranks them.
        combos: Whether events of combo markets are among them.
    """

    events: tuple[Event, ...]
    count: int
    cursor: str
    sort: Literal["notional", "trades", "flow"]
    combos: Combos


class EventMember(MarketObject, frozen=True, kw_only=True):
    """A market of an event: its object, its place in the event, its flow.

    Attributes:
        side: To which side of the event its YES points; null where to neither.
        is_over: Whether nobody can trade it any more.
        strike_type: As greater, less or between; empty where there is none.
        floor_strike: The strike's lower bound, in the unit of the question.
        cap_strike: Its upper bound.
        notional_dollars: What all takers paid in the window.
        yes_flow_dollars: What YES takers paid.
        no_flow_dollars: What NO takers paid.
        net_flow_fp: Contracts of YES takers less those of NO takers.
        volume_fp: Contracts.
        trade_count: Trades.
    """

    side: EventSide | None
    is_over: bool
    strike_type: str
    floor_strike: float | None
    cap_strike: float | None
    notional_dollars: Dollars
    yes_flow_dollars: Dollars
    no_flow_dollars: Dollars
    net_flow_fp: Contracts
    volume_fp: Contracts
    trade_count: int


class EventWindow(Struct, frozen=True, kw_only=True):
    """An event's figures over one window; the keys of `Event`.

    Attributes:
        notional_dollars: What all takers paid.
        volume_fp: Contracts.
        trade_count: Trades.
        net_flow_fp: Contracts towards the plus side less those towards the minus side;
            null without sides.
        flow_size_fp: How strong that is; without sides, its strongest market's.
        plus_flow_dollars: What takers towards the plus side paid.
        minus_flow_dollars: What takers towards the minus side paid.
        other_flow_dollars: What the others paid.
        window: Its name.
        window_from_ms: The first millisecond that counts.
        window_to_ms: The first that does not any more.
        window_covered_ms: How much of the window the tape reaches over.
    """

    notional_dollars: Dollars
    volume_fp: Contracts
    trade_count: int
    net_flow_fp: Contracts | None
    flow_size_fp: Contracts
    plus_flow_dollars: Dollars
    minus_flow_dollars: Dollars
    other_flow_dollars: Dollars
    window: Window
    window_from_ms: Ms
    window_to_ms: Ms
    window_covered_ms: int


class ImpliedPoint(Struct, frozen=True):
    """One point of an implied distribution.

    Attributes:
        strike: In the unit of the question.
        above_probability: That the number lies above it, four decimals.
    """

    strike: float
    above_probability: Price


class Implied(Struct, frozen=True):
    """What a ladder's prices imply of the number that it asks about.

    Attributes:
        median: Half of the probability lies above it; null where that cannot be told.
        points: By rising strike; none where too few prices are known.
        quoted_market_count: How many of its markets were priced by quotes.
        priced_market_count: By quotes, trades or results.
    """

    median: float | None
    points: tuple[ImpliedPoint, ...]
    quoted_market_count: int
    priced_market_count: int


class EventPage(AsOf, frozen=True, kw_only=True):
    """One event, traded or not.

    Attributes:
        event: As on the stream.
        markets: All that are known: a ladder's by strike, others by ticker.
        count: Of them.
        flows: The event's figures by window.
        implied: Of a ladder, now: by results, else quotes, else last trades; null of
            other kinds.
        first_implied: At the window's start: by quotes to a 24th of it, else by the
            window's first trades.
    """

    event: Event
    markets: tuple[EventMember, ...]
    count: int
    flows: dict[Window, EventWindow]
    implied: Implied | None
    first_implied: Implied | None
