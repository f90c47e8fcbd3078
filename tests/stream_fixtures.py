"""The hub behind /ws/stream, served each way that there is."""

import asyncio

import pytest_asyncio

from flowboard.websocket_handler import CLIENT_TASK
from tests.stream_serving import PROTOCOLS, Served


@pytest_asyncio.fixture(params=PROTOCOLS)
async def stage(request):
    """A hub behind either way of writing to a socket; no task of it may be left."""
    served = Served()
    served.protocol = PROTOCOLS[request.param]
    async with served.served() as stage:
        yield stage
    assert CLIENT_TASK not in {task.get_name() for task in asyncio.all_tasks()}
