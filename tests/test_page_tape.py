"""Names in narrow places in a real Chromium: outcome and strike are never cut."""

import random
from typing import Any

import pytest
from playwright.async_api import Page, expect

from tests.page_browser import DESK, Opener, in_chromium
from tests.page_markets import market
from tests.page_stage import Stage, delta, snapshot, trade

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
    """200 of the longest names, on the tape and in the whale list, 40 at a time."""
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
        for tail, name in zip(await shown_tails(page), part[::-1], strict=True):
            assert name["short_label"].endswith(tail)
            assert len(tail) > 2


@in_chromium
async def test_a_print_off_the_list_is_named(open_page: Opener, stage: Stage) -> None:
    """Markets that are on no list are asked for by their event, and then called by name;
    until then by their ticker, whose last part is never cut."""
    stage.answers["/api/markets"] = {
        "markets": [
            {"market_ticker": "KXOFF-26NOV21-T9", "short_label": "High OFF ≥ 9°"},
            {"market_ticker": "KXOFF-26NOV21-T8", "short_label": "High OFF ≥ 8°"},
        ],
        "count": 2,
    }
    stage.greeting = snapshot(recent_trades=[], whales=[])
    page = await open_page()
    await stage.send(
        delta(8, trades=[trade(2001, market_ticker="KXOFF-26NOV21-T9")]),
    )

    name = page.locator("tr[data-trade] .name")
    await expect(name).to_have_text("High OFF ≥ 9°")
    await expect(name.locator(".tail")).to_have_text(" ≥ 9°")
    asked = [path for path in stage.asked if path.startswith("/api/markets?event=")]
    assert asked == ["/api/markets?event=KXOFF-26NOV21&combos=include&limit=400"]


@in_chromium
async def test_what_was_healed_is_marked(open_page: Opener, stage: Stage) -> None:
    """A print that was fetched afterwards says so, others do not."""
    late = trade(5, ts_ms=5, source="heal", late=True)
    stage.greeting = snapshot(recent_trades=[late, trade(4, ts_ms=4)])
    page = await open_page()

    await expect(page.locator("tr[data-trade]")).to_have_count(2)
    await expect(page.locator("[data-late]")).to_have_count(1)
    marked = page.locator(f'tr[data-trade="{late["trade_id"]}"] [data-late]')
    await expect(marked).to_be_visible()


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
