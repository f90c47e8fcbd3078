"""The table of markets in a real Chromium: rows, events, direction, cause, strip."""

import re
from typing import Any

import pytest
from playwright.async_api import Page, expect

from tests.page_browser import DESK, PHONE, Opener, in_chromium, next_of
from tests.page_markets import (
    categories_answer,
    events_answer,
    market,
    print_of,
    usual_answer,
)
from tests.page_stage import START_MS, Stage, delta, row, snapshot

pytest_plugins = ["tests.page_fixtures"]

WHOLE_ROWS = """() => {
    const list = document.querySelector('tr[data-ticker]').closest('.scroll');
    const frame = list.getBoundingClientRect();
    const bottom = Math.min(frame.bottom, innerHeight) + 0.5;
    return [...document.querySelectorAll('tr[data-ticker]')]
        .map(row => row.getBoundingClientRect())
        .filter(box => box.top >= frame.top && box.bottom <= bottom).length;
}"""


def ticker(n: int) -> str:
    return str(market(n)["market_ticker"])


def line(page: Page, n: int) -> Any:
    return page.locator(f'tr[data-ticker="{ticker(n)}"]')


async def told(stage: Stage) -> None:
    """Let the stage answer as a server of today does."""
    stage.answers = {
        "/api/events": events_answer(),
        "/api/categories": categories_answer(),
        "/api/markets": {"markets": [], "count": 0},
        "/api/usual": usual_answer(),
    }
    stage.greeting = snapshot(
        hot_markets=[market(n) for n in range(60)],
        recent_trades=[print_of(seq, seq % 60) for seq in range(2000, 1800, -1)],
        whales=[print_of(2000, 3, notional_dollars="4000.000000")],
    )


@in_chromium
@pytest.mark.parametrize(("size", "rows"), [(DESK, 22), (PHONE, 9)])
async def test_many_markets_at_once(
    open_page: Opener, stage: Stage, size: tuple[int, int], rows: int
) -> None:
    """At least 22 whole rows on a desk, 9 on a phone, with everything else in place."""
    await told(stage)
    page = await open_page(size=size)
    await expect(page.locator("[data-coverage]")).to_be_visible()

    assert await page.evaluate(WHOLE_ROWS) >= rows
    await expect(page.get_by_role("combobox", name="Search markets")).to_be_visible()
    least = page.get_by_role("combobox", name="Least size of prints")
    box = await least.bounding_box()
    assert box is not None
    assert box["x"] + box["width"] <= size[0]


@in_chromium
async def test_no_width_scrolls_sideways(open_page: Opener, stage: Stage) -> None:
    """From a phone to a wall; the strip shows as many flows as have room for a title."""
    await told(stage)
    page = await open_page()
    flows = page.locator("[data-strip-event]")
    await expect(flows).to_have_count(3)
    shown = {}

    for width in (390, 600, 820, 1024, 1180, 1440, 1700, 2560):
        await page.set_viewport_size({"width": width, "height": 900})
        scroll_width = await page.evaluate("document.documentElement.scrollWidth")
        assert scroll_width == width
        titles = await flows.locator(".title").evaluate_all(
            """titles => titles.filter(title => title.offsetWidth > 0)
                .map(title => [title.clientWidth, title.scrollWidth])"""
        )
        shown[width] = len(titles)
        # Fourteen characters of this size have some 90 pixels.
        assert [part for part, whole in titles if part < min(whole, 90)] == []
    assert (shown[390], shown[1440], shown[2560]) == (0, 3, 3)
    assert shown[820] == 2


@in_chromium
async def test_an_event_opens_into_its_markets(open_page: Opener, stage: Stage) -> None:
    """Its first market stands for it, and says how many more there are; a switch shows
    each for itself, and stands in the address."""
    await told(stage)
    page = await open_page()
    first = line(page, 2)
    await expect(line(page, 3)).to_have_count(0)

    more = first.get_by_role("button", name="3 more of this event")
    await more.click()

    await expect(more).to_have_attribute("aria-expanded", "true")
    for n in (3, 4, 5):
        await expect(line(page, n)).to_be_visible()
    await expect(line(page, 3).locator(".title")).to_have_count(0)
    await expect(line(page, 3).locator(".outcome")).to_have_text("63° or above")
    await expect(line(page, 3).locator(".label")).to_have_text("High SPR ≥ 63°")
    await more.click()
    await expect(line(page, 3)).to_have_count(0)
    await page.get_by_role("button", name="By event").click()
    await expect(page.locator("tr[data-ticker]")).to_have_count(60)
    await expect(page).to_have_url(f"{stage.url}/?group=flat")
    assert stage.requests.empty()


@in_chromium
async def test_a_row_says_what_and_which(open_page: Opener, stage: Stage) -> None:
    """Event, outcome and short label, where none says again what another has said; the
    question, as long as its event has no title; the quote beside the last price, heat
    with its cause."""
    event = "High temperature in Springfield on Nov 23, 2026"
    stage.greeting = snapshot(
        hot_markets=[
            market(6, heat=60, yes_bid_dollars="0.4550", yes_ask_dollars=None),
            market(7, heat=100),
            market(8, heat=5),
            market(2, event_title=event, heat=0),
            market(3, event_title=event, heat=None, short_label=f"{event[:39]}… ≥ 63°"),
        ]
    )
    page = await open_page("/?group=flat")

    for n, names in (
        (6, ("Bitcoin price on Friday at 5pm EST?", "$98,000 or above", "BTC ≥ 98k")),
        (2, (event, "61° to 62°", "High SPR 61°\N{EN DASH}62°")),
        (3, (event, "63° or above", None)),
    ):
        shown = line(page, n)
        await expect(shown.locator(".title")).to_have_text(names[0])
        await expect(shown.locator(".outcome")).to_have_text(names[1])
        labels = [names[2]] if names[2] else []
        await expect(shown.locator(".label")).to_have_text(labels)
    cut = (
        await line(page, 2)
        .locator(".title")
        .evaluate("title => title.scrollWidth - title.clientWidth")
    )
    assert cut <= 0
    await expect(line(page, 6).locator("[data-touch]")).to_have_text(
        "45.5¢ / \N{EN DASH}"
    )
    heat, times = page.locator("[data-field=heat]"), "\N{MULTIPLICATION SIGN}"
    await expect(heat).to_have_text(
        ["0", "\N{EN DASH}", f"60 7{times}", f"100 >31{times}", "5"]
    )
    colours = await page.evaluate(
        """() => [...document.querySelectorAll('body *')]
            .filter(e => e.textContent && getComputedStyle(e).color ===
                getComputedStyle(document.querySelector('.heat b')).color)
            .filter(e => !e.closest('.heat')).length"""
    )
    assert colours == 0


@in_chromium
async def test_flow_goes_from_the_centre(open_page: Opener, stage: Stage) -> None:
    """To the side of the contracts, as long as its dollars, which stand beside it."""
    sides = {"volume_fp": "1000.00", "change_dollars": "0.0000"}
    stage.greeting = snapshot(
        hot_markets=[
            # 800 contracts for $160 against 200 for $180: the money says NO, they YES.
            market(
                0,
                net_flow_fp="600.00",
                yes_flow_dollars="160.000000",
                no_flow_dollars="180.000000",
                **sides,
            ),
            market(
                6,
                net_flow_fp="-1000.00",
                yes_flow_dollars="0.000000",
                no_flow_dollars="900.000000",
                **sides,
            ),
            market(9, net_flow_fp="0.00", **sides),
        ]
    )
    page = await open_page()

    cells = page.locator("[data-field=net_flow_fp]")
    await expect(cells.nth(0)).to_contain_text("▲to YES $120")
    await expect(cells.nth(1)).to_contain_text("▼to NO $900")
    await expect(cells.nth(2)).to_contain_text("even")
    bars = await page.eval_on_selector_all(
        "[data-field=net_flow_fp] .bar",
        """bars => bars.map(bar => {
            const [all, part] = [bar, bar.firstChild].map(e => e.getBoundingClientRect());
            const centre = (all.left + all.right) / 2;
            return [Math.round(part.left - centre), Math.round(part.right - centre),
                all.width / 2];
        })""",
    )
    (to_yes, to_no, none) = bars
    assert abs(to_yes[0]) <= 1 < to_yes[1] < to_yes[2]
    assert -to_no[2] - 1 <= to_no[0] < -to_yes[1]
    assert abs(to_no[1]) <= 1
    assert none[1] - none[0] == 0


@in_chromium
async def test_flow_and_price_apart_are_marked(open_page: Opener, stage: Stage) -> None:
    """Where takers went one way and the price the other; not for next to nothing."""
    apart = {"net_flow_fp": "500.00", "volume_fp": "1000.00"}
    stage.greeting = snapshot(
        hot_markets=[
            market(0, change_dollars="-0.0300", **apart),
            market(6, change_dollars="0.0300", **apart),
            market(9, change_dollars="-0.0200", **apart),
        ]
    )
    page = await open_page()

    await expect(page.locator("[data-apart]")).to_have_count(1)
    await expect(line(page, 0).locator("[data-apart]")).to_be_visible()


@in_chromium
async def test_the_strip(open_page: Opener, stage: Stage) -> None:
    """Dollars against the usual ones, the largest event flows with where they go, the
    biggest mover, coverage; each opens what it names."""
    await told(stage)
    stage.greeting["hot_markets"][9] |= {"change_dollars": "-0.3100"}  # type: ignore[index]
    page = await open_page()

    notional = page.locator("[data-kpi=notional]")
    await expect(notional).to_have_text("$1.30M")
    await expect(page.locator("[data-usual]")).to_have_text(
        "· 1.8\N{MULTIPLICATION SIGN} usual"
    )
    await expect(notional.locator("..")).to_have_attribute(
        "title", re.compile(r"\$721k in 5m, the median of 6 days")
    )
    flows = page.locator("[data-strip-event]")
    await expect(flows).to_have_count(3)
    await expect(flows.nth(0)).to_contain_text("→ River Falls")
    await expect(flows.nth(0)).to_contain_text("$19.1k")
    await expect(flows.nth(1)).to_contain_text("→ up")
    await expect(flows.nth(2)).to_have_text(re.compile(r"Fed decision.*\$3\.30k"))
    mover = page.locator("[data-kpi=mover]")
    await expect(mover).to_contain_text("Fed Dec · Cut 25")
    await expect(mover).to_contain_text("31¢")
    strip = page.get_by_role("region", name="Totals")
    box = await strip.bounding_box()
    assert box is not None
    assert box["height"] == 36
    await flows.nth(0).click()
    await expect(page).to_have_url(f"{stage.url}/e/KXSAMPLE0-26NOV21")


@in_chromium
async def test_nothing_is_called_usual_without_a_day(
    open_page: Opener, stage: Stage
) -> None:
    """No day of this hour on the tape, a window that it covers in part alone, another
    window: nothing is compared, and the figure says why."""
    await told(stage)
    stage.answers["/api/usual"] = usual_answer(None)
    page = await open_page(clock=True)
    notional = page.locator("[data-kpi=notional]").locator("..")

    await expect(notional).to_have_attribute(
        "title", re.compile("nothing is usual yet")
    )
    await expect(page.locator("[data-usual]")).to_have_count(0)
    stage.answers["/api/usual"] = usual_answer()
    for offset in (8, 9, 10, 11):
        await page.clock.run_for(16_000)
        # Heard, before more time passes: a silent server is given up.
        to_ms = START_MS + offset
        await stage.send(delta(offset, window_to_ms=to_ms))
        await expect(
            page.locator(f"table[data-window-to-ms='{to_ms}']")
        ).to_be_visible()
    await expect(page.locator("[data-usual]")).to_be_visible()
    await stage.send(
        snapshot(offset=20, hot_markets=[market(0)], window_covered_ms=60_000)
    )
    await expect(page.locator("[data-usual]")).to_have_count(0)
    await stage.send(snapshot("1h", offset=21, hot_markets=[market(0)]))
    await expect(page.locator("table[data-window='1h']")).to_be_visible()
    await expect(page.locator("[data-usual]")).to_have_count(0)


@in_chromium
async def test_a_phone_has_lines_and_a_watchlist(
    open_page: Opener, stage: Stage
) -> None:
    """Each row has its sparkline; the watchlist is a tab, the markets lead back."""
    await told(stage)
    page = await open_page(size=PHONE)
    await expect(line(page, 2).locator("canvas")).to_be_visible()
    tabs = page.get_by_role("navigation", name="Lists")

    await tabs.get_by_role("button", name="Watchlist").click()

    assert (await next_of(stage.requests))["subscription"]["tickers"] == ["-"]
    chosen = tabs.locator("[aria-current]")
    await expect(chosen).to_have_text("Watchlist")
    await expect(page).to_have_url(f"{stage.url}/?watch=1")
    await tabs.get_by_role("button", name="Tape").click()
    await expect(page.locator("tr[data-trade]").first).to_be_visible()
    await tabs.get_by_role("button", name="Markets").click()
    assert "tickers" not in (await next_of(stage.requests))["subscription"]
    await expect(chosen).to_have_text("Markets")


@in_chromium
async def test_an_older_server_is_asked_once(open_page: Opener, stage: Stage) -> None:
    """Addresses that it has not are left alone; the strip names the largest print."""
    stage.greeting = snapshot(hot_markets=[row(0)])
    page = await open_page(clock=True)
    await expect(page.locator("[data-kpi=largest]")).to_be_visible()

    await page.clock.run_for(70_000)

    asked = [path.partition("?")[0] for path in stage.asked]
    assert sorted(asked) == [
        "/api/categories",
        "/api/config",
        "/api/events",
        "/api/markets",
        "/api/trades",
        "/api/usual",
    ]


@in_chromium
async def test_pause_freezes_the_board(open_page: Opener, stage: Stage) -> None:
    """Nothing moves, what comes is counted, ages go on; then the newest is shown."""
    await told(stage)
    page = await open_page(clock=True)
    trades = line(page, 0).locator("[data-field=trade_count]")
    await expect(trades).to_have_attribute("data-value", "1406")
    await page.get_by_role("button", name="Pause").click()

    change = {"market_ticker": ticker(0), "trade_count": 4242}
    await stage.send(
        delta(8, hot_markets=[change], trades=[print_of(2001, 0), print_of(2002, 0)]),
        delta(10),
    )
    await next_of(stage.requests)
    await page.clock.run_for(3_000)

    resume = page.get_by_role("button", name="Resume")
    await expect(resume).to_contain_text("2 new")
    await expect(trades).to_have_attribute("data-value", "1406")
    await expect(page.locator("[data-age]")).to_have_text(re.compile("^[3-9] s"))
    await resume.click()
    await expect(trades).to_have_attribute("data-value", "4242")
