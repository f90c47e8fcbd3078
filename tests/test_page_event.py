"""An event beside the board, in a real Chromium."""

import re
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from playwright.async_api import expect

from tests.page_browser import DESK, PHONE, Opener, in_chromium
from tests.page_market_stage import EVENT, MarketStage, event_page
from tests.page_stage import row, snapshot

pytest_plugins = ["tests.page_fixtures"]

MEMBER = str(row(2)["market_ticker"])


@pytest_asyncio.fixture(loop_scope="module")
async def stage() -> AsyncIterator[MarketStage]:
    """A server that greets with a whole board, and tells of its event."""
    async with MarketStage().open() as opened:
        assert isinstance(opened, MarketStage)
        opened.greeting = snapshot()
        yield opened


@in_chromium
@pytest.mark.parametrize("size", [DESK, PHONE])
async def test_an_event(
    open_page: Opener, stage: MarketStage, size: tuple[int, int]
) -> None:
    """Its flow by window in one direction, its distribution now and before, its markets."""
    page = await open_page(f"/e/{EVENT}", size=size)

    flow = page.locator("[data-flow='5m']")
    await expect(flow).to_contain_text("▼ 3,120 down")
    await expect(flow).to_contain_text("▲ $6.40k ▼ $11.2k")
    await expect(page.locator("[data-distribution]")).to_have_attribute(
        "data-distribution", "6"
    )
    told = page.get_by_role("img", name=re.compile("^Median 97,889, 97,593 5m ago"))
    await expect(told).to_be_visible()
    await expect(page.locator("[data-member]")).to_have_count(5)
    await page.locator("[data-member]").nth(2).get_by_role("button").click()

    await expect(page.locator("[data-market]")).to_have_attribute("data-market", MEMBER)


@in_chromium
async def test_an_event_follows(open_page: Opener, stage: MarketStage) -> None:
    """It is asked for anew while it is seen; when nobody answers, its age is told."""
    page = await open_page(f"/e/{EVENT}", clock=True)
    await expect(page.locator("[data-flow='5m']")).to_contain_text("3,120")
    later = event_page()
    later["flows"]["5m"] |= {"net_flow_fp": "77.00"}
    stage.answers[f"/api/events/{EVENT}"] = later

    await page.clock.run_for(3_500)
    await expect(page.locator("[data-flow='5m']")).to_contain_text("▲ 77 up")
    del stage.answers[f"/api/events/{EVENT}"]
    await page.clock.run_for(3_500)

    await expect(page.get_by_text("The server does not answer now")).to_be_visible()
    await expect(page.locator("[data-member]")).to_have_count(5)


@in_chromium
async def test_an_event_without_sides(open_page: Opener, stage: MarketStage) -> None:
    """No direction is made up where there is none, and no distribution."""
    plain = event_page(implied=None, first_implied=None)
    plain["event"] |= {"kind": "plain", "plus_side": None, "minus_side": None}
    for flow in plain["flows"].values():
        flow |= {"net_flow_fp": None}
    stage.answers[f"/api/events/{EVENT}"] = plain
    page = await open_page(f"/e/{EVENT}")

    await expect(page.get_by_text("This event has no two sides")).to_be_visible()
    await expect(page.locator("[data-distribution]")).to_have_count(0)
