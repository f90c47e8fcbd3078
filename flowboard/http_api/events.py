"""Events: the ranked list, one with all its markets, the hot markets under theirs."""

from collections.abc import Sequence
from typing import Any

import msgspec
import orjson
from starlette.requests import Request
from starlette.responses import Response

from flowboard.errors import BadParameter
from flowboard.events import (
    SORTS,
    EventFlow,
    MemberFlow,
    Outlook,
    event_object,
    flow_of,
    flows_of,
    outlook_at_start,
    outlook_now,
    side_of,
)
from flowboard.http_api.answers import answer, listed
from flowboard.http_api.market_objects import infos_on_disk, market_objects
from flowboard.http_api.query import Query
from flowboard.http_api.refusals import UnknownEvent, shown
from flowboard.http_api.resources import Resources
from flowboard.models import WINDOWS_MS
from flowboard.money import format_count_e2, format_dollars_e6, format_price_e4
from flowboard.row_book import Row
from flowboard.stream_state import window_fields
from flowboard.trade_filter import Sieve, TradeFilter

Fields = dict[str, Any]

RANK_MAX = 10_000  # How far down the pages go.


async def ranked(resources: Resources, query: Query, _: Request) -> Response:
    """Answer with the events that money moves in, ranked, a page at a time."""
    window = query.window(resources.default_window)
    sort, limit = query.word("sort", SORTS, SORTS[0]), query.limit()
    start, wanted = _rank(query.cursor()), query.filter(TradeFilter())
    board = resources.board
    among = Sieve(wanted, board.markets).markets
    # One more than is asked for tells whether there is another page.
    found = resources.events.objects(window, sort, start + limit + 1, among)
    objects, more = list(found.values()), len(found) > start + limit
    return answer(
        {
            **listed("events", objects[start : start + limit]),
            "cursor": str(start + limit) if more else "",
            **resources.as_of(window),
            "sort": sort,
            "combos": "include" if wanted.combos else "exclude",
        }
    )


async def one(resources: Resources, query: Query, request: Request) -> Response:
    """Answer with an event: all its markets, its flow over every window, what it implies.

    Raises:
        UnknownEvent: Nothing is known of it.
    """
    event_ticker = request.path_params["event_ticker"]
    window, board = query.window(resources.default_window), resources.board
    flow = flow_of(board, event_ticker, window)
    if flow is None:
        raise UnknownEvent(event_ticker)
    implied = first_implied = None
    if flow.shape.kind == "ladder":
        implied = _implied(outlook_now(board, flow))
        first_implied = _implied(outlook_at_start(board, flow, window, trades=True))
    tickers = [member.ticker for member in flow.members]
    forgotten = await infos_on_disk(resources, tickers)
    described = market_objects(resources, tickers, forgotten)
    members = zip(described, flow.members, strict=True)
    event = msgspec.json.encode(event_object(board, flow, window))
    return answer(
        {
            "event": orjson.Fragment(event),
            "markets": [{**fields, **_member(member)} for fields, member in members],
            "count": len(flow.members),
            "flows": {
                name: _flow(resources, event_ticker, name) for name in WINDOWS_MS
            },
            "implied": implied,
            "first_implied": first_implied,
            **resources.as_of(window),
        }
    )


def grouped(
    resources: Resources, window: str, sort: str, rows: Sequence[Row]
) -> Fields:
    """Return hot rows under their events, these ranked by the same sort; ties by ticker.

    Args:
        resources: Where the events are.
        window: Of the rows.
        sort: What ranked them: by heat, an event ranks with its hottest market.
        rows: Ranked; they stay so inside of an event.
    """
    board = resources.board
    of = board.markets.event
    by_event: dict[int, list[Row]] = {}
    for row in rows:
        by_event.setdefault(int(of[row.sources.flow.market]), []).append(row)
    flows = flows_of(board, list(by_event), window)
    found = list(zip(flows, by_event.values(), strict=True))
    found.sort(key=lambda each: (-_figure(sort, *each), each[0].ticker))
    events = [
        {
            **msgspec.to_builtins(event_object(board, flow, window)),
            "hot_markets": [orjson.Fragment(row.whole) for row in its],
        }
        for flow, its in found
    ]
    return {"events": events, "count": len(events)}


def _figure(sort: str, flow: EventFlow, rows: Sequence[Row]) -> int:
    if sort == "heat":
        return max(row.sources.flow.heat or 0 for row in rows)
    if sort == "volume":
        return flow.volume_e2
    return flow.flow_size_e2 if sort == "net_flow" else flow.notional_e6


def _rank(cursor: str | None) -> int:
    if not cursor:
        return 0
    digits = cursor.isascii() and cursor.isdigit() and len(cursor) <= len(str(RANK_MAX))
    if not digits or int(cursor) > RANK_MAX:
        raise BadParameter(
            f"cursor {shown(cursor)} is none of this list: take the cursor of the page "
            "before, or leave it out"
        )
    return int(cursor)


def _flow(resources: Resources, event_ticker: str, window: str) -> Fields:
    """Return an event's figures over a window."""
    board = resources.board
    flow = flow_of(board, event_ticker, window)
    assert flow is not None  # What is known of it is known whatever the window.
    net_e2 = flow.net_flow_e2
    plus_e6, minus_e6, other_e6 = flow.sides_e6
    return {
        "notional_dollars": format_dollars_e6(flow.notional_e6),
        "volume_fp": format_count_e2(flow.volume_e2),
        "trade_count": flow.trade_count,
        "net_flow_fp": None if net_e2 is None else format_count_e2(net_e2),
        "flow_size_fp": format_count_e2(flow.flow_size_e2),
        "plus_flow_dollars": format_dollars_e6(plus_e6),
        "minus_flow_dollars": format_dollars_e6(minus_e6),
        "other_flow_dollars": format_dollars_e6(other_e6),
        **dict(window_fields(board, window, resources.wall_ms())),
    }


def _member(member: MemberFlow) -> Fields:
    """Return what stands beside a market's object: its place in the event, its flow."""
    info = member.info
    return {
        "side": side_of(member),
        "is_over": member.is_over,
        "strike_type": "" if info is None else info.strike_type,
        "floor_strike": None if info is None else info.floor_strike,
        "cap_strike": None if info is None else info.cap_strike,
        "notional_dollars": format_dollars_e6(member.notional_e6),
        "yes_flow_dollars": format_dollars_e6(member.yes_flow_e6),
        "no_flow_dollars": format_dollars_e6(member.no_flow_e6),
        "net_flow_fp": format_count_e2(member.net_flow_e2),
        "volume_fp": format_count_e2(member.volume_e2),
        "trade_count": member.trade_count,
    }


def _implied(outlook: Outlook) -> Fields:
    distribution = outlook.distribution
    points = () if distribution is None else distribution.points
    return {
        "median": outlook.median,
        "points": [
            {"strike": strike, "above_probability": format_price_e4(above_e4)}
            for strike, above_e4 in points
        ],
        "quoted_market_count": outlook.quoted,
        "priced_market_count": outlook.priced,
    }
