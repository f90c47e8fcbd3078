"""Paths -> what answers them."""

from collections.abc import Awaitable, Callable
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from flowboard.http_api import board_lists, health, markets, page
from flowboard.http_api.answers import Starting
from flowboard.http_api.resources import Resources

Handler = Callable[[Resources, Request], Awaitable[Response]]


def routes(**parts: Any) -> list[BaseRoute]:
    """Return every HTTP route; `parts` are the fields of `Resources`."""
    resources = Resources(**parts)
    always: dict[str, Handler] = {
        "/": page.index,
        "/assets/{name}": page.asset,
        "/health": health.health,
        "/api/config": health.config,
    }
    # These answer from the windows, and wait for them.
    figures: dict[str, Handler] = {
        "/api/markets/hot": markets.hot,
        "/api/markets/{ticker}/trades": markets.trades,
        "/api/trades/recent": board_lists.recent_trades,
        "/api/whales": board_lists.whales,
        "/api/stats": board_lists.stats,
    }
    return [
        *(_route(path, handler, resources, False) for path, handler in always.items()),
        *(_route(path, handler, resources, True) for path, handler in figures.items()),
    ]


def _route(
    path: str, handler: Handler, resources: Resources, needs_windows: bool
) -> Route:
    async def endpoint(request: Request) -> Response:
        if needs_windows and resources.status.is_rebuilding:
            raise Starting
        return await handler(resources, request)

    return Route(path, endpoint, methods=["GET"])
