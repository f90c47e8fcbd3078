"""The page in a real Chromium: what it shows, asks for, and says of itself."""

import json
from typing import Any

import pytest
from playwright.async_api import Page, expect

from tests.page_browser import DESK, PHONE, Opener, in_chromium, next_of
from tests.page_stage import Stage, delta, row, snapshot, trade

pytest_plugins = ["tests.page_fixtures"]

FIGURES = (
    "title",
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


async def tickers(page: Page) -> list[str]:
    return await page.eval_on_selector_all(
        "tr[data-ticker]", "rows => rows.map(row => row.dataset.ticker)"
    )


async def until_tickers(page: Page, expected: list[str]) -> None:
    await page.wait_for_function(
        "expected => JSON.stringify([...document.querySelectorAll('tr[data-ticker]')]"
        ".map(row => row.dataset.ticker)) === expected",
        arg=json.dumps(expected, separators=(",", ":")),
    )


def figure(page: Page, ticker: str, field: str) -> Any:
    return page.locator(f'tr[data-ticker="{ticker}"] [data-field="{field}"]')


def ticker(n: int) -> str:
    return str(row(n)["market_ticker"])


# What the table shows


@in_chromium
async def test_table_is_the_snapshot(open_page: Opener, stage: Stage) -> None:
    """Every figure of every row is the stream's own string, in the server's order."""
    page = await open_page()
    await expect(page.locator("tr[data-ticker]")).to_have_count(50)

    shown = await page.eval_on_selector_all(
        "tr[data-ticker]",
        """rows => rows.map(row => Object.fromEntries(
            [...row.querySelectorAll('[data-value]'),
             ...row.querySelectorAll('th[data-field=title]:not([data-value])')]
            .map(cell => [cell.dataset.field, cell.dataset.value ?? null])))""",
    )
    sent = snapshot()["hot_markets"]
    assert await tickers(page) == [each["market_ticker"] for each in sent]
    assert shown == [
        {key: None if each[key] is None else str(each[key]) for key in FIGURES}
        for each in sent
    ]
    table = page.locator("table[data-window]")
    await expect(table).to_have_attribute("data-window", "5m")
    await expect(table).to_have_attribute("data-settled", "true")
    await expect(table).to_have_attribute(
        "data-window-to-ms", str(snapshot()["window_to_ms"])
    )


@in_chromium
async def test_deltas_are_applied_and_ranked(open_page: Opener, stage: Stage) -> None:
    """Changed, entered and left rows; the order follows within seconds."""
    page = await open_page()
    await expect(page.locator("tr[data-ticker]")).to_have_count(50)

    await stage.send(
        delta(
            8,
            hot_markets=[
                {"market_ticker": ticker(3), "notional_dollars": "900000.000001"},
                row(60, notional_dollars="800000.000000"),
            ],
            left=[ticker(0)],
            window_to_ms=77,
        )
    )

    await expect(figure(page, ticker(3), "notional_dollars")).to_have_attribute(
        "data-value", "900000.000001"
    )
    await expect(page.locator("table[data-window]")).to_have_attribute(
        "data-window-to-ms", "77"
    )
    rest = [ticker(n) for n in range(1, 50) if n != 3]
    await until_tickers(page, [ticker(3), ticker(60), *rest])


@in_chromium
async def test_order_is_held_under_the_pointer(open_page: Opener, stage: Stage) -> None:
    """Figures go on changing under the pointer, rows do not jump away from it."""
    page = await open_page(clock=True)
    await page.locator("tr[data-ticker]").nth(1).hover()
    change = {"market_ticker": ticker(5), "notional_dollars": "900000.000000"}
    await stage.send(delta(8, hot_markets=[change]))
    moved = figure(page, ticker(5), "notional_dollars")
    await expect(moved).to_have_attribute("data-value", "900000.000000")

    await page.clock.run_for(5000)
    await stage.send(delta(9, hot_markets=[{**change, "trade_count": 9}]))
    await expect(figure(page, ticker(5), "trade_count")).to_have_attribute(
        "data-value", "9"
    )
    held = await tickers(page)
    await page.mouse.move(1, 1)
    await page.clock.run_for(5000)

    assert held == [ticker(n) for n in range(50)]
    assert (await tickers(page))[0] == ticker(5)


@in_chromium
@pytest.mark.parametrize("size", [DESK, PHONE])
async def test_a_quote_stands_below_the_price(
    open_page: Opener, stage: Stage, size: tuple[int, int]
) -> None:
    """Bid and ask; a side that is empty is a dash; a market without quotes has none."""
    rows = snapshot()["hot_markets"]
    rows[0] |= {"yes_bid_dollars": "0.3300", "yes_ask_dollars": "0.3500"}
    rows[1] |= {"yes_bid_dollars": None, "yes_ask_dollars": "0.0400"}
    stage.greeting = snapshot(hot_markets=rows)
    page = await open_page(size=size)

    touches = page.locator("[data-touch]")

    await expect(touches).to_have_count(2)
    await expect(touches.nth(0)).to_have_text("33¢ / 35¢")
    await expect(touches.nth(1)).to_have_text("\N{EN DASH} / 4¢")


@in_chromium
async def test_hole_asks_for_a_snapshot(open_page: Opener, stage: Stage) -> None:
    """A missing delta is not guessed over: the page asks, and shows the answer."""
    page = await open_page()
    await expect(page.locator("tr[data-ticker]")).to_have_count(50)

    await stage.send(delta(9, left=[ticker(0)]))

    assert await next_of(stage.requests) == {"type": "get_snapshot"}
    assert (await tickers(page))[0] == ticker(0)
    await stage.send(snapshot(offset=9, hot_markets=[row(4)]), delta(10))
    await until_tickers(page, [ticker(4)])
    assert stage.requests.empty()


@in_chromium
async def test_hostile_text_stays_text(open_page: Opener, stage: Stage) -> None:
    """Markup in titles and tickers is shown, never parsed."""
    evil = "<img src=x onerror=alert(1)><script>alert(2)</script>{@html 1}"
    stage.greeting = snapshot(
        hot_markets=[row(0, title=evil), row(1, market_ticker=evil, title=None)],
        recent_trades=[trade(1, market_ticker=evil)],
        whales=[trade(1, market_ticker=evil)],
    )
    page = await open_page()

    for place in ("th[data-field=title] .title", "tr[data-trade] .market", "li .name"):
        await expect(page.locator(place).first).to_have_text(evil)
    assert await page.locator("#page :is(img, script, iframe)").count() == 0


# What the reader asks for


@in_chromium
async def test_window_and_sort_are_asked_for_and_kept(
    open_page: Opener, stage: Stage
) -> None:
    """Window and header clicks subscribe, stand in the address, outlive the socket;
    the next one goes on where it stopped."""
    page = await open_page()
    await page.get_by_role("button", name="15m", exact=True).click()
    first = await next_of(stage.requests)
    await stage.send(snapshot("15m"))
    await expect(page.locator("table[data-window='15m']")).to_be_visible()
    await page.get_by_role("button", name="Volume").click()
    second = await next_of(stage.requests)

    assert (first["type"], second["type"]) == ("subscribe", "subscribe")
    assert first["subscription"] == {
        "window": "15m",
        "sort": "notional",
        "limit": 100,
    }
    assert second["subscription"] == first["subscription"] | {"sort": "volume"}
    await expect(page).to_have_url(f"{stage.url}/?w=15m&sort=volume")
    turned = [row(n, volume_fp=f"{n + 1}.00") for n in range(50)]
    await stage.send(snapshot("15m", "volume", hot_markets=turned))
    header = page.get_by_role("columnheader", name="Volume")
    await expect(header).to_have_attribute("aria-sort", "descending")
    # What was chosen is ranked at once, not when the next ranking is due.
    await expect(page.locator("table[data-sort=volume]")).to_have_attribute(
        "data-settled", "true", timeout=1_000
    )
    await stage.hang_up()
    await page.get_by_role("button", name="Retry now").click()
    asked = await next_of(stage.connects)
    assert asked == "window=15m&sort=volume&limit=100&since=e1:7"


@in_chromium
async def test_a_link_opens_its_window(open_page: Opener, stage: Stage) -> None:
    """The address chooses the first subscription; a refused change is taken back."""
    stage.greeting = snapshot("1h")
    page = await open_page("/?w=1h&sort=nonsense")
    await expect(page.get_by_role("button", name="1h")).to_have_attribute(
        "aria-pressed", "true"
    )

    await page.get_by_role("button", name="1m", exact=True).click()
    asked = await next_of(stage.requests)
    await stage.send(
        {"type": "error", "id": asked["id"], "code": "bad_parameter", "message": "No."}
    )

    await expect(page.get_by_role("button", name="1h")).to_have_attribute(
        "aria-pressed", "true"
    )
    assert "w=1h" in page.url


# Tape and whales


@in_chromium
async def test_tape(open_page: Opener, stage: Stage) -> None:
    """Newest first, 40 rows, a late trade in its place; scrolling down holds it."""
    page = await open_page()
    rows = page.locator("tr[data-trade]")
    await expect(rows).to_have_count(40)

    late = trade(2001, ts_ms=trade(1999)["ts_ms"] - 1)
    await stage.send(delta(8, trades=[late, trade(2002)]))

    expected = [trade(seq)["trade_id"] for seq in (2002, 2000, 1999, 2001)]
    for place, trade_id in enumerate(expected):
        await expect(rows.nth(place)).to_have_attribute("data-trade", trade_id)
    await expect(rows).to_have_count(40)
    scroller = page.get_by_role("region", name="Live tape, scrollable")
    await scroller.evaluate("e => e.scrollTo(0, 200)")
    await stage.send(delta(9, trades=[trade(2003)]))
    newer = page.get_by_role("button", name="1 newer")
    await expect(newer).to_be_visible()
    await expect(rows.first).to_have_attribute("data-trade", expected[0])
    await newer.click()
    await expect(rows.first).to_have_attribute("data-trade", trade(2003)["trade_id"])


@in_chromium
async def test_whales(open_page: Opener, stage: Stage) -> None:
    """Latest or largest first; a new one enters, one older than the window leaves."""
    small = trade(100, notional_dollars="1000.000000", ts_ms=5000)
    large = trade(200, notional_dollars="3000.000000", ts_ms=4000)
    new = trade(300, notional_dollars="2000.000000", ts_ms=6000)
    stage.greeting = snapshot(whales=[large, small])
    page = await open_page()
    shown = page.locator("li[data-whale]")
    await expect(shown.first).to_have_attribute("data-whale", small["trade_id"])

    await stage.send(delta(8, whales=[new], window_from_ms=4000))
    await expect(shown).to_have_count(3)
    await page.get_by_role("button", name="largest", exact=True).click()
    await expect(shown.first).to_have_attribute("data-whale", large["trade_id"])
    await stage.send(delta(9, window_from_ms=4001))

    await expect(shown).to_have_count(2)
    await expect(page.locator("[data-kpi=largest]")).to_contain_text("$2.00k")
