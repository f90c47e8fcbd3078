"""A market and its event on the page, against the API of a board that a tape has filled."""

import re
from pathlib import Path

import pytest
from playwright.async_api import Page, async_playwright, expect

from tests.acceptance.made_tape import make_trades, write_tape
from tests.acceptance.processes import Board, serving, simulating
from tests.acceptance.test_page import opened
from tests.page_browser import CHROMIUM, CHROMIUM_ARGUMENTS, browser_test

pytestmark = [pytest.mark.slow, pytest.mark.browser, browser_test]

TRADES = 3_000


async def test_a_market_is_what_the_api_says(tmp_path: Path) -> None:
    """From its row to its event and back: every figure is the API's, and nothing is
    reported against the page."""
    tape = write_tape(tmp_path / "tape.jsonl", make_trades(TRADES, seed=7))
    options = ("--tape", tape, "--speed", "max", "--keep-times")
    complaints: list[str] = []

    async with (
        simulating(*options, folder=tmp_path) as exchange,
        serving(exchange, folder=tmp_path) as board,
        async_playwright() as playwright,
    ):
        await board.until("/api/stats", lambda s: s["trades_total"] == TRADES)
        browser = await playwright.chromium.launch(
            executable_path=CHROMIUM, args=CHROMIUM_ARGUMENTS
        )
        page = await opened(await browser.new_page(), complaints)
        await page.goto(f"{board.base}/?w=1h")
        opener = page.locator("tr[data-ticker] .open").first
        ticker = await page.locator("tr[data-ticker]").first.get_attribute(
            "data-ticker"
        )
        assert ticker is not None
        await opener.click()

        await compare_market(page, board, ticker)
        await compare_event(page, board, ticker)
        await page.keyboard.press("Escape")
        await expect(page.locator("[data-drawer]")).to_have_count(0)
        await browser.close()

    assert complaints == []


async def compare_market(page: Page, board: Board, ticker: str) -> None:
    """Compare the drawer with /api/markets/{ticker}."""
    its = await board.get(f"/api/markets/{ticker}")
    drawer = page.locator("[data-market]")
    await expect(drawer).to_have_attribute("data-live", "true")

    figures = its["windows"]["1h"]
    expected = {
        "yes_price_dollars": its["market"]["yes_price_dollars"],
        "change_dollars": figures["change_dollars"],
        "net_flow_fp": figures["net_flow_fp"],
        "notional_dollars": figures["notional_dollars"],
        "trade_count": str(figures["trade_count"]),
    }
    for name, value in expected.items():
        shown = drawer.locator(f'[data-field="{name}"]')
        await expect(shown).to_have_attribute("data-value", value)
    prints = await drawer.locator("[data-print]").evaluate_all(
        "each => each.map(row => row.dataset.print)"
    )
    newest = {trade["trade_id"] for trade in its["trades"]}
    assert set(prints) <= newest
    assert len(prints) == min(40, len(newest))
    chart = page.locator("[data-chart]")
    await expect(chart).to_have_attribute("data-chart", "ready")
    sentence = page.get_by_role("img", name=re.compile("^YES price over 1h"))
    await expect(sentence).to_be_visible()


async def compare_event(page: Page, board: Board, ticker: str) -> None:
    """Compare the event's page, reached by its address, with /api/events/{event_ticker}."""
    market = (await board.get(f"/api/markets/{ticker}"))["market"]
    event_ticker = market["event_ticker"] or ticker.rpartition("-")[0]
    its = await board.get(f"/api/events/{event_ticker}", window="1h")
    await page.goto(f"{board.base}/e/{event_ticker}?w=1h")

    await expect(page.locator("[data-member]")).to_have_count(its["count"])
    flow = page.locator("[data-flow='1h'] [data-field=notional_dollars]")
    await expect(flow).to_have_attribute(
        "data-value", its["flows"]["1h"]["notional_dollars"]
    )
