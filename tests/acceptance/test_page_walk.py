"""From the table into markets and events and back, by hand and by key, against the API.

The board stands still, so each figure of what is open equals the server's answer.
"""

import re
from collections.abc import AsyncIterator
from decimal import Decimal
from urllib.parse import parse_qsl, urlsplit

import pytest
import pytest_asyncio
from playwright.async_api import BrowserContext, Locator, Page, expect

from tests.acceptance.page_live import board_of, figures_of, until_shown, visiting
from tests.acceptance.page_standing import Row, Standing, paid, standing
from tests.page_browser import browser_test

pytestmark = [
    pytest.mark.slow,
    pytest.mark.browser,
    browser_test,
    pytest.mark.asyncio(loop_scope="module"),
]

WINDOWS = ("1m", "5m", "15m", "1h", "24h")
RANGES = ("15m", "6h", "1d", "all", "1h")
ROWS, PRINTS = 100, 40
LARGEST, LINES = 20, 6
WHALE = 1_000


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def still(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Standing]:
    """A board of which every figure stays as it is."""
    async with standing(tmp_path_factory.mktemp("walk")) as made:
        yield made


def single(still: Standing) -> list[Row]:
    """Return the rows that the table shows, flat, by dollars."""
    return [row for row in still.rows if not row["market_ticker"].startswith("KXMVE")]


async def told(page: Page, path: str, key: str) -> list[str]:
    """Return one attribute of all elements at `path`."""
    found: list[str] = await page.locator(path).evaluate_all(
        "(each, key) => each.map((one) => one.dataset[key])", key
    )
    return found


async def view_of(page: Page) -> dict[str, str]:
    """Return the view that the address holds."""
    return dict(parse_qsl(urlsplit(await page.evaluate("location.href")).query))


async def ready(page: Page, ticker: str) -> Locator:
    """Wait until a market is open and drawn."""
    drawer = page.locator(f'[data-market="{ticker}"]')
    await expect(drawer).to_have_attribute("data-live", "true")
    await expect(drawer).to_have_attribute("data-state", "ready")
    return drawer


async def test_a_market_tells_what_the_server_knows(still: Standing) -> None:
    """Prices, figures of the window, end, siblings, prints, rule, chart in each range:
    opened from the table, with the way to the exchange's own page."""
    row = next(row for row in single(still) if row["yes_bid_dollars"])
    ticker = row["market_ticker"]
    its = await still.board.get(f"/api/markets/{ticker}")
    market, event, window = its["market"], its["event"], its["windows"]["1h"]
    async with visiting(still.browser, f"{still.board.base}/?w=1h&group=flat") as page:
        await page.locator(f'tr[data-ticker="{ticker}"] .open').click()
        drawer = await ready(page, ticker)
        figures = await figures_of(page, f'[data-market="{ticker}"]')

        bid, ask = Decimal(row["yes_bid_dollars"]), Decimal(row["yes_ask_dollars"])
        for name in ("change_dollars", "net_flow_fp", "notional_dollars"):
            assert figures[name] == window[name], name
        assert figures["trade_count"] == str(window["trade_count"])
        assert figures["yes_price_dollars"] == market["yes_price_dollars"]
        assert Decimal(figures["buy_yes"] or 0) == ask
        assert Decimal(figures["buy_no"] or 0) == 1 - bid
        assert Decimal(figures["spread_dollars"] or 0) == ask - bid
        assert figures["open_interest_fp"] == market["open_interest_fp"]
        assert figures["ends_ts_ms"] == str(market["ends_ts_ms"])
        assert await told(page, "[data-print]", "print") == [
            trade["trade_id"] for trade in its["trades"][:PRINTS]
        ]
        assert await told(page, "[data-sibling]", "sibling") == [
            each["market_ticker"] for each in event["markets"]
        ]
        link = drawer.get_by_role("link", name=re.compile("Kalshi"))
        series = market["series_ticker"].lower()
        assert (await link.get_attribute("href") or "").startswith(
            f"https://kalshi.com/markets/{series}"
        )
        await drawer.get_by_text("Settlement rule").click()
        await expect(drawer.locator("details p").first).to_have_text(
            its["rules"]["rules_primary"]
        )
        chart = page.locator("[data-chart]")
        for name in RANGES:
            await chart.get_by_role("button", name=name, exact=True).click()
            sentence = chart.get_by_role(
                "img", name=re.compile(f"^YES price over {name}")
            )
            await expect(sentence).to_be_visible()
            await expect(chart).to_have_attribute("data-chart", "ready")
            assert await chart.locator("canvas").count() > 0


async def test_the_way_through_markets(still: Standing) -> None:
    """Next and previous by key and by button, a sibling, the event and back: each place
    has its address, and Esc leads to the row that was opened."""
    first, second, third = [row["market_ticker"] for row in single(still)][:3]
    base = still.board.base
    async with visiting(still.browser, f"{base}/?w=1h&group=flat") as page:
        await until_shown(lambda: board_of(page), lambda s: s["tickers"])
        await page.keyboard.press("j")
        await expect(page.locator(f'tr[data-ticker="{first}"] .open')).to_be_focused()
        await page.keyboard.press("Enter")
        await ready(page, first)
        await page.keyboard.press("j")
        await ready(page, second)
        await page.get_by_role("button", name="Next market").click()
        await ready(page, third)
        await page.keyboard.press("k")
        await ready(page, second)
        await expect(page).to_have_url(f"{base}/m/{second}?w=1h&group=flat")
        await page.keyboard.press("s")
        stars = f'tr[data-ticker="{second}"] [aria-pressed=true]'
        await expect(page.locator(stars)).to_have_count(1)
        sibling = page.locator("[data-sibling]:not([aria-current])").first
        name = await sibling.get_attribute("data-sibling")
        assert name is not None
        await sibling.click()
        await ready(page, name)
        await (
            page.get_by_role("navigation", name="Markets of this event")
            .get_by_role("button")
            .last.click()
        )
        await expect(page.locator("[data-event]")).to_be_visible()
        await page.go_back()
        await ready(page, name)
        await page.keyboard.press("Escape")
        await expect(page.locator("[data-drawer]")).to_have_count(0)
        assert urlsplit(page.url).path == "/"
        await page.locator("[data-whale] button").first.click()
        await expect(page.locator("[data-market]")).to_have_count(1)
        await page.get_by_role("button", name="Close", exact=True).click()
        await page.locator("[data-trade] button").first.click()
        await expect(page.locator("[data-market]")).to_have_count(1)


@pytest.mark.parametrize("kind", ["ladder", "two_leg", "exclusive"])
async def test_an_event_tells_what_the_server_knows(still: Standing, kind: str) -> None:
    """Flow of each window in one direction, every market, its largest prints, prices of
    the leading markets over time, and what a ladder implies."""
    events = (await still.board.get("/api/events", window="1h", limit=100))["events"]
    event = next(each for each in events if each["kind"] == kind)["event_ticker"]
    its = await still.board.get(f"/api/events/{event}", window="1h")
    by_dollars = sorted(
        its["markets"], key=lambda member: -Decimal(member["notional_dollars"])
    )
    leading = [member["market_ticker"] for member in by_dollars][:LINES]
    members = {member["market_ticker"] for member in its["markets"]}
    whales = [
        trade
        for trade in still.trades.values()
        if trade["ticker"] in members and paid(trade) >= WHALE
    ]
    whales.sort(key=lambda trade: (-paid(trade), -trade["ts_ms"]))
    largest = [trade["trade_id"] for trade in whales][:LARGEST]
    async with visiting(still.browser, f"{still.board.base}/e/{event}?w=1h") as page:
        await expect(page.locator("[data-member]")).to_have_count(its["count"])
        prints = page.locator("[data-event] [data-largest]")
        await expect(prints).to_have_attribute("data-largest", str(len(largest)))

        assert await told(page, "[data-member]", "member") == [
            member["market_ticker"] for member in its["markets"]
        ]
        flows = {name: flow for name, flow in its["flows"].items() if flow}
        assert await told(page, "[data-flow]", "flow") == [
            window for window in WINDOWS if window in flows
        ]
        # Shorter windows slide while we look.
        for window in ("1h", "24h"):
            for name in ("net_flow_fp", "notional_dollars"):
                value = flows[window][name]
                cell = page.locator(f"[data-flow='{window}'] [data-field={name}]")
                if value is not None:
                    await expect(cell).to_have_attribute("data-value", value)
        assert await told(page, "[data-event] [data-print]", "print") == largest
        lines = await until_shown(lambda: told(page, "[data-line]", "line"), bool)
        assert sorted(lines) == sorted(leading)
        await expect(page.locator("[data-event] [data-chart]")).to_have_attribute(
            "data-chart", "ready"
        )
        bars = page.locator("[data-distribution]")
        if kind == "ladder":
            points = len(its["implied"]["points"])
            await expect(bars).to_have_attribute("data-distribution", str(points + 1))
        else:
            await expect(bars).to_have_count(0)


def net_dollars(event: Row) -> tuple[bool, Decimal]:
    """Return the dollars of an event's net contracts, at their takers' average price."""
    net = Decimal(event["net_flow_fp"] or 0)
    if not net or not event["plus_side"]:
        return False, Decimal(event["notional_dollars"])
    paid = event["plus_flow_dollars" if net > 0 else "minus_flow_dollars"]
    taken = (Decimal(event["volume_fp"]) + abs(net)) / 2
    return True, Decimal(paid) * abs(net) / taken


async def test_the_strip_names_the_largest_flows(still: Standing) -> None:
    """Its events are the largest flows in dollars, and lead to their pages; its dollars
    and its mover are of the same window."""
    events = await still.board.get("/api/events", window="1h", sort="flow", limit=12)
    flows = sorted(events["events"], key=net_dollars, reverse=True)
    stats = await still.board.get("/api/stats", window="1h")
    first = [each["event_ticker"] for each in flows]
    listed = single(still)[:ROWS]
    mover = max(listed, key=lambda row: abs(Decimal(row["change_dollars"])))
    async with visiting(still.browser, f"{still.board.base}/?w=1h") as page:
        shown = await until_shown(
            lambda: told(page, "[data-strip-event]", "stripEvent"), bool
        )
        assert shown == first[: len(shown)]
        dollars = page.locator("p:has([data-kpi=notional])")
        assert str(int(Decimal(stats["notional_dollars"]))) in (
            await dollars.get_attribute("title") or ""
        ).replace(",", "")
        await page.locator("[data-kpi=mover]").click()
        opened = await page.locator("[data-market]").get_attribute("data-market")
        assert opened is not None
        moved = {row["market_ticker"]: row["change_dollars"] for row in still.rows}
        assert abs(Decimal(moved[opened])) == abs(Decimal(mover["change_dollars"]))
        await page.locator("[data-strip-event]").first.click()
        await expect(page.locator(f'[data-event="{first[0]}"]')).to_be_visible()


async def test_search_finds_what_the_server_finds(still: Standing) -> None:
    """By `/`, by words of title or ticker; arrows choose, Enter opens, Esc leaves."""
    told_ = await still.board.get("/api/markets", q="high temperature", limit=8)
    found = [market["market_ticker"] for market in told_["markets"]]
    async with visiting(still.browser, still.board.base) as page:
        await until_shown(lambda: board_of(page), lambda s: s["tickers"])
        await page.keyboard.press("/")
        field = page.get_by_role("combobox", name="Search markets")
        await expect(field).to_be_focused()
        await page.keyboard.type("high temperature")
        options = page.get_by_role("listbox").get_by_role("option")
        await expect(options).to_have_count(len(found))
        for at, ticker in enumerate(found):
            await expect(options.nth(at)).to_contain_text(ticker)
        assert await options.locator("mark").count() >= len(found)
        await page.keyboard.press("ArrowDown")
        await page.keyboard.press("Enter")

        await ready(page, found[1])


async def test_every_key(still: Standing) -> None:
    """Window, side, least size, watchlist, grouping, theme, link, sound, summary, help:
    one key each, and none while somebody types."""
    pressed = "y n b m g w"
    expected = [
        {"side": "yes"},
        {"side": "no"},
        {},
        {"min": "100"},
        {"min": "100", "group": "flat"},
        {"min": "100", "group": "flat", "watch": "1"},
    ]

    async def may_copy(context: BrowserContext) -> None:
        await context.grant_permissions(["clipboard-read", "clipboard-write"])

    async with visiting(still.browser, still.board.base, prepare=may_copy) as page:
        await until_shown(lambda: board_of(page), lambda s: s["tickers"])
        table, said = page.locator("table[data-window]"), page.get_by_role("status")
        for number, window in enumerate(WINDOWS, 1):
            await page.keyboard.press(str(number))
            await expect(table).to_have_attribute("data-window", window)
        await page.keyboard.press("2")
        for key, view in zip(pressed.split(), expected, strict=True):
            await page.keyboard.press(key)
            await until_shown(
                lambda: view_of(page), lambda asked, view=view: asked == view
            )
        await page.keyboard.press("w")
        root = page.locator("html")
        for theme in ("dark", "light"):
            await page.keyboard.press("t")
            await expect(root).to_have_attribute("data-theme", theme)
        await page.keyboard.press("t")
        await expect(root).not_to_have_attribute("data-theme", "light")
        await page.keyboard.press("c")
        await expect(said).to_contain_text("Link copied")
        assert await page.evaluate("navigator.clipboard.readText()") == page.url
        await page.keyboard.press("o")
        await expect(said).to_contain_text("Sound on")
        await page.keyboard.press("o")
        await expect(said).to_contain_text("Sound off")
        await page.keyboard.press("Shift+R")
        await expect(said).to_contain_text("in 5m")
        for key, name in (("?", "Keys"), ("a", "Settings")):
            await page.keyboard.press(key)
            dialog = page.get_by_role("dialog", name=re.compile(name))
            await expect(dialog).to_be_visible()
            await page.keyboard.press("Escape")
            await expect(dialog).to_be_hidden()
        before = page.url
        await page.keyboard.press("Control+k")
        field = page.get_by_role("combobox", name="Search markets")
        await expect(field).to_be_focused()
        await page.keyboard.type("nyw1 t")
        await expect(field).to_have_value("nyw1 t")
        assert page.url == before
