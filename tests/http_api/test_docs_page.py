"""/docs reads /openapi.json aloud: searchable, to be tried, with nothing from elsewhere."""

import re
from pathlib import Path

import pytest
from playwright.async_api import Page, async_playwright, expect

from flowboard.http_api.docs_page import FOLDER
from flowboard.http_api.routing import ENDPOINTS
from tests.database.made_trades import make_trade
from tests.http_api.serving import Api
from tests.page_browser import CHROMIUM, CHROMIUM_ARGUMENTS, browser_test

AXE = Path(__file__).parents[2] / "web" / "node_modules" / "axe-core" / "axe.min.js"
TICKER = "KXHIGHNY-26NOV21-T50"
RULES = "['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice']"


async def test_the_page_and_its_files(api: Api) -> None:
    """Served from the package, under the one policy; no other name is a file."""
    page = await api.get("/docs")
    style = await api.get("/docs/docs.css")
    script = await api.get("/docs/docs.js")

    assert page.status_code == style.status_code == script.status_code == 200
    assert page.headers["content-type"] == "text/html; charset=utf-8"
    assert style.headers["content-type"] == "text/css; charset=utf-8"
    assert script.headers["content-type"] == "text/javascript; charset=utf-8"
    assert "default-src 'none'" in page.headers["content-security-policy"]
    for name in ("index.html", "other.js", "..%2fpage.py", "docs_files"):
        assert (await api.get(f"/docs/{name}")).status_code == 404, name


def test_nothing_is_inline_or_from_elsewhere() -> None:
    """What the policy would refuse is not even tried."""
    html = (FOLDER / "index.html").read_text("utf-8")
    script = (FOLDER / "docs.js").read_text("utf-8")

    assert not re.search(r"<style|style=|\son\w+=|<script(?![^>]*\ssrc=)", html)
    assert not re.search(r'(src|href)="(?!/|data:,")', html)
    assert not re.search(r"innerHTML|outerHTML|insertAdjacentHTML|https?://", script)


@pytest.mark.slow
@pytest.mark.browser
@browser_test
async def test_it_can_be_read_searched_and_tried(api: Api) -> None:
    """In a real Chromium, dark and light, wide and narrow: no fault, no complaint."""
    await api.trade(make_trade(1))
    async with async_playwright() as playwright:
        chromium = await playwright.chromium.launch(
            executable_path=CHROMIUM, args=CHROMIUM_ARGUMENTS
        )
        for scheme, width in (("dark", 1440), ("light", 320)):
            context = await chromium.new_context(
                viewport={"width": width, "height": 900},
                color_scheme=scheme,  # type: ignore[arg-type]
            )
            page = await context.new_page()
            complaints: list[str] = []
            page.on("console", lambda said, heard=complaints: heard.append(said.text))
            page.on(
                "pageerror", lambda error, heard=complaints: heard.append(str(error))
            )

            await page.goto(f"http://127.0.0.1:{api.port}/docs")
            await every_address_is_listed(page)
            await an_endpoint_is_tried(page)
            scroll_width = await page.evaluate("document.documentElement.scrollWidth")
            faults = await faults_of(page) if AXE.is_file() else []

            assert scroll_width == width
            assert faults == []
            assert complaints == []
            await context.close()
        await chromium.close()


async def every_address_is_listed(page: Page) -> None:
    """And the search shows those alone that have every word; `/` goes there."""
    shown = page.locator("details:visible")
    await expect(page.get_by_role("status")).to_contain_text("addresses")
    assert await shown.count() > len(ENDPOINTS)

    await page.keyboard.press("/")
    await page.keyboard.type("threshold alerts")

    await expect(shown).to_have_count(1)
    await expect(shown).to_contain_text("/api/whale-alerts")
    await page.get_by_role("searchbox").fill("hot")


async def an_endpoint_is_tried(page: Page) -> None:
    """With the keyboard: its answer is shown as it came."""
    details = page.locator("#get_markets_hot")
    await details.locator("summary").focus()
    await page.keyboard.press("Enter")
    await expect(details.get_by_role("region", name="Keys")).to_be_visible()

    await details.locator("form").get_by_label("window").select_option("1h")
    await details.get_by_role("button", name="Try").press("Enter")

    await expect(details.locator(".answer")).to_contain_text(TICKER)
    await expect(details).to_contain_text("200 OK from /api/markets/hot?window=1h")


async def faults_of(page: Page) -> list[object]:
    """Return what axe has against the page as it is now (WCAG 2.2 A, AA)."""
    await page.evaluate(AXE.read_text())
    found: list[object] = await page.evaluate(
        f"""async () => (await axe.run({{runOnly: {RULES}}})).violations
            .map(v => [v.id, v.nodes.length, v.nodes[0].html.slice(0, 120)])"""
    )
    return found
