"""The settings, sounds and notices in a real Chromium."""

import re
from collections.abc import AsyncIterator

import pytest_asyncio
from playwright.async_api import Page, expect

from tests.page_browser import PHONE, Opener, in_chromium
from tests.page_market_stage import MarketStage
from tests.page_stage import START_MS, Frame, delta, row, trade

pytest_plugins = ["tests.page_fixtures"]

MARKET_PATH = f"/m/{row(2)['market_ticker']}"
# What the browser would be asked for, counted in place of being done.
COUNTED = """() => {
    window.asked = 0; window.shown = []; window.tones = [];
    const Notice = class { constructor(title, more) {
        window.shown.push([title, more.body]); } close() {} };
    Notice.permission = 'default';
    Notice.requestPermission = async () => {
        window.asked += 1; return (Notice.permission = 'granted'); };
    window.Notification = Notice;
    const start = OscillatorNode.prototype.start;
    OscillatorNode.prototype.start = function (...given) {
        window.tones.push(this.frequency.value); return start.apply(this, given); };
}"""
HIDE = """hidden => {
    Object.defineProperty(document, 'hidden', {value: hidden, configurable: true});
    document.dispatchEvent(new Event('visibilitychange'));
}"""


@pytest_asyncio.fixture(loop_scope="module")
async def stage() -> AsyncIterator[MarketStage]:
    """A server that greets with a whole board, and tells of its markets."""
    async with MarketStage().open() as opened:
        yield opened


async def open_settings(page: Page) -> None:
    await page.get_by_role("button", name="Settings", exact=True).click()
    await expect(page.locator("[data-settings]")).to_be_visible()


async def pick(page: Page, name: str, text: str) -> None:
    group = page.locator("[data-settings]").get_by_role("group", name=name)
    button = group.get_by_role("button", name=text, exact=True)
    await button.click()
    await expect(button).to_have_attribute("aria-pressed", "true")


@in_chromium
async def test_what_is_set_holds_and_is_kept(
    open_page: Opener, stage: MarketStage
) -> None:
    """Zone, unit, rows and theme change at once, and outlive the page."""
    page = await open_page(MARKET_PATH)
    ends = page.locator("[data-field=ends_ts_ms]")
    price = page.locator("[data-field=buy_yes]")
    await expect(ends).to_contain_text("06:20:00 UTC")
    await expect(price).to_have_text(re.compile(r"^\d+¢$"))
    await open_settings(page)

    await pick(page, "Times", "ET")
    await pick(page, "Prices", "Percent")
    await pick(page, "Rows", "Comfortable")
    await pick(page, "Theme", "Light")

    for _ in range(2):
        await expect(ends).to_contain_text("01:20:00 ET")
        await expect(price).to_have_text(re.compile(r"^\d+%$"))
        root = page.locator("html")
        await expect(root).to_have_attribute("data-density", "comfortable")
        await expect(root).to_have_attribute("data-theme", "light")
        await page.reload()


@in_chromium
async def test_it_says_what_it_is(open_page: Opener, stage: MarketStage) -> None:
    """Version, licences, words, and that it is neither the exchange's nor advice."""
    page = await open_page(size=PHONE)
    await open_settings(page)
    about = page.locator("[data-about]")

    await expect(about).to_contain_text("Flowboard 0.1.0, mode demo")
    await expect(about).to_contain_text("Not affiliated with Kalshi.")
    await expect(about).to_contain_text("Nothing here is advice")
    await expect(about).to_contain_text("TradingView, Inc.")
    assert await about.locator("dt").count() >= 10
    licences = about.get_by_role("link", name="All licences")
    address = await licences.get_attribute("href")
    answer = await page.request.get(f"{stage.url}{address}")
    assert "lightweight-charts" in await answer.text()
    await page.get_by_role("button", name="Close", exact=True).first.click()

    await expect(about).to_be_hidden()


def whale_delta(offset: int, whale: Frame) -> Frame:
    """Return a delta with a print that is among the largest, too."""
    return delta(offset, trades=[whale], whales=[whale])


@in_chromium
async def test_sounds_are_off_until_turned_on(
    open_page: Opener, stage: MarketStage
) -> None:
    """Then a whale of the chosen size is heard: YES higher, NO lower."""
    page = await open_page()
    await page.evaluate(COUNTED)
    await expect(page.locator("tr[data-ticker]")).to_have_count(50)
    now = {"ts_ms": START_MS + 100, "notional_dollars": "20000.000000"}
    await stage.send(
        whale_delta(8, trade(2001, taker_outcome_side="yes", **now)),
    )
    await expect(page.locator("[data-whale]").first).to_be_visible()
    assert await page.evaluate("window.tones") == []
    await open_settings(page)
    await pick(page, "Sound of whale prints", "≥ $10k")
    await page.wait_for_function("() => window.tones.length === 1")

    small = now | {"notional_dollars": "3000.000000"}
    await stage.send(
        whale_delta(9, trade(2002, taker_outcome_side="no", **small)),
        whale_delta(10, trade(2003, taker_outcome_side="no", **now)),
    )

    await page.wait_for_function("() => window.tones.length === 2")
    assert await page.evaluate("window.tones") == [660, 330]


@in_chromium
async def test_notices_are_asked_for_on_demand(
    open_page: Opener, stage: MarketStage
) -> None:
    """Never at load; they come while the page is hidden, one a market and minute."""
    page = await open_page()
    await page.evaluate(COUNTED)
    await expect(page.locator("tr[data-ticker]")).to_have_count(50)
    await open_settings(page)
    assert await page.evaluate("window.asked") == 0

    await pick(page, "Desktop notices", "On")
    assert await page.evaluate("window.asked") == 1
    big = {"notional_dollars": "20000.000000", "market_ticker": row(1)["market_ticker"]}
    seen = trade(2001, ts_ms=START_MS + 100, **big)
    hidden = trade(2002, ts_ms=START_MS + 200, **big)
    again = trade(2003, ts_ms=START_MS + 300, **big)
    await stage.send(whale_delta(8, seen))
    await expect(page.locator(f'[data-whale="{seen["trade_id"]}"]')).to_be_visible()
    await page.evaluate(HIDE, True)
    await stage.send(whale_delta(9, hidden), whale_delta(10, again))

    await page.wait_for_function("() => window.shown.length > 0")
    shown = await page.evaluate("window.shown")
    assert len(shown) == 1
    assert shown[0][0].startswith("$20.0k")
