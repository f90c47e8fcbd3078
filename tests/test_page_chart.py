"""The chart of a market, in a real Chromium."""

import asyncio
import re
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from playwright.async_api import Page, expect

from tests.page_browser import Opener, in_chromium
from tests.page_market_stage import MarketStage, market_page
from tests.page_stage import START_MS, delta, row, trade

pytest_plugins = ["tests.page_fixtures"]

OPEN_TICKER = str(row(2)["market_ticker"])
MARKET_PATH = f"/m/{OPEN_TICKER}"
GAP = {"gap": 1, "cause": "disconnect", "state": "open"}


@pytest_asyncio.fixture(loop_scope="module")
async def stage() -> AsyncIterator[MarketStage]:
    """A server that greets with a whole board, and tells of its markets."""
    async with MarketStage().open() as opened:
        yield opened


async def until_ready(page: Page) -> None:
    await expect(page.locator("[data-chart]")).to_have_attribute("data-chart", "ready")


@in_chromium
async def test_the_chart(open_page: Opener, stage: MarketStage) -> None:
    """It comes with its own script, tells itself in a sentence, and as a table."""
    page = await open_page(MARKET_PATH)
    await until_ready(page)

    image = page.get_by_role("img", name=re.compile("^YES price over 1h: from"))
    await expect(image).to_be_visible()
    assert await page.locator("[data-chart] canvas").count() > 0
    await page.get_by_role("button", name="1d", exact=True).click()
    await expect(
        page.get_by_role("img", name=re.compile("^YES price over 1d"))
    ).to_be_visible()
    asked = [each for each in stage.asked if "/candles" in each]
    assert "interval=1m" in asked[0]
    assert "interval=5m" in asked[-1]
    credit = page.get_by_role("link", name=re.compile("TradingView"))
    await expect(credit).to_have_attribute("href", "https://www.tradingview.com/")
    await page.get_by_role("button", name="Table", exact=True).click()
    rows = page.get_by_role("region", name="Chart as a table, scrollable")
    await expect(rows.locator("tbody tr")).to_have_count(60)


@in_chromium
async def test_the_chart_goes_on_with_time(
    open_page: Opener, stage: MarketStage
) -> None:
    """Steps are added as time passes, with trades and without; a late one is counted."""
    page = await open_page(MARKET_PATH, clock=True)
    await page.clock.run_for(1_000)
    await until_ready(page)
    rows = page.locator("[data-chart] tbody tr")
    await page.get_by_role("button", name="15m", exact=True).last.click()
    await page.get_by_role("button", name="Table", exact=True).click()
    await expect(rows.first).to_contain_text("02:59:55")

    for offset, after_ms in ((8, 21_000), (9, 1_000), (10, 43_000)):
        made = trade(2000 + offset, market_ticker=OPEN_TICKER)
        made["ts_ms"] = START_MS + after_ms
        await stage.send_market(delta(offset, trades=[made]))
        await page.clock.run_for(14_000)
        print = page.locator(f"[data-print='{made['trade_id']}']")
        for _ in range(50):  # Time stands still until the print has arrived.
            if await print.count():
                break
            await page.clock.run_for(100)

    times = ["03:00:40", "03:00:20", "03:00:00", "02:59:55"]
    for place, time in enumerate(times):
        await expect(rows.nth(place)).to_contain_text(time)


@in_chromium
async def test_the_chart_is_of_the_market_that_is_open(
    open_page: Opener, stage: MarketStage
) -> None:
    """Until another market's candles are there, no chart is shown; when they fail, it
    is said."""
    page = await open_page(MARKET_PATH)
    await until_ready(page)
    image = page.locator("[data-chart] .host")
    await expect(image).to_be_visible()
    sibling = str(row(3)["market_ticker"])
    stage.answers[f"/api/markets/{sibling}/candles"] = {"candles": None}

    await page.locator("[data-sibling]").nth(3).click()

    await expect(page.locator("[data-chart]")).to_have_attribute("data-chart", "failed")
    await expect(image).to_be_hidden()
    await expect(page.get_by_text("The chart's data could not be read")).to_be_visible()
    # Nor is anything of the market before told of this one.
    await expect(page.locator("[data-whales]")).to_have_count(0)


# The first and the last column of the price's pane that have the colour of a warning.
SHADED = """() => {
    const shown = document.querySelector('[data-chart] canvas');
    const canvas = new OffscreenCanvas(shown.width, shown.height);
    const pen = canvas.getContext('2d', {willReadFrequently: true});
    pen.drawImage(shown, 0, 0);
    const {data} = pen.getImageData(0, 30, canvas.width, 1);
    const columns = [...Array(canvas.width).keys()].filter(x =>
        data[4 * x] > 150 && data[4 * x + 1] > 120 && data[4 * x + 2] < 150);
    return columns.length ? [columns[0], columns.at(-1)].map(x => x / canvas.width) : [];
}"""


@in_chromium
async def test_a_gap_is_shaded(open_page: Opener, stage: MarketStage) -> None:
    """A gap that opens shades its span of the chart, and no more; the legend says so."""
    page = await open_page(MARKET_PATH)
    await until_ready(page)
    await expect(page.locator("[data-chart]")).to_have_attribute("data-gaps", "0")
    assert await page.evaluate(SHADED) == []
    # From half past to twenty to, of an hour that ends now.
    gaps = [GAP | {"from_ms": START_MS - 1_800_000, "to_ms": START_MS - 1_200_000}]
    stage.answers[f"/api/markets/{OPEN_TICKER}"] = market_page(2, gaps=gaps)
    stage.gaps = gaps

    await page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")

    await expect(page.locator("[data-chart]")).to_have_attribute("data-gaps", "1")
    await expect(page.get_by_text("gap: trades may be missing")).to_be_visible()
    shaded = await asyncio.wait_for(until_shaded(page), 10)
    assert shaded == pytest.approx([1 / 2, 2 / 3], abs=0.05)


async def until_shaded(page: Page) -> list[float]:
    while not (shaded := await page.evaluate(SHADED)):
        await page.evaluate("new Promise(requestAnimationFrame)")
    return list(shaded)


# How far from left to right the price's pane has marks of NO: their colour is in no line.
MARKED = """() => {
    const shown = document.querySelector('[data-chart] canvas');
    const canvas = new OffscreenCanvas(shown.width, shown.height);
    const pen = canvas.getContext('2d', {willReadFrequently: true});
    pen.drawImage(shown, 0, 0);
    const {data} = pen.getImageData(0, 0, canvas.width, canvas.height);
    const found = [];
    for (let i = 0; i < data.length; i += 4)
        if (data[i] > 180 && data[i + 1] > 100 && data[i + 1] < 180 && data[i + 2] < 90)
            found.push((i / 4) % canvas.width);
    return found.length ? [Math.min(...found), Math.max(...found)]
        .map(x => x / canvas.width) : [];
}"""


def whale(n: int, **fields: object) -> dict[str, object]:
    """Return a whale print of NO; a hundred of them fill an hour."""
    made = {
        "trade_id": f"00000009-0000-4000-8000-{n:012}",
        "market_ticker": OPEN_TICKER,
        "taker_outcome_side": "no",
        "notional_dollars": f"{1_000 + n}.000000",
        "ts_ms": START_MS - 2_000 - n * 35_000,
    }
    return trade(n, **(made | fields))


@in_chromium
async def test_whales_are_marked_over_the_whole_range(
    open_page: Opener, stage: MarketStage
) -> None:
    """The largest of all, beside the price and not in a crowd; the others are counted."""
    stage.whales = [whale(n) for n in range(100)]
    page = await open_page(MARKET_PATH)
    await until_ready(page)

    told = page.locator("[data-whales]")
    await expect(told).to_contain_text("60 largest of 100 whales, ≥ $1k")
    (asked,) = [each for each in stage.asked if "sort=largest" in each]
    assert "limit=60" in asked
    assert int(await told.get_attribute("data-marks") or 0) in range(25, 49)
    left, right = await page.evaluate(MARKED)
    assert left < 0.1
    assert 0.3 < right < 0.6, "the sixty largest are of the earlier part"
    live = whale(200, ts_ms=START_MS + 100, notional_dollars="5000.000000")
    await stage.send_market(delta(8, trades=[live | {"seq": 2_001}]))

    await expect(told).to_contain_text("60 largest of 101 whales")
    left, right = await page.evaluate(MARKED)
    assert right > 0.9


@in_chromium
async def test_pointing_at_the_chart(open_page: Opener, stage: MarketStage) -> None:
    """Tells the step's price, best prices, volume, flow and whales; so does the table."""
    stage.whales = [whale(n) for n in range(100)]
    page = await open_page(MARKET_PATH)
    await until_ready(page)
    host = page.locator("[data-chart] .host")
    box = await host.bounding_box()
    assert box is not None

    await page.mouse.move(box["x"] + 40, box["y"] + 60)

    legend = page.locator("[data-chart] .legend")
    await expect(legend).to_contain_text(re.compile(r"bid \d+¢, ask \d+¢"))
    await expect(legend).to_contain_text("contracts")
    await expect(legend).to_contain_text(re.compile(r"NO whales? \$"))
    assert await host.bounding_box() == box
    await page.get_by_role("button", name="Table", exact=True).click()
    cells = page.locator("[data-chart] tbody td:last-child")
    await expect(cells.filter(has_text="NO whale").first).to_be_visible()


@in_chromium
async def test_a_server_that_cannot_tell_of_whales(
    open_page: Opener, stage: MarketStage
) -> None:
    """No mark is made up of the few prints that are known; it is said."""
    stage.whales = []
    page = await open_page(MARKET_PATH)
    await until_ready(page)
    told = page.locator("[data-chart] .legend")
    await expect(told).to_contain_text("no whales, ≥ $1k")

    stage.answers[f"/api/markets/{OPEN_TICKER}/trades"] = {"trades": []}
    await page.get_by_role("button", name="6h", exact=True).click()

    await expect(told).to_contain_text("whales are not known")
