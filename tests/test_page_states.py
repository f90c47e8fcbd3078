"""What the page says of itself in a real Chromium, in every state: never more than it
knows."""

import re
from typing import Any

from playwright.async_api import Page, expect

from tests.page_browser import Opener, in_chromium, next_of
from tests.page_stage import Stage, delta, feed, row, snapshot, stats, trade

pytest_plugins = ["tests.page_fixtures"]


def figure(page: Page, ticker: str, field: str) -> Any:
    return page.locator(f'tr[data-ticker="{ticker}"] [data-field="{field}"]')


def ticker(n: int) -> str:
    return str(row(n)["market_ticker"])


@in_chromium
async def test_pill_says_how_the_feed_is(open_page: Opener, stage: Stage) -> None:
    """The pill names the state; a demo or a replay is named in it or beside it, and
    below; only what is not of now is drawn faded."""
    page = await open_page()
    pill = page.locator("[data-feed]")
    cases = (
        ("live", "live", "Live"),
        ("live", "stale", "Stale"),
        ("live", "storage_degraded", "Storage degraded"),
        ("live", "starting", "Starting"),
        ("demo", "live", "Demo"),
        ("demo", "stale", "Stale"),
        ("replay", "live", "Replay"),
        ("polling", "polling", "Polling"),
    )
    for offset, (mode, state, word) in enumerate(cases, start=8):
        await stage.send(snapshot(offset=offset, mode=mode, feed=feed(state)))
        await expect(page.locator("footer [data-mode]")).to_have_attribute(
            "data-mode", mode
        )
        await expect(pill).to_have_attribute("data-feed", word)
        shown = await pill.inner_text()
        footer = await page.locator("footer").inner_text()
        for other in ("demo", "replay"):
            named = other.capitalize()
            assert (named in shown) == (named in footer) == (mode == other)
        faded = await page.locator("main").evaluate("e => getComputedStyle(e).filter")
        assert ("saturate" in faded) == (state in ("stale", "starting"))


@in_chromium
async def test_a_lost_connection_is_told_and_mended(
    open_page: Opener, stage: Stage
) -> None:
    """Down: banner, growing age, no rate. Retry now: the board is live again."""
    page = await open_page()
    await expect(page.locator("[data-feed]")).to_have_attribute("data-feed", "Live")
    banner = page.locator("[data-banner]")
    await expect(banner).to_have_count(0)

    stage.accepting = False
    await stage.hang_up()

    await expect(banner).to_contain_text("Connection to the server lost.")
    await expect(banner).to_contain_text(
        re.compile(r"\d+ s old\. Trying again in \d+ s")
    )
    await expect(banner).to_contain_text(re.compile(r" [1-9] s old"))
    await expect(banner).to_contain_text(re.compile(r" [3-9] s old"))
    await expect(page.locator("[data-age]")).to_have_text(re.compile(r"^[3-9] s$"))
    await expect(page.locator("[data-rate]")).to_have_text("\N{EN DASH}")
    await expect(page.get_by_role("status")).to_contain_text("Reconnecting")
    await expect(page.locator("tr[data-ticker]")).to_have_count(50)
    stage.accepting = True
    await page.get_by_role("button", name="Retry now").click()
    await expect(banner).to_have_count(0)
    await expect(page.locator("[data-feed]")).to_have_attribute("data-feed", "Live")
    await expect(page.locator("[data-age]")).to_have_text("<1 s")


@in_chromium
async def test_silence_is_not_health(open_page: Opener, stage: Stage) -> None:
    """An open socket that says nothing for 12 s is stale until it speaks again."""
    page = await open_page(clock=True)
    pill = page.locator("[data-feed]")
    await expect(pill).to_have_attribute("data-feed", "Live")

    await page.clock.run_for(11_000)
    await expect(pill).to_have_attribute("data-feed", "Live")
    await page.clock.run_for(2_000)
    await expect(pill).to_have_attribute("data-feed", "Stale")
    await expect(page.locator("[data-banner]")).to_contain_text("The server is silent")
    await expect(page.locator("[data-rate]")).to_have_text("\N{EN DASH}")

    heartbeat = {"type": "heartbeat", "offset": 7, "ts_ms": 1, "feed": feed()}
    await stage.send(heartbeat)
    await expect(pill).to_have_attribute("data-feed", "Live")


@in_chromium
async def test_nothing_is_drawn_while_hidden(open_page: Opener, stage: Stage) -> None:
    """A hidden tab draws nothing, and shows the newest board on return."""
    page = await open_page()
    await expect(page.locator("tr[data-ticker]")).to_have_count(50)
    hide = """hidden => {
        Object.defineProperty(document, 'hidden', {value: hidden, configurable: true});
        document.dispatchEvent(new Event('visibilitychange'));
    }"""
    await page.evaluate(hide, True)

    change = {"market_ticker": ticker(0), "trade_count": 4242}
    # The answer to the hole proves that the page has read both frames.
    await stage.send(delta(8, hot_markets=[change]), delta(10))
    await next_of(stage.requests)
    cell = figure(page, ticker(0), "trade_count")
    before = await cell.get_attribute("data-value")
    await page.evaluate(hide, False)

    assert before == str(row(0)["trade_count"])
    await expect(cell).to_have_attribute("data-value", "4242")


@in_chromium
async def test_loading(open_page: Opener, stage: Stage) -> None:
    """Before the first board: rows to come, and after 3 s a word."""
    stage.greeting = None
    page = await open_page(clock=True)

    await expect(page.locator("[data-state=loading]")).to_be_visible()
    await expect(page.get_by_text("Waiting for the server")).to_have_count(0)
    await page.clock.run_for(4_000)
    await expect(page.get_by_text("Waiting for the server")).to_be_visible()


@in_chromium
async def test_nothing_recorded_yet(open_page: Opener, stage: Stage) -> None:
    """A fresh install is told what to do."""
    stage.greeting = snapshot(
        hot_markets=[], recent_trades=[], whales=[], stats=stats(trades_total=0)
    )
    page = await open_page()

    empty = page.locator("[data-state=empty]")
    await expect(empty).to_contain_text("No trades recorded yet")
    await expect(empty).to_contain_text("flowboard demo")


@in_chromium
async def test_quiet_window(open_page: Opener, stage: Stage) -> None:
    """A quiet window is told from an empty tape, with the time of the last trade."""
    last = trade(9, ts_ms=1_795_222_931_000)
    stage.greeting = snapshot(hot_markets=[], whales=[], recent_trades=[last])
    page = await open_page()

    quiet = page.locator("[data-state=quiet]")
    await expect(quiet).to_contain_text(
        "No trades in the last 5m. Last one 01:02:11 UTC."
    )


@in_chromium
async def test_an_updated_server_asks_for_a_reload(
    open_page: Opener, stage: Stage
) -> None:
    """A server newer than the page is told of; the reload is the reader's to click."""
    stage.greeting = snapshot(v=2)
    page = await open_page()
    banner = page.locator("[data-banner]")
    await expect(banner).to_contain_text("Flowboard was updated.")
    await expect(page.locator("tr[data-ticker]")).to_have_count(50)
    assert stage.connects.empty()

    stage.greeting = snapshot()
    await page.get_by_role("button", name="Reload").click()

    await next_of(stage.connects)
    await expect(page.locator("tr[data-ticker]")).to_have_count(50)
    await expect(banner).to_have_count(0)


@in_chromium
async def test_another_version_behind_the_same_stream_is_told_too(
    open_page: Opener, stage: Stage
) -> None:
    """The page asks who answers once the server has another epoch."""
    stage.answers["/api/config"] = {"version": "0.1.0"}
    page = await open_page()
    async with page.expect_response("**/api/config"):
        await page.reload()
    await next_of(stage.connects)

    stage.answers["/api/config"] = {"version": "0.2.0"}
    await stage.send(snapshot(epoch="another"))

    banner = page.locator("[data-banner]")
    await expect(banner).to_contain_text("Flowboard was updated.")


@in_chromium
async def test_what_cannot_be_fetched_says_so(open_page: Opener, stage: Stage) -> None:
    """A page that outlived its server's update: no click ends in an empty half."""
    page = await open_page("/", missing="**/assets/Drawer*")
    alert = page.get_by_role("alert")

    await page.locator("tr[data-ticker] .open").first.click()

    await expect(alert).to_contain_text("could not be fetched")
    await alert.get_by_role("button", name="Close").click()
    await expect(alert).to_have_count(0)
    await expect(
        page.get_by_role("region", name="Live tape", exact=True)
    ).to_be_visible()


@in_chromium
async def test_times_are_of_the_preferred_zone(open_page: Opener, stage: Stage) -> None:
    """Banner, panel and clock name the same zone."""
    stage.greeting = snapshot(feed=feed("stale", data_age_ms=16_000))
    page = await open_page()
    await page.evaluate(
        """() => localStorage.setItem('flowboard.preferences',
            JSON.stringify({timeZone: 'exchange'}))"""
    )
    await page.reload()
    banner = page.locator("[data-banner]")

    await expect(banner).to_contain_text(re.compile(r"as of 21:59:4\d ET, \d+ s old"))
    await page.locator("[data-coverage]").click()
    panel = page.get_by_role("dialog", name="How fresh, how complete")
    await expect(panel.locator("[data-complete-to]")).to_have_text("22:00:00 ET")
    await expect(panel).to_contain_text("Hour, ET")
    await expect(panel).to_contain_text("As of 22:00:00 ET")
    assert "UTC" not in await page.locator("body").inner_text()
