"""The settings that a client can use."""

from starlette.requests import Request
from starlette.responses import Response

from flowboard.http_api.answers import answer
from flowboard.http_api.query import Query
from flowboard.http_api.resources import Resources


async def config(resources: Resources, _: Query, __: Request) -> Response:
    """Answer with what was given to be told; never a secret."""
    return answer(resources.config)
