"""Whether the board can be relied on."""

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from flowboard.http_api.answers import answer
from flowboard.http_api.query import Query
from flowboard.http_api.resources import Resources


async def health(resources: Resources, _: Query, __: Request) -> Response:
    """Answer 200 where the board can be relied on, else 503, and why."""
    found = resources.status.health(resources.mono_ms())
    fields = {
        "status": found.status,
        "process": found.process,
        "feed": msgspec.to_builtins(found.feed),
        "store": found.store,
        "feed_policy": found.feed_policy,
        "clock_skew_ms": found.clock_skew_ms,
        "loop_lag_ms": found.loop_lag_ms,
    }
    if found.problem is not None:
        fields["problem"] = found.problem
    return answer(fields, found.http_code)
