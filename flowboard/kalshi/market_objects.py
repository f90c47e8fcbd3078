"""REST's JSON of a market, event or series -> what is kept of it; tolerant.

Keys may be missing, null or empty, and of an older form: prices in whole cents, counts
as numbers, strikes as text. A value that cannot be read is left out, and takes nothing
from the others. Only what has no ticker is no object.
"""

import math
from collections.abc import Mapping
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

from flowboard.clean_text import clean_line
from flowboard.errors import BadFrame
from flowboard.kalshi import fields
from flowboard.market_info import EventInfo, Leg, MarketInfo, Quote, SeriesInfo
from flowboard.money import DOLLAR_E4, parse_fixed

Object = Mapping[str, Any]
WORD_MAX = 60
LEGS_MAX = 100
TAGS_MAX = 20
CENT_E4 = 100
CONTRACT_E2 = 100
LATEST_MS = 253_402_300_799_000  # The end of the year 9999.
MILLISECONDS_FROM = 100_000_000_000  # A number above it is no count of seconds.
STRIKE_DIGITS_MAX = 40


def market_info(market: Object, read_ms: int) -> MarketInfo:
    """Return what is kept of a market.

    Args:
        market: A decoded market object.
        read_ms: Wall clock, Unix ms.

    Raises:
        BadFrame: It has no ticker.
    """
    return MarketInfo(
        ticker=_own_ticker(market, "ticker"),
        event_ticker=ticker_in(market, "event_ticker"),
        title=text_in(market, "title"),
        outcome=text_in(market, "yes_sub_title"),
        no_outcome=text_in(market, "no_sub_title"),
        status=word_in(market, "status"),
        result=word_in(market, "result"),
        settlement_value_e4=_settlement_e4(market),
        open_ms=time_in(market, "open_time"),
        close_ms=time_in(market, "close_time"),
        expected_ms=time_in(market, "expected_expiration_time"),
        occurrence_ms=time_in(market, "occurrence_datetime"),
        settled_ms=time_in(market, "settlement_ts"),
        strike_type=word_in(market, "strike_type"),
        floor_strike=strike_of(market.get("floor_strike")),
        cap_strike=strike_of(market.get("cap_strike")),
        grid=word_in(market, "price_level_structure"),
        legs=_legs(market.get("mve_selected_legs")),
        read_ms=read_ms,
    )


def market_quote(market: Object, ts_ms: int) -> Quote | None:
    """Return the touch that a market object tells; None where it tells none.

    Nothing, nought and a whole dollar are the exchange's ways to say that there is no
    bid or no ask.

    Args:
        market: A decoded market object.
        ts_ms: From when on it was so: the object bears no time of its quote.
    """
    bid_e4 = _price_e4(market, "yes_bid")
    ask_e4 = _price_e4(market, "yes_ask")
    if bid_e4 is None and ask_e4 is None:
        return None
    return Quote(
        ts_ms,
        bid_e4 if bid_e4 is not None and 0 < bid_e4 < DOLLAR_E4 else 0,
        ask_e4 if ask_e4 is not None and 0 < ask_e4 < DOLLAR_E4 else DOLLAR_E4,
        _count_e2(market, "yes_bid_size"),
        _count_e2(market, "yes_ask_size"),
        _count_e2(market, "open_interest"),
        "poll",
    )


def event_info(event: Object, read_ms: int) -> EventInfo:
    """Return what is kept of an event; see `market_info`.

    Raises:
        BadFrame: It has no ticker.
    """
    about = event.get("product_metadata")
    about = about if isinstance(about, dict) else {}
    return EventInfo(
        ticker=_own_ticker(event, "event_ticker"),
        series_ticker=ticker_in(event, "series_ticker"),
        title=text_in(event, "title"),
        sub_title=text_in(event, "sub_title"),
        category=word_in(event, "category"),
        league=word_in(about, "competition"),
        scope=word_in(about, "competition_scope"),
        mutually_exclusive=event.get("mutually_exclusive") is True,
        strike_ms=time_in(event, "strike_date"),
        read_ms=read_ms,
    )


def series_info(series: Object, read_ms: int) -> SeriesInfo:
    """Return what is kept of a series; see `market_info`.

    Raises:
        BadFrame: It has no ticker.
    """
    tags = series.get("tags")
    tags = tags if isinstance(tags, list) else []
    words = (_word(tag) for tag in tags[:TAGS_MAX] if isinstance(tag, str))
    return SeriesInfo(
        ticker=_own_ticker(series, "ticker"),
        title=text_in(series, "title"),
        category=word_in(series, "category"),
        tags=tuple(word for word in words if word),
        frequency=word_in(series, "frequency"),
        fee_type=word_in(series, "fee_type"),
        read_ms=read_ms,
    )


def text_in(source: Object, key: str) -> str:
    """Return the text of a key as one clean line, "" where there is none."""
    value = source.get(key)
    return clean_line(value) if isinstance(value, str) else ""


def word_in(source: Object, key: str) -> str:
    """Return a short text that many objects share, the very object each time."""
    value = source.get(key)
    return _word(value) if isinstance(value, str) else ""


def ticker_in(source: Object, key: str) -> str:
    """Return the ticker of a key, "" where there is none that could be one."""
    return ticker_of(source.get(key))


def ticker_of(value: object) -> str:
    """Return a ticker, "" for what cannot be one."""
    return _shared(value) if isinstance(value, str) and fields.is_ticker(value) else ""


def time_in(source: Object, key: str) -> int | None:
    """Return the time of a key in Unix ms: RFC 3339, or a number of seconds or ms."""
    return time_of(source.get(key))


def time_of(value: object) -> int | None:
    """Return a time in Unix ms; None for what is none."""
    if isinstance(value, str):
        return _moment_ms(value) if value else None
    if type(value) is not int or not 0 < value <= LATEST_MS:
        return None
    return value if value >= MILLISECONDS_FROM else value * 1000


def strike_of(value: object) -> float | None:
    """Return a strike, told as a number or as text; None for what is none."""
    if isinstance(value, str) and len(value) <= STRIKE_DIGITS_MAX:
        try:
            value = float(value.replace(",", "").removeprefix("$"))
        except ValueError:
            return None
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    try:
        strike = float(value)
    except OverflowError:
        return None
    return strike if math.isfinite(strike) else None


def dollars_e4(value: object) -> int | None:
    """Return a dollar string in 1e-4 dollars; None for what is none."""
    if not isinstance(value, str) or not value:
        return None
    return _fixed(value, 4)


def _own_ticker(source: Object, key: str) -> str:
    ticker = ticker_in(source, key)
    if not ticker:
        raise BadFrame(f"an object without a readable {key}")
    return ticker


def _price_e4(market: Object, name: str) -> int | None:
    price_e4 = dollars_e4(market.get(f"{name}_dollars"))
    if price_e4 is not None:
        return price_e4
    cents = market.get(name)
    return cents * CENT_E4 if type(cents) is int else None


def _settlement_e4(market: Object) -> int | None:
    value_e4 = _price_e4(market, "settlement_value")
    return value_e4 if value_e4 is None or 0 <= value_e4 <= DOLLAR_E4 else None


def _count_e2(market: Object, name: str) -> int:
    text = market.get(f"{name}_fp")
    if isinstance(text, str) and text:
        count_e2 = _fixed(text, 2)
    else:
        count = market.get(name)
        count_e2 = count * CONTRACT_E2 if type(count) is int else None
    if count_e2 is None or not 0 <= count_e2 <= fields.QUANTITY_E2_MAX:
        return 0
    return count_e2


def _legs(value: object) -> tuple[Leg, ...]:
    if not isinstance(value, list):
        return ()
    legs = (
        Leg(
            ticker_in(leg, "event_ticker"),
            ticker_in(leg, "market_ticker"),
            word_in(leg, "side"),
        )
        for leg in value[:LEGS_MAX]
        if isinstance(leg, dict)
    )
    return tuple(leg for leg in legs if leg.market_ticker)


@lru_cache(maxsize=4_096)
def _word(text: str) -> str:
    return clean_line(text, WORD_MAX)


@lru_cache(maxsize=4_096)
def _shared(ticker: str) -> str:
    # Of a market's event and series; the markets of an event come together.
    return ticker


@lru_cache(maxsize=16_384)
def _fixed(text: str, decimals: int) -> int | None:
    try:
        return parse_fixed(text, decimals)
    except ValueError:
        return None


@lru_cache(maxsize=16_384)
def _moment_ms(text: str) -> int | None:
    try:
        moment = datetime.fromisoformat(text)
        if moment.tzinfo is None:
            moment = moment.replace(tzinfo=UTC)
        since = moment - datetime(1970, 1, 1, tzinfo=UTC)
    except (ValueError, OverflowError):
        return None
    ms = (since.days * 86_400 + since.seconds) * 1000 + since.microseconds // 1000
    return ms if 0 < ms <= LATEST_MS else None
