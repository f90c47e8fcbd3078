"""Query strings -> checked values; what makes no sense is refused by name."""

from collections.abc import Sequence

from starlette.requests import Request

from flowboard.errors import BadParameter
from flowboard.models import WINDOWS_MS
from flowboard.subscription import COMBOS, SORTS

LIMIT_DEFAULT = 100
LIMIT_MAX = 1_000
SHOWN_MAX = 40


class Query:
    """The parameters of one request.

    Args:
        request: The request.
        allowed: Keys that this route knows.

    Raises:
        BadParameter: An unknown key, or one that is there twice.
    """

    def __init__(self, request: Request, allowed: Sequence[str]) -> None:
        self._values: dict[str, str] = {}
        for key, value in request.query_params.multi_items():
            if key not in allowed:
                known = ", ".join(allowed) or "none"
                raise BadParameter(f"{_shown(key)} is no parameter here: use {known}")
            if key in self._values:
                raise BadParameter(f"{key} is given twice: give it once")
            self._values[key] = value

    def window(self, default: str) -> str:
        """Return the window's name."""
        return self._one_of("window", default, tuple(WINDOWS_MS))

    def sort(self) -> str:
        """Return what ranks the hot markets."""
        return self._one_of("sort", SORTS[0], SORTS)

    def combos(self) -> bool:
        """Return whether combo markets are in the list."""
        return self._one_of("combos", COMBOS[0], COMBOS) == "include"

    def cursor(self) -> str | None:
        """Return where a page begins."""
        return self._values.get("cursor")

    def limit(self) -> int:
        """Return how many are wanted at most."""
        text = self._values.get("limit")
        if text is None:
            return LIMIT_DEFAULT
        number = int(text) if text.isascii() and text.isdigit() and len(text) < 9 else 0
        if not 1 <= number <= LIMIT_MAX:
            raise BadParameter(
                f"limit {_shown(text)} is out of range: give a number from 1 to"
                f" {LIMIT_MAX}"
            )
        return number

    def _one_of(self, key: str, default: str, allowed: Sequence[str]) -> str:
        value = self._values.get(key, default)
        if value not in allowed:
            raise BadParameter(
                f"{key} {_shown(value)} is not known: use {', '.join(allowed)}"
            )
        return value


def _shown(text: str) -> str:
    return "'" + "".join(c for c in text[:SHOWN_MAX] if c.isprintable()) + "'"
