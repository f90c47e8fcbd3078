"""Newest trades, whale prints, and the figures of the whole board."""

from starlette.requests import Request
from starlette.responses import Response

from flowboard.http_api.answers import answer
from flowboard.http_api.query import Query
from flowboard.http_api.resources import Resources
from flowboard.money import format_dollars_e6


async def recent_trades(resources: Resources, request: Request) -> Response:
    """Answer with the newest trades by exchange time, newest first."""
    query = Query(request, ("limit", "combos"))
    entries = resources.board.recent(query.limit(), query.combos())
    fields = {"timestamp": resources.timestamp(), "seq": resources.board.seq}
    return answer(fields, listed=("recent_trades", (e.json for e in entries)))


async def whales(resources: Resources, request: Request) -> Response:
    """Answer with the largest prints of a window, largest first."""
    query = Query(request, ("window", "limit", "combos"))
    window = query.window(resources.default_window)
    entries = resources.board.whale_prints(window, query.combos())[: query.limit()]
    fields = {
        "timestamp": resources.timestamp(),
        **resources.window_fields(window),
        "threshold_dollars": format_dollars_e6(resources.board.whales.threshold_e6),
    }
    return answer(fields, listed=("whales", (e.json for e in entries)))


async def stats(resources: Resources, request: Request) -> Response:
    """Answer with the figures of the whole board, combos too."""
    window = Query(request, ("window",)).window(resources.default_window)
    figures = resources.board.stats(window)
    return answer(
        {
            "trades_total": figures.trades_total,
            "trades_per_s": figures.trades_per_s,
            "active_markets": figures.active_markets,
            "notional_dollars": format_dollars_e6(figures.notional_e6),
            "timestamp": resources.timestamp(),
            "clients": resources.hub.clients,
            **resources.window_fields(window),
            "seq": resources.board.seq,
            "feed": dict(resources.status.counters),
        }
    )
