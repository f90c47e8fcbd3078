"""The page in Chromium against the API, on a board that a tape has filled."""

import asyncio
import time
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Page, async_playwright

from tests.acceptance.made_tape import make_trades, write_tape
from tests.acceptance.processes import Board, serving, simulating
from tests.page_browser import CHROMIUM, CHROMIUM_ARGUMENTS, browser_test

pytestmark = [pytest.mark.slow, pytest.mark.browser, browser_test]

TRADES = 3_000
ROWS, ROWS_MIN = 100, 50
AGREE_S = 30.0
READ = """() => {
  const table = document.querySelector('table[data-window]');
  return {
    window: table?.dataset.window,
    to_ms: Number(table?.dataset.windowToMs),
    settled: table?.dataset.settled,
    rows: [...document.querySelectorAll('tr[data-ticker]')].map((row) => ({
      market_ticker: row.dataset.ticker,
      ...Object.fromEntries([...row.querySelectorAll('[data-field][data-value]')]
        .map((cell) => [cell.dataset.field, cell.dataset.value])),
    })),
  };
}"""
FIGURES = (
    "market_ticker",
    "heat",
    "yes_price_dollars",
    "change_dollars",
    "net_flow_fp",
    "yes_flow_dollars",
    "no_flow_dollars",
    "volume_fp",
    "notional_dollars",
    "trade_count",
)


@pytest.mark.parametrize("window", ["5m", "1h"])
async def test_table_equals_the_api(tmp_path: Path, window: str) -> None:
    """Once both name the same end of the window, every figure of every row is equal, in
    the same order; the browser has nothing to complain of."""
    tape = write_tape(tmp_path / "tape.jsonl", make_trades(TRADES, seed=7))
    options = ("--tape", tape, "--speed", "max", "--keep-times")
    complaints: list[str] = []

    async with (
        simulating(*options, folder=tmp_path) as exchange,
        serving(exchange, folder=tmp_path) as board,
        async_playwright() as playwright,
    ):
        browser = await playwright.chromium.launch(
            executable_path=CHROMIUM, args=CHROMIUM_ARGUMENTS
        )
        page = await opened(await browser.new_page(), complaints)
        await page.goto(f"{board.base}/?w={window}&group=flat")
        await board.until("/api/stats", lambda s: s["trades_total"] == TRADES)
        shown, answer = await both(page, board, window)
        await browser.close()

    assert complaints == []
    assert shown["window"] == window
    assert len(shown["rows"]) >= ROWS_MIN
    assert [figures(row) for row in shown["rows"]] == [
        figures(row) for row in answer["hot_markets"]
    ]


def figures(row: dict[str, Any]) -> dict[str, str]:
    return {name: str(row[name]) for name in FIGURES}


async def opened(page: Page, complaints: list[str]) -> Page:
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on(
        "console",
        lambda said: (
            complaints.append(said.text) if said.type in ("error", "warning") else None
        ),
    )
    # What is closed lets go of its questions: that is no failure.
    page.on(
        "requestfailed",
        lambda request: (
            complaints.append(request.url)
            if request.failure != "net::ERR_ABORTED"
            else None
        ),
    )
    await page.add_init_script(
        "addEventListener('securitypolicyviolation',"
        " (e) => console.error('CSP: ' + e.violatedDirective))"
    )
    return page


async def both(
    page: Page, board: Board, window: str
) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return table and answer of one and the same window."""
    deadline_s = time.monotonic() + AGREE_S
    while True:
        shown = await page.evaluate(READ)
        answer = await board.get("/api/markets/hot", window=window, limit=ROWS)
        again = await page.evaluate(READ)
        # The table was the same before and after: no frame came between.
        settled = shown == again and shown["settled"] == "true"
        if settled and shown["to_ms"] == answer["window_to_ms"]:
            return shown, answer
        assert time.monotonic() < deadline_s, (shown["settled"], shown["to_ms"])
        await asyncio.sleep(0.05)
