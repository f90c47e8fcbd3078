"""An event beside the board, in a real Chromium."""

import json
import math
import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import expect

from flowboard.events.direction import Span
from flowboard.events.distribution import implied
from tests.page_browser import DESK, PHONE, Opener, in_chromium
from tests.page_market_stage import EVENT, MarketStage, event_page, market
from tests.page_stage import START_MS, row

pytest_plugins = ["tests.page_fixtures"]

MEMBER = str(row(2)["market_ticker"])


@pytest_asyncio.fixture(loop_scope="module")
async def stage() -> AsyncIterator[MarketStage]:
    """A server that greets with a whole board, and tells of its event."""
    async with MarketStage().open() as opened:
        yield opened


@in_chromium
@pytest.mark.parametrize("size", [DESK, PHONE])
async def test_an_event(
    open_page: Opener, stage: MarketStage, size: tuple[int, int]
) -> None:
    """Its flow by window in one direction, its distribution now and before, its markets."""
    page = await open_page(f"/e/{EVENT}", size=size)

    flow = page.locator("[data-flow='5m']")
    await expect(flow).to_contain_text("▼ 3,120 down")
    await expect(flow).to_contain_text("▲ $6.40k ▼ $11.2k")
    await expect(page.locator("[data-distribution]")).to_have_attribute(
        "data-distribution", "6"
    )
    told = page.get_by_role("img", name=re.compile("^Median 97,889, 97,593 5m ago"))
    await expect(told).to_be_visible()
    await expect(page.locator("[data-member]")).to_have_count(5)
    await page.locator("[data-member]").nth(2).get_by_role("button").click()

    await expect(page.locator("[data-market]")).to_have_attribute("data-market", MEMBER)


@in_chromium
async def test_an_event_follows(open_page: Opener, stage: MarketStage) -> None:
    """It is asked for anew while it is seen; when nobody answers, its age is told."""
    page = await open_page(f"/e/{EVENT}", clock=True)
    await expect(page.locator("[data-flow='5m']")).to_contain_text("3,120")
    later = event_page()
    later["flows"]["5m"] |= {"net_flow_fp": "77.00"}
    stage.answers[f"/api/events/{EVENT}"] = later

    await page.clock.run_for(3_500)
    await expect(page.locator("[data-flow='5m']")).to_contain_text("▲ 77 up")
    await page.get_by_role("button", name="Pause").click()
    paused = event_page()
    paused["flows"]["5m"] |= {"net_flow_fp": "78.00"}
    stage.answers[f"/api/events/{EVENT}"] = paused
    await page.clock.run_for(7_000)
    await expect(page.locator("[data-flow='5m']")).to_contain_text("▲ 77 up")
    await page.get_by_role("button", name="Resume").click()
    await expect(page.locator("[data-flow='5m']")).to_contain_text("▲ 78 up")
    del stage.answers[f"/api/events/{EVENT}"]
    await page.clock.run_for(3_500)

    await expect(page.get_by_text("The server does not answer now")).to_be_visible()
    await expect(page.locator("[data-member]")).to_have_count(5)


@in_chromium
async def test_an_event_without_sides(open_page: Opener, stage: MarketStage) -> None:
    """No direction is made up where there is none, and no distribution."""
    plain = event_page(implied=None, first_implied=None)
    plain["event"] |= {"kind": "plain", "plus_side": None, "minus_side": None}
    for flow in plain["flows"].values():
        flow |= {"net_flow_fp": None}
    stage.answers[f"/api/events/{EVENT}"] = plain
    page = await open_page(f"/e/{EVENT}")

    await expect(page.get_by_text("This event has no two sides")).to_be_visible()
    await expect(page.locator("[data-distribution]")).to_have_count(0)


# Its prices over time


def test_the_golden_ladders() -> None:
    """The page works out over time what the server does now: both read the same file."""
    text = (Path(__file__).parent / "golden" / "ladders.json").read_text("utf-8")
    for ladder in json.loads(text):
        spans = [
            Span(
                -math.inf if low is None else low,
                math.inf if high is None else high,
            )
            for low, high in ladder["spans"]
        ]

        found = implied(spans, ladder["prices_e4"])

        told = None if found is None else [list(point) for point in found.points]
        assert told == ladder["points"], ladder["about"]
        assert (found and found.median) == ladder["median"], ladder["about"]


def candles_asked(stage: MarketStage) -> list[str]:
    return [each.split("/")[3] for each in stage.asked if "/candles" in each]


@in_chromium
async def test_prices_over_time(open_page: Opener, stage: MarketStage) -> None:
    """A named line for each market, and what the ladder implied; the page is full."""
    page = await open_page(f"/e/{EVENT}")
    chart = page.locator("[data-chart]")
    await expect(chart).to_have_attribute("data-chart", "ready")

    await expect(page.locator("[data-line]")).to_have_count(5)
    told = page.get_by_role(
        "img", name=re.compile(r"^YES prices over 1h, in cents: \$96,")
    )
    await expect(told).to_be_visible()
    await expect(page.locator("[data-band]")).to_have_attribute("data-band", "true")
    assert sorted(candles_asked(stage)) == [
        str(row(n)["market_ticker"]) for n in range(5)
    ]
    full = await page.locator("[data-event] .body").evaluate(
        "body => body.scrollHeight > body.clientHeight"
    )
    assert full
    await page.get_by_role("button", name="1d", exact=True).click()
    await expect(
        page.get_by_role("img", name=re.compile("^YES prices over 1d"))
    ).to_be_visible()
    await page.get_by_role("button", name="Table", exact=True).click()
    rows = page.get_by_role("region", name="Prices over time as a table, scrollable")
    await expect(rows.locator("tbody tr")).to_have_count(60)
    newest = rows.locator("tbody tr").first
    await expect(newest).to_contain_text("91¢74¢47¢22¢6¢")
    await expect(newest).to_contain_text("median 97,889, 80 % in 96,059 to 99,750")


@in_chromium
async def test_prices_are_followed_without_asking(
    open_page: Opener, stage: MarketStage
) -> None:
    """Each answer of the event moves the lines' ends; candles are asked for seldom, a
    gap is shaded and, until it is healed, asked about a little more often."""
    page = await open_page(f"/e/{EVENT}", clock=True)
    await page.clock.run_for(1_000)
    chart = page.locator("[data-chart]")
    await expect(chart).to_have_attribute("data-chart", "ready")
    await page.get_by_role("button", name="Table", exact=True).click()
    newest = chart.locator("tbody tr").first.locator("td").first
    await expect(newest).to_have_text("91¢")
    later = event_page()
    later["markets"][0]["yes_price_dollars"] = "0.8350"
    stage.answers[f"/api/events/{EVENT}"] = later

    await page.clock.run_for(10_000)
    await expect(newest).to_have_text("83.5¢")
    await page.clock.fast_forward(60_000)
    assert len(candles_asked(stage)) == 5
    stage.gaps = [{"from_ms": START_MS - 900_000, "to_ms": START_MS, "state": "open"}]
    await page.clock.fast_forward(60_000)

    await expect(chart).to_have_attribute("data-gaps", "1")
    await expect(page.get_by_text("shaded: trades may be missing")).to_be_visible()
    assert len(candles_asked(stage)) == 10


@in_chromium
async def test_an_event_of_many_markets(open_page: Opener, stage: MarketStage) -> None:
    """Six have a line, those of most dollars; a ladder's others are asked for after
    them, and those that were not traded in the range never."""
    many = event_page()
    for n in range(5, 9):
        quiet = {"last_trade_ts_ms": START_MS - 7_200_000} if n > 6 else {}
        its = market(n, **quiet) | {"strike_type": "greater", "floor_strike": n * 1e6}
        paid = {"notional_dollars": "9.000000", "net_flow_fp": "0.00", "trade_count": 1}
        rest = {
            "side": "plus",
            "is_over": False,
            "cap_strike": None,
            "volume_fp": "1.00",
        }
        flows = {"yes_flow_dollars": "9.000000", "no_flow_dollars": "0.000000"}
        many["markets"].append(its | paid | rest | flows)
    stage.answers[f"/api/events/{EVENT}"] = many
    page = await open_page(f"/e/{EVENT}")

    await expect(page.locator("[data-line]")).to_have_count(6)
    await expect(page.locator("[data-band]")).to_have_attribute("data-band", "true")

    asked = candles_asked(stage)
    assert sorted(asked[:6]) == [str(row(n)["market_ticker"]) for n in range(6)]
    assert asked[6:] == [str(row(6)["market_ticker"])]


@in_chromium
async def test_the_largest_prints(open_page: Opener, stage: MarketStage) -> None:
    """Of all its markets, largest first, of how many; each opens its market."""
    page = await open_page(f"/e/{EVENT}")

    shown = page.get_by_role("region", name="Largest prints of the event")
    rows = shown.locator("tbody tr")
    await expect(rows).to_have_count(20)
    await expect(shown).to_contain_text("of the last 1h: 20 largest of")
    paid = await rows.locator("td:last-child").evaluate_all(
        "cells => cells.map(cell => Number(cell.title.replace(/[$,]/g, '')))"
    )
    assert paid == sorted(paid, reverse=True)
    assert paid[-1] >= 1_000
    name = await rows.first.get_by_role("button").inner_text()
    await rows.first.get_by_role("button").click()

    await expect(page.locator("[data-market] .outcome")).to_have_text(name)
