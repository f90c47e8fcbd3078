"""Trades: the newest, the whole tape of a market or of all, all after a `seq`."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from starlette.requests import Request
from starlette.responses import Response

from flowboard.database.history import Entries
from flowboard.errors import BadParameter
from flowboard.http_api.answers import answer, listed
from flowboard.http_api.market_objects import is_known
from flowboard.http_api.query import Query
from flowboard.http_api.refusals import UnknownMarket
from flowboard.http_api.resources import Resources
from flowboard.markets import Markets
from flowboard.money import format_dollars_e6
from flowboard.selection import selection_of
from flowboard.trade_filter import Sieve, TradeFilter

# Pieces of the tape that one answer looks through: with a filter that lets little pass,
# some tenths of a second.
PIECES_MAX = 10


SORTS = ("newest", "largest")
EVENTS_MAX = 100


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
    if _by_size(query):
        return answer({"ticker": ticker, **await _largest(resources, query, wanted)})
    sieve = Sieve(wanted, resources.board.markets)
    if after_seq is not None:
        later = await _later("trades", resources, after_seq, sieve, limit)
        return answer({"ticker": ticker, **later})
    page = await resources.store.history.trades(sieve, limit, query.cursor(), *span)
    return answer({"ticker": ticker, **_page(resources, page)})


async def of_all(resources: Resources, query: Query, _: Request) -> Response:
    """Answer with the trades of all markets on disk, newest first or the largest."""
    limit, wanted = query.limit(), query.filter(TradeFilter())
    events = query.names("event", EVENTS_MAX)
    if events is not None:
        wanted = _of_events(resources.board.markets, events, wanted)
    span = _span(query, None)
    if _by_size(query):
        return answer(await _largest(resources, query, wanted))
    sieve = Sieve(wanted, resources.board.markets)
    page = await resources.store.history.trades(sieve, limit, query.cursor(), *span)
    return answer(_page(resources, page))


def _of_events(
    markets: Markets, events: Sequence[str], wanted: TradeFilter
) -> TradeFilter:
    """Return a filter for the markets of some events that were traded, and no others."""
    numbers = [markets.event_id(event) for event in events]
    known = [number for number in numbers if number is not None]
    ids = np.isin(markets.event, known).nonzero()[0].tolist()
    tickers = [markets.tickers[market] for market in ids]
    if wanted.tickers is not None:
        tickers = [ticker for ticker in tickers if ticker in wanted.tickers]
    return replace(wanted, tickers=tuple(tickers))


def _by_size(query: Query) -> bool:
    """Return whether the largest trades are wanted, and not the newest."""
    if query.word("sort", SORTS, SORTS[0]) == SORTS[0]:
        return False
    if query.has("cursor", "after_seq"):
        raise BadParameter(
            "sort largest has one page, and the span for its bounds: leave cursor and "
            "after_seq out, and give from, to and limit"
        )
    return True


async def _largest(
    resources: Resources, query: Query, wanted: TradeFilter
) -> dict[str, Any]:
    """Return the fields of the largest whale prints of a span, largest first."""
    from_ms, to_ms = query.span_ms(None)
    least_e6 = max(wanted.min_notional_e6, resources.board.whales.threshold_e6)
    sieve = Sieve(replace(wanted, min_notional_e6=least_e6), resources.board.markets)
    found = await resources.store.history.largest(sieve, query.limit(), from_ms, to_ms)
    return {
        **listed("trades", (entry.json for entry in found.entries)),
        "timestamp": resources.timestamp(),
        "cursor": "",
        "total": found.total,
        "threshold_dollars": format_dollars_e6(least_e6),
        "from_ms": found.from_ms,
    }


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
