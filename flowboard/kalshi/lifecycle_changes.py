"""What is known of a market or event, and a lifecycle message -> what is known then; pure.

The messages tell little: a market opens and closes by its clock without a word, and
`settled` bears no result. What they leave out, REST is asked for.
"""

from msgspec.structs import replace

from flowboard.clean_text import clean_line
from flowboard.kalshi.lifecycle_messages import LifecycleMessage
from flowboard.kalshi.market_objects import (
    dollars_e4,
    strike_of,
    text_in,
    ticker_in,
    ticker_of,
    time_in,
    time_of,
    word_in,
)
from flowboard.market_info import EventInfo, MarketInfo

ENDED = frozenset({"determined", "disputed", "amended", "finalized"})
EXCLUSIVE = "MECNET"  # How the collateral of a mutually exclusive event is returned.


def changed(
    info: MarketInfo | None, message: LifecycleMessage, now_ms: int
) -> MarketInfo:
    """Return what is known of a market after a message.

    Args:
        info: What was known before; None: nothing.
        message: Of a market.
        now_ms: Wall clock, Unix ms.
    """
    if info is None:
        info = MarketInfo(ticker=message.market_ticker)
    info = replace(_with_told(info, message), read_ms=now_ms)
    match message.event_type:
        case "created":
            return _created(info, message, now_ms)
        case "activated" | "deactivated":
            waits = info.status == "initialized" and (info.open_ms or now_ms) > now_ms
            if info.status in ENDED or waits:
                return info
            stopped = message.is_deactivated
            if stopped is None:
                stopped = message.event_type == "deactivated"
            return replace(info, status="inactive" if stopped else "active")
        case "close_date_updated":
            # A closed market whose close moved on can be traded again, some day.
            later = info.close_ms is not None and info.close_ms > now_ms
            status = "inactive" if info.status == "closed" and later else info.status
            return replace(info, status=status)
        case "determined":
            return _determined(info, message, now_ms)
        case "settled":
            settled_ms = time_of(message.settled_ts) or now_ms
            return replace(info, status="finalized", settled_ms=settled_ms)
    return info


def reread(before: MarketInfo | None, read: MarketInfo) -> MarketInfo:
    """Return what REST tells of a market, with what only messages tell.

    What is determined does not go back: an answer that says so is a moment old.

    Args:
        before: What was known; None: nothing.
        read: What REST tells.
    """
    if before is None:
        return read
    determined_ms = before.determined_ms
    if before.status in ENDED and read.status not in ENDED:
        return replace(
            read,
            status=before.status,
            result=before.result,
            settlement_value_e4=before.settlement_value_e4,
            settled_ms=before.settled_ms,
            determined_ms=determined_ms,
        )
    return replace(read, determined_ms=determined_ms) if determined_ms else read


def changed_event(
    info: EventInfo | None, message: LifecycleMessage, now_ms: int
) -> EventInfo:
    """Return what is known of an event after an `event_lifecycle`; see `changed`."""
    info = info or EventInfo(ticker=message.event_ticker)
    exclusive = info.mutually_exclusive
    if message.collateral_return_type is not None:
        exclusive = message.collateral_return_type == EXCLUSIVE
    return replace(
        info,
        title=clean_line(message.title or "") or info.title,
        sub_title=clean_line(message.subtitle or "") or info.sub_title,
        series_ticker=ticker_of(message.series_ticker) or info.series_ticker,
        mutually_exclusive=exclusive,
        strike_ms=time_of(message.strike_date) or info.strike_ms,
        read_ms=now_ms,
    )


def _with_told(info: MarketInfo, message: LifecycleMessage) -> MarketInfo:
    """Take over what any message may tell: times, grid, strikes, outcome."""
    floor, cap = message.floor_strike, message.cap_strike
    return replace(
        info,
        open_ms=time_of(message.open_ts) or info.open_ms,
        close_ms=time_of(message.close_ts) or info.close_ms,
        grid=clean_line(message.price_level_structure or "") or info.grid,
        strike_type=clean_line(message.strike_type or "") or info.strike_type,
        floor_strike=info.floor_strike if floor is None else strike_of(floor),
        cap_strike=info.cap_strike if cap is None else strike_of(cap),
        outcome=clean_line(message.yes_sub_title or "") or info.outcome,
    )


def _created(info: MarketInfo, message: LifecycleMessage, now_ms: int) -> MarketInfo:
    about = message.additional_metadata
    open_ms = info.open_ms
    floor, cap = (
        strike_of(about.get("floor_strike")),
        strike_of(about.get("cap_strike")),
    )
    status = "active" if open_ms is not None and open_ms <= now_ms else "initialized"
    return replace(
        info,
        event_ticker=ticker_in(about, "event_ticker") or info.event_ticker,
        title=text_in(about, "title") or text_in(about, "name") or info.title,
        outcome=text_in(about, "yes_sub_title") or info.outcome,
        no_outcome=text_in(about, "no_sub_title") or info.no_outcome,
        expected_ms=time_in(about, "expected_expiration_ts") or info.expected_ms,
        strike_type=word_in(about, "strike_type") or info.strike_type,
        floor_strike=info.floor_strike if floor is None else floor,
        cap_strike=info.cap_strike if cap is None else cap,
        # REST may have told more already.
        status=info.status or status,
    )


def _determined(info: MarketInfo, message: LifecycleMessage, now_ms: int) -> MarketInfo:
    value_e4 = dollars_e4(message.settlement_value)
    return replace(
        info,
        status=info.status if info.status in ENDED else "determined",
        result=clean_line(message.result or "") or info.result,
        settlement_value_e4=info.settlement_value_e4 if value_e4 is None else value_e4,
        determined_ms=time_of(message.determination_ts) or now_ms,
    )
