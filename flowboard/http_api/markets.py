"""Hot markets."""

from functools import partial

import orjson
from starlette.requests import Request
from starlette.types import ASGIApp

from flowboard.errors import BadParameter
from flowboard.http_api.answers import listed
from flowboard.http_api.events import grouped
from flowboard.http_api.query import GROUPS, Query
from flowboard.http_api.resources import Resources


async def hot(resources: Resources, query: Query, request: Request) -> ASGIApp:
    """Answer with the hot markets, ranked: the rows of the stream."""
    window, sort = query.window(resources.default_window), query.sort()
    limit, combos = query.limit(), query.combos()
    by_event = query.word("group", GROUPS, GROUPS[0]) == "event"
    if sort == "heat" and window == "24h":
        raise BadParameter(
            "sort 'heat' is not offered for window '24h': take another sort or window"
        )
    board = resources.board

    def made() -> bytes:
        ranked = board.ranked(window, sort, limit, combos)
        rows = list(resources.rows.rows(window, ranked).values())
        if by_event:
            found = {**grouped(resources, window, sort, rows), "group": "event"}
        else:
            found = listed("hot_markets", (row.whole for row in rows))
        return orjson.dumps(
            {
                **found,
                **resources.as_of(window),
                "sort": sort,
                "combos": "include" if combos else "exclude",
            }
        )

    return resources.kept.answer(request.scope, partial(resources.state, window), made)
