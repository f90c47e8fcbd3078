"""Paths -> what answers them, and which keys they know."""

from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route
from starlette.types import ASGIApp

from flowboard.board import Board
from flowboard.events import SORTS as EVENT_SORTS
from flowboard.events import EventBook
from flowboard.feed_status import FeedStatus
from flowboard.http_api import answer_types as types
from flowboard.http_api import answer_types_event as event_types
from flowboard.http_api import answer_types_history as history_types
from flowboard.http_api import answer_types_page as page_types
from flowboard.http_api import answer_types_whale as whale_types
from flowboard.http_api import (
    asyncapi,
    candles,
    categories,
    coverage,
    docs_page,
    events,
    health,
    kalshi_whale,
    market_pages,
    markets,
    page,
    quotes,
    search,
    stats,
    trade_stream,
    trades,
    usual,
    whales,
)
from flowboard.http_api import config as settings
from flowboard.http_api.answer_types_coverage import CoverageReport
from flowboard.http_api.control import CONTROLS
from flowboard.http_api.documents import with_documents
from flowboard.http_api.endpoint import Endpoint
from flowboard.http_api.kept_answers import KeptAnswers
from flowboard.http_api.market_index import MarketIndex
from flowboard.http_api.query import Query
from flowboard.http_api.refusals import Starting
from flowboard.http_api.resources import Clients, RecentAudits, Resources, Store
from flowboard.http_api.usual_dollars import UsualDollars
from flowboard.http_api.whale_socket import whale_routes
from flowboard.row_book import RowBook
from flowboard.tape_reader import TapeReader
from flowboard.trade_filter import FILTER_KEYS

# Each is described in docs/http.md, too; `endpoint.Endpoint` says what the fields are.
_READABLE: tuple[Endpoint, ...] = (
    Endpoint(
        "/health",
        health.health,
        needs_windows=False,
        summary="Whether the board can be relied on, and why not",
        answers=types.HealthReport,
        also=(503,),
    ),
    Endpoint(
        "/api/config",
        settings.config,
        needs_windows=False,
        summary="Version, mode, windows, sorts, defaults, where the stream is",
        answers=types.PublicSettings,
    ),
    Endpoint(
        "/api/coverage",
        coverage.coverage,
        needs_windows=False,
        summary="Which of the exchange's trades are here, and how that is known",
        answers=CoverageReport,
        refuses=("store_failing",),
    ),
    Endpoint(
        "/api/markets/hot",
        markets.hot,
        ("window", "sort", "limit", "combos", "group"),
        summary="The markets that money moves in now, ranked",
        answers=types.HotMarkets,
        examples={"window": "1h", "limit": "3"},
    ),
    Endpoint(
        "/api/markets",
        search.search,
        (
            "q",
            "tickers",
            "status",
            "category",
            "league",
            "series",
            "event",
            "combos",
            "sort",
            "limit",
            "cursor",
        ),
        summary="Markets by words, tickers, status, category, league, series, event; ranked",
        answers=history_types.MarketList,
        refuses=("store_failing",),
        limits={"sort": {"enum": list(search.SORTS)}},
        examples={"q": "high new york", "status": "open", "limit": "3"},
    ),
    Endpoint(
        "/api/markets/{ticker}",
        market_pages.market_page,
        summary="All that a page about one market needs",
        answers=page_types.MarketPage,
        refuses=("unknown_market", "store_failing"),
    ),
    Endpoint(
        "/api/markets/{ticker}/candles",
        candles.candles,
        ("interval", "from", "to", "limit", "cursor"),
        summary="One market's candles, from roll-ups by the minute",
        answers=history_types.CandleList,
        refuses=("unknown_market", "store_failing"),
        defaults={"limit": candles.LIMIT_DEFAULT},
        examples={"interval": "5m", "limit": "3"},
    ),
    Endpoint(
        "/api/markets/{ticker}/trades",
        trades.of_market,
        (
            "limit",
            "cursor",
            "from",
            "to",
            "after_seq",
            "sort",
            "min_notional",
            "side",
            "live_only",
        ),
        summary="One market's trades from disk: newest, largest, or all after a seq",
        answers=types.MarketTrades,
        refuses=("unknown_market", "store_failing"),
        defaults={"sort": trades.SORTS[0]},
        limits={"sort": {"enum": list(trades.SORTS)}},
        examples={"limit": "3"},
    ),
    Endpoint(
        "/api/trades",
        trades.of_all,
        ("from", "to", "limit", "cursor", "sort", "event", *FILTER_KEYS),
        summary="The trades of all markets from disk, newest or largest first",
        answers=history_types.TradeList,
        refuses=("store_failing",),
        defaults={"sort": trades.SORTS[0]},
        limits={"sort": {"enum": list(trades.SORTS)}},
        examples={"limit": "3", "min_notional": "1000"},
    ),
    Endpoint(
        "/api/trades/recent",
        trades.recent,
        ("limit", "after_seq", *FILTER_KEYS),
        summary="The newest trades of all markets, or all after a seq",
        answers=types.RecentTrades,
        refuses=("store_failing",),
        examples={"limit": "3", "min_notional": "1000"},
    ),
    Endpoint(
        "/api/trades/stream",
        trade_stream.stream,
        ("format", "after_seq", *FILTER_KEYS),
        needs_windows=False,  # It waits for them.
        summary="Every trade as it is stored; the answer does not end",
        refuses=("too_many_readers",),
        media_types=("application/x-ndjson", "text/event-stream"),
        examples={"min_notional": "1000"},
    ),
    Endpoint(
        "/api/categories",
        categories.categories,
        ("window", "combos"),
        summary="Categories with their leagues and series, and how many markets are open",
        answers=history_types.CategoryList,
        examples={"window": "24h"},
    ),
    Endpoint(
        "/api/v1/markets/{ticker}/snapshots",
        quotes.snapshots,
        ("from", "to", "source", "limit", "cursor"),
        summary="One market's stored quotes, newest first",
        answers=history_types.SnapshotList,
        refuses=("unknown_market", "store_failing"),
        examples={"limit": "3"},
    ),
    Endpoint(
        "/api/v1/markets/{ticker}/latest",
        quotes.latest,
        summary="One market's last quote",
        answers=history_types.LatestSnapshot,
        refuses=("unknown_market", "store_failing"),
    ),
    Endpoint(
        "/api/v1/markets/{market_id}",
        quotes.by_id,
        summary="The market of an id",
        answers=history_types.OneMarket,
        refuses=("unknown_market", "store_failing"),
    ),
    Endpoint(
        "/api/whales",
        whales.largest,
        ("window", "limit", "combos"),
        summary="The whale prints of a window, largest first, 50 at most",
        answers=types.WhalePrints,
        examples={"window": "1h", "limit": "3"},
    ),
    Endpoint(
        "/api/stats",
        stats.stats,
        ("window",),
        summary="Totals over all markets, clients, counters of the feed",
        answers=types.BoardStats,
        examples={"window": "24h"},
    ),
    Endpoint(
        "/api/usual",
        usual.usual,
        ("window",),
        summary="What is usually paid in such a window at this hour of the day",
        answers=types.UsualFlow,
        refuses=("store_failing",),
        examples={"window": "1h"},
    ),
    Endpoint(
        "/api/status",
        kalshi_whale.status,
        needs_windows=False,
        summary="The server in a few words, as KalshiWhale had it",
        answers=whale_types.WhaleStatus,
    ),
    Endpoint(
        "/api/top-markets",
        kalshi_whale.top_markets,
        ("limit",),
        summary="The markets of the most dollars in 24 hours",
        answers=whale_types.TopMarkets,
        defaults={"limit": kalshi_whale.TOP},
        examples={"limit": "5"},
    ),
    Endpoint(
        "/api/whale-alerts",
        kalshi_whale.whale_alerts,
        ("threshold", "limit"),
        summary="The markets of more than so many dollars in 24 hours",
        answers=whale_types.WhaleAlerts,
        examples={"threshold": "100000"},
    ),
    Endpoint(
        "/api/events",
        events.ranked,
        (
            "window",
            "sort",
            "limit",
            "cursor",
            "combos",
            "series",
            "category",
            "league",
        ),
        summary="The events that money moves in now, ranked",
        answers=event_types.EventList,
        limits={"sort": {"enum": list(EVENT_SORTS)}},
        examples={"window": "1h", "limit": "3", "sort": "flow"},
    ),
    Endpoint(
        "/api/events/{event_ticker}",
        events.one,
        ("window",),
        summary="One event: its markets, its flow in one direction, what it implies",
        answers=event_types.EventPage,
        refuses=("unknown_event", "store_failing"),
        examples={"window": "1h"},
    ),
    Endpoint(
        "/asyncapi.json",
        asyncapi.asyncapi,
        needs_windows=False,
        summary="/ws/stream as an AsyncAPI 3 document, for tools",
    ),
)
ENDPOINTS = with_documents(_READABLE, CONTROLS)
PAGE = {
    "/": page.index,
    "/m/{ticker}": page.index,
    "/e/{event_ticker}": page.index,
    "/assets/{name}": page.asset,
    "/docs": docs_page.index,
    "/docs/{name}": docs_page.asset,
}


def routes(
    *,
    board: Board,
    hub: Clients,
    status: FeedStatus,
    store: Store,
    tape: TapeReader,
    config: Mapping[str, Any],
    static_dir: Path,
    mono_ms: Callable[[], int],
    wall_ms: Callable[[], int],
    default_window: str = "5m",
    kept: KeptAnswers | None = None,
    want: Callable[[str], None] = lambda _: None,
) -> list[BaseRoute]:
    """Return every HTTP route, and /ws; the arguments are the attributes of `Resources`.

    Serve them behind `Guard` and with `exception_handlers()`.
    """
    resources = Resources(
        board=board,
        hub=hub,
        status=status,
        store=store,
        tape=tape,
        config=config,
        static_dir=static_dir,
        mono_ms=mono_ms,
        wall_ms=wall_ms,
        audits=RecentAudits(store, mono_ms),
        rows=RowBook(board),
        events=EventBook(board),
        index=MarketIndex(board),
        usual=UsualDollars(store.history, status.coverage),
        default_window=default_window,
        kept=kept or KeptAnswers(),
        want=want,
    )
    return [
        *whale_routes(resources),
        *(_endpoint_route(endpoint, resources) for endpoint in ENDPOINTS),
        *(_page_route(path, handler, resources) for path, handler in PAGE.items()),
    ]


def _endpoint_route(endpoint: Endpoint, resources: Resources) -> Route:
    async def respond(request: Request) -> ASGIApp:
        query = Query(request.query_params.multi_items(), endpoint.keys)
        if endpoint.needs_windows and resources.status.is_rebuilding:
            raise Starting
        return await endpoint.answer(resources, query, request)

    return Route(endpoint.path, respond, methods=["GET"])


def _page_route(
    path: str,
    handler: Callable[[Resources, Request], Awaitable[Response]],
    resources: Resources,
) -> Route:
    async def respond(request: Request) -> Response:
        return await handler(resources, request)

    return Route(path, respond, methods=["GET"])
