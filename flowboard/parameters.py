"""What a client wrote -> checked values; what makes no sense is refused by name.

A value is a text, as in a query string, or what JSON has for it.
"""

from collections.abc import Iterable, Mapping
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any

from flowboard.errors import BadParameter
from flowboard.money import parse_fixed

SHOWN_MAX = 40  # Of what a client sent, so much is said back to it.
NAME_CHARS_MAX = 100  # The longest tickers have some sixty.
DIGITS_MAX = 8  # Longer texts are not even read as numbers.
SEQ_DIGITS_MAX = 15
DOLLARS_DIGITS_MAX = 18
DOLLARS_E6_END = 10**17  # Eleven digits in front of the point: sums fit in 64 bits.
MOMENT_MS_MAX = 4_102_444_800_000  # The year 2100.
_FLAGS = {"1": True, "0": False, "true": True, "false": False}


def once(pairs: Iterable[tuple[str, str]]) -> dict[str, str]:
    """Return the keys and values of a query string.

    Raises:
        BadParameter: A key is there twice.
    """
    values: dict[str, str] = {}
    for key, value in pairs:
        if key in values:
            raise BadParameter(f"{shown(key)} is given twice: give it once")
        values[key] = value
    return values


def known_only(values: Mapping[str, Any], known: Iterable[str]) -> None:
    """Refuse keys that are not among `known`.

    Raises:
        BadParameter: The text names the first of them.
    """
    for key in values:
        if key not in known:
            raise BadParameter(f"{shown(key)} is no parameter: use {', '.join(known)}")


def one_of(key: str, value: Any, allowed: Iterable[str]) -> str:
    """Return one of some words, or raise `BadParameter`."""
    if not isinstance(value, str) or value not in allowed:
        raise BadParameter(
            f"{key} {shown(value)} is not known: use {', '.join(allowed)}"
        )
    return value


def whole_number(key: str, value: Any, least: int, most: int) -> int:
    """Return a number from `least` to `most`, or raise `BadParameter`."""
    number = value
    if isinstance(value, str) and value.isascii() and value.isdigit():
        number = int(value) if len(value) <= DIGITS_MAX else None
    if type(number) is not int or not least <= number <= most:
        raise BadParameter(
            f"{key} {shown(value)} is out of range: give a number from {least} to {most}"
        )
    return number


def seq_number(key: str, value: Any) -> int:
    """Return the `seq` of a trade, 0 for before the first, or raise `BadParameter`."""
    text = str(value) if type(value) is int else value
    if (
        isinstance(text, str)
        and text.isascii()
        and text.isdigit()
        and len(text) <= SEQ_DIGITS_MAX
    ):
        return int(text)
    raise BadParameter(
        f"{key} {shown(value)} is no seq: give that of a trade or an answer, or 0 for "
        "the whole tape"
    )


def moment_ms(key: str, value: str) -> int:
    """Return Unix ms, given so or as ISO 8601, or raise `BadParameter`.

    A time without a zone is UTC.
    """
    found_ms: int | None = None
    if value.isascii() and value.isdigit():
        found_ms = int(value) if len(value) <= SEQ_DIGITS_MAX else None
    elif len(value) <= SHOWN_MAX:
        # A plus that nobody has escaped is a space in a query string.
        with suppress(ValueError, OverflowError):
            moment = datetime.fromisoformat(value.strip().replace(" ", "+"))
            if moment.tzinfo is None:
                moment = moment.replace(tzinfo=UTC)
            found_ms = round(moment.timestamp() * 1_000)
    if found_ms is None or not 0 <= found_ms <= MOMENT_MS_MAX:
        raise BadParameter(
            f"{key} {shown(value)} is no time: give Unix milliseconds, as "
            "1795266000123, or ISO 8601, as 2026-11-21T13:00:00Z"
        )
    return found_ms


def flag(key: str, value: Any) -> bool:
    """Return 1 or true as True, 0 or false as False, or raise `BadParameter`."""
    found = _FLAGS.get(str(value).lower()) if isinstance(value, str | int) else None
    if found is None:
        raise BadParameter(f"{key} {shown(value)} is no answer: use 1 or 0")
    return found


def names(key: str, value: Any, most: int, words: bool = False) -> tuple[str, ...]:
    """Return a list of names, each once and in order, or raise `BadParameter`.

    Args:
        key: What is said of it.
        value: A list, or a text with commas between.
        most: How many there may be.
        words: Whether a name may have several words.
    """
    given = value.split(",") if isinstance(value, str) else value
    if not isinstance(given, list | tuple) or not 0 < len(given) <= most:
        raise BadParameter(
            f"{key} {shown(value)} is no list: name 1 to {most}, with commas between"
        )
    for name in given:
        good = isinstance(name, str) and 0 < len(name) <= NAME_CHARS_MAX
        if not good or not name.isprintable() or (" " in name and not words):
            raise BadParameter(
                f"{key} {shown(name)} is no name: write it as the exchange does"
            )
    return tuple(sorted(set(given)))


def dollars_e6(key: str, value: Any) -> int:
    """Return an amount of dollars that is not below zero, or raise `BadParameter`."""
    text = str(value) if type(value) is int else value
    if isinstance(text, str) and len(text) <= DOLLARS_DIGITS_MAX:
        try:
            amount_e6 = parse_fixed(text, 6)
        except ValueError:
            amount_e6 = -1
        if 0 <= amount_e6 < DOLLARS_E6_END:
            return amount_e6
    raise BadParameter(
        f"{key} {shown(value)} is no amount: give dollars, as 1000 or 99.50"
    )


def shown(value: Any) -> str:
    """Return the beginning of what a client sent, in quotes, safe to say back."""
    text = value if isinstance(value, str) else str(value)
    return "'" + "".join(c for c in text[:SHOWN_MAX] if c.isprintable()) + "'"
