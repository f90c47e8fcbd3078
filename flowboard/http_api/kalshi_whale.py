"""/api/status, /api/top-markets, /api/whale-alerts: what KalshiWhale's clients ask for.

The shapes are that program's; the figures are right: its `volume` was contracts of a
market's whole life, called dollars. Here it is the dollars of the last 24 hours.
"""

from starlette.requests import Request
from starlette.responses import Response

from flowboard.http_api.answers import answer
from flowboard.http_api.market_objects import iso, market_objects
from flowboard.http_api.query import LIMIT_MAX, Query
from flowboard.http_api.resources import Resources
from flowboard.money import DOLLAR_E6

DAY = "24h"
TOP = 5
THRESHOLD_DOLLARS = 1_000_000


async def status(resources: Resources, _: Query, __: Request) -> Response:
    """Answer with the state of the server in a few words."""
    newest = resources.board.recent(1, combos=True)
    rebuilding = resources.status.is_rebuilding
    feed = resources.status.block(resources.mono_ms())
    return answer(
        {
            "status": "starting" if rebuilding else "running",
            "timestamp": resources.timestamp(),
            "last_update": iso(newest[0].ts_ms) if newest else None,
            "active_connections": resources.hub.clients + resources.whale_clients.count,
            "total_markets": len(resources.board.markets),
            "websocket_enabled": True,
            "feed": feed.state,
        }
    )


async def top_markets(resources: Resources, query: Query, _: Request) -> Response:
    """Answer with the markets of the most dollars in 24 hours, most first."""
    markets = market_objects(resources, busiest(resources, query.limit(TOP)))
    return answer(
        {
            "markets": markets,
            "count": len(markets),
            "timestamp": resources.timestamp(),
        }
    )


async def whale_alerts(resources: Resources, query: Query, _: Request) -> Response:
    """Answer with the markets of more than so many dollars in 24 hours, most first."""
    threshold_e6 = query.dollars_e6("threshold", THRESHOLD_DOLLARS * DOLLAR_E6)
    tickers = busiest(resources, LIMIT_MAX, threshold_e6)[: query.limit()]
    alerts = market_objects(resources, tickers)
    return answer(
        {
            "alerts": alerts,
            "count": len(alerts),
            "threshold": threshold_e6 / DOLLAR_E6,
            "timestamp": resources.timestamp(),
        }
    )


def busiest(resources: Resources, limit: int, above_e6: int = -1) -> list[str]:
    """Return the tickers of the most dollars in 24 hours, most first; no combos.

    Args:
        resources: The board.
        limit: How many at most.
        above_e6: Only those of more than so many millionths of a dollar.
    """
    board = resources.board
    ranked = board.ranked(DAY, "notional", limit, False)
    return [
        board.markets.tickers[flow.market]
        for flow in board.aggregator.rows(DAY, ranked)
        if flow.yes_flow_e6 + flow.no_flow_e6 > above_e6
    ]
