"""/api/v1/markets: a market's stored quotes, its last one, and a market by its id."""

from typing import Any
from uuid import UUID

from starlette.requests import Request
from starlette.responses import Response

from flowboard.errors import BadParameter
from flowboard.http_api.answers import answer
from flowboard.http_api.market_objects import (
    infos_on_disk,
    is_known,
    market_object,
    touch_fields,
)
from flowboard.http_api.query import Query
from flowboard.http_api.refusals import UnknownMarket, shown
from flowboard.http_api.resources import Resources
from flowboard.market_info import Quote, QuoteSource
from flowboard.parameters import MOMENT_MS_MAX

SOURCES: tuple[QuoteSource, ...] = ("ws", "poll")
WANTED = ("any", *SOURCES)
COVERED_MAX = 200  # Spans that an answer tells of: the newest.

Fields = dict[str, Any]


async def snapshots(resources: Resources, query: Query, request: Request) -> Response:
    """Answer with a market's quotes on disk, newest first, a page at a time."""
    ticker = request.path_params["ticker"]
    limit, cursor = query.limit(), query.cursor()
    word = query.word("source", WANTED, WANTED[0])
    source = next((source for source in SOURCES if source == word), None)
    from_ms, to_ms = query.span_ms(MOMENT_MS_MAX)
    assert to_ms is not None
    if not is_known(resources, ticker):
        raise UnknownMarket(ticker)
    store = resources.store
    page = await store.quotes_between(ticker, from_ms, to_ms, source, cursor, limit)
    reached_ms = page.quotes[-1].ts_ms if page.cursor else from_ms
    end_ms = page.quotes[0].ts_ms + 1 if cursor and page.quotes else to_ms
    spans = await store.quote_spans(reached_ms, end_ms)
    return answer(
        {
            "ticker": ticker,
            "snapshots": [snapshot_object(ticker, quote) for quote in page.quotes],
            "count": len(page.quotes),
            "covered": [
                {
                    "source": span.source,
                    "from_ms": max(span.from_ms, reached_ms),
                    "to_ms": min(span.to_ms, end_ms),
                }
                for span in spans[-COVERED_MAX:]
            ],
            "timestamp": resources.timestamp(),
            "cursor": page.cursor,
        }
    )


async def latest(resources: Resources, _: Query, request: Request) -> Response:
    """Answer with a market's last quote, null where there is none."""
    ticker = request.path_params["ticker"]
    if not is_known(resources, ticker):
        raise UnknownMarket(ticker)
    board = resources.board
    market = board.markets.find(ticker)
    quote = None if market is None else board.quotes.quote(market)
    if quote is None:
        page = await resources.store.quotes_between(
            ticker, 0, MOMENT_MS_MAX, None, None, 1
        )
        quote = next(iter(page.quotes), None)
    return answer(
        {
            "ticker": ticker,
            "snapshot": None if quote is None else snapshot_object(ticker, quote),
            "timestamp": resources.timestamp(),
        }
    )


async def by_id(resources: Resources, _: Query, request: Request) -> Response:
    """Answer with the market of an id."""
    text = request.path_params["market_id"]
    try:
        wanted = UUID(text)
    except ValueError:
        raise BadParameter(
            f"{shown(text)} is no id: give the `id` of a market object, or ask "
            "/api/markets/ and the ticker"
        ) from None
    await resources.index.refresh(resources.mono_ms())
    ticker = await resources.index.ticker_of(wanted)
    if ticker is None:
        raise UnknownMarket(text)
    forgotten = await infos_on_disk(resources, [ticker])
    return answer(
        {
            "market": market_object(resources, ticker, forgotten.get(ticker)),
            "timestamp": resources.timestamp(),
        }
    )


def snapshot_object(ticker: str, quote: Quote) -> Fields:
    """Return a quote as an object; `sequence` rises within a market and a source."""
    touch = touch_fields(quote)
    return {
        "market_ticker": ticker,
        "ts_ms": quote.ts_ms,
        "yes_bid_dollars": touch["yes_bid_dollars"],
        "yes_ask_dollars": touch["yes_ask_dollars"],
        "yes_bid_size_fp": touch["yes_bid_size_fp"],
        "yes_ask_size_fp": touch["yes_ask_size_fp"],
        "open_interest_fp": touch["open_interest_fp"],
        "source": quote.source,
        "sequence": quote.ts_ms,  # The exchange numbers no quotes.
    }
