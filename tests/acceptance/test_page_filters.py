"""Every filter, ranking, preset and saved view of the page, against what the API says.

The board stands still, so table, tape and whale list are compared with the server's own
unfiltered answers and the exchange's own list of trades, sifted here in plain Python.
"""

from collections.abc import AsyncIterator, Callable
from decimal import Decimal
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
import pytest_asyncio
from playwright.async_api import Page, expect

from tests.acceptance.page_live import Shown, board_of, until_shown, visiting
from tests.acceptance.page_standing import Row, Standing, paid, standing
from tests.page_browser import browser_test

pytestmark = [
    pytest.mark.slow,
    pytest.mark.browser,
    browser_test,
    pytest.mark.asyncio(loop_scope="module"),
]

ROWS, PRINTS, WHALES = 100, 40, 50
LOOKED_AT = 1_000
# Ranks may wait for 2 s; who clicks a header does not.
AT_ONCE_S = 1.5
WHALE = Decimal(1_000)
HOUR_MS = 3_600_000
RANKS: dict[str, str] = {
    "Volume": "volume",
    "Net flow": "net_flow",
    "Heat": "heat",
    "Dollars": "notional",
}

Passes = Callable[[Row], bool]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def still(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Standing]:
    """A board of which every figure stays as it is."""
    async with standing(tmp_path_factory.mktemp("filters")) as made:
        yield made


def is_combo(row: Row) -> bool:
    return bool(row["market_ticker"].startswith("KXMVE"))


def single(row: Row) -> bool:
    return not is_combo(row)


async def chosen(page: Page, name: str, value: str) -> None:
    await page.get_by_role("combobox", name=name, exact=True).select_option(value)


async def agrees(
    page: Page, still: Standing, market: Passes = single, trade: Passes = lambda _: True
) -> Shown:
    """Wait until all three lists hold exactly what passes, in the server's order.

    Args:
        page: With `w=1h&group=flat`, ranked by dollars.
        still: The board.
        market: Which markets pass.
        trade: Which prints of these, in REST shape.
    """
    tickers = [row["market_ticker"] for row in still.rows if market(row)][:ROWS]
    passing = {
        name: print
        for name, print in still.trades.items()
        if market(still.markets[print["ticker"]]) and trade(print)
    }
    whales = {name for name in passing if paid(passing[name]) >= WHALE}
    latest = sorted(passing[name]["ts_ms"] for name in whales)[-WHALES:]
    shown = await until_shown(
        lambda: board_of(page),
        lambda s: (
            s["settled"]
            and s["tickers"] == tickers
            and whales.issuperset(s["whales"])
            and sorted(passing[name]["ts_ms"] for name in s["whales"]) == latest
            and set(s["tape"]) <= set(passing)
        ),
    )
    # The server looks through the newest of the tape alone: these are there, all of them.
    newest = sorted(still.trades.values(), key=lambda t: t["ts_ms"])[-LOOKED_AT:]
    times = sorted(t["ts_ms"] for t in newest if t["trade_id"] in passing)
    on_tape = sorted(still.trades[name]["ts_ms"] for name in shown["tape"])
    sure = min(PRINTS, len(times))
    assert sure == 0 or on_tape[-sure:] == times[-sure:]
    return shown


def of_category(name: str, still: Standing) -> Passes:
    return lambda row: (
        single(row) and still.markets[row["market_ticker"]]["category"] == name
    )


async def test_each_filter_leaves_what_passes(still: Standing) -> None:
    """Category, side, least size, combos, alone and together; the address holds them
    all, and a stranger who opens it sees the same."""
    sports = of_category("Sports", still)
    address = f"{still.board.base}/?w=1h&group=flat"
    async with visiting(still.browser, address) as page:
        await agrees(page, still)
        await chosen(page, "Category", "Sports")
        await agrees(page, still, sports)
        await chosen(page, "Side of prints", "no")
        no = await agrees(
            page, still, sports, lambda t: t["taker_outcome_side"] == "no"
        )
        await chosen(page, "Side of prints", "")
        await chosen(page, "Least size of prints", "100")
        await agrees(page, still, sports, lambda t: paid(t) >= 100)
        await chosen(page, "Side of prints", "yes")
        both = await agrees(
            page,
            still,
            sports,
            lambda t: paid(t) >= 100 and t["taker_outcome_side"] == "yes",
        )
        link = page.url
        await page.get_by_role("button", name="Clear", exact=True).click()
        await agrees(page, still)
        await page.get_by_role("button", name="Combos").click()
        await agrees(page, still, lambda _: True)

    assert not set(no["tape"]) & set(both["tape"])
    assert dict(parse_qsl(urlsplit(link).query)) == {
        "w": "1h",
        "group": "flat",
        "cat": "Sports",
        "side": "yes",
        "min": "100",
    }
    async with visiting(still.browser, link) as page:
        again = await until_shown(lambda: board_of(page), lambda s: s["tape"])
        assert (again["tickers"], again["tape"]) == (both["tickers"], both["tape"])


@pytest.mark.parametrize("level", ["series", "league"])
async def test_second_level(still: Standing, level: str) -> None:
    """A category is parted into its series, and its leagues where it has some: with
    counts, by the address and by hand."""
    told = await still.board.get("/api/categories", window="1h")
    found = next(c for c in told["categories"] if c["category"] == "Sports")
    key = "series_ticker" if level == "series" else "league"
    part = found[{"series": "series", "league": "leagues"}[level]][0]
    passes = of_category("Sports", still)
    address = f"{still.board.base}/?w=1h&group=flat&cat=Sports"

    def of_part(row: Row) -> bool:
        return passes(row) and still.markets[row["market_ticker"]][key] == part[key]

    async with visiting(still.browser, address) as page:
        option = page.locator("option", has_text=part.get("title") or part[key])
        await expect(option).to_contain_text(str(part["open_markets"]))
        picker = page.locator("select").filter(has=option)
        await picker.select_option(await option.get_attribute("value"))
        await agrees(page, still, of_part)
        link = page.url

    assert dict(parse_qsl(urlsplit(link).query))[level] == part[key]
    async with visiting(still.browser, link) as page:
        await agrees(page, still, of_part)


async def test_rankings(still: Standing) -> None:
    """Each header ranks as the server does; change, which the server does not rank by,
    by its size."""
    async with visiting(still.browser, f"{still.board.base}/?w=1h&group=flat") as page:
        for header, name in RANKS.items():
            await page.locator("thead").get_by_role("button", name=header).click()
            ranked = [r["market_ticker"] for r in await still.hot(sort=name)][:ROWS]
            await until_shown(
                lambda: board_of(page),
                lambda s, ranked=ranked: s["settled"] and s["tickers"] == ranked,
                AT_ONCE_S,
            )
            await expect(page.locator("table[data-window]")).to_have_attribute(
                "data-sort", name
            )
        await page.locator("thead").get_by_role("button", name="Change").click()
        moves = sorted(
            filter(single, still.rows),
            key=lambda row: (
                -abs(Decimal(row["change_dollars"])),
                row["market_ticker"],
            ),
        )
        by_change = [row["market_ticker"] for row in moves][:ROWS]
        await until_shown(lambda: board_of(page), lambda s: s["tickers"] == by_change)


async def test_windows(still: Standing) -> None:
    """Each window's table is the API's of the same end, to the last figure."""
    async with visiting(still.browser, f"{still.board.base}/?group=flat") as page:
        for window in ("15m", "24h", "1h", "5m"):
            await (
                page.get_by_role("group", name="Window")
                .get_by_text(window, exact=True)
                .click()
            )

            async def both(window: str = window) -> tuple[Shown, dict[str, Any], Shown]:
                before = await board_of(page)
                told = await still.board.get("/api/markets/hot", window=window)
                return before, told, await board_of(page)

            shown, told, _ = await until_shown(
                both,
                lambda s: (
                    s[0] == s[2]
                    and s[0]["settled"]
                    and s[0]["to_ms"] == s[1]["window_to_ms"]
                    and s[0]["window"] == s[1]["window"]
                ),
            )
            assert shown["tickers"] == [r["market_ticker"] for r in told["hot_markets"]]


async def test_ends_within(still: Standing) -> None:
    """Markets that end in the span by the board's clock, none that ends later."""
    async with visiting(still.browser, f"{still.board.base}/?w=1h&group=flat") as page:
        for name, hours in (("7d", 168), ("24h", 24), ("3h", 3)):
            await chosen(page, "Ends", name)
            now_ms = (await still.board.get("/api/stats"))["ts_ms"]
            ends_ms = now_ms + hours * HOUR_MS
            within = [
                row["market_ticker"]
                for row in still.rows
                if single(row) and (row["ends_ts_ms"] or ends_ms + 1) <= ends_ms
            ]
            await until_shown(
                lambda: board_of(page),
                lambda s, within=within: s["tickers"] == within[:ROWS],
            )
            if not within:
                await expect(page.locator("[data-state=none]")).to_be_visible()


async def test_watchlist(still: Standing) -> None:
    """Nothing starred is said; stars are kept in this browser, and alone on demand."""
    picked = [row["market_ticker"] for row in still.rows if single(row)][1:4:2]
    async with visiting(still.browser, f"{still.board.base}/?w=1h&group=flat") as page:
        await page.get_by_role("button", name="Watchlist alone").click()
        await expect(page.locator("[data-state=none]")).to_contain_text("watchlist")
        await page.get_by_role("button", name="Clear filters").click()
        for ticker in picked:
            star = page.locator(f'tr[data-ticker="{ticker}"] [aria-pressed]').first
            await star.click()
        await page.reload()
        await page.get_by_role("button", name="Watchlist alone").click()

        await agrees(page, still, lambda row: row["market_ticker"] in picked)
        assert "watch=" in page.url


async def test_presets_and_saved_views(still: Standing) -> None:
    """Whales only: the markets of the largest; movers: the largest change first; a
    view of one's own comes back with a click, also after a reload."""
    whales = [
        trade
        for trade in sorted(still.trades.values(), key=paid)
        if paid(trade) >= WHALE and single(still.markets[trade["ticker"]])
    ]
    markets = {trade["ticker"] for trade in whales[-WHALES:]}
    async with visiting(still.browser, f"{still.board.base}/?w=1h&group=flat") as page:
        menu = page.get_by_title("Presets and saved views")
        views = page.get_by_role("dialog", name="Views")
        await menu.click()
        await views.get_by_role("button", name="Whales only").click()
        await expect(menu).to_contain_text("Whales only")
        only = await until_shown(
            lambda: board_of(page),
            lambda s: s["settled"] and {*s["tickers"]} == markets,
        )
        assert all(paid(still.trades[name]) >= WHALE for name in only["tape"])

        await menu.click()
        await views.get_by_role("textbox").fill("Mine")
        await views.get_by_role("button", name="Save").click()
        await views.get_by_role("button", name="Movers").click()
        await until_shown(
            lambda: board_of(page), lambda s: s["tickers"] != only["tickers"]
        )
        await page.reload()
        await menu.click()
        await views.get_by_role("button", name="Mine", exact=True).click()
        await until_shown(
            lambda: board_of(page), lambda s: s["tickers"] == only["tickers"]
        )


async def test_events_fold(still: Standing) -> None:
    """By event a line stands for each event, where its first market does, and opens
    into the others."""
    order = [row for row in await still.hot() if single(row)][:ROWS]
    firsts: dict[str, list[str]] = {}
    for row in order:
        firsts.setdefault(row["event_ticker"], []).append(row["market_ticker"])
    lines = [tickers[0] for tickers in firsts.values()]
    event, tickers = next(
        (event, each) for event, each in firsts.items() if len(each) > 2
    )
    async with visiting(still.browser, f"{still.board.base}/?w=1h") as page:
        await until_shown(lambda: board_of(page), lambda s: s["tickers"] == lines)
        await page.locator(f'tr[data-ticker="{tickers[0]}"] [aria-expanded]').click()

        shown = await board_of(page)
        at = shown["tickers"].index(tickers[0])
        assert shown["tickers"][at : at + len(tickers)] == tickers, event
