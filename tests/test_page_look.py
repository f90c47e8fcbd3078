"""The page's look in a real Chromium: sizes, contrast, theme, weight."""

import gzip
import re
from pathlib import Path

import pytest
from playwright.async_api import expect

from tests.page_browser import DESK, PHONE, Opener, in_chromium
from tests.page_markets import categories_answer, events_answer, market, print_of
from tests.page_stage import STATIC, Stage, coverage, feed, row, snapshot

pytest_plugins = ["tests.page_fixtures"]

AXE = Path(__file__).parent.parent / "web" / "node_modules" / "axe-core" / "axe.min.js"
FOUND = """async () => (await axe.run({runOnly: ['wcag2a', 'wcag2aa', 'wcag21a',
    'wcag21aa', 'wcag22aa', 'best-practice']})).violations
    .map(v => [v.id, v.nodes.length, v.nodes[0].html.slice(0, 160)])"""
SIZES = (DESK, (1181, 800), (1024, 768), (720, 450), PHONE, (320, 640))


@in_chromium
async def test_fits_the_screen(open_page: Opener, stage: Stage) -> None:
    """No sideways scroll, in good times and bad, down to 320 px and at 200 % zoom."""
    stage.coverage = coverage(missing=1_204, extra=2)
    long = "An unreasonably long name of a market " * 7
    stage.greeting = snapshot(
        mode="demo",
        feed=feed("storage_degraded", open_gaps=3),
        hot_markets=[row(n, title=long, event_title=long) for n in range(50)],
    )
    page = await open_page()
    await expect(page.locator("tr[data-ticker]")).to_have_count(50)
    await expect(page.locator("[data-coverage=bad]")).to_be_visible()

    for panel in (False, True):
        if panel:
            await page.locator("[data-coverage]").click()
            await expect(page.locator("#truth [data-hour]")).to_have_count(24)
        for width, height in SIZES:
            await page.set_viewport_size({"width": width, "height": height})
            wide = await page.evaluate(
                """() => [...document.querySelectorAll('body, body *')]
                    .filter(e => e.getBoundingClientRect().right > innerWidth + 0.5)
                    .filter(e => !e.closest('.clip, .unheard, .tools'))
                    .map(e => e.outerHTML.slice(0, 80))"""
            )
            whole = await page.evaluate("document.documentElement.scrollWidth")
            assert (whole, wide) == (width, [])
        await page.set_viewport_size({"width": DESK[0], "height": DESK[1]})


@in_chromium
@pytest.mark.parametrize("scheme", ["dark", "light"])
@pytest.mark.parametrize(
    ("size", "states"),
    [
        (DESK, ("delayed", "healing", "polling")),
        (PHONE, ("stale", "storage_degraded")),
    ],
)
async def test_can_be_read_by_all(
    open_page: Opener,
    stage: Stage,
    size: tuple[int, int],
    states: tuple[str, ...],
    scheme: str,
) -> None:
    """axe finds nothing (WCAG 2.2 A, AA); one live region; nothing is animated."""
    if not AXE.is_file():
        pytest.skip("axe-core is not installed: run `npm ci` in web/.")
    stage.coverage = coverage(missing=7)
    page = await open_page(size=size, scheme=scheme)
    await page.evaluate(AXE.read_text())

    for offset, state in enumerate(states, start=8):
        feed_now = feed(state, open_gaps=2)
        await stage.send(snapshot(offset=offset, mode="demo", feed=feed_now))
        await expect(page.locator("[data-banner]")).to_be_visible()
        assert await page.evaluate(FOUND) == []
    if size == PHONE:
        for tab in ("Whales", "Tape", "Markets"):
            await page.get_by_role("button", name=tab, exact=True).click()
            assert await page.evaluate(FOUND) == []
    await page.locator("[data-coverage]").click()
    await expect(page.locator("#truth [data-hour]")).to_have_count(24)
    assert await page.evaluate(FOUND) == []
    assert await page.locator("[aria-live], [role=status], [role=alert]").count() == 1
    assert await page.evaluate("document.getAnimations().length") == 0


@in_chromium
@pytest.mark.parametrize("scheme", ["dark", "light"])
@pytest.mark.parametrize("size", [DESK, PHONE])
async def test_what_opens_can_be_read_by_all(
    open_page: Opener, stage: Stage, size: tuple[int, int], scheme: str
) -> None:
    """axe finds nothing on a full board of events, in its menu, its finds, its keys,
    paused, and with nothing on it."""
    if not AXE.is_file():
        pytest.skip("axe-core is not installed: run `npm ci` in web/.")
    stage.answers = {
        "/api/events": events_answer(),
        "/api/categories": categories_answer(),
        "/api/markets": {"markets": [market(0), market(6)], "count": 2},
    }
    stage.greeting = snapshot(
        hot_markets=[market(n, change_dollars="-0.0300") for n in range(60)],
        recent_trades=[print_of(seq, seq % 60) for seq in range(2000, 1900, -1)],
    )
    page = await open_page("/?cat=Crypto", size=size, scheme=scheme)
    await page.evaluate(AXE.read_text())

    async def sound() -> None:
        assert await page.evaluate(FOUND) == []

    await page.get_by_role("button", name="3 more of this event").first.click()
    await sound()
    await page.locator("[popovertarget=views]").click()
    await expect(page.get_by_role("button", name="Movers")).to_be_visible()
    await sound()
    await page.keyboard.press("Escape")
    await page.get_by_role("combobox", name="Search markets").fill("har")
    await expect(page.locator("mark").first).to_be_visible()
    await sound()
    await page.keyboard.press("Escape")
    await page.keyboard.press("Escape")
    await page.keyboard.press("?")
    await expect(page.get_by_role("dialog", name="Keys")).to_be_visible()
    await sound()
    await page.keyboard.press("Escape")
    await expect(page.get_by_role("dialog", name="Keys")).to_have_count(0)
    await page.keyboard.press("Space")
    await expect(page.get_by_role("button", name="Resume")).to_be_visible()
    await sound()
    await page.keyboard.press("w")
    await stage.send(snapshot(offset=8, hot_markets=[]))
    await expect(page.locator("[data-state=none]")).to_be_visible()
    await sound()
    assert await page.evaluate("document.getAnimations().length") == 0


@in_chromium
async def test_forced_colours_keep_every_sign(open_page: Opener, stage: Stage) -> None:
    """Where the reader's own colours rule, bars stay bars, and what is pressed shows."""
    page = await open_page()
    await page.emulate_media(forced_colors="active", reduced_motion="reduce")
    bar = page.locator("[data-field=net_flow_fp] .bar i").first
    pressed = page.get_by_role("button", name="By event")

    painted = await bar.evaluate("e => getComputedStyle(e).backgroundColor")
    outline = await pressed.evaluate("e => getComputedStyle(e).outlineStyle")

    assert painted not in ("rgba(0, 0, 0, 0)", "rgb(255, 255, 255)")
    assert outline == "solid"
    moving = await page.evaluate(
        """() => [...document.querySelectorAll('*')].filter(e => {
            const style = getComputedStyle(e);
            return style.transitionDuration !== '0s' || style.animationName !== 'none';
        }).length"""
    )
    assert moving == 0


@in_chromium
async def test_theme_is_kept(open_page: Opener, stage: Stage) -> None:
    """The chosen theme wins over the system's and outlives the page."""
    page = await open_page(scheme="light")
    colour = "getComputedStyle(document.body).backgroundColor"
    light = await page.evaluate(colour)

    await page.get_by_role("button", name="Theme: system").click()
    dark = await page.evaluate(colour)
    await page.reload()

    assert light != dark
    assert await page.evaluate(colour) == dark
    await expect(page.get_by_role("button", name="Theme: dark")).to_be_visible()


@in_chromium
async def test_the_page_stays_small(open_page: Opener, stage: Stage) -> None:
    """However long the list, a bounded number of rows and nodes is drawn."""
    stage.greeting = snapshot(hot_markets=[row(n) for n in range(500)])
    page = await open_page()

    await expect(page.locator("tr[data-ticker]")).to_have_count(100)
    assert await page.locator("*").count() < 8000


@pytest.mark.slow
def test_first_load_is_light() -> None:
    """What the page needs to be drawn: scripts of 45 kB, styles of 9 kB at most,
    compressed; and nothing inline."""
    assert (STATIC / "index.html").is_file(), (
        "The page is not built: run `pip install -e .`"
    )
    html = (STATIC / "index.html").read_text()

    def compressed(suffix: str) -> int:
        needed = re.findall(rf'(?:src|href)="/(assets/[^"]+\{suffix})"', html)
        assert needed
        return sum(len(gzip.compress((STATIC / n).read_bytes(), 9)) for n in needed)

    # One zlib packs a little tighter than another.
    assert compressed(".js") <= 45_000 * 1.02
    assert compressed(".css") <= 9_000
    assert not re.search(r"<style|style=|\son\w+=|<script(?![^>]*\ssrc=)", html)
    assert not re.search(r"(src|href)=\"(?!/)", html)
