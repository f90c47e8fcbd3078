"""Pictures of the demo's board, market and event on three screens, dark and light.

They are written to the folder that FLOWBOARD_PICTURES names, else to pytest's own:
`FLOWBOARD_PICTURES=pictures pytest tests/test_page_pictures.py` makes them to look at.
"""

import os
import struct
from collections.abc import AsyncIterator
from pathlib import Path
from typing import NamedTuple

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page, expect

from tests.acceptance.page_live import chromium, visiting
from tests.acceptance.processes import Board
from tests.acceptance.test_demo import demonstration
from tests.page_browser import DESK, PHONE, browser_test

pytestmark = [
    pytest.mark.slow,
    pytest.mark.browser,
    browser_test,
    pytest.mark.asyncio(loop_scope="module"),
]

TABLET = (820, 1180)
FILLED_MS = 60_000
# Rows of the table that are whole on the screen, and not covered by anything.
WHOLE_ROWS = """() => [...document.querySelectorAll('tr[data-ticker]')].filter((row) => {
  const { left, top, bottom } = row.getBoundingClientRect();
  const at = (y) => document.elementFromPoint(left + 60, y);
  return row.contains(at(top + 2)) && row.contains(at(bottom - 2));
}).length"""


class Studio(NamedTuple):
    board: Board
    browser: Browser
    folder: Path


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def studio(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Studio]:
    """A demo with some past, a browser, and where the pictures go."""
    temporary = tmp_path_factory.mktemp("pictures")
    asked = os.environ.get("FLOWBOARD_PICTURES")
    folder = Path(asked or temporary)
    folder.mkdir(parents=True, exist_ok=True)
    async with (
        demonstration(temporary, "--history", "1h" if asked else "6m") as board,
        chromium() as browser,
    ):
        await board.until(
            "/api/coverage",
            lambda c: c["gaps"] and all(g["state"] == "closed" for g in c["gaps"]),
        )
        yield Studio(board, browser, folder)


@pytest.mark.parametrize("scheme", ["dark", "light"])
@pytest.mark.parametrize(
    ("size", "rows"),
    [(DESK, 22), (TABLET, 22), (PHONE, 9)],
    ids=["desk", "tablet", "phone"],
)
async def test_pictures(
    studio: Studio, size: tuple[int, int], rows: int, scheme: str
) -> None:
    """Each fits its screen, nothing is reported against it, and a board shows enough
    markets at once."""
    base = studio.board.base
    events = (await studio.board.get("/api/events", window="1h"))["events"]
    ladder = next(event for event in events if event["kind"] == "ladder")
    name = f"{size[0]}x{size[1]}-{scheme}"
    async with visiting(studio.browser, base, size=size, scheme=scheme) as page:
        await expect(page.locator("tr[data-ticker]").nth(rows)).to_be_attached(
            timeout=FILLED_MS
        )
        await expect(page.locator("[data-coverage]")).to_be_visible()
        assert await page.evaluate(WHOLE_ROWS) >= rows
        await shot(page, studio.folder / f"board-{name}.png", size)

        await page.locator("tr[data-ticker] .open").first.click()
        await expect(page.locator("[data-chart]")).to_have_attribute(
            "data-chart", "ready"
        )
        await expect(page.locator("[data-print]").first).to_be_attached()
        await shot(page, studio.folder / f"market-{name}.png", size)

        await page.goto(f"{base}/e/{ladder['event_ticker']}")
        await expect(page.locator("[data-distribution]")).to_be_visible()
        chart = page.locator("[data-event] [data-chart]")
        await expect(chart).to_have_attribute("data-chart", "ready")
        await shot(page, studio.folder / f"event-{name}.png", size)


async def shot(page: Page, path: Path, size: tuple[int, int]) -> None:
    """Write a picture of what is on the screen: all of its width, and no more."""
    await page.screenshot(path=path, animations="disabled")

    assert await page.evaluate("document.documentElement.scrollWidth") == size[0]
    assert struct.unpack(">II", path.read_bytes()[16:24]) == size
