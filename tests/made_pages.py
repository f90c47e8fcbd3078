"""The exchange's tape as REST gives it, from a list: pages, cursors, and their faults."""

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from operator import attrgetter

import msgspec

from flowboard.errors import RequestFailed
from flowboard.models import Source, Trade


@dataclass(frozen=True)
class Asked:
    """One request."""

    cursor: str
    min_ts_s: int | None
    max_ts_s: int | None
    ticker: str | None
    historical: bool


@dataclass(frozen=True)
class MadePage:
    trades: Sequence[Trade]
    cursor: str
    refused: int = 0


@dataclass
class MadeTape:
    """Serves `trades`, oldest first and growing, newest first.

    Attributes:
        page_max: Most rows a page has.
        archived_ms: Older trades are historical.
        fault: Called with each request; it may raise, or change the page.
    """

    trades: list[Trade]
    page_max: int = 10
    archived_ms: int = 0
    fault: Callable[[Asked, MadePage], MadePage] = lambda _, page: page
    asked: list[Asked] = field(default_factory=list)

    async def cutoff_ms(self) -> int:
        return self.archived_ms

    async def trades_page(
        self,
        limit: int,
        cursor: str,
        min_ts_s: int | None,
        max_ts_s: int | None,
        ticker: str | None,
        *,
        source: Source,
        historical: bool,
    ) -> MadePage:
        asked = Asked(cursor, min_ts_s, max_ts_s, ticker, historical)
        self.asked.append(asked)
        served = [
            t
            for t in self.trades
            if (t.ts_ms < self.archived_ms) == historical
            and ticker in (None, t.market_ticker)
        ]
        times = attrgetter("ts_ms")
        begin = (
            0 if min_ts_s is None else bisect_left(served, min_ts_s * 1000, key=times)
        )
        end = len(served)
        if max_ts_s is not None:
            end = bisect_right(served, max_ts_s * 1000, key=times)
        # A cursor names the oldest row of its page: new trades do not move it.
        if cursor:
            # One that nobody issued is the first page, without a word.
            ids = (n for n, t in enumerate(served) if t.trade_id.hex() == cursor)
            end = next(ids, end)
        rows = served[max(begin, end - min(limit, self.page_max)) : end]
        whole = end - len(rows) <= begin
        page = MadePage(
            [msgspec.structs.replace(t, source=source) for t in reversed(rows)],
            "" if whole else rows[0].trade_id.hex(),
        )
        return self.fault(asked, page)


def throttled(asked: Asked, page: MadePage) -> MadePage:
    raise RequestFailed(429, "too many requests")


def circle(asked: Asked, page: MadePage) -> MadePage:
    """Every cursor leads to the first page again."""
    return replace(page, cursor="again")


def never_last(asked: Asked, page: MadePage) -> MadePage:
    """Pages hold nothing, and there is always another."""
    return MadePage([], f"more{asked.cursor}")
