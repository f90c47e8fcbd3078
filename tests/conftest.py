"""What pytest-asyncio asks the whole suite: on which loops a test runs."""

import asyncio


def pytest_asyncio_loop_factories(config, item):
    """A module that names `LOOPS` runs on each of them, any other on asyncio's own."""
    return getattr(item.module, "LOOPS", {"asyncio": asyncio.new_event_loop})
