"""A trade or quote of any form that was ever published, read tolerantly.

The forms since 2025: cents and whole counts until 2026-03, then decimal strings;
`taker_side` until 2026-05, then `taker_outcome_side` and `taker_book_side` beside it;
`ts` in seconds until 2026-04, then `ts_ms` beside it. A key that is missing is no harm
as long as another tells the same. REST rows come here too, under the frames' names.
"""

from typing import Any

from flowboard.errors import BadFrame
from flowboard.kalshi import fields
from flowboard.market_info import Quote
from flowboard.models import Source, Trade
from flowboard.money import format_price_e4


def old_trade(
    message: dict[str, Any],
    received_ms: int,
    memory: fields.FieldMemory,
    source: Source = "ws",
) -> Trade:
    """Return the trade of a `msg` of any form that was ever published.

    Reads cents and whole counts (until 2026-03), `taker_side` and `taker_book_side` in
    the place of `taker_outcome_side`, and `ts` (seconds) in the place of `ts_ms`.

    Raises:
        BadFrame: A field is missing, cannot be read or cannot be true.
    """
    yes_e4 = _price_e4(message, "yes_price", memory)
    if yes_e4 is None:
        raise BadFrame("a trade without a YES price: another product's feed?")
    no_e4 = _price_e4(message, "no_price", memory)
    if no_e4 is not None:
        fields.whole_dollar(yes_e4, no_e4)
    ts_ms, exact = message.get("ts_ms"), True
    if ts_ms is None:
        ts_s, exact = message.get("ts"), False
        ts_ms = ts_s * 1000 if type(ts_s) is int else None
    if type(ts_ms) is not int:
        raise BadFrame("no field tells the trade's time")
    return Trade(
        fields.trade_id(_text(message, "trade_id")),
        memory.tickers[_text(message, "market_ticker")],
        fields.plausible_ms(ts_ms),
        yes_e4,
        _count_e2(message, memory),
        fields.side_is_yes(
            message.get("taker_outcome_side"),
            message.get("taker_book_side"),
            message.get("taker_side"),
        ),
        message.get("is_block_trade") is True,
        exact,
        received_ms,
        source,
    )


def old_quote(
    message: dict[str, Any], told_ms: int, memory: fields.FieldMemory
) -> tuple[str, Quote]:
    """Return the market and the quote of the `msg` of a `ticker` frame of any form.

    Reads cents in the place of dollars and `ts` (seconds) in that of `ts_ms`. Sizes and
    open interest that are not told are 0.

    Args:
        message: What the frame says.
        told_ms: When it was told, for want of a time in it.
        memory: Fields read before.

    Raises:
        BadFrame: Market, bid or ask is missing, or a field cannot be read.
    """
    ts_ms, ts_s = message.get("ts_ms"), message.get("ts")
    if type(ts_ms) is not int:
        ts_ms = ts_s * 1000 if type(ts_s) is int else told_ms
    return memory.tickers[_text(message, "market_ticker")], Quote(
        fields.plausible_ms(ts_ms),
        _touch_e4(message, "yes_bid", memory.bids_e4),
        _touch_e4(message, "yes_ask", memory.asks_e4),
        _quantity_e2(message, "yes_bid_size", memory),
        _quantity_e2(message, "yes_ask_size", memory),
        _quantity_e2(message, "open_interest", memory),
    )


def _touch_e4(message: dict[str, Any], key: str, read: fields.Remembered[int]) -> int:
    dollars, cents = message.get(f"{key}_dollars"), message.get(key)
    if dollars is not None:
        return read[_text(message, f"{key}_dollars")]
    if type(cents) is not int or not 0 <= cents <= 100:
        raise BadFrame(f"no field tells {key}")
    return read[format_price_e4(100 * cents)]


def _quantity_e2(message: dict[str, Any], key: str, memory: fields.FieldMemory) -> int:
    text, count = message.get(f"{key}_fp"), message.get(key)
    if isinstance(text, str):
        return memory.quantities_e2[text]
    if type(count) is int and 0 <= count <= fields.QUANTITY_E2_MAX // 100:
        return count * 100
    return 0


def _text(message: dict[str, Any], key: str) -> str:
    value = message.get(key)
    if not isinstance(value, str):
        raise BadFrame(f"{key} is missing or not a text")
    return value


def _price_e4(
    message: dict[str, Any], key: str, memory: fields.FieldMemory
) -> int | None:
    dollars = message.get(f"{key}_dollars")
    if dollars is not None:
        return memory.prices_e4[_text(message, f"{key}_dollars")]
    cents = message.get(key)
    if cents is None:
        return None
    if type(cents) is not int or not 0 < cents < 100:
        raise BadFrame(f"{key} {str(cents)[:40]} is not between 0 and 100 cents")
    return cents * 100


def _count_e2(message: dict[str, Any], memory: fields.FieldMemory) -> int:
    if message.get("count_fp") is not None:
        return memory.counts_e2[_text(message, "count_fp")]
    count = message.get("count")
    if type(count) is not int or not 0 < count * 100 <= fields.COUNT_E2_MAX:
        raise BadFrame("no field tells the count of contracts")
    return count * 100
