"""What describes the API, made of the very tables that it runs on."""

import asyncio
from collections.abc import Mapping
from functools import cache

import orjson
from starlette.requests import Request
from starlette.responses import Response

from flowboard.http_api import openapi
from flowboard.http_api.answers import JSON, UNCACHED
from flowboard.http_api.control import Action
from flowboard.http_api.endpoint import Endpoint
from flowboard.http_api.llms import llms_text
from flowboard.http_api.query import Query
from flowboard.http_api.resources import Resources


def with_documents(
    endpoints: tuple[Endpoint, ...], actions: Mapping[str, Action]
) -> tuple[Endpoint, ...]:
    """Return the endpoints and those that describe them, and themselves.

    Args:
        endpoints: What is asked with GET.
        actions: What is asked with POST, by path.
    """

    @cache  # It takes some tens of milliseconds to make, and never changes.
    def made(default_window: str) -> bytes:
        return orjson.dumps(openapi.document(every, actions, default_window))

    async def document(resources: Resources, _: Query, __: Request) -> Response:
        text = await asyncio.to_thread(made, resources.default_window)
        return Response(text, 200, UNCACHED, JSON)

    async def llms(_: Resources, __: Query, request: Request) -> Response:
        address = f"{request.url.scheme}://{request.url.netloc}"
        text = llms_text(every, actions, address)
        return Response(text, 200, UNCACHED, "text/plain")

    every = (
        *endpoints,
        Endpoint(
            "/openapi.json",
            document,
            needs_windows=False,
            summary="This API as an OpenAPI 3.1 document, for tools",
        ),
        Endpoint(
            "/llms.txt",
            llms,
            needs_windows=False,
            summary="What this board is and how to ask it, for programs that read prose",
            media_types=("text/plain",),
        ),
    )
    return every
