"""Names in narrow places in a real Chromium: outcome and strike are never cut."""

import random
from typing import Any
from urllib.parse import parse_qs

import pytest
from playwright.async_api import Page, expect

from tests.page_browser import DESK, Opener, in_chromium
from tests.page_markets import market, print_of
from tests.page_stage import START_MS, Stage, coverage, delta, gap, snapshot, trade

pytest_plugins = ["tests.page_fixtures"]

NAMES = 200
# As long as the longest that the exchange has given out: 212 characters a title, 31 an
# outcome of a person, 212 the outcome of a combo, in which each leg is named.
TITLE_CHARS = 212
WORDS = (
    "Municipal",
    "Quarterfinal",
    "Reservoir",
    "Northeastern",
    "Championship",
    "Interdepartmental",
    "Ratification",
    "Councilmember",
    "Thunderstorms",
    "Extraordinary",
    "Commissioner",
    "Wilhelmina",
    "Constantinopolitan",
    "Bartholomew",
    "Hydroelectric",
    "Transcontinental",
)
CUT = """rows => [...document.querySelectorAll(rows)]
    .flatMap(row => {
        const tail = row.querySelector('.tail');
        const cell = row.querySelector('td.market') ?? row;
        const [part, room] = [tail, cell].map(e => e.getBoundingClientRect());
        const style = getComputedStyle(tail);
        const whole = style.textOverflow !== 'ellipsis'
            && tail.scrollWidth <= tail.clientWidth + 1
            && part.left >= room.left - 1 && part.right <= room.right + 1
            && part.top >= room.top - 1 && part.bottom <= room.bottom + 1
            && part.right <= innerWidth;
        return whole ? [] : [row.innerText];
    })"""

# Heads of which fewer than some four characters are seen, though they have more.
HEADLESS = """heads => [...document.querySelectorAll(heads)]
    .filter(head => head.clientWidth < Math.min(head.scrollWidth, 30))
    .map(head => head.textContent)"""


def long_name(n: int) -> dict[str, Any]:
    """Return title, outcome and label of an invented market with a long name."""
    dice = random.Random(n)
    title = " ".join(dice.choices(WORDS, k=40))[: TITLE_CHARS - n % 40]
    if n % 4 == 0:
        outcome = f"{dice.randrange(10**6):,}.25 or above"
        label = f"{title[:24]} ≥ {outcome.split()[0]}"
    elif n % 4 == 1:
        outcome = " ".join(dice.choices(WORDS, k=3))[:31]
        label = f"{title[:23]}… · {outcome}"
    elif n % 4 == 2:
        outcome = ",".join(f"yes {word}: {n}+" for word in dice.choices(WORDS, k=9))
        label = " + ".join(f"{word}: {n}+" for word in dice.choices(WORDS, k=3))
    else:
        outcome = "".join(dice.choices(WORDS, k=3))[:31]
        label = f"{title[:24]} · {outcome}"
    return {
        "market_ticker": f"KXLONG-26NOV21-N{n}",
        "event_ticker": f"KXLONG{n}-26NOV21",
        "title": f"{title} · {outcome}",
        "outcome": outcome,
        "short_label": label,
    }


async def shown_tails(page: Page) -> list[str]:
    tails: list[str] = await page.eval_on_selector_all(
        "tr[data-trade] .tail", "tails => tails.map(tail => tail.textContent)"
    )
    return tails


@in_chromium
@pytest.mark.parametrize("width", [320, 390, 820, 1440])
async def test_outcome_and_strike_are_never_cut(
    open_page: Opener, stage: Stage, width: int
) -> None:
    """200 of the longest names, on the tape and in the whale list, 40 at a time; of what
    stands before them something is always left."""
    names = [long_name(n) for n in range(NAMES)]
    rows = [market(n, **name) for n, name in enumerate(names)]
    page = await open_page(size=(width, 800))
    for start in range(0, NAMES, 40):
        part = names[start : start + 40]
        prints = [
            trade(start + n, market_ticker=name["market_ticker"], ts_ms=start + n)
            for n, name in enumerate(part, start=1)
        ]
        await stage.send(
            snapshot(
                offset=8 + start,
                hot_markets=rows[start : start + 40],
                recent_trades=prints[::-1],
                whales=prints[:20],
            )
        )
        for tab, kind, attribute, shown in (
            ("Whales", "li", "data-whale", prints[:20]),
            ("Tape", "tr", "data-trade", prints[::-1]),
        ):
            if width <= 390:
                await page.get_by_role("button", name=tab, exact=True).click()
            print_row = page.locator(f"{kind}[{attribute}]")
            newest = f'{kind}[{attribute}="{shown[-1]["trade_id"]}"]'
            await expect(page.locator(newest)).to_be_attached()
            await expect(print_row).to_have_count(len(shown))
            assert await page.evaluate(CUT, f"{kind}[{attribute}]") == []
            assert await page.evaluate(HEADLESS, f"{kind}[{attribute}] .head") == []
        for tail, name in zip(await shown_tails(page), part[::-1], strict=True):
            assert name["short_label"].endswith(tail)
            assert len(tail) > 2


@in_chromium
async def test_prints_off_the_list_are_named(open_page: Opener, stage: Stage) -> None:
    """Markets that are on no list are asked for at once, a hundred at a time, each by
    itself; until then they are called by their ticker, whose last part is never cut.
    Who is not known even then is asked for again after half a minute."""
    names = [f"KXOFF-26NOV21-T{n}" for n in range(130)]
    stage.answers["/api/markets"] = {
        "markets": [
            {"market_ticker": name, "short_label": f"High OFF ≥ {n}°"}
            for n, name in enumerate(names[:120])
        ],
        "count": 120,
    }
    stage.greeting = snapshot(
        hot_markets=[market(0)],
        recent_trades=[
            trade(2000 - n, market_ticker=name, ts_ms=START_MS - n)
            for n, name in enumerate(names)
        ],
        whales=[print_of(1, 0)],
    )
    page = await open_page(clock=True)
    shown = page.locator("tr[data-trade] .name")

    await expect(shown.first).to_have_text("High OFF ≥ 0°")
    await expect(shown.first.locator(".tail")).to_have_text(" ≥ 0°")
    await page.clock.run_for(1_500)
    await stage.send(delta(8, trades=[trade(2001, market_ticker=names[125])]))
    await page.clock.run_for(1_500)
    await expect(shown.first).to_have_text(names[125])
    asked = [
        parse_qs(path.partition("?")[2])
        for path in stage.asked
        if path.startswith("/api/markets?")
    ]
    first, second = (each["tickers"][0].split(",") for each in asked)
    assert first == names[:100]
    assert sorted(second) == names[120:]
    assert asked[0]["combos"] == ["include"]
    for offset in (9, 10, 11):
        await page.clock.run_for(11_000)
        # Heard, before more time passes: a silent server is given up.
        to_ms = START_MS + offset
        await stage.send(delta(offset, window_to_ms=to_ms))
        await expect(
            page.locator(f"table[data-window-to-ms='{to_ms}']")
        ).to_be_visible()
    late = trade(2002, market_ticker="KXOFF-1-Z")
    await stage.send(delta(12, trades=[late], window_to_ms=START_MS + 12))
    window = f"table[data-window-to-ms='{START_MS + 12}']"
    await expect(page.locator(window)).to_be_visible()
    async with page.expect_response("**/api/markets?*"):
        await page.clock.run_for(1_500)
    again = [path for path in stage.asked if path.startswith("/api/markets?")][-1]
    assert names[125] in again
    assert names[3] not in again


@in_chromium
async def test_what_was_healed_is_marked(open_page: Opener, stage: Stage) -> None:
    """A print that was fetched afterwards says so, others do not; a gap stands between
    the prints around it, with its length and what came of it."""
    late = trade(5, ts_ms=START_MS - 9_000, source="heal", late=True)
    stage.coverage = coverage() | {
        "gaps": [
            gap(
                1,
                "disconnect",
                from_ms=START_MS - 14_000,
                to_ms=START_MS - 8_000,
                asked_to_ms=START_MS - 2_000,
                recovered=1,
            )
        ]
    }
    stage.greeting = snapshot(
        recent_trades=[
            trade(6, ts_ms=START_MS),
            late,
            trade(4, ts_ms=START_MS - 20_000),
        ]
    )
    page = await open_page()

    await expect(page.locator("tr[data-trade]")).to_have_count(3)
    await expect(page.locator("[data-late]")).to_have_count(1)
    marked = page.locator(f'tr[data-trade="{late["trade_id"]}"] [data-late]')
    await expect(marked).to_be_visible()
    mark = page.locator("tr[data-tape-gap]")
    await expect(mark).to_have_text("gap 12 s, 1 fetched afterwards")
    below = page.locator("tr[data-tape-gap] + tr")
    await expect(below).to_have_attribute("data-trade", str(late["trade_id"]))


@in_chromium
async def test_a_whale_tells_what_the_price_did_since(
    open_page: Opener, stage: Stage
) -> None:
    """Up or down from the print's price to the market's, in cents for YES; nothing where
    the market's price is not known."""
    row = market(0, yes_price_dollars="0.6000")
    side = {"taker_outcome_side": "no", "notional_dollars": "4000.000000"}
    stage.greeting = snapshot(
        hot_markets=[row],
        whales=[
            print_of(3, 0, yes_price_dollars="0.6450", ts_ms=START_MS - 1, **side),
            print_of(2, 0, yes_price_dollars="0.6000", ts_ms=START_MS - 2, **side),
            print_of(1, 9, ts_ms=START_MS - 3, **side),
        ],
    )
    page = await open_page()
    whales = page.locator("li[data-whale]")

    await expect(whales.nth(0)).to_contain_text("since then▼down 4.5¢")
    await expect(whales.nth(1)).to_contain_text("since thenunchanged")
    await expect(whales.nth(2).locator("[data-moved]")).to_have_count(0)
    change = {"market_ticker": row["market_ticker"], "yes_price_dollars": "0.6600"}
    await stage.send(delta(8, hot_markets=[change]))
    await expect(whales.nth(0)).to_contain_text("▲up 1.5¢")


@in_chromium
async def test_rows_open_their_market(open_page: Opener, stage: Stage) -> None:
    """A print on the tape, a whale, a row: each opens its market beside the table."""
    stage.greeting = snapshot(
        hot_markets=[market(0)],
        recent_trades=[trade(5, market_ticker="KXA-1-B")],
        whales=[trade(6, market_ticker="KXA-1-C")],
    )
    page = await open_page(size=DESK)
    for place, opens in (
        ("tr[data-trade] button", "KXA-1-B"),
        ("li[data-whale] button", "KXA-1-C"),
        ("tr[data-ticker] .open", str(market(0)["market_ticker"])),
    ):
        await page.locator(place).click()
        await expect(page).to_have_url(f"{stage.url}/m/{opens}")
        await page.go_back()
        await expect(page).to_have_url(f"{stage.url}/")


@in_chromium
async def test_latest_whales_are_the_latest(open_page: Opener, stage: Stage) -> None:
    """Not those among the largest of the window: the server is asked for them, and each
    print that is one comes on top."""
    large = trade(100, notional_dollars="90000.000000", ts_ms=START_MS - 9_000)
    small = trade(200, notional_dollars="1000.000000", ts_ms=START_MS - 2_000)
    stage.greeting = snapshot(whales=[large], recent_trades=[])
    stage.answers["/api/trades"] = {"trades": [small, large], "cursor": ""}
    page = await open_page()
    shown = page.locator("li[data-whale]")
    await expect(shown).to_have_count(2)

    new = trade(3_000, notional_dollars="1200.000000", ts_ms=START_MS + 1)
    less = trade(3_001, notional_dollars="999.000000", ts_ms=START_MS + 2)
    await stage.send(delta(8, trades=[new, less]))

    await expect(shown).to_have_count(3)
    assert await shown.evaluate_all("all => all.map(one => one.dataset.whale)") == [
        each["trade_id"] for each in (new, small, large)
    ]
    await page.get_by_role("combobox", name="Side of prints").select_option("yes")
    asked = [each for each in stage.asked if each.startswith("/api/trades?")]
    assert "min_notional=1000" in asked[0]


@in_chromium
async def test_a_held_tape_is_let_go_by_another_choice(
    open_page: Opener, stage: Stage
) -> None:
    """What was held is none of the tape that was asked for."""
    stage.greeting = snapshot(recent_trades=[trade(n) for n in range(200, 100, -1)])
    page = await open_page()
    scroller = page.get_by_role("region", name="Live tape, scrollable")
    rows = page.locator("tr[data-trade]")
    await expect(rows).to_have_count(40)
    await scroller.evaluate("e => e.scrollTo(0, 200)")
    await stage.send(delta(8, trades=[trade(3_000, ts_ms=START_MS + 1)]))
    await expect(page.get_by_text("1 newer")).to_be_visible()

    few = [trade(n) for n in range(110, 100, -1)]
    await page.get_by_role("combobox", name="Side of prints").select_option("yes")
    await stage.send(snapshot(offset=9, recent_trades=few))

    await expect(rows).to_have_count(10)
