"""Fixed-point prices, counts and dollars: strings outside, integers inside, no floats.

``_e4`` is a ten-thousandth of a dollar (a price), ``_e2`` a hundredth of a contract
(a count), ``_e6`` a millionth of a dollar (money). A price times a count is money with
nothing lost: 10^-4 x 10^-2 = 10^-6.
"""

from typing import NewType

PriceE4 = NewType("PriceE4", int)
CountE2 = NewType("CountE2", int)
DollarsE6 = NewType("DollarsE6", int)

DOLLAR_E4 = 10_000
DOLLAR_E6 = 1_000_000
DIGITS_MAX = 15  # Longer numbers are an attack or a mistake, not a trade.


def parse_fixed(text: str, decimals: int) -> int:
    """Return the decimal number in `text` as an integer of 10^-`decimals`.

    Kalshi's strings: an optional minus, digits, and at most `decimals` digits behind the
    point (further zeros are read over). No exponent, no spaces, no plus.

    Raises:
        ValueError: `text` is no such number, or finer than 10^-`decimals`.
    """
    digits, point, fraction = text.partition(".")
    negative = digits.startswith("-")
    if negative:
        digits = digits[1:]
    if len(fraction) > decimals:
        extra = fraction[decimals:]
        if extra.strip("0"):
            raise ValueError(f"{text!r} is finer than {decimals} decimals")
        fraction = fraction[:decimals]
    whole = digits + fraction.ljust(decimals, "0")
    if (
        not digits
        or (point and not fraction)
        or len(whole) > DIGITS_MAX + decimals
        or not (whole.isascii() and whole.isdigit())
    ):
        raise ValueError(f"{text[:40]!r} is not a decimal number")
    return -int(whole) if negative else int(whole)


def format_fixed(number: int, decimals: int) -> str:
    """Return `number` of 10^-`decimals` as a decimal string with every decimal."""
    if number < 0:
        return "-" + format_fixed(-number, decimals)
    digits = str(number)
    if len(digits) <= decimals:
        digits = digits.zfill(decimals + 1)
    return f"{digits[:-decimals]}.{digits[-decimals:]}"


def parse_price_e4(text: str) -> PriceE4:
    """``"0.3600"`` -> 3600 ten-thousandths of a dollar."""
    return PriceE4(parse_fixed(text, 4))


def parse_count_e2(text: str) -> CountE2:
    """``"136.00"`` -> 13600 hundredths of a contract."""
    return CountE2(parse_fixed(text, 2))


def format_price_e4(price_e4: int) -> str:
    """3600 -> ``"0.3600"``."""
    return format_fixed(price_e4, 4)


def format_count_e2(count_e2: int) -> str:
    """13600 -> ``"136.00"``."""
    return format_fixed(count_e2, 2)


def format_dollars_e6(dollars_e6: int) -> str:
    """48960000 -> ``"48.960000"``."""
    return format_fixed(dollars_e6, 6)
