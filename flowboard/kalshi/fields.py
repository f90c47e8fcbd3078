"""One field of a trade, as text -> a checked value; what was read once is remembered.

The exchange sends few different prices, counts and tickers many times over, so that a
look into a dictionary does for nearly all of them. Each memory is bounded.
"""

import re
from binascii import unhexlify
from collections.abc import Callable
from typing import TypeVar

from flowboard.errors import BadFrame
from flowboard.money import DOLLAR_E4, format_price_e4, parse_count_e2, parse_price_e4

MEMORY_MAX = 50_000
TICKER_LENGTH_MAX = 200
COUNT_E2_MAX = 100_000_000_000  # A billion contracts: sums of windows stay in 64 bits.
QUANTITY_E2_MAX = 10_000_000_000_000  # 100 billion contracts.
NO_BID_E4, NO_ASK_E4 = 0, DOLLAR_E4
TS_MIN_MS = 1_420_070_400_000  # 2015
TS_MAX_MS = 4_102_444_800_000  # 2100

_TRADE_ID = re.compile(
    r"[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}"
)
_SIDES = {"yes": True, "no": False, "bid": True, "ask": False}

V = TypeVar("V")


class Remembered(dict[str, V]):
    """`read(text)` for every `text` asked for, worked out once while it is remembered.

    Args:
        read: Turns the text into a value, or raises; what raised is not remembered.
        memory_max: Most texts remembered; one more, and all are forgotten.
    """

    def __init__(self, read: Callable[[str], V], memory_max: int = MEMORY_MAX) -> None:
        super().__init__()
        self._read = read
        self._memory_max = memory_max

    def __missing__(self, text: str) -> V:
        value = self._read(text)
        if len(self) >= self._memory_max:
            self.clear()
        self[text] = value
        return value


def price_e4(text: str) -> int:
    """``"0.3600"`` -> 3600. A print at nothing or at a whole dollar cannot be.

    Raises:
        BadFrame: Not a price between 0 and 1 dollar.
    """
    try:
        price = parse_price_e4(text)
    except ValueError as error:
        raise BadFrame(f"price {text[:40]!r} cannot be read") from error
    if not 0 < price < DOLLAR_E4:
        raise BadFrame(f"price {text[:40]!r} is not between 0 and 1 dollar")
    return price


def count_e2(text: str) -> int:
    """``"136.00"`` -> 13600.

    Raises:
        BadFrame: Not a number of contracts above 0 and up to a billion.
    """
    try:
        digits = text[:-3] + text[-2:]
        if len(text) > 3 and text[-3] == "." and digits.isascii() and digits.isdigit():
            count = int(
                digits
            )  # As the exchange writes it; fractions are seldom twice.
        else:
            count = parse_count_e2(text)
    except ValueError as error:
        raise BadFrame(f"count {text[:40]!r} cannot be read") from error
    if not 0 < count <= COUNT_E2_MAX:
        raise BadFrame(f"count {text[:40]!r} is not between 0 and a billion")
    return count


def bid_e4(text: str) -> int:
    """Return a best bid; 0: there is none, which the exchange has several ways to say.

    Raises:
        BadFrame: Not a price from 0 to 1 dollar.
    """
    return _touch_e4(text) or NO_BID_E4


def ask_e4(text: str) -> int:
    """Return a best ask; 10,000: there is none. Otherwise like `bid_e4`."""
    return _touch_e4(text) or NO_ASK_E4


def _touch_e4(text: str) -> int:
    """Return a best price; 0 for nothing at all, nought and a whole dollar."""
    try:
        price = parse_price_e4(text) if text else 0
    except ValueError as error:
        raise BadFrame(f"best price {text[:40]!r} cannot be read") from error
    if not 0 <= price <= DOLLAR_E4:
        raise BadFrame(f"best price {text[:40]!r} is not from 0 to 1 dollar")
    return price % DOLLAR_E4


def quantity_e2(text: str) -> int:
    """``"136.00"`` -> 13600, and nothing at all -> 0.

    Raises:
        BadFrame: Not a number of contracts from 0 to 100 billion.
    """
    digits = text[:-3] + text[-2:]
    try:
        if text[-3:-2] == "." and digits.isascii() and digits.isdigit():
            count = int(digits)  # As the exchange writes it.
        else:
            count = parse_count_e2(text) if text else 0
    except ValueError as error:
        raise BadFrame(f"quantity {text[:40]!r} cannot be read") from error
    if 0 <= count <= QUANTITY_E2_MAX:
        return count
    raise BadFrame(f"quantity {text[:40]!r} is not from 0 to 100 billion")


def is_ticker(text: str) -> bool:
    """Return whether `text` can be a ticker: printable ASCII, up to 200 of it."""
    return 0 < len(text) <= TICKER_LENGTH_MAX and text.isascii() and text.isprintable()


def ticker(text: str) -> str:
    """Return `text`, the very object each time, so that its hash is worked out once.

    Raises:
        BadFrame: Empty, longer than 200, or not printable ASCII.
    """
    if is_ticker(text):
        return text
    raise BadFrame(f"{text[:40]!r} is not a market ticker")


def trade_id(text: str) -> bytes:
    """Return the 16 bytes of an id written 8-4-4-4-12; no other bits are checked.

    Raises:
        BadFrame: Another form.
    """
    if _TRADE_ID.fullmatch(text) is None:
        raise BadFrame(f"trade_id {text[:40]!r} is not 8-4-4-4-12 hex digits")
    return unhexlify(text.replace("-", ""))


def side_is_yes(*texts: object) -> bool:
    """Return whether the taker took YES, from the first of `texts` that can be read.

    Raises:
        BadFrame: None of them can; a side is never guessed.
    """
    for text in texts:
        if isinstance(text, str) and text in _SIDES:
            return _SIDES[text]
    raise BadFrame("no field tells the taker's side")


def price_pair(text: str) -> tuple[int, str]:
    """``"0.3600"`` -> 3600 and the NO price that belongs to it, ``"0.6400"``.

    Raises:
        BadFrame: Not a price between 0 and 1 dollar.
    """
    price = price_e4(text)
    return price, format_price_e4(DOLLAR_E4 - price)


def whole_dollar(yes_e4: int, no_e4: int) -> None:
    """Check that the two prices of a print make a dollar.

    Raises:
        BadFrame: They do not.
    """
    if yes_e4 + no_e4 != DOLLAR_E4:
        raise BadFrame(
            f"YES and NO prices make {yes_e4 + no_e4} e-4 dollars, not 10000"
        )


def plausible_ms(ts_ms: int) -> int:
    """Return `ts_ms`.

    Raises:
        BadFrame: Not between the years 2015 and 2100.
    """
    if TS_MIN_MS <= ts_ms <= TS_MAX_MS:
        return ts_ms
    raise BadFrame(f"time {str(ts_ms)[:40]} is not between the years 2015 and 2100")


class FieldMemory:
    """The memories that the frames and the REST rows of one feed share."""

    def __init__(self) -> None:
        self.prices_e4 = Remembered(price_e4)
        self.price_pairs = Remembered(price_pair)
        self.counts_e2 = Remembered(count_e2)
        self.tickers = Remembered(ticker)
        self.bids_e4 = Remembered(bid_e4)
        self.asks_e4 = Remembered(ask_e4)
        self.quantities_e2 = Remembered(quantity_e2)
