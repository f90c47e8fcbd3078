"""A span of the exchange's tape by REST, newest first, page by page, to its beginning.

A walk ends in one of two ways: it has come to the beginning of its span, or it raises.
What it was given until then is good; whoever walks again begins below that.
"""

from collections.abc import AsyncGenerator, Sequence
from typing import Protocol

from flowboard.errors import ExchangeError, RequestFailed
from flowboard.models import Source, Trade

PAGE_TRADES = 1_000
# Whether `min_ts` and `max_ts` belong to the page themselves is not documented.
SLACK_S = 1
PAGES_MAX = 20_000  # More than a day of the busiest; then the rest is asked for anew.
EMPTY_MAX = 3  # Pages in a row that hold nothing and yet are not the last.
BAD_REQUEST = 400


class Page(Protocol):
    """One page of trades, newest first; see `kalshi.trade_rows.TradesPage`."""

    @property
    def trades(self) -> Sequence[Trade]:
        """The rows that could be read."""

    @property
    def cursor(self) -> str:
        """Where the next, older page begins; "" on the last."""

    @property
    def refused(self) -> int:
        """How many rows could not be read."""


class Pages(Protocol):
    """Where pages come from; see `kalshi.rest_client.RestClient`."""

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
    ) -> Page:
        """Return one page of at most `limit` trades."""


class WalkFailed(ExchangeError):
    """The exchange's pages lead nowhere."""

    def __init__(self, problem: str) -> None:
        super().__init__(problem)
        self.problem = problem

    def __str__(self) -> str:
        return f"{self.problem}: Flowboard asks again from where it came to"


async def walk(
    pages: Pages,
    from_ms: int,
    to_ms: int | None,
    *,
    source: Source,
    ticker: str | None = None,
    historical: bool = False,
) -> AsyncGenerator[Page, None]:
    """Give page after page of a span, newest first, down to its beginning.

    Args:
        pages: Where they come from; it keeps the pace.
        from_ms: Exchange time of the oldest trade that is wanted.
        to_ms: The first millisecond that is not wanted; None: from the newest on.
        source: What the trades are marked with.
        ticker: One market alone.
        historical: Ask where the exchange keeps what is older than three months.

    Raises:
        WalkFailed: The pages go in a circle, or are empty and never the last.
        RequestFailed, FeedInterrupted, BadFrame: See `RestClient`.
    """
    min_s: int | None = max(0, from_ms // 1000 - SLACK_S)
    max_s = None if to_ms is None else -(-to_ms // 1000) + SLACK_S
    cursor = ""
    asked = {cursor}
    oldest_ms: int | None = None
    empty = 0
    while True:
        try:
            page = await pages.trades_page(
                PAGE_TRADES,
                cursor,
                min_s,
                max_s,
                ticker,
                source=source,
                historical=historical,
            )
        except RequestFailed as refusal:
            # One old report says that `min_ts` is refused: then the trades' own times
            # tell where to stop.
            if refusal.status != BAD_REQUEST or min_s is None:
                raise
            min_s = None
            continue
        if not _goes_back(page.trades, oldest_ms):
            raise WalkFailed("a page of trades lies not behind the page before it")
        yield page
        if page.trades:
            oldest_ms = page.trades[-1].ts_ms
        if page.cursor == "" or (oldest_ms is not None and oldest_ms < from_ms):
            return
        empty = 0 if page.trades else empty + 1
        if page.cursor in asked or empty > EMPTY_MAX or len(asked) >= PAGES_MAX:
            raise WalkFailed("the pages of trades go in a circle, or have no end")
        cursor = page.cursor
        asked.add(cursor)


def _goes_back(trades: Sequence[Trade], oldest_ms: int | None) -> bool:
    """Return whether a page lies behind `oldest_ms`, the end of the page before.

    A cursor that is not understood begins again at the newest, without a word.
    """
    if not trades or oldest_ms is None:
        return True
    newest_ms, last_ms = trades[0].ts_ms, trades[-1].ts_ms
    return last_ms < oldest_ms or newest_ms <= oldest_ms
