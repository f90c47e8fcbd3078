"""Hot markets, and one market's trades."""

from starlette.requests import Request
from starlette.responses import Response

from flowboard.errors import BadParameter
from flowboard.http_api.answers import UnknownMarket, answer
from flowboard.http_api.query import Query
from flowboard.http_api.resources import Resources
from flowboard.stream_messages import render_row


async def hot(resources: Resources, request: Request) -> Response:
    """Answer with the hot markets, ranked: the rows of the stream."""
    query = Query(request, ("window", "sort", "limit", "combos"))
    window, sort = query.window(resources.default_window), query.sort()
    limit, combos = query.limit(), query.combos()
    if sort == "heat" and window == "24h":
        raise BadParameter(
            "sort heat is not offered for window 24h: take another sort or window"
        )
    board = resources.board
    rows = [
        render_row(f, board.markets) for f in board.hot(window, sort, limit, combos)
    ]
    fields = {
        "timestamp": resources.timestamp(),
        **resources.window_fields(window),
        "sort": sort,
        "combos": "include" if combos else "exclude",
        "seq": board.seq,
    }
    return answer(fields, listed=("hot_markets", rows))


async def trades(resources: Resources, request: Request) -> Response:
    """Answer with a market's trades from the tape, newest first, by pages."""
    query = Query(request, ("limit", "cursor"))
    ticker = request.path_params["ticker"]
    limit = query.limit()
    if resources.board.markets.find(ticker) is None:
        raise UnknownMarket
    page, cursor = await resources.store.market_trades(ticker, limit, query.cursor())
    fields = {"ticker": ticker, "timestamp": resources.timestamp(), "cursor": cursor}
    return answer(fields, listed=("trades", page))
