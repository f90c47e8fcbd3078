"""Hot markets."""

from starlette.requests import Request
from starlette.responses import Response

from flowboard.errors import BadParameter
from flowboard.http_api.answers import answer, listed
from flowboard.http_api.query import Query
from flowboard.http_api.resources import Resources
from flowboard.stream_messages import render_row


async def hot(resources: Resources, query: Query, _: Request) -> Response:
    """Answer with the hot markets, ranked: the rows of the stream."""
    window, sort = query.window(resources.default_window), query.sort()
    limit, combos = query.limit(), query.combos()
    if sort == "heat" and window == "24h":
        raise BadParameter(
            "sort 'heat' is not offered for window '24h': take another sort or window"
        )
    board = resources.board
    flows = board.hot(window, sort, limit, combos)
    return answer(
        {
            **listed("hot_markets", (render_row(f, board.markets) for f in flows)),
            **resources.as_of(window),
            "sort": sort,
            "combos": "include" if combos else "exclude",
        }
    )
