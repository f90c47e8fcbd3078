"""One trade as this exchange holds it, and the two texts that it is sent as.

A print is what one maker sold to one taker. Its REST line is written once, when it is
traded; its WebSocket payload once, when the first subscriber needs it.

Units: ``_e4`` ten-thousandths of a dollar, ``_e2`` hundredths of a contract, ``_us``
Unix microseconds.
"""

from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import lru_cache

import orjson

from flowboard.money import (
    DOLLAR_E4,
    format_count_e2,
    format_price_e4,
    parse_count_e2,
    parse_price_e4,
)

PRICE_TEXTS = tuple(format_price_e4(price_e4) for price_e4 in range(DOLLAR_E4 + 1))


@dataclass(slots=True)
class Print:
    """One trade. Equal to another only by its fields; `payload` is filled on demand."""

    trade_id: str
    ticker: str
    yes_price_e4: int
    count_e2: int
    taker_yes: bool
    is_block: bool
    created_us: int
    payload: bytes | None = field(default=None, compare=False, repr=False)

    @property
    def ts_ms(self) -> int:
        """Unix ms, cut, not rounded."""
        return self.created_us // 1000


def created_time(created_us: int) -> str:
    """Return RFC 3339 in UTC with up to six decimals, trailing zeros trimmed."""
    seconds, fraction_us = divmod(created_us, 1_000_000)
    if not fraction_us:
        return f"{_second_text(seconds)}Z"
    return f"{_second_text(seconds)}.{fraction_us:06d}".rstrip("0") + "Z"


@lru_cache(maxsize=256)
def _second_text(seconds: int) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%S")


def parse_created_us(text: str) -> int:
    """Return Unix microseconds of an RFC 3339 time; finer digits are cut.

    Raises:
        ValueError: `text` is no such time, or has no offset.
    """
    head, point, rest = text.partition(".")
    if point:
        digits = rest.rstrip("Zz")
        for sign in "+-":
            digits = digits.partition(sign)[0]
        offset = rest[len(digits) :]
        if not (digits.isascii() and digits.isdigit()):
            raise ValueError(f"{text!r} is not a time")
        text = f"{head}.{digits[:6].ljust(6, '0')}{offset}"
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError(f"{text!r} has no offset")
    whole = moment.replace(microsecond=0)
    return int(whole.timestamp()) * 1_000_000 + moment.microsecond


def rest_line(trade: Print) -> bytes:
    """Return the trade as one line of JSON: REST shape and ``ts_ms``."""
    side, book = ("yes", "bid") if trade.taker_yes else ("no", "ask")
    price_e4 = trade.yes_price_e4
    created_us = trade.created_us
    return (
        f'{{"count_fp":"{format_count_e2(trade.count_e2)}",'
        f'"created_time":"{created_time(created_us)}",'
        f'"is_block_trade":{"true" if trade.is_block else "false"},'
        f'"no_price_dollars":"{PRICE_TEXTS[DOLLAR_E4 - price_e4]}",'
        f'"taker_book_side":"{book}","taker_outcome_side":"{side}",'
        f'"taker_side":"{side}","ticker":"{trade.ticker}",'
        f'"trade_id":"{trade.trade_id}",'
        f'"yes_price_dollars":"{PRICE_TEXTS[price_e4]}",'
        f'"ts_ms":{created_us // 1000}}}\n'
    ).encode()


def rest_object(line: bytes) -> bytes:
    """Return a line of `rest_line` as the object of a REST page, without ``ts_ms``."""
    return line[: line.rindex(b',"ts_ms":')] + b"}"


def line_ts_ms(line: bytes) -> int:
    """Return the ``ts_ms`` of a line of `rest_line`, without decoding the rest."""
    return int(line[line.rindex(b":") + 1 : line.rindex(b"}")])


def print_of_line(line: bytes) -> Print:
    """Read back what `rest_line` wrote."""
    trade = orjson.loads(line)
    return Print(
        trade["trade_id"],
        trade["ticker"],
        parse_price_e4(trade["yes_price_dollars"]),
        parse_count_e2(trade["count_fp"]),
        trade["taker_outcome_side"] == "yes",
        trade["is_block_trade"],
        parse_created_us(trade["created_time"]),
    )


def trade_payload(trade: Print) -> bytes:
    """Return the ``msg`` of the trade's WebSocket frame, rendered once."""
    if trade.payload is None:
        trade.payload = render_payload(trade, with_ts_ms=True)
    return trade.payload


def render_payload(trade: Print, *, with_ts_ms: bool) -> bytes:
    """Return the ``msg`` of a trade frame; legacy keys are sent beside the new ones."""
    side, book = ("yes", "bid") if trade.taker_yes else ("no", "ask")
    price_e4 = trade.yes_price_e4
    ts_ms = trade.created_us // 1000
    exact = f',"ts_ms":{ts_ms}' if with_ts_ms else ""
    return (
        f'{{"trade_id":"{trade.trade_id}","market_ticker":"{trade.ticker}",'
        f'"yes_price_dollars":"{PRICE_TEXTS[price_e4]}",'
        f'"no_price_dollars":"{PRICE_TEXTS[DOLLAR_E4 - price_e4]}",'
        f'"count_fp":"{format_count_e2(trade.count_e2)}",'
        f'"taker_side":"{side}","taker_outcome_side":"{side}",'
        f'"taker_book_side":"{book}",'
        f'"is_block_trade":{"true" if trade.is_block else "false"},'
        f'"ts":{ts_ms // 1000}{exact}}}'
    ).encode()
