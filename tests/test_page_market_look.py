"""The look of a market, an event and the settings: sizes, contrast, weight, licences."""

import gzip
import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import Page, expect

from tests.page_browser import DESK, PHONE, Opener, in_chromium
from tests.page_market_stage import (
    EVENT,
    MarketStage,
    event_page,
    market,
    market_page,
)
from tests.page_stage import STATIC, feed, row, snapshot

pytest_plugins = ["tests.page_fixtures"]

AXE = Path(__file__).parent.parent / "web" / "node_modules" / "axe-core" / "axe.min.js"
OPEN_TICKER = str(row(2)["market_ticker"])
LONG = "An unreasonably long name of an outcome that goes on and on " * 4
PLACES = (f"/m/{OPEN_TICKER}", f"/e/{EVENT}")
SIZES = ((2560, 1440), DESK, (1181, 800), (1024, 768), PHONE, (320, 640))
CHART_BYTES_MAX = 65_000
DRAWER_BYTES_MAX = 20_000
EVENT_BYTES_MAX = 14_000


@pytest_asyncio.fixture(loop_scope="module")
async def stage() -> AsyncIterator[MarketStage]:
    """A server that greets with a whole board, and tells of its markets."""
    async with MarketStage().open() as opened:
        opened.greeting = snapshot(mode="demo")
        yield opened


async def until_drawn(page: Page) -> None:
    """Wait until what is open has all that it will show."""
    await expect(page.locator("tr[data-ticker]")).to_have_count(50)
    chart = page.locator("[data-chart]")
    await expect(chart).to_have_attribute("data-chart", "ready")
    if "/e/" in page.url:
        await expect(page.locator("[data-member]")).to_have_count(5)
        await expect(page.locator("[data-band=true]")).to_be_visible()
        await expect(page.locator("[data-largest]")).not_to_have_attribute(
            "data-largest", "0"
        )


async def faults_of(page: Page, within: str) -> list[str]:
    """Return what axe finds wrong within an element."""
    if not AXE.is_file():
        pytest.skip("axe-core is not installed: run `npm ci` in web/.")
    await page.evaluate(AXE.read_text())
    found: list[str] = await page.evaluate(
        """async within => (await axe.run(within, {runOnly: ['wcag2a', 'wcag2aa',
            'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice']})).violations
            .map(v => `${v.id} ${v.nodes.length} ${v.nodes[0].html.slice(0, 160)}`)""",
        within,
    )
    return found


async def open_settings(page: Page) -> None:
    await page.get_by_role("button", name="Settings", exact=True).click()
    await expect(page.locator("[data-about]")).to_be_visible()


@in_chromium
@pytest.mark.parametrize("path", PLACES)
async def test_fits_the_screen(
    open_page: Opener, stage: MarketStage, path: str
) -> None:
    """Nothing sticks out sideways, whatever the names, from 320 to 2560 px."""
    page_of = market_page(2, market=market(2, outcome=LONG))
    page_of["event"]["title"] = LONG
    page_of["event"]["markets"][0]["outcome"] = LONG
    stage.answers[f"/api/markets/{OPEN_TICKER}"] = page_of
    its = event_page()
    its["event"]["title"] = LONG
    its["markets"][0]["outcome"] = LONG
    stage.answers[f"/api/events/{EVENT}"] = its
    stage.greeting = snapshot(mode="demo", feed=feed("stale"))
    page = await open_page(path)
    await until_drawn(page)

    for width, height in SIZES:
        await page.set_viewport_size({"width": width, "height": height})
        await page.evaluate("new Promise(requestAnimationFrame)")
        wide = await page.evaluate(
            """() => [...document.querySelectorAll('body, body *')]
                .filter(e => e.getBoundingClientRect().right > innerWidth + 0.5)
                .filter(e => !e.closest('.clip, .unheard, nav ul, canvas, .host'))
                .map(e => e.outerHTML.slice(0, 120))"""
        )
        scroll_width = await page.evaluate("document.documentElement.scrollWidth")
        assert (scroll_width, wide) == (width, [])


@in_chromium
@pytest.mark.parametrize("size", [DESK, PHONE])
@pytest.mark.parametrize("path", PLACES)
async def test_can_be_read_by_all(
    open_page: Opener, stage: MarketStage, path: str, size: tuple[int, int]
) -> None:
    """axe finds nothing in either theme (WCAG 2.2 A, AA); one live region; no motion."""
    page_of = market_page(2, market=market(2, status="settled", result="no"))
    stage.answers[f"/api/markets/{OPEN_TICKER}"] = page_of
    page = await open_page(path, size=size)
    await until_drawn(page)
    if "/m/" in path:
        await page.get_by_text("Settlement rule").click()

    assert await faults_of(page, "[data-drawer]") == []
    await page.get_by_role("button", name="Table", exact=True).click()
    await page.emulate_media(color_scheme="light")
    assert await faults_of(page, "body") == []
    assert await page.locator("[aria-live], [role=status], [role=alert]").count() == 1
    assert await page.evaluate("document.getAnimations().length") == 0


@in_chromium
async def test_the_settings_can_be_read_by_all(
    open_page: Opener, stage: MarketStage
) -> None:
    """axe finds nothing in the settings and in what the page says of itself."""
    page = await open_page()
    await open_settings(page)

    for scheme in ("dark", "light"):
        await page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
        assert await faults_of(page, "#settings") == []


@in_chromium
@pytest.mark.parametrize("path", PLACES)
async def test_all_of_it_is_large_enough_to_touch(
    open_page: Opener, stage: MarketStage, path: str
) -> None:
    """On a phone every button is at least 40 px high, but for the ticker."""
    page = await open_page(path, size=PHONE)
    await until_drawn(page)

    small = await page.eval_on_selector_all(
        "[data-drawer] :is(button, summary):not(.ticker)",
        """each => each.filter(e => e.getBoundingClientRect().height < 40)
            .map(e => e.outerHTML.slice(0, 100))""",
    )

    assert small == []


@in_chromium
async def test_the_page_stays_small(open_page: Opener, stage: MarketStage) -> None:
    """With a market open the page is still below its bound of nodes."""
    page = await open_page(PLACES[0])
    await until_drawn(page)

    assert await page.locator("*").count() < 8_000


@pytest.mark.slow
def test_what_is_opened_is_light() -> None:
    """Drawer, event and settings come by themselves, within their weight."""
    for name, most in (
        ("Drawer", DRAWER_BYTES_MAX),
        ("EventView", EVENT_BYTES_MAX),
        ("Settings", 6_000),
    ):
        (script,) = (STATIC / "assets").glob(f"{name}-*.js")
        assert script.name not in (STATIC / "index.html").read_text()
        assert 0 < weight(script) <= most


@pytest.mark.slow
@pytest.mark.parametrize("painter", ["chart-painter", "event-painter"])
def test_a_chart_is_light(painter: str) -> None:
    """What a chart adds to an open market or event, the library too, is bounded."""
    assets = STATIC / "assets"
    (script,) = assets.glob(f"{painter}-*.js")
    (opened,) = assets.glob("EventView-*.js")

    needed = loaded_with(script) - loaded_with(opened)

    assert max(map(weight, needed)) > 40_000, "the library is not among them"
    assert sum(map(weight, needed)) <= CHART_BYTES_MAX


def weight(script: Path) -> int:
    return len(gzip.compress(script.read_bytes(), 9))


def loaded_with(script: Path) -> set[Path]:
    """Return a script and all that it imports at once."""
    found, waiting = set(), [script]
    while waiting:
        each = waiting.pop()
        found.add(each)
        names = re.findall(r'from ?["\']\./([^"\']+)["\']', each.read_text())
        waiting += [each.with_name(name) for name in names]
        waiting = [path for path in waiting if path not in found]
    return found


@pytest.mark.slow
def test_the_chart_library_is_named() -> None:
    """The licences that go with the page hold the chart library's."""
    text = (STATIC / "assets" / "LICENSES.md").read_text()

    assert re.search(r"lightweight-charts", text)
    assert "Apache" in text
