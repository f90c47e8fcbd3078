"""Trades: the newest, the whole tape of a market or of all, all after a `seq`."""

from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from flowboard.database.history import Entries
from flowboard.errors import BadParameter
from flowboard.http_api.answers import answer, listed
from flowboard.http_api.market_objects import is_known
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
    limit, after_seq = query.limit(), query.after_seq()
    wanted = query.filter(TradeFilter(combos=True, tickers=(ticker,)))
    span = _span(query, after_seq)
    if not is_known(resources, ticker):
        raise UnknownMarket(ticker)
    sieve = Sieve(wanted, resources.board.markets)
    if after_seq is not None:
        later = await _later("trades", resources, after_seq, sieve, limit)
        return answer({"ticker": ticker, **later})
    page = await resources.store.history.trades(sieve, limit, query.cursor(), *span)
    return answer({"ticker": ticker, **_page(resources, page)})


async def of_all(resources: Resources, query: Query, _: Request) -> Response:
    """Answer with the trades of all markets on disk, newest first, a page at a time."""
    limit, wanted = query.limit(), query.filter(TradeFilter())
    span = _span(query, None)
    sieve = Sieve(wanted, resources.board.markets)
    page = await resources.store.history.trades(sieve, limit, query.cursor(), *span)
    return answer(_page(resources, page))


def _span(query: Query, after_seq: int | None) -> tuple[int, int | None]:
    if after_seq is not None and query.has("cursor", "from", "to"):
        raise BadParameter(
            "cursor, from and to go back in time and after_seq forward: give one of them"
        )
    return query.span_ms(None)


def _page(resources: Resources, page: Entries) -> dict[str, Any]:
    return {
        **listed("trades", (entry.json for entry in page.entries)),
        "timestamp": resources.timestamp(),
        "cursor": page.cursor,
    }


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
