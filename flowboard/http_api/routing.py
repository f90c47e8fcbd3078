"""Paths -> what answers them, and which keys they know."""

from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from flowboard.board import Board
from flowboard.feed_status import FeedStatus
from flowboard.http_api import (
    asyncapi,
    coverage,
    health,
    markets,
    page,
    stats,
    trade_stream,
    trades,
    whales,
)
from flowboard.http_api import config as settings
from flowboard.http_api.query import Query
from flowboard.http_api.refusals import Starting
from flowboard.http_api.resources import Clients, RecentAudits, Resources, Store
from flowboard.tape_reader import TapeReader
from flowboard.trade_filter import FILTER_KEYS


class Endpoint(NamedTuple):
    """One address of the API.

    Attributes:
        path: As Starlette writes it.
        answer: Makes the answer; it may raise what `refusals` knows.
        keys: Of its query string; any other is refused.
        needs_windows: Whether it has nothing to tell while they are being rebuilt.
    """

    path: str
    answer: Callable[[Resources, Query, Request], Awaitable[Response]]
    keys: tuple[str, ...] = ()
    needs_windows: bool = True


ENDPOINTS = (
    Endpoint("/health", health.health, needs_windows=False),
    Endpoint("/api/config", settings.config, needs_windows=False),
    Endpoint("/api/coverage", coverage.coverage, needs_windows=False),
    Endpoint("/api/markets/hot", markets.hot, ("window", "sort", "limit", "combos")),
    Endpoint(
        "/api/markets/{ticker}/trades",
        trades.of_market,
        ("limit", "cursor", "after_seq", "min_notional", "side", "live_only"),
    ),
    Endpoint("/api/trades/recent", trades.recent, ("limit", "after_seq", *FILTER_KEYS)),
    Endpoint(
        "/api/trades/stream",
        trade_stream.stream,
        ("format", "after_seq", *FILTER_KEYS),
        needs_windows=False,  # It waits for them.
    ),
    Endpoint("/api/whales", whales.largest, ("window", "limit", "combos")),
    Endpoint("/api/stats", stats.stats, ("window",)),
    Endpoint("/asyncapi.json", asyncapi.asyncapi, needs_windows=False),
)
PAGE = {"/": page.index, "/assets/{name}": page.asset}


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
) -> list[BaseRoute]:
    """Return every HTTP route; the arguments are the attributes of `Resources`.

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
        default_window=default_window,
    )
    return [
        *(_endpoint_route(endpoint, resources) for endpoint in ENDPOINTS),
        *(_page_route(path, handler, resources) for path, handler in PAGE.items()),
    ]


def _endpoint_route(endpoint: Endpoint, resources: Resources) -> Route:
    async def respond(request: Request) -> Response:
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
