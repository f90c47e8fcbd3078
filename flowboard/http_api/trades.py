"""Trades: the newest of all markets, one market's whole tape, all after a `seq`."""

from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from flowboard.errors import BadParameter
from flowboard.http_api.answers import answer, listed
from flowboard.http_api.query import Query
from flowboard.http_api.refusals import UnknownMarket
from flowboard.http_api.resources import Resources
from flowboard.selection import selection_of
from flowboard.trade_filter import Sieve, TradeFilter

# Pieces of the tape that one answer looks through: with a filter that lets little pass,
# some tenths of a second.
PIECES_MAX = 10


async def recent(resources: Resources, query: Query, _: Request) -> Response:
    """Answer with the newest trades by exchange time, newest first, or all after one."""
    limit, wanted, after_seq = (
        query.limit(),
        query.filter(TradeFilter()),
        query.after_seq(),
    )
    sieve = Sieve(wanted, resources.board.markets)
    if after_seq is not None:
        return answer(await _later("recent_trades", resources, after_seq, sieve, limit))
    entries = selection_of(resources.board, sieve).recent(limit)
    return answer(
        {
            **listed("recent_trades", (entry.json for entry in entries)),
            "timestamp": resources.timestamp(),
            "seq": resources.board.seq,
        }
    )


async def of_market(resources: Resources, query: Query, request: Request) -> Response:
    """Answer with a market's trades, newest first, a page at a time, or all after one."""
    ticker = request.path_params["ticker"]
    limit, cursor, after_seq = query.limit(), query.cursor(), query.after_seq()
    wanted = query.filter(TradeFilter(combos=True, tickers=(ticker,)))
    if cursor is not None and after_seq is not None:
        raise BadParameter(
            "cursor goes back in time and after_seq forward: give one of them"
        )
    if resources.board.markets.find(ticker) is None:
        raise UnknownMarket(ticker)
    if after_seq is not None:
        sieve = Sieve(wanted, resources.board.markets)
        later = await _later("trades", resources, after_seq, sieve, limit)
        return answer({"ticker": ticker, **later})
    trades, following = await resources.store.market_trades(
        ticker, limit, cursor, wanted
    )
    return answer(
        {
            "ticker": ticker,
            **listed("trades", trades),
            "timestamp": resources.timestamp(),
            "cursor": following,
        }
    )


async def _later(
    name: str, resources: Resources, after_seq: int, sieve: Sieve, limit: int
) -> dict[str, Any]:
    """Return the fields of a list of every trade after a `seq`, oldest first."""
    upto_seq = resources.board.seq
    trades: list[bytes] = []
    seq = after_seq
    for _ in range(PIECES_MAX):
        page = await resources.tape.page(seq, upto_seq, sieve, limit - len(trades))
        trades += page.trades
        seq = page.seq
        if seq == upto_seq or len(trades) == limit:
            break
    return {
        **listed(name, trades),
        "timestamp": resources.timestamp(),
        "seq": seq,
        "done": seq == upto_seq,
    }
