"""Whale prints."""

from starlette.requests import Request
from starlette.responses import Response

from flowboard.http_api.answers import answer, listed
from flowboard.http_api.query import Query
from flowboard.http_api.resources import Resources
from flowboard.money import format_dollars_e6


async def largest(resources: Resources, query: Query, _: Request) -> Response:
    """Answer with the largest prints of a window, largest first; 50 at most."""
    window, limit = query.window(resources.default_window), query.limit()
    combos = query.combos()
    board = resources.board
    entries = board.whale_prints(window, combos)[:limit]
    return answer(
        {
            **listed("whales", (entry.json for entry in entries)),
            **resources.as_of(window),
            "threshold_dollars": format_dollars_e6(board.whales.threshold_e6),
            "combos": "include" if combos else "exclude",
        }
    )
