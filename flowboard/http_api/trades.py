"""Trades: the newest of all markets, and one market's whole tape."""

from starlette.requests import Request
from starlette.responses import Response

from flowboard.http_api.answers import answer, listed
from flowboard.http_api.query import Query
from flowboard.http_api.refusals import UnknownMarket
from flowboard.http_api.resources import Resources


async def recent(resources: Resources, query: Query, _: Request) -> Response:
    """Answer with the newest trades by exchange time, newest first."""
    entries = resources.board.recent(query.limit(), query.combos())
    return answer(
        {
            **listed("recent_trades", (entry.json for entry in entries)),
            "timestamp": resources.timestamp(),
            "seq": resources.board.seq,
        }
    )


async def of_market(resources: Resources, query: Query, request: Request) -> Response:
    """Answer with a market's trades from disk, newest first, a page at a time."""
    ticker = request.path_params["ticker"]
    limit, cursor = query.limit(), query.cursor()
    if resources.board.markets.find(ticker) is None:
        raise UnknownMarket(ticker)
    trades, following = await resources.store.market_trades(ticker, limit, cursor)
    return answer(
        {
            "ticker": ticker,
            **listed("trades", trades),
            "timestamp": resources.timestamp(),
            "cursor": following,
        }
    )
