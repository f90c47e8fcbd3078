"""Query strings -> typed values, or the error body that the exchange answers."""

from collections.abc import Sequence

from starlette.requests import Request
from starlette.responses import Response

from flowboard.simulator import replies


class BadQuery(Exception):
    """A query that is answered by an error."""

    def __init__(self, response: Response) -> None:
        super().__init__(response)
        self.response = response


class Query:
    """Typed access to the query of a request to `operation`."""

    def __init__(self, request: Request, operation: str) -> None:
        self._params = request.query_params
        self._operation = operation

    def text(self, name: str) -> str | None:
        """Return a value; an empty one counts as none."""
        return self._params.get(name) or None

    def tickers(self, name: str = "tickers") -> list[str]:
        """Return a list, joined by commas or given key by key."""
        joined = ",".join(self._params.getlist(name))
        return [ticker for ticker in joined.split(",") if ticker]

    def whole(self, name: str) -> int | None:
        """Return an integer.

        Raises:
            BadQuery: It is no integer.
        """
        text = self.text(name)
        if text is None:
            return None
        try:
            return int(text) if len(text) < 20 else int("")
        except ValueError:
            details = f"strconv.ParseInt: parsing {text[:40]!r}: invalid syntax"
            raise BadQuery(replies.undecodable(details)) from None

    def flag(self, name: str) -> bool | None:
        """Return a boolean.

        Raises:
            BadQuery: It is neither true nor false.
        """
        text = self.text(name)
        if text is None:
            return None
        if text.lower() not in ("true", "false", "1", "0"):
            details = f"strconv.ParseBool: parsing {text[:40]!r}: invalid syntax"
            raise BadQuery(replies.undecodable(details))
        return text.lower() in ("true", "1")

    def limit(self, default: int, highest: int) -> int:
        """Return the page size; 0 counts as none given.

        Raises:
            BadQuery: It is negative or too large.
        """
        limit = self.whole("limit") or default
        if limit < 0:
            raise BadQuery(replies.invalid(self._operation, "Limit", "gte"))
        if limit > highest:
            raise BadQuery(replies.invalid(self._operation, "Limit", "lte"))
        return limit

    def one_of(self, name: str, field: str, words: Sequence[str]) -> str | None:
        """Return a word of `words`.

        Raises:
            BadQuery: It is another one.
        """
        text = self.text(name)
        if text is not None and text not in words:
            raise BadQuery(replies.invalid(self._operation, field, "oneof"))
        return text
