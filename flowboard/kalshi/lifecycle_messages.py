"""What the lifecycle channels tell of markets and events, read tolerantly.

Each kind of message says a few things and leaves out the rest. A value of an unexpected
type is left out too: one bad key takes nothing from the others.
"""

from typing import Any, Literal, get_args

import msgspec

from flowboard.errors import BadChange
from flowboard.kalshi import fields

LifecycleKind = Literal[
    "market_lifecycle_v2",
    "multivariate_market_lifecycle",
    "event_lifecycle",
    "event_fee_update",
]
LIFECYCLE_TYPES = frozenset(get_args(LifecycleKind))
OF_EVENTS = frozenset({"event_lifecycle", "event_fee_update"})


class LifecycleMessage(msgspec.Struct, frozen=True, kw_only=True):
    """One step in the life of a market or an event; None: not told.

    Attributes:
        kind: The type of its frame.
        market_ticker: The market; "" where it is of an event.
        event_type: created, activated, deactivated, close_date_updated, determined,
            settled, price_level_structure_updated, metadata_updated, or one to come; ""
            where it is of an event.
        event_ticker: The event, where it is of one.
        open_ts, close_ts, determination_ts, settled_ts: Unix seconds.
        is_deactivated: Whether it cannot be traded for now.
        result: yes, no or scalar.
        settlement_value: What a YES contract pays, as a dollar string.
        price_level_structure: Label of the price grid.
        additional_metadata: Of a new market: its titles, times, strikes, and its event.
        strike_type, floor_strike, cap_strike, custom_strike, yes_sub_title: Changed.
        title, subtitle, series_ticker, collateral_return_type: Of an event.
        strike_date: The moment an event is about, Unix seconds.
        strike_period: The period it is about.
        fee_type_override, fee_multiplier_override: Of an event's fees.
    """

    kind: LifecycleKind
    market_ticker: str = ""
    event_type: str = ""
    event_ticker: str = ""
    open_ts: int | None = None
    close_ts: int | None = None
    determination_ts: int | None = None
    settled_ts: int | None = None
    is_deactivated: bool | None = None
    result: str | None = None
    settlement_value: str | None = None
    price_level_structure: str | None = None
    additional_metadata: dict[str, Any] = {}
    strike_type: str | None = None
    floor_strike: float | None = None
    cap_strike: float | None = None
    custom_strike: dict[str, Any] | None = None
    yes_sub_title: str | None = None
    title: str | None = None
    subtitle: str | None = None
    series_ticker: str | None = None
    collateral_return_type: str | None = None
    strike_date: int | None = None
    strike_period: str | None = None
    fee_type_override: str | None = None
    fee_multiplier_override: float | None = None


_TYPES = {field.name: field.type for field in msgspec.structs.fields(LifecycleMessage)}


def lifecycle_message(kind: str, message: dict[str, Any]) -> LifecycleMessage:
    """Return the `msg` of a lifecycle frame of type `kind`.

    Raises:
        BadChange: It does not tell which market or event it is of.
    """
    told = {
        name: value
        for name, value in message.items()
        if name in _TYPES and value is not None and _is_of(value, _TYPES[name])
    }
    read = msgspec.convert(told | {"kind": kind}, LifecycleMessage)
    if kind in OF_EVENTS:
        named = fields.is_ticker(read.event_ticker)
    else:
        named = fields.is_ticker(read.market_ticker) and bool(read.event_type)
    if not named:
        raise BadChange(f"{kind}: it does not tell what has happened to what")
    return read


def _is_of(value: object, kind: Any) -> bool:
    try:
        msgspec.convert(value, kind)
    except msgspec.ValidationError:
        return False
    return True
