"""A query string -> checked values; what makes no sense is refused by name."""

from collections.abc import Iterable, Sequence

from flowboard.errors import BadParameter
from flowboard.http_api.refusals import shown
from flowboard.models import WINDOWS_MS
from flowboard.parameters import dollars_e6, moment_ms, names, one_of, seq_number
from flowboard.subscription import SORTS
from flowboard.trade_filter import COMBOS, TradeFilter, filter_of

GROUPS = ("market", "event")
LIMIT_DEFAULT = 100
LIMIT_MAX = 1_000
LIMIT_DIGITS = 8  # Longer texts are not even read as numbers.


class Query:
    """The parameters of one request; each is checked when it is asked for.

    Args:
        pairs: Keys and values, as they came.
        known: Keys that the endpoint has.

    Raises:
        BadParameter: A key that the endpoint has not, or one that is there twice.
            Every other method raises it for a value that is not allowed.
    """

    def __init__(self, pairs: Iterable[tuple[str, str]], known: Sequence[str]) -> None:
        self._values: dict[str, str] = {}
        for key, value in pairs:
            if key not in known:
                remedy = f"use {', '.join(known)}" if known else "leave it out"
                raise BadParameter(f"{shown(key)} is no parameter here: {remedy}")
            if key in self._values:
                raise BadParameter(
                    f"{key} is given twice, as {shown(self._values[key])} and as "
                    f"{shown(value)}: give it once"
                )
            self._values[key] = value

    def window(self, default: str) -> str:
        """Return the window's name."""
        return self._one_of("window", tuple(WINDOWS_MS), default)

    def sort(self) -> str:
        """Return what ranks the hot markets."""
        return self._one_of("sort", SORTS, SORTS[0])

    def combos(self) -> bool:
        """Return whether combo markets are in the list."""
        return self._one_of("combos", COMBOS, COMBOS[0]) == "include"

    def cursor(self) -> str | None:
        """Return where the page begins, None for the first one."""
        return self._values.get("cursor")

    def after_seq(self) -> int | None:
        """Return the `seq` after which trades are wanted, None for the newest."""
        text = self._values.get("after_seq")
        return None if text is None else seq_number("after_seq", text)

    def filter(self, default: TradeFilter) -> TradeFilter:
        """Return which trades are wanted; what is not said of them is default."""
        return filter_of(self._values, default)

    def form(self, allowed: Sequence[str], default: str) -> str:
        """Return the name of the form in which trades are wanted."""
        return one_of("format", self._values.get("format", default), allowed)

    def dollars_e6(self, key: str, default_e6: int) -> int:
        """Return an amount of dollars."""
        text = self._values.get(key)
        return default_e6 if text is None else dollars_e6(key, text)

    def limit(self, default: int = LIMIT_DEFAULT) -> int:
        """Return how many objects are wanted at most."""
        text = self._values.get("limit")
        if text is None:
            return default
        digits = text.isascii() and text.isdigit() and len(text) <= LIMIT_DIGITS
        number = int(text) if digits else 0
        if not 1 <= number <= LIMIT_MAX:
            raise BadParameter(
                f"limit {shown(text)} is out of range: give a whole number from 1 to "
                f"{LIMIT_MAX}"
            )
        return number

    def has(self, *keys: str) -> bool:
        """Whether one of some keys is there."""
        return not self._values.keys().isdisjoint(keys)

    def text(self, key: str, longest: int) -> str | None:
        """Return a text as it came, None where it is not there or holds nothing."""
        text = self._values.get(key, "")
        if len(text) > longest:
            raise BadParameter(
                f"{key} {shown(text)} is too long: give {longest} characters at most"
            )
        return text if text.strip() else None

    def names(self, key: str, most: int) -> tuple[str, ...] | None:
        """Return a list of names, which may have several words; None for no list."""
        text = self._values.get(key)
        return None if text is None else names(key, text, most, words=True)

    def word(self, key: str, allowed: Sequence[str], default: str) -> str:
        """Return one of some words."""
        return self._one_of(key, allowed, default)

    def span_ms(self, to_ms: int | None) -> tuple[int, int | None]:
        """Return a span of exchange time: its first ms, and the first behind it.

        Args:
            to_ms: Where it ends if nothing is said of that; None: nowhere.
        """
        from_text, to_text = self._values.get("from"), self._values.get("to")
        from_ms = 0 if from_text is None else moment_ms("from", from_text)
        if to_text is not None:
            to_ms = moment_ms("to", to_text)
            if from_ms >= to_ms:
                raise BadParameter(
                    f"from {shown(from_text or '0')} is not before to "
                    f"{shown(to_text)}: give a span"
                )
        return from_ms, to_ms

    def _one_of(self, key: str, allowed: Sequence[str], default: str) -> str:
        value = self._values.get(key, default)
        if value not in allowed:
            raise BadParameter(
                f"{key} {shown(value)} is not known: use {', '.join(allowed)}"
            )
        return value
