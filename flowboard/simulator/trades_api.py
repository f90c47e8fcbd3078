"""REST of trades: ``/markets/trades``, ``/historical/trades``, ``/historical/cutoff``.

What happened before the cutoff is served by ``/historical`` alone, what happened since
by ``/markets`` alone. Faults may lead a walker astray here; no trade is lost by that,
the right page is there again when they are off.
"""

from collections.abc import Callable
from dataclasses import replace

from starlette.requests import Request
from starlette.responses import Response

from flowboard.simulator import replies
from flowboard.simulator.exchange import Exchange
from flowboard.simulator.faults import Faults
from flowboard.simulator.prints import created_time, parse_created_us, rest_object
from flowboard.simulator.queries import Query
from flowboard.simulator.spool import PageQuery

DEFAULT_LIMIT = 100
LIMIT_MAX = 1000
CURSOR_KIND = "t"


class TradesApi:
    """The routes about trades.

    Args:
        exchange: Whose trades they are.
        faults: What goes wrong.
        cutoff_s: Unix second from which on ``/markets/trades`` has the trades; 0: from
            the first on.
    """

    def __init__(self, exchange: Exchange, faults: Faults, cutoff_s: int) -> None:
        self._exchange = exchange
        self._faults = faults
        self._cutoff_s = cutoff_s

    def paths(self) -> dict[str, Callable[[Request], Response]]:
        """Return what answers each path under the REST root."""
        return {
            "/markets/trades": self._recent,
            "/historical/trades": self._archived,
            "/historical/cutoff": self._cutoff,
        }

    def _recent(self, request: Request) -> Response:
        return self._answer(request, archived=False)

    def _archived(self, request: Request) -> Response:
        return self._answer(request, archived=True)

    def _cutoff(self, request: Request) -> Response:
        cutoff = created_time(self._cutoff_s * 1_000_000)
        names = ("trades_created_ts", "market_settled_ts", "orders_updated_ts")
        return replies.json_reply(dict.fromkeys(names, cutoff))

    def _answer(self, request: Request, *, archived: bool) -> Response:
        asked = self._asked(request)
        if asked.min_ms is not None and self._faults.take("refuse_min_ts"):
            return replies.invalid("GetTrades", "MinTs", "isdefault")
        self._exchange.begin()
        if asked.before is not None and self._faults.take("cursor_ignored"):
            asked = replace(asked, before=None)
        here = self._exchange.count if asked.before is None else asked.before
        empty = self._faults.take("empty_page")
        if empty is not None:
            return _page([], replies.write_cursor(CURSOR_KIND, here, empty.used))
        lines, before = self._exchange.spool.page(self._bounded(asked, archived))
        shift = self._faults.take("rest_shift")
        if shift is not None:
            lines = [_shifted(line, shift.ms) for line in lines]
        if self._faults.take("cursor_loop"):
            before = here
        cursor = "" if before is None else replies.write_cursor(CURSOR_KIND, before)
        return _page(lines, cursor)

    def _asked(self, request: Request) -> PageQuery:
        query = Query(request, "GetTrades")
        limit = query.limit(DEFAULT_LIMIT, LIMIT_MAX)
        min_s, max_s = query.whole("min_ts"), query.whole("max_ts")
        cursor = query.text("cursor")
        before = None if cursor is None else replies.read_cursor(CURSOR_KIND, cursor)
        return PageQuery(
            before=before,
            limit=limit,
            ticker=query.text("ticker"),
            min_ms=None if min_s is None else min_s * 1000,
            max_ms=None if max_s is None else max_s * 1000,
            is_block=query.flag("is_block_trade"),
        )

    def _bounded(self, asked: PageQuery, archived: bool) -> PageQuery:
        """Return the part of a query that lies on this side of the cutoff."""
        cutoff_ms = self._cutoff_s * 1000
        if archived:
            newest_ms = cutoff_ms - 1
            if asked.max_ms is not None:
                newest_ms = min(newest_ms, asked.max_ms)
            return replace(asked, max_ms=newest_ms)
        if not cutoff_ms:
            return asked
        return replace(asked, min_ms=max(cutoff_ms, asked.min_ms or 0))


def _page(lines: list[bytes], cursor: str) -> Response:
    trades = b",".join(map(rest_object, lines))
    body = b'{"cursor":"%b","trades":[%b]}' % (cursor.encode(), trades)
    return Response(body, media_type=replies.JSON_TYPE)


def _shifted(line: bytes, shift_ms: int) -> bytes:
    """Return a line whose ``created_time`` is `shift_ms` later."""
    head, mark, rest = line.partition(b'"created_time":"')
    text, quote, tail = rest.partition(b'"')
    moved_us = parse_created_us(text.decode()) + shift_ms * 1000
    return head + mark + created_time(moved_us).encode() + quote + tail
