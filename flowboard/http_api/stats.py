"""The board as a whole."""

import orjson
from starlette.requests import Request
from starlette.responses import Response

from flowboard.http_api.answers import answer
from flowboard.http_api.query import Query
from flowboard.http_api.resources import Resources
from flowboard.stream_messages import render_stats


async def stats(resources: Resources, query: Query, _: Request) -> Response:
    """Answer with the stream's stats over a window, combos too, and the counters."""
    window = query.window(resources.default_window)
    return answer(
        {
            **orjson.loads(render_stats(resources.board.stats(window))),
            **resources.as_of(window),
            "clients": resources.hub.clients,
            "counters": dict(resources.status.counters),
        }
    )
