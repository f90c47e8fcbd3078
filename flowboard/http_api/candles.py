"""Candles of a market, by the minute, five minutes, the hour or the day."""

from collections.abc import Iterable, Sequence
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from flowboard.coverage import Gap
from flowboard.database.candle_pages import Candle
from flowboard.database.tape_cursor import Place, cursor_of, place_of
from flowboard.http_api.answers import answer, listed
from flowboard.http_api.market_objects import contracts, dollars, is_known, price
from flowboard.http_api.query import Query
from flowboard.http_api.refusals import UnknownMarket
from flowboard.http_api.resources import Resources
from flowboard.money import format_count_e2

INTERVALS_MS = {"1m": 60_000, "5m": 300_000, "1h": 3_600_000, "1d": 86_400_000}
LIMIT_DEFAULT = 300
_BOOLS = ("false", "true")

Fields = dict[str, Any]


async def candles(resources: Resources, query: Query, request: Request) -> Response:
    """Answer with the newest candles of a span, oldest first, a page at a time."""
    ticker = request.path_params["ticker"]
    interval = query.word("interval", tuple(INTERVALS_MS), "1m")
    interval_ms = INTERVALS_MS[interval]
    limit, cursor = query.limit(LIMIT_DEFAULT), query.cursor()
    asked_ms, end_ms = query.span_ms(None)
    if not is_known(resources, ticker):
        raise UnknownMarket(ticker)
    now_ms = resources.as_of_ms()
    from_ms = asked_ms // interval_ms * interval_ms
    to_ms = _up(now_ms + 1 if end_ms is None else end_ms, interval_ms)
    if cursor:
        to_ms = min(to_ms, _up(place_of(cursor).ts_ms, interval_ms))
    page = await resources.store.history.candles(
        ticker, interval_ms, from_ms, to_ms, limit
    )
    following_ms = page.following_ms
    if following_ms is not None:
        from_ms = following_ms
    gaps = open_gaps(resources, ticker, from_ms, min(to_ms, now_ms))
    objects = candle_objects(page.candles, interval_ms, gaps, now_ms)
    return answer(
        {
            "ticker": ticker,
            "interval": interval,
            **listed("candles", objects),
            "from_ms": from_ms,
            "to_ms": to_ms,
            "gaps": [gap_object(gap) for gap in gaps],
            "timestamp": resources.timestamp(),
            "seq": resources.board.seq,
            "cursor": "" if following_ms is None else cursor_of(Place(following_ms, 0)),
        }
    )


def open_gaps(resources: Resources, ticker: str, from_ms: int, to_ms: int) -> list[Gap]:
    """Return the gaps in which trades of a market may be missing from a span."""
    return [
        gap
        for gap in resources.status.coverage.gaps()
        if gap.is_open
        and gap.ticker in (None, ticker)
        and gap.from_ms < to_ms
        and (gap.to_ms is None or gap.to_ms > from_ms)
    ]


def gap_object(gap: Gap) -> Fields:
    """Return what an answer about a span says of a gap in it."""
    return {
        "gap": gap.gap,
        "cause": gap.cause,
        "from_ms": gap.from_ms,
        "to_ms": gap.to_ms,
        "state": gap.state,
    }


def candle_objects(
    newest_first: Iterable[Candle], interval_ms: int, gaps: Sequence[Gap], now_ms: int
) -> list[bytes]:
    """Return candles as objects, rendered, oldest first.

    Args:
        newest_first: The candles.
        interval_ms: Their length.
        gaps: Where trades may be missing.
        now_ms: Board time: a candle that is not over yet says so.
    """
    return [
        _object(candle, interval_ms, gaps, now_ms)
        for candle in reversed(list(newest_first))
    ]


def _object(
    candle: Candle, interval_ms: int, gaps: Sequence[Gap], now_ms: int
) -> bytes:
    begin_ms, end_ms = candle.ts_ms, candle.ts_ms + interval_ms
    yes_e2, no_e2 = candle.yes_count_e2, candle.no_count_e2
    yes_e6, no_e6 = candle.yes_flow_e6, candle.no_flow_e6
    gap = any(
        gap.from_ms < end_ms and (gap.to_ms is None or gap.to_ms > begin_ms)
        for gap in gaps
    )
    # Hundreds of them to an answer: one text, of numbers alone, is the fast way.
    return (
        f'{{"ts_ms":{begin_ms},"open_dollars":"{price(candle.open_e4)}",'
        f'"high_dollars":"{price(candle.high_e4)}",'
        f'"low_dollars":"{price(candle.low_e4)}",'
        f'"close_dollars":"{price(candle.close_e4)}",'
        f'"volume_fp":"{contracts(yes_e2 + no_e2)}",'
        f'"yes_volume_fp":"{contracts(yes_e2)}","no_volume_fp":"{contracts(no_e2)}",'
        f'"net_flow_fp":"{format_count_e2(yes_e2 - no_e2)}",'
        f'"notional_dollars":"{dollars(yes_e6 + no_e6)}",'
        f'"yes_flow_dollars":"{dollars(yes_e6)}","no_flow_dollars":"{dollars(no_e6)}",'
        f'"trade_count":{candle.trades},"running":{_BOOLS[end_ms > now_ms]},'
        f'"gap":{_BOOLS[gap]}}}'
    ).encode()


def _up(ts_ms: int, interval_ms: int) -> int:
    return -(-ts_ms // interval_ms) * interval_ms
