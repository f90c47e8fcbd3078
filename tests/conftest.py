"""What holds for the whole suite: on which loops a test runs, how long an example may."""

import asyncio

from hypothesis import settings

# A busy machine is no fault of the code; what is endless is ended by the test's timeout.
settings.register_profile("flowboard", deadline=None)
settings.load_profile("flowboard")


def pytest_asyncio_loop_factories(config, item):
    """A module that names `LOOPS` runs on each of them, any other on asyncio's own."""
    return getattr(item.module, "LOOPS", {"asyncio": asyncio.new_event_loop})
