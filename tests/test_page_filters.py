"""Filters, presets and saved views in a real Chromium: asked for, shown, in the address."""

from typing import Any

from playwright.async_api import Page, expect

from tests.page_browser import PHONE, Opener, in_chromium, next_of
from tests.page_markets import HOUR_MS, categories_answer, market, print_of
from tests.page_stage import START_MS, Stage, snapshot

pytest_plugins = ["tests.page_fixtures"]

BARE = {"window": "5m", "sort": "notional", "limit": 100}
LEAGUE = "Northern League (W)"


def ticker(n: int) -> str:
    return str(market(n)["market_ticker"])


def lines(page: Page) -> Any:
    return page.locator("tr[data-ticker]")


async def asked(stage: Stage) -> dict[str, Any]:
    request = await next_of(stage.requests)
    assert request["type"] == "subscribe"
    return dict(request["subscription"])


async def pick(page: Page, name: str, option: str) -> None:
    await page.get_by_role("combobox", name=name, exact=True).select_option(option)


@in_chromium
async def test_each_filter_is_asked_for(open_page: Opener, stage: Stage) -> None:
    """Category, league or series, side, least size, combos: each in the subscription and
    in the address; Clear takes them all back."""
    stage.answers["/api/categories"] = categories_answer()
    page = await open_page()
    category = page.get_by_role("combobox", name="Category", exact=True)
    await expect(category).to_contain_text("Crypto 310")

    await category.select_option("Sports")
    assert await asked(stage) == BARE | {"category": ["Sports"]}
    second = page.get_by_role("combobox", name="League or series", exact=True)
    for heading, option in (("Leagues", LEAGUE + " 12"), ("Series", "KXOTHER 4")):
        group = second.locator(f"optgroup[label={heading}]")
        await expect(group.locator("option")).to_have_text([option])
    await second.select_option(f"league {LEAGUE}")
    assert await asked(stage) == BARE | {"category": ["Sports"], "league": [LEAGUE]}
    await expect(page).to_have_url(
        f"{stage.url}/?cat=Sports&league=Northern+League+%28W%29"
    )
    await second.select_option("series KXOTHER")
    assert await asked(stage) == BARE | {"series": ["KXOTHER"]}
    await category.select_option("Crypto")
    assert await asked(stage) == BARE | {"category": ["Crypto"]}
    await expect(second.locator("optgroup")).to_have_count(1)
    await expect(second).to_contain_text("Bitcoin, hourly 40")
    await second.select_option("series KXSAMPLE2")
    assert await asked(stage) == BARE | {"series": ["KXSAMPLE2"]}
    await pick(page, "Side of prints", "yes")
    assert (await asked(stage))["side"] == "yes"
    await pick(page, "Least size of prints", "1000")
    assert (await asked(stage))["min_notional"] == "1000"
    await page.get_by_role("button", name="Combos").click()
    assert await asked(stage) == BARE | {
        "series": ["KXSAMPLE2"],
        "side": "yes",
        "min_notional": "1000",
        "combos": "include",
    }
    await expect(page).to_have_url(
        f"{stage.url}/?cat=Crypto&series=KXSAMPLE2&side=yes&min=1000&combos=1"
    )

    await page.get_by_role("button", name="Clear").click()
    assert await asked(stage) == BARE | {"combos": "include"}
    await expect(page).to_have_url(f"{stage.url}/?combos=1")


@in_chromium
async def test_a_link_is_the_view(open_page: Opener, stage: Stage) -> None:
    """An address opens its view, also where a value in it is not known here."""
    page = await open_page(
        "/?cat=Moon%20Weather&league=Lunar&side=no&min=2500&ends=nonsense&sort=change"
        "&w=1h"
    )

    for name, value in (
        ("Category", "Moon Weather"),
        ("League or series", "league Lunar"),
        ("Side of prints", "no"),
        ("Least size of prints", "2500"),
        ("Ends", ""),
    ):
        box = page.get_by_role("combobox", name=name, exact=True)
        await expect(box).to_have_value(value)
    await page.get_by_role("button", name="Clear").click()
    assert await asked(stage) == BARE | {"window": "1h", "limit": 300}


@in_chromium
async def test_the_address_is_asked_for_first(open_page: Opener, stage: Stage) -> None:
    """The first subscription is already that of the link."""
    await open_page("/?cat=Crypto&min=100&combos=1")

    await stage.hang_up()

    query = await next_of(stage.connects)
    assert query.startswith(
        "window=5m&sort=notional&limit=100&category=Crypto&min_notional=100"
        "&combos=include&since=e1"
    )


@in_chromium
async def test_what_the_stream_cannot_sift(open_page: Opener, stage: Stage) -> None:
    """Ends within, whales only, by change: sifted here, out of a longer list."""
    rows = [
        market(0, ends_ts_ms=START_MS + HOUR_MS, change_dollars="0.0100"),
        market(6, ends_ts_ms=START_MS + 2 * HOUR_MS, change_dollars="-0.0900"),
        market(9, ends_ts_ms=None, change_dollars="0.0300"),
    ]
    whale = print_of(2000, 9, notional_dollars="4000.000000")
    stage.greeting = snapshot(hot_markets=rows, whales=[whale])
    page = await open_page()

    await pick(page, "Ends", "1h")
    await expect(lines(page)).to_have_count(1)
    assert await asked(stage) == BARE | {"limit": 300}
    await expect(lines(page)).to_have_attribute("data-ticker", ticker(0))
    await pick(page, "Ends", "3h")
    await expect(lines(page)).to_have_count(2)

    await page.locator("[popovertarget=views]").click()
    await page.get_by_role("button", name="Whales only").click()
    await expect(lines(page)).to_have_count(1)
    await expect(lines(page)).to_have_attribute("data-ticker", ticker(9))
    await page.locator("[popovertarget=views]").click()
    await page.get_by_role("button", name="Movers").click()
    await expect(lines(page)).to_have_count(3)
    for place, n in enumerate((6, 9, 0)):
        await expect(lines(page).nth(place)).to_have_attribute("data-ticker", ticker(n))
    header = page.get_by_role("columnheader", name="Change")
    await expect(header).to_have_attribute("aria-sort", "descending")


@in_chromium
async def test_nothing_passes(open_page: Opener, stage: Stage) -> None:
    """An empty list says why, and how to get out of it."""
    page = await open_page("/?ends=1h")

    await expect(page.locator("[data-state=none]")).to_contain_text(
        "No market passes the filters."
    )
    await page.get_by_role("button", name="Clear filters").click()
    await expect(lines(page)).to_have_count(50)


@in_chromium
async def test_presets(open_page: Opener, stage: Stage) -> None:
    """Each replaces what was chosen before, and is named."""
    page = await open_page("/?side=no&sort=volume")
    face = page.locator("[popovertarget=views]")
    await expect(face).to_contain_text("Own view")

    for preset, search in (
        ("Everything", ""),
        ("Whales only", "?min=1000&only=whales"),
        ("Movers", "?sort=change"),
        ("Live now", "?sort=heat&ends=3h"),
        ("Ends within 1 h", "?ends=1h"),
    ):
        await face.click()
        await page.get_by_role("button", name=preset).click()

        await expect(face).to_contain_text(preset)
        await expect(page).to_have_url(f"{stage.url}/{search}")


@in_chromium
async def test_saved_views(open_page: Opener, stage: Stage) -> None:
    """A view is kept under a name, found again, forgotten; on a phone, too."""
    page = await open_page("/?side=no&w=1h", size=PHONE)
    face = page.locator("[popovertarget=views]")
    await face.click()
    await page.get_by_role("textbox", name="Name of this view").fill("My <b>noes</b>")
    await page.get_by_role("button", name="Save").click()
    await expect(face).to_contain_text("My <b>noes</b>")
    await page.get_by_role("button", name="Everything").click()
    await expect(page).to_have_url(f"{stage.url}/?w=1h")
    await page.reload()

    await face.click()
    await page.get_by_role("button", name="My <b>noes</b>", exact=True).click()
    await expect(page).to_have_url(f"{stage.url}/?w=1h&side=no")
    await face.click()
    await page.get_by_role("button", name="Forget My <b>noes</b>").click()

    await expect(face).to_contain_text("Own view")
