"""What the page says of the tape in a real Chromium: states, links, completeness."""

import re
from typing import Any

import pytest
from playwright.async_api import Page, expect

from tests.page_browser import DESK, PHONE, Opener, in_chromium, next_of
from tests.page_stage import (
    START_MS,
    Stage,
    coverage,
    delta,
    feed,
    gap,
    snapshot,
)

pytest_plugins = ["tests.page_fixtures"]

STATES = {
    "live": ("Live", None),
    "delayed": ("Delayed", "asking the exchange whether it is quiet"),
    "healing": ("Healing", "being fetched now"),
    "polling": ("Polling", "fetches every public trade once a second"),
    "stale": ("Stale", "keeps trying"),
    "storage_degraded": ("Storage degraded", "stored as soon as the disk takes them"),
    "starting": ("Starting", None),
}
HIDE = """hidden => {
    Object.defineProperty(document, 'hidden', {value: hidden, configurable: true});
    document.dispatchEvent(new Event('visibilitychange'));
}"""


async def look(page: Page) -> tuple[Any, ...]:
    """Return the last pill's colours and its sign."""
    drawn = await page.locator("[data-look]").last.evaluate(
        "e => [getComputedStyle(e).color, getComputedStyle(e).backgroundColor,"
        " e.querySelector('path').getAttribute('d')]"
    )
    return tuple(drawn)


def asked(stage: Stage) -> int:
    return stage.coverage_asked.qsize()


# The state


@in_chromium
@pytest.mark.parametrize("scheme", ["dark", "light"])
async def test_each_state_has_word_colour_and_sign(
    open_page: Opener, stage: Stage, scheme: str
) -> None:
    """A delta with nothing but `feed` changes pill and banner within 2 s."""
    page = await open_page(scheme=scheme)
    pill = page.locator("[data-feed]")
    looks = []

    for offset, (state, (word, does)) in enumerate(STATES.items(), start=8):
        frame = delta(offset, feed=feed(state))
        for key in ("trades", "hot_markets", "left", "whales", "stats"):
            del frame[key]
        await stage.send(frame)
        await expect(pill).to_have_attribute("data-feed", word, timeout=2000)
        await expect(pill).to_have_text(word.replace(" ", "\N{NO-BREAK SPACE}"))
        banner = page.locator("[data-banner]")
        if does:
            await expect(banner).to_contain_text(does, timeout=2000)
        else:
            await expect(banner).to_have_count(0)
        looks.append(await look(page))
    await stage.send(snapshot(mode="demo", offset=99))
    await expect(pill).to_have_attribute("data-feed", "Demo")
    looks.append(await look(page))

    colours = {(ink, ground) for ink, ground, _ in looks}
    signs = {sign for _, _, sign in looks}
    assert len(colours) == len(signs) == len(STATES) + 1


@in_chromium
async def test_a_demo_in_trouble_says_both(open_page: Opener, stage: Stage) -> None:
    """The state of a demo's feed stands beside the word demo, never instead of it."""
    stage.greeting = snapshot(mode="demo", feed=feed("healing", open_gaps=1))
    page = await open_page(size=PHONE)

    await expect(page.locator("[data-look]")).to_have_text(["Demo", "Healing"])


@in_chromium
async def test_the_note_of_polling_can_be_hidden(
    open_page: Opener, stage: Stage
) -> None:
    """Who polls on purpose need not read it all day; another state is told again."""
    stage.greeting = snapshot(feed=feed("polling"))
    page = await open_page()
    banner = page.locator("[data-banner]")
    await page.get_by_role("button", name="Hide").click()
    await expect(banner).to_have_count(0)

    await stage.send(delta(8, feed=feed("healing", open_gaps=2)))

    await expect(banner).to_contain_text("2 gaps in all")
    await expect(page.locator("footer")).to_contain_text("2 open gaps")


@in_chromium
async def test_a_healing_of_a_moment_moves_nothing(
    open_page: Opener, stage: Stage
) -> None:
    """Every reconnect is healed within a second: the pill tells of it, and the board
    stays where it is."""
    stage.greeting = snapshot()
    page = await open_page(clock=True)
    banner = page.locator("[data-banner]")

    await stage.send(delta(8, feed=feed("healing", open_gaps=1)))
    await expect(page.locator("[data-feed]")).to_have_attribute("data-feed", "Healing")
    await page.clock.run_for(1_000)
    await expect(banner).to_have_count(0)
    await page.clock.run_for(1_000)

    await expect(banner).to_contain_text("being fetched now")


# The links


@in_chromium
@pytest.mark.parametrize("size", [DESK, PHONE])
async def test_each_link_has_its_own_age(
    open_page: Opener, stage: Stage, size: tuple[int, int]
) -> None:
    """A silent exchange ages the first link alone; a heartbeat makes the second new."""
    stage.greeting = snapshot(feed=feed(data_age_ms=115_000))
    page = await open_page(size=size, clock=True)
    data, word = page.locator("[data-age]"), page.locator("[data-page-age]")
    await expect(data).to_have_text("1 min")
    await expect(word).to_have_text("<1 s")

    await page.clock.run_for(8_000)
    await expect(data).to_have_text("2 min")
    await expect(word).to_have_text(re.compile(r"^([89]|1\d) s$"))
    beat = {"type": "heartbeat", "offset": 7, "ts_ms": START_MS + 8_100}
    await stage.send(beat | {"feed": feed("delayed", data_age_ms=123_100)})
    await expect(page.locator("[data-feed]")).to_have_attribute("data-feed", "Delayed")

    await expect(word).to_have_text(re.compile(r"^(<1|[1-5]) s$"))
    await expect(data).to_have_text("2 min")
    await expect(data).to_be_visible()
    await expect(word).to_be_visible()


@in_chromium
@pytest.mark.parametrize("size", [DESK, PHONE])
async def test_a_lost_server_counts_down_and_vouches_for_nothing(
    open_page: Opener, stage: Stage, size: tuple[int, int]
) -> None:
    """While nobody tells of the exchange, its link is not known, and no tick is shown."""
    page = await open_page(size=size)
    figure = page.locator("[data-coverage]")
    await expect(figure).to_have_attribute("data-coverage", "ok")

    stage.accepting = False
    await stage.hang_up()

    own = page.locator("[data-link=page]")
    await expect(own).to_contain_text(re.compile(r"retry in \d+ s"))
    exchange = page.locator("[data-link=exchange]")
    await expect(exchange).to_have_attribute("data-state", "not known now")
    await expect(figure).to_have_attribute("data-coverage", "idle")
    await expect(figure).to_contain_text("as of 03:00")


# Completeness


@in_chromium
async def test_the_figure(open_page: Opener, stage: Stage) -> None:
    """Every trade of the day, a warning when some are missing, and no early claim."""
    page = await open_page(size=PHONE)
    figure = page.locator("[data-coverage]")
    fault = "7 missing, 1 extra"

    for offset, (answer, words, tone) in enumerate(
        (
            (coverage(), "2,412,737 of 2,412,737", "ok"),
            (coverage(missing=7, extra=1), "2,412,730 of 2,412,737", "bad"),
            (coverage(audited_ms=0, exchange=0, ours=0), "not audited yet", "idle"),
        ),
        start=8,
    ):
        stage.coverage = answer
        await stage.send(delta(offset, feed=feed(open_gaps=offset)))
        await expect(page.locator("[data-figure]")).to_have_text(words)
        await expect(figure).to_have_attribute("data-coverage", tone)
        assert (fault in await figure.inner_text()) == (tone == "bad")


@in_chromium
@pytest.mark.parametrize("size", [DESK, PHONE])
async def test_the_panel_tells_all_by_keyboard(
    open_page: Opener, stage: Stage, size: tuple[int, int]
) -> None:
    """Enter opens it, Esc closes it and gives the focus back; it holds the proof."""
    now = [gap(9, "seq", state="healing", recovered=12), *coverage()["gaps"]]
    stage.coverage = coverage() | {"gaps": now, "reconnects": 3}
    stage.greeting = snapshot(feed=feed("healing", open_gaps=1))
    page = await open_page(size=size)
    opener = page.locator("[data-coverage]")
    await opener.focus()
    await page.keyboard.press("Enter")

    panel = page.get_by_role("dialog", name="How fresh, how complete")
    await expect(panel).to_be_focused()
    await expect(panel.locator("[data-complete-to]")).to_have_text("03:00:00 UTC")
    await expect(panel.locator("[data-open-gaps]")).to_have_text("1")
    await expect(panel.locator("[data-reconnects]")).to_have_text("3")
    cells = await panel.locator("[data-gap='9'] > *").all_inner_texts()
    assert cells == [
        "Message numbers jumped",
        "02:53:20",
        "02:53:50",
        "12",
        "being fetched",
    ]
    await expect(panel.locator("[data-hour]")).to_have_count(24)
    hour = await panel.locator("[data-hour] >> nth=1").locator("> *").all_inner_texts()
    assert hour == ["02:00", "100,531", "100,531", "0", "0"]
    box = await panel.bounding_box()
    assert box is not None
    assert box["x"] >= 0
    assert box["x"] + box["width"] <= size[0]
    assert box["y"] + box["height"] <= size[1]
    await page.keyboard.press("Escape")
    await expect(panel).to_be_hidden()
    await expect(opener).to_be_focused()


@in_chromium
async def test_coverage_is_asked_for_when_it_may_have_changed(
    open_page: Opener, stage: Stage
) -> None:
    """At load, on another state, every 30 s; not for a beat, and never while hidden."""
    page = await open_page(clock=True)
    await expect(page.locator("[data-figure]")).to_be_visible()
    assert asked(stage) == 1

    await stage.send(delta(8, feed=feed(data_age_ms=90)))
    await page.clock.run_for(5_000)
    assert asked(stage) == 1
    await page.evaluate(HIDE, True)
    await stage.send(delta(9, feed=feed("healing", open_gaps=1)), delta(11))
    await next_of(stage.requests)
    await page.clock.run_for(90_000)
    assert asked(stage) == 1

    stage.coverage = coverage(missing=3)
    await page.evaluate(HIDE, False)
    await page.clock.run_for(10)
    await expect(page.locator("[data-coverage]")).to_contain_text("3 missing")
    assert asked(stage) == 2
    stage.coverage = coverage()
    await page.clock.run_for(30_000)
    await expect(page.locator("[data-coverage]")).not_to_contain_text("missing")
    assert asked(stage) == 3


@in_chromium
async def test_an_older_server_has_no_figure(open_page: Opener, stage: Stage) -> None:
    """Where nothing can be proven nothing is claimed, and nobody is asked again."""
    stage.coverage = None
    page = await open_page(clock=True)
    await next_of(stage.coverage_asked)
    await page.clock.run_for(60_000)

    await expect(page.locator("tr[data-ticker]")).to_have_count(50)
    await expect(page.locator("[data-coverage]")).to_have_count(0)
    assert asked(stage) == 0


@in_chromium
async def test_a_short_tape_says_how_much_it_covers(
    open_page: Opener, stage: Stage
) -> None:
    """A window that reaches before the tape is not passed off as whole."""
    stage.greeting = snapshot("24h", window_covered_ms=3 * 3_600_000 + 5)
    page = await open_page("/?w=24h", size=PHONE)

    await expect(page.locator("[data-partial]")).to_contain_text("covers 3 h of 24h")
