"""A market and an event beside the board, in a real Chromium."""

import re
from collections.abc import AsyncIterator
from typing import Any

import pytest_asyncio
from playwright.async_api import Page, expect

from tests.page_browser import PHONE, Opener, in_chromium, next_of
from tests.page_market_stage import (
    EVENT,
    MarketStage,
    market,
    market_page,
    quote,
)
from tests.page_stage import START_MS, delta, row, snapshot, trade

pytest_plugins = ["tests.page_fixtures"]

OPEN_TICKER = str(row(2)["market_ticker"])
MARKET_PATH = f"/m/{OPEN_TICKER}"
SWIPE = """() => {
    const head = document.querySelector('[data-drawer] header');
    const at = y => new Touch({identifier: 1, target: head, clientX: 9, clientY: y});
    head.dispatchEvent(new TouchEvent('touchstart', {touches: [at(10)]}));
    head.dispatchEvent(new TouchEvent('touchend', {changedTouches: [at(200)]}));
}"""


@pytest_asyncio.fixture(loop_scope="module")
async def stage() -> AsyncIterator[MarketStage]:
    """A server that greets with a whole board, and tells of its markets."""
    async with MarketStage().open() as opened:
        yield opened


def drawer(page: Page) -> Any:
    return page.locator("[data-drawer]")


def field(page: Page, name: str) -> Any:
    return page.locator(f'[data-market] [data-field="{name}"]')


def opener(page: Page, ticker: str) -> Any:
    return page.locator(f'tr[data-ticker="{ticker}"] .open')


# Opening and closing


@in_chromium
async def test_a_market_opens_beside_the_table(
    open_page: Opener, stage: MarketStage
) -> None:
    """The table stays and stays live; Esc closes, and the focus is where it was."""
    page = await open_page()
    await opener(page, OPEN_TICKER).click()

    await expect(drawer(page)).to_be_visible()
    assert page.url.endswith(MARKET_PATH)
    asked = await next_of(stage.market_connects)
    assert f"tickers={OPEN_TICKER}" in asked
    assert "window=5m" in asked
    change = {"market_ticker": row(0)["market_ticker"], "trade_count": 4242}
    await stage.send(delta(8, hot_markets=[change]))
    first = page.locator(f'tr[data-ticker="{row(0)["market_ticker"]}"]')
    await expect(first).to_be_visible()
    table = await page.locator("table[data-window]").bounding_box()
    beside = await drawer(page).bounding_box()
    assert table is not None
    assert beside is not None
    assert table["x"] + table["width"] <= beside["x"]

    await page.keyboard.press("Escape")

    await expect(drawer(page)).to_have_count(0)
    await expect(opener(page, OPEN_TICKER)).to_be_focused()
    assert page.url == f"{stage.url}/"


@in_chromium
async def test_a_link_to_a_market_keeps_the_view(
    open_page: Opener, stage: MarketStage
) -> None:
    """Back and forward walk through what was open; the view stays in the address."""
    page = await open_page(f"{MARKET_PATH}?sort=volume")
    await expect(page.locator("[data-market]")).to_have_attribute(
        "data-market", OPEN_TICKER
    )

    await page.locator("[data-sibling]").nth(4).click()
    sibling = str(row(4)["market_ticker"])
    await expect(page.locator("[data-market]")).to_have_attribute(
        "data-market", sibling
    )
    await page.get_by_role("button", name=re.compile("^All 5")).click()
    await expect(page.locator(f'[data-event="{EVENT}"]')).to_be_visible()
    assert page.url.endswith(f"/e/{EVENT}?sort=volume")
    await page.go_back()
    await expect(page.locator(f'[data-market="{sibling}"]')).to_be_visible()
    await page.go_forward()
    await drawer(page).get_by_role("button", name="Close", exact=True).click()

    await expect(drawer(page)).to_have_count(0)
    await expect(page).to_have_url(re.compile(r"sort=volume$"))


@in_chromium
async def test_keys_walk_through_the_markets(
    open_page: Opener, stage: MarketStage
) -> None:
    """J and K open the next and the one before; so do the buttons."""
    page = await open_page(MARKET_PATH)
    shown = page.locator("[data-market]")
    await expect(page.locator("tr[data-ticker]")).to_have_count(50)
    tickers = await page.eval_on_selector_all(
        "tr[data-ticker]", "rows => rows.map(row => row.dataset.ticker)"
    )
    place = tickers.index(OPEN_TICKER)

    await page.keyboard.press("j")
    await expect(shown).to_have_attribute("data-market", tickers[place + 1])
    await page.keyboard.press("k")
    await expect(shown).to_have_attribute("data-market", OPEN_TICKER)
    await page.get_by_role("button", name="Previous market").click()
    await expect(shown).to_have_attribute("data-market", tickers[place - 1])
    await page.get_by_role("button", name="Next market").click()

    await expect(shown).to_have_attribute("data-market", OPEN_TICKER)


@in_chromium
async def test_on_a_phone_it_is_a_sheet(open_page: Opener, stage: MarketStage) -> None:
    """It covers the screen, says how the feed is, and goes with a swipe down."""
    stage.greeting = snapshot(mode="demo")
    page = await open_page(MARKET_PATH, size=PHONE)

    await expect(drawer(page).locator("[data-feed=Demo]")).to_be_visible()
    box = await drawer(page).bounding_box()
    assert box == {"x": 0, "y": 0, "width": PHONE[0], "height": PHONE[1]}

    await page.evaluate(SWIPE)

    await expect(drawer(page)).to_have_count(0)
    await expect(page.locator("tr[data-ticker]").first).to_be_visible()


# What it tells


@in_chromium
async def test_a_market_tells_its_prices(open_page: Opener, stage: MarketStage) -> None:
    """Last, what YES and NO cost, spread, open interest, end, figures of the window."""
    page = await open_page(MARKET_PATH)
    await expect(page.locator("[data-market]")).to_have_attribute("data-live", "true")
    touch, its = quote(2), row(2)

    expected = {
        "yes_price_dollars": touch["yes_price_dollars"],
        "buy_yes": touch["yes_ask_dollars"],
        "buy_no": f"{1 - float(touch['yes_bid_dollars']):.4f}",
        "spread_dollars": "0.0200",
        "open_interest_fp": "48210.00",
        "ends_ts_ms": str(START_MS + 12_000_000),
        "change_dollars": its["change_dollars"],
        "net_flow_fp": its["net_flow_fp"],
        "notional_dollars": its["notional_dollars"],
        "trade_count": str(its["trade_count"]),
    }
    for name, value in expected.items():
        await expect(field(page, name)).to_have_attribute("data-value", value)
    await expect(field(page, "ends_ts_ms")).to_contain_text("in 3 h")
    await expect(field(page, "ends_ts_ms")).to_contain_text("trading closes")
    await expect(page.locator("[data-usual]")).to_contain_text("a print of $14")
    link = page.get_by_role("link", name="Open on Kalshi")
    await expect(link).to_have_attribute(
        "href", "https://kalshi.com/markets/kxsample/market/kxsample-26nov21"
    )
    rule = page.get_by_text("If the price is above the strike")
    await expect(rule).to_be_hidden()
    await page.get_by_text("Settlement rule").click()
    await expect(rule).to_be_visible()
    await expect(page.get_by_role("link", name="An index")).to_be_visible()
    assert await page.locator("a[href^=javascript]").count() == 0


@in_chromium
async def test_a_market_is_live(open_page: Opener, stage: MarketStage) -> None:
    """Prints and prices follow its own stream, with each print against the usual one."""
    page = await open_page(MARKET_PATH)
    shown = page.locator("[data-print]")
    await expect(shown).to_have_count(40)
    await expect(page.locator("[data-market]")).to_have_attribute("data-live", "true")

    new = trade(
        90,
        market_ticker=OPEN_TICKER,
        ts_ms=START_MS + 50,
        notional_dollars="168.000000",
    )
    foreign = trade(91, ts_ms=START_MS + 60, market_ticker="KXELSE-1")
    change = {
        "market_ticker": OPEN_TICKER,
        "yes_price_dollars": "0.4550",
        "yes_ask_dollars": None,
    }
    await stage.send_market(delta(8, trades=[new, foreign], hot_markets=[change]))

    await expect(shown.first).to_have_attribute("data-print", new["trade_id"])
    await expect(shown.first).to_contain_text("12\N{MULTIPLICATION SIGN}")
    await expect(shown).to_have_count(40)
    price = field(page, "yes_price_dollars")
    await expect(price).to_have_text("45.5¢")
    await expect(field(page, "buy_yes")).to_have_text("\N{EN DASH}")


@in_chromium
async def test_a_market_comes_back_with_the_board(
    open_page: Opener, stage: MarketStage
) -> None:
    """It does not wait for its own next try when the server is there again."""
    page = await open_page(MARKET_PATH)
    market = page.locator("[data-market]")
    await expect(market).to_have_attribute("data-live", "true")
    stage.accepting = False
    await stage.hang_up()
    for _ in range(4):  # Two of the board, two of the market: each waits 4 s now.
        assert await next_of(stage.connects) == "refused"

    stage.accepting = True
    await page.get_by_role("button", name="Retry now").click()

    await expect(market).to_have_attribute("data-live", "true", timeout=3_000)


@in_chromium
async def test_a_paused_board_pauses_the_market(
    open_page: Opener, stage: MarketStage
) -> None:
    """Nothing moves until it goes on; then everything that came is there."""
    page = await open_page(MARKET_PATH)
    await expect(page.locator("[data-market]")).to_have_attribute("data-live", "true")
    shown = page.locator("[data-print]")
    await expect(shown).to_have_count(40)
    before = await shown.first.get_attribute("data-print")
    await page.get_by_role("button", name="Pause").click()

    new = trade(90, market_ticker=OPEN_TICKER, ts_ms=START_MS + 50)
    await stage.send_market(delta(8, trades=[new]))
    # The board counts what comes while it is paused: the market's print was before it.
    await stage.send(delta(8, trades=[trade(2001)]))
    await expect(page.get_by_role("button", name="Resume")).to_contain_text("1 new")
    held = await shown.first.get_attribute("data-print")
    await page.get_by_role("button", name="Resume").click()

    assert held == before
    await expect(shown.first).to_have_attribute("data-print", new["trade_id"])


@in_chromium
async def test_another_window_is_of_the_market_too(
    open_page: Opener, stage: MarketStage
) -> None:
    """The window rules the market's figures as it rules the table's."""
    page = await open_page(MARKET_PATH)
    await next_of(stage.market_connects)

    await page.get_by_role("button", name="1h", exact=True).first.click()
    await stage.send(snapshot("1h"))

    assert "window=1h" in await next_of(stage.market_connects)
    await expect(page.locator("[data-market] dt").filter(has_text="1h")).to_have_count(
        4
    )


@in_chromium
async def test_a_settled_market_tells_its_payout(
    open_page: Opener, stage: MarketStage
) -> None:
    """The result in a word, and what each side is paid; nothing is guessed."""
    yes = {"status": "settled", "result": "yes", "settlement_value_dollars": "1.0000"}
    no = {"status": "finalized", "result": "no", "settlement_value_dollars": None}
    cases: list[tuple[dict[str, Any], str, str]] = [
        (yes, "yes", "Settled: YES A YES pays $1, a NO $0."),
        (no, "no", "Settled: NO A YES pays $0, a NO $1."),
        ({"status": "closed"}, "none", "Closed No result is known yet."),
    ]
    for n, (fields, _, _) in enumerate(cases, start=2):
        ticker = row(n)["market_ticker"]
        page_of = market_page(n, market=market(n, **fields))
        stage.answers[f"/api/markets/{ticker}"] = page_of
    page = await open_page(MARKET_PATH)
    told = page.locator("[data-settlement]")

    for n, (_, side, words) in enumerate(cases, start=2):
        await page.locator("[data-sibling]").nth(n).click()

        await expect(told).to_have_attribute("data-settlement", side)
        await expect(told).to_have_text(words)
        for buy in ("buy_yes", "buy_no"):
            await expect(field(page, buy)).to_have_text("\N{EN DASH}")


@in_chromium
async def test_a_quiet_market(open_page: Opener, stage: MarketStage) -> None:
    """No trade in the window is said, with the time of the last one."""
    stage.market_greeting = snapshot(hot_markets=[], recent_trades=[], whales=[])
    page = await open_page(MARKET_PATH)

    quiet = page.locator("[data-market] [data-state=quiet]")

    await expect(quiet).to_have_text("No trades in the last 5m. Last one 02:59:59.")


@in_chromium
async def test_a_market_that_nobody_knows(
    open_page: Opener, stage: MarketStage
) -> None:
    """It is said; its stream is open all the same, and a first trade shows."""
    greeting = snapshot(hot_markets=[], recent_trades=[], whales=[])
    stage.market_greeting = greeting
    page = await open_page("/m/KXNEW-1")
    await expect(page.get_by_text("Nothing is known here")).to_be_visible()
    await next_of(stage.market_connects)

    first = trade(2001, market_ticker="KXNEW-1")
    await stage.send_market(delta(8, trades=[first]))

    await expect(page.locator("[data-print]")).to_have_count(1)


@in_chromium
async def test_a_combo_tells_its_conditions(
    open_page: Opener, stage: MarketStage
) -> None:
    """Each with the side that it asks for; each opens, and Back leads back."""
    legs = [market(3) | {"side": "yes"}, market(4) | {"side": "no"}]
    stage.answers[f"/api/markets/{OPEN_TICKER}"] = market_page(2, legs=legs)
    page = await open_page(MARKET_PATH)

    shown = page.get_by_role("region", name="Conditions of this combo")
    conditions = shown.get_by_role("listitem")
    await expect(conditions).to_have_count(2)
    await expect(conditions.nth(0)).to_contain_text("YES")
    await expect(conditions.nth(1)).to_contain_text("NO")
    await conditions.nth(1).get_by_role("button").click()
    await expect(page.locator("[data-market]")).to_have_attribute(
        "data-market", str(row(4)["market_ticker"])
    )
    await page.go_back()

    await expect(shown).to_be_visible()


@in_chromium
async def test_hostile_texts_stay_text(open_page: Opener, stage: MarketStage) -> None:
    """Markup in titles, outcomes and rules is shown as it is, and does nothing."""
    bad = "<img src=x onerror=alert(1)>\u202e"
    page_of = market_page(2, market=market(2, outcome=bad))
    page_of["event"] |= {"title": bad, "markets": [market(2, outcome=bad), market(3)]}
    page_of["rules"] |= {"rules_primary": bad}
    stage.answers[f"/api/markets/{OPEN_TICKER}"] = page_of
    page = await open_page(MARKET_PATH)

    heading = drawer(page).get_by_role("heading", level=2)

    await expect(heading).to_have_text(bad[:-1])
    assert await drawer(page).locator("img").count() == 0
