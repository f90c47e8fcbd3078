"""What the browser tests share: where Chromium is, how it starts, how long to wait."""

import asyncio
import re
import shutil
from collections.abc import Callable
from typing import Any

import pytest

CHROMIUM = next(
    filter(None, map(shutil.which, ("chromium", "google-chrome", "chromium-browser"))),
    None,
)
CHROMIUM_ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
DESK, PHONE = (1440, 900), (390, 844)
SECONDS_MAX = 10
# The browser's own words for a socket that the stage refused on purpose, and for an
# address that it has not; the page asks for one alone that a server may not have.
EXPECTED_ERROR = re.compile(
    r"^WebSocket connection to '[^']*' failed"
    r"|^Failed to load resource: .* 404 \(Not Found\)$"
)

browser_test = pytest.mark.skipif(
    CHROMIUM is None, reason="There is no Chromium here: install it to test the page."
)
Opener = Callable[..., Any]


def in_chromium(test: Callable[..., Any]) -> Callable[..., Any]:
    """Mark `test` as one that drives the browser, on the browser's event loop."""
    for mark in (
        pytest.mark.slow,
        pytest.mark.browser,
        browser_test,
        pytest.mark.asyncio(loop_scope="module"),
    ):
        test = mark(test)
    return test


async def next_of(queue: asyncio.Queue[Any]) -> Any:
    return await asyncio.wait_for(queue.get(), SECONDS_MAX)
