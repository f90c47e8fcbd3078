"""The watchlist in a real Chromium: starred, alone on the board, as a file, as a link."""

import json
from pathlib import Path
from typing import Any

from playwright.async_api import Page, expect

from tests.page_browser import Opener, in_chromium, next_of
from tests.page_markets import market
from tests.page_stage import Stage, snapshot

pytest_plugins = ["tests.page_fixtures"]


def ticker(n: int) -> str:
    return str(market(n)["market_ticker"])


async def asked(stage: Stage) -> dict[str, Any]:
    return dict((await next_of(stage.requests))["subscription"])


async def menu(page: Page) -> Any:
    await page.locator("[popovertarget=views]").click()
    section = page.get_by_role("region", name="Watchlist", exact=True)
    await expect(section).to_be_visible()
    return section


@in_chromium
async def test_watchlist(open_page: Opener, stage: Stage) -> None:
    """Stars are kept in the browser; the watchlist alone asks for them by name."""
    stage.greeting = snapshot(hot_markets=[market(n) for n in (0, 6, 9)])
    page = await open_page("/?group=flat")
    await page.get_by_role("button", name="Watchlist alone").click()
    nothing = page.locator("[data-state=none]")
    assert (await asked(stage))["tickers"] == ["-"]
    await stage.send(snapshot(offset=8, hot_markets=[]))
    await expect(nothing).to_contain_text("No market is on the watchlist")
    await nothing.get_by_role("button", name="Clear filters").click()
    assert "tickers" not in await asked(stage)
    await stage.send(snapshot(offset=9, hot_markets=[market(n) for n in (0, 6, 9)]))

    star = page.get_by_role("button", name=f"Watch {market(6)['short_label']}")
    await star.click()
    await expect(star).to_have_attribute("aria-pressed", "true")
    await page.get_by_role("button", name="Watchlist alone").click()

    assert (await asked(stage))["tickers"] == [ticker(6)]
    await expect(page).to_have_url(f"{stage.url}/?group=flat&watch=1")
    await page.reload()
    await expect(star).to_have_attribute("aria-pressed", "true")


@in_chromium
async def test_a_list_goes_out_and_comes_in(
    open_page: Opener, stage: Stage, tmp_path: Path
) -> None:
    """Exported as a file of tickers; imported before what is there, and shown; what is
    no list is refused in words."""
    stage.greeting = snapshot(hot_markets=[market(n) for n in (0, 6)])
    page = await open_page()
    await page.get_by_role("button", name=f"Watch {market(6)['short_label']}").click()
    section = await menu(page)

    async with page.expect_download() as download:
        await section.get_by_role("button", name="Export").click()
    exported = json.loads((await (await download.value).path()).read_text())
    assert exported == {"flowboard_watchlist": [ticker(6)]}

    file = section.get_by_label("Watchlist file")
    for text in ("<b>", "[]", '{"a": 1}'):
        (tmp_path / "list.json").write_text(text)
        await file.set_input_files(tmp_path / "list.json")
        await expect(section).to_contain_text("This file holds no watchlist")
    (tmp_path / "list.json").write_text(json.dumps([ticker(9), "<b>", ticker(6)]))
    await file.set_input_files(tmp_path / "list.json")
    await expect(section).to_contain_text("2 markets put on the watchlist.")
    assert (await asked(stage))["tickers"] == [ticker(9), ticker(6)]


@in_chromium
async def test_a_list_is_shared_as_a_link(open_page: Opener, stage: Stage) -> None:
    """Who opens it sees its markets alone, and keeps them on demand; their own list is
    not touched before."""
    stage.greeting = snapshot(hot_markets=[market(n) for n in (0, 6)])
    page = await open_page(f"/?watch={ticker(0)},{ticker(6)},%3Cb%3E")
    await page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    await stage.hang_up()
    query = await next_of(stage.connects)
    assert f"tickers={ticker(0)}%2C{ticker(6)}&" in query
    stars = page.locator("tr[data-ticker] [aria-pressed]")
    await expect(stars.first).to_have_attribute("aria-pressed", "false")

    section = await menu(page)
    await expect(section).to_contain_text("This link shows 2 markets.")
    await section.get_by_role("button", name="Keep them").click()

    await expect(stars.first).to_have_attribute("aria-pressed", "true")
    await expect(page).to_have_url(f"{stage.url}/?watch=1")
    await section.get_by_role("button", name="Copy link").click()
    await expect(section).to_contain_text("A link to 2 markets is copied.")
    link = await page.evaluate("navigator.clipboard.readText()")
    assert link == f"{stage.url}/?watch={ticker(0)}%2C{ticker(6)}"
