"""A query string -> checked values; what makes no sense is refused by name."""

from collections.abc import Iterable, Sequence

from flowboard.errors import BadParameter
from flowboard.http_api.refusals import shown
from flowboard.models import WINDOWS_MS
from flowboard.parameters import one_of, seq_number
from flowboard.subscription import SORTS
from flowboard.trade_filter import COMBOS, TradeFilter, filter_of

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

    def limit(self) -> int:
        """Return how many objects are wanted at most."""
        text = self._values.get("limit")
        if text is None:
            return LIMIT_DEFAULT
        digits = text.isascii() and text.isdigit() and len(text) <= LIMIT_DIGITS
        number = int(text) if digits else 0
        if not 1 <= number <= LIMIT_MAX:
            raise BadParameter(
                f"limit {shown(text)} is out of range: give a whole number from 1 to "
                f"{LIMIT_MAX}"
            )
        return number

    def _one_of(self, key: str, allowed: Sequence[str], default: str) -> str:
        value = self._values.get(key, default)
        if value not in allowed:
            raise BadParameter(
                f"{key} {shown(value)} is not known: use {', '.join(allowed)}"
            )
        return value
