"""Keyboard and search in a real Chromium."""

from typing import Any

from playwright.async_api import Page, expect

from tests.page_browser import Opener, in_chromium, next_of
from tests.page_markets import market
from tests.page_stage import Stage, delta, snapshot

pytest_plugins = ["tests.page_fixtures"]


def ticker(n: int) -> str:
    return str(market(n)["market_ticker"])


async def opened(open_page: Opener, stage: Stage, path: str = "/") -> Page:
    rows = [market(0), market(6, yes_price_dollars="0.7700"), market(9)]
    stage.greeting = snapshot(hot_markets=rows)
    page: Page = await open_page(path)
    await expect(page.locator("tr[data-ticker]")).to_have_count(3)
    return page


def found(page: Page) -> Any:
    return page.get_by_role("listbox", name="Markets found").get_by_role("option")


async def until_focused(page: Page, ticker: str) -> None:
    await page.wait_for_function(
        "ticker => document.activeElement.closest('tr')?.dataset.ticker === ticker",
        arg=ticker,
    )


@in_chromium
async def test_a_key_changes_the_view(open_page: Opener, stage: Stage) -> None:
    """Window, side, least size, watchlist, grouping: one key each."""
    page = await opened(open_page, stage)
    usual = {"window": "5m", "sort": "notional", "limit": 100}

    for key, search, subscription in (
        ("1", "?w=1m", {"window": "1m"}),
        ("3", "?w=15m", {"window": "15m"}),
        ("4", "?w=1h", {"window": "1h"}),
        ("5", "?w=24h", {"window": "24h"}),
        ("2", "", {}),
        ("y", "?side=yes", {"side": "yes"}),
        ("n", "?side=no", {"side": "no"}),
        ("b", "", {}),
        ("w", "?watch=1", {"tickers": ["-"]}),
        ("w", "", {}),
        ("m", "?min=100", {"min_notional": "100"}),
    ):
        await page.keyboard.press(key)
        asked = (await next_of(stage.requests))["subscription"]
        assert asked == usual | subscription
        await expect(page).to_have_url(f"{stage.url}/{search}")

    await page.keyboard.press("g")
    by_event = page.get_by_role("button", name="By event")
    await expect(by_event).to_have_attribute("aria-pressed", "false")
    await expect(page).to_have_url(f"{stage.url}/?min=100&group=flat")
    assert stage.requests.empty()


@in_chromium
async def test_sound_and_settings_by_key(open_page: Opener, stage: Stage) -> None:
    """o turns sounds on and off, and says so; a opens what can be told and set."""
    page = await opened(open_page, stage)

    for word in ("Sound on.", "Sound off."):
        await page.keyboard.press("o")
        await expect(page.get_by_role("status")).to_contain_text(word)
    await page.keyboard.press("a")

    await expect(page.get_by_role("dialog", name="Settings")).to_be_visible()
    await expect(page.get_by_role("group", name="Desktop notices")).to_be_visible()


@in_chromium
async def test_keys_come_back_around(open_page: Opener, stage: Stage) -> None:
    """Both sides again, and after the largest size any."""
    page = await opened(open_page, stage, "/?side=no&min=10000")

    await page.keyboard.press("b")
    await page.keyboard.press("m")

    assert (await next_of(stage.requests))["subscription"]["min_notional"] == "10000"
    assert "min_notional" not in (await next_of(stage.requests))["subscription"]
    await expect(page).to_have_url(f"{stage.url}/")


@in_chromium
async def test_rows_by_key(open_page: Opener, stage: Stage) -> None:
    """j and k walk, s stars, Enter opens beside the table, j goes on to the next."""
    page = await opened(open_page, stage)

    await page.keyboard.press("j")
    await until_focused(page, ticker(0))
    await page.keyboard.press("j")
    await page.keyboard.press("j")
    await page.keyboard.press("j")
    await until_focused(page, ticker(9))
    await page.keyboard.press("k")
    await until_focused(page, ticker(6))
    await page.keyboard.press("s")
    star = page.locator(f'tr[data-ticker="{ticker(6)}"] button').first
    await expect(star).to_have_attribute("aria-pressed", "true")
    await page.keyboard.press("Enter")
    await expect(page).to_have_url(f"{stage.url}/m/{ticker(6)}")
    await expect(page.locator("tr[data-ticker]")).to_have_count(3)


@in_chromium
async def test_order_is_held_under_the_focus(open_page: Opener, stage: Stage) -> None:
    """Who walks the table by key does not lose the row."""
    page = await opened(open_page, stage)

    await page.keyboard.press("j")

    held = page.get_by_text("order held")
    await expect(held).to_be_visible()
    await page.mouse.move(300, 400)
    await page.mouse.move(2, 2)
    await expect(held).to_be_visible()
    # A row below rises while the focus goes on: it does not jump past the reader.
    tickers = "rows => rows.map(row => row.dataset.ticker)"
    before = await page.locator("tr[data-ticker]").evaluate_all(tickers)
    risen = {"market_ticker": before[-1], "notional_dollars": "9000000.000000"}
    await stage.send(delta(8, hot_markets=[risen]))
    await expect(page.locator("table[data-settled=false]")).to_be_visible()
    await page.keyboard.press("j")
    await page.keyboard.press("j")
    after = await page.locator("tr[data-ticker]").evaluate_all(tickers)
    assert after == before


@in_chromium
async def test_pause_theme_link_and_summary(open_page: Opener, stage: Stage) -> None:
    """Space, t, c and Shift R; what is said is said by the one live region."""
    page = await opened(open_page, stage)
    await page.context.grant_permissions(["clipboard-read", "clipboard-write"])

    await page.keyboard.press("Space")
    await expect(page.get_by_role("button", name="Resume")).to_be_visible()
    await page.keyboard.press("Space")
    await expect(page.get_by_role("button", name="Pause")).to_be_visible()
    await page.keyboard.press("t")
    await expect(page.get_by_role("button", name="Theme: dark")).to_be_visible()
    await page.keyboard.press("c")
    await expect(page.get_by_role("status")).to_contain_text("Link copied.")
    assert await page.evaluate("navigator.clipboard.readText()") == f"{stage.url}/"
    await page.keyboard.press("Shift+R")
    said = page.get_by_role("status")
    await expect(said).to_contain_text("$1.30M in 5m. First: HAR @ RIV · RIV, ")


@in_chromium
async def test_help_and_silence(open_page: Opener, stage: Stage) -> None:
    """? lists the keys; there single keys are turned off, for good, but not the list."""
    page = await opened(open_page, stage)
    await page.keyboard.press("?")
    help_ = page.get_by_role("dialog", name="Keys")
    await expect(help_).to_contain_text("pause or resume")
    await help_.get_by_role("checkbox", name="Single keys are on").uncheck()
    await page.keyboard.press("Escape")
    await expect(help_).to_have_count(0)

    await page.keyboard.press("y")
    await page.reload()
    await page.keyboard.press("n")

    await expect(page.locator("tr[data-ticker]")).to_have_count(3)
    assert stage.requests.empty()
    await expect(page).to_have_url(f"{stage.url}/")


@in_chromium
async def test_a_closed_dialogue_takes_no_keys(open_page: Opener, stage: Stage) -> None:
    """The focus stays in it for a moment: a key of that moment is the page's, and turns
    nothing off."""
    page = await opened(open_page, stage)
    await page.keyboard.press("?")
    help_ = page.get_by_role("dialog", name="Keys")
    await expect(help_).to_be_visible()

    await help_.evaluate(
        """dialog => {
            const box = dialog.querySelector('input');
            box.focus();
            dialog.close();
            box.dispatchEvent(new KeyboardEvent('keydown',
                {key: ' ', bubbles: true, cancelable: true}));
        }"""
    )

    await expect(page.get_by_role("button", name="Resume")).to_be_visible()


@in_chromium
async def test_keys_are_text_where_one_types(open_page: Opener, stage: Stage) -> None:
    """/ goes to the search; what is typed there changes nothing else."""
    page = await opened(open_page, stage)

    await page.keyboard.press("/")
    await page.keyboard.type("nyw1 ?")

    field = page.get_by_role("combobox", name="Search markets")
    await expect(field).to_have_value("nyw1 ?")
    assert stage.requests.empty()
    await page.keyboard.press("Escape")
    await expect(field).to_have_value("")
    await page.keyboard.press("Escape")
    await expect(field).not_to_be_focused()


@in_chromium
async def test_search_asks_the_server(open_page: Opener, stage: Stage) -> None:
    """Eight finds at most, hits marked, arrows and Enter open; markup stays text."""
    evil = "<img src=x onerror=alert(1)> River"
    stage.answers["/api/markets"] = {
        "markets": [
            {"market_ticker": "KXA-1", "title": evil, "yes_price_dollars": "0.4100"},
            {
                "market_ticker": "KXA-2",
                "title": "River Falls to win",
                "outcome": "River Falls",
                "yes_price_dollars": None,
            },
            {
                "market_ticker": ticker(6),
                "title": "Bitcoin",
                "yes_price_dollars": "0.0100",
            },
        ],
        "count": 3,
    }
    page = await opened(open_page, stage)

    await page.keyboard.press("Control+k")
    await page.keyboard.type("riv")

    options = found(page)
    await expect(options.locator(".mono")).to_have_text(["KXA-1", "KXA-2", ticker(6)])
    await expect(options.nth(0)).to_contain_text(evil)
    await expect(options.nth(0)).to_contain_text("41¢")
    # A line where the market is on the board, and its price of now.
    await expect(options.locator("canvas")).to_have_count(1)
    await expect(options.nth(2)).to_contain_text("77¢")
    await expect(page.locator("mark")).to_have_text(["Riv", "Riv", "Riv"])
    assert "/api/markets?q=riv&limit=8" in stage.asked
    await page.keyboard.press("ArrowDown")
    await expect(options.nth(1)).to_have_attribute("aria-selected", "true")
    await page.keyboard.press("Enter")
    await expect(page).to_have_url(f"{stage.url}/m/KXA-2")


@in_chromium
async def test_search_without_an_address_for_it(
    open_page: Opener, stage: Stage
) -> None:
    """An older server is not asked twice: the board itself is looked through."""
    page = await opened(open_page, stage)

    await page.keyboard.press("/")
    await page.keyboard.type("fed cut")

    option = found(page)
    await expect(option).to_have_count(1)
    await expect(option).to_contain_text("Fed decision in December?")
    await expect(option.locator(".outcome")).to_have_text("Cut of 25 bps")
    await page.keyboard.type(" nothing")
    await expect(option).to_have_text("No market is called so.")


@in_chromium
async def test_enter_waits_for_what_was_asked(open_page: Opener, stage: Stage) -> None:
    """What an earlier question found is never picked for the one that stands there."""
    first = {"market_ticker": "KXA-1", "title": "Fed", "yes_price_dollars": None}
    second = {"market_ticker": "KXB-1", "title": "Bitcoin", "yes_price_dollars": None}
    stage.answers["/api/markets"] = {"markets": [first], "count": 1}
    page = await opened(open_page, stage)
    await page.keyboard.press("Control+k")
    await page.keyboard.type("fed")
    await expect(found(page).locator(".mono")).to_have_text(["KXA-1"])

    stage.answers["/api/markets"] = {"markets": [second], "count": 1}
    await page.get_by_role("combobox", name="Search markets").fill("bitcoin")
    await page.keyboard.press("Enter")

    await page.wait_for_url("**/m/**")
    assert page.url.endswith("/m/KXB-1")
