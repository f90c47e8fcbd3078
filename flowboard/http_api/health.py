"""Whether the board can be relied on, and how it is set up."""

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from flowboard.http_api.answers import answer
from flowboard.http_api.query import Query
from flowboard.http_api.resources import Resources


async def health(resources: Resources, request: Request) -> Response:
    """Answer 200 where the board can be relied on, else 503, and why."""
    Query(request, ())
    verdict = resources.status.health(resources.mono_ms())
    fields = msgspec.to_builtins(verdict)
    del fields["healthy"]
    return answer(fields, status=verdict.http_code)


async def config(resources: Resources, request: Request) -> Response:
    """Answer with the settings that a client can use; never a secret."""
    Query(request, ())
    return answer(resources.config)
