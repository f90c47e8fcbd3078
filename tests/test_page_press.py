"""A press in a real Chromium: what is under the pointer stays there until the click."""

from typing import Any

import pytest
from playwright.async_api import Page, expect

from tests.page_browser import Opener, in_chromium, next_of
from tests.page_markets import market, print_of
from tests.page_stage import START_MS, Stage, delta, snapshot

pytest_plugins = ["tests.page_fixtures"]

SHOWN = (0, 6, 9, 11)


def ticker(n: int) -> str:
    return str(market(n)["market_ticker"])


async def opened(open_page: Opener, stage: Stage) -> Page:
    stage.greeting = snapshot(
        hot_markets=[market(n) for n in SHOWN],
        recent_trades=[print_of(2000 - n, n, ts_ms=START_MS - n) for n in SHOWN],
        whales=[print_of(1900 - n, n, ts_ms=START_MS - n) for n in SHOWN],
    )
    page: Page = await open_page("/?group=flat", clock=True)
    await expect(page.locator("tr[data-ticker]")).to_have_count(4)
    return page


async def pressed(page: Page, place: Any) -> None:
    box = await place.bounding_box()
    assert box is not None
    await page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    await page.mouse.down()


@in_chromium
@pytest.mark.parametrize(
    ("place", "opens"),
    [
        ("tr[data-ticker] .open", 6),
        ("tr[data-trade] button", 6),
        ("li[data-whale] .market", 6),
    ],
)
async def test_what_is_pressed_stays_until_the_click(
    open_page: Opener, stage: Stage, place: str, opens: int
) -> None:
    """A row leaves, others overtake, prints come: the click still opens what was pressed;
    then the newest is drawn."""
    page = await opened(open_page, stage)
    await pressed(page, page.locator(place).nth(1))

    now = [print_of(3000 + n, 0, ts_ms=START_MS + n) for n in range(1, 4)]
    overtakes = {"market_ticker": ticker(11), "notional_dollars": "9000000.000000"}
    await stage.send(
        delta(8, hot_markets=[overtakes], left=[ticker(0)], trades=now, whales=now),
        delta(10),
    )
    # The answer to the hole proves that the page has read both frames.
    await next_of(stage.requests)
    await page.clock.run_for(2_500)
    await expect(page.locator("tr[data-ticker]")).to_have_count(4)
    await page.mouse.up()

    await expect(page).to_have_url(f"{stage.url}/m/{ticker(opens)}?group=flat")
    await expect(page.locator("tr[data-ticker]")).to_have_count(3)


@in_chromium
async def test_a_release_that_is_lost_holds_nothing_up(
    open_page: Opener, stage: Stage
) -> None:
    """Three seconds after the press the board goes on, whatever became of the pointer."""
    page = await opened(open_page, stage)
    await pressed(page, page.locator("[data-kpi=notional]"))
    await stage.send(delta(8, left=[ticker(0)]), delta(10))
    await next_of(stage.requests)

    await page.clock.run_for(2_000)
    held = await page.locator("tr[data-ticker]").count()
    await page.clock.run_for(1_500)

    assert held == 4
    await expect(page.locator("tr[data-ticker]")).to_have_count(3)
