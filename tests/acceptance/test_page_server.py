"""A server that has nothing yet, is silent, dies, comes back, or is a newer one: real ones.

A stopped process is a server that holds its sockets and says nothing; a killed one
is gone. The page's clock is moved on where a minute of silence would be long to wait.
"""

import asyncio
import itertools
import os
import re
import signal
import socket
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import pytest_asyncio
from playwright.async_api import (
    Browser,
    BrowserContext,
    Page,
    WebSocketRoute,
    expect,
)

from tests.acceptance.made_tape import make_trades, write_tape
from tests.acceptance.page_live import (
    AWAY,
    UNKNOWN,
    board_of,
    chromium,
    until_shown,
    visiting,
)
from tests.acceptance.processes import Exchange, serving, simulating
from tests.page_browser import PHONE, browser_test

pytestmark = [
    pytest.mark.slow,
    pytest.mark.browser,
    browser_test,
    pytest.mark.asyncio(loop_scope="module"),
]

# Its own next try may come first and take the button away.
RETRY = "document.querySelector('[data-banner] button')?.click()"
RATE = 60
DASH = "\u2013"
WAIT_MS = 15_000
SILENT_MS = 12_500
# Everything on the page that tells how old something is, in seconds, at one moment.
AGES = """() => {
  const seconds = (text) => {
    const found = /(\\d+) ?(s|min|m)\\b/.exec(text ?? '');
    return found ? found[1] * (found[2] === 's' ? 1 : 60) : 0;
  };
  const of = (path) => seconds(document.querySelector(path)?.textContent);
  return {
    exchange: of('[data-link=exchange] [data-age]'),
    page: of('[data-link=page] [data-page-age]'),
    whale: of('[data-whale] time'),
    banner: seconds(/, ([^,]*) old/.exec(
      document.querySelector('[data-banner]')?.textContent)?.[1]),
  };
}"""
NEWER = """
import flowboard
import flowboard.stream_messages
flowboard.__version__ = "99.0.0"
flowboard.stream_messages.VERSION += 1
"""


class Scene(NamedTuple):
    exchange: Exchange
    browser: Browser
    folder: Path


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def scene(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Scene]:
    """An exchange that trades, and a browser; each test runs servers of its own."""
    folder = tmp_path_factory.mktemp("server")
    async with (
        simulating("--rate", RATE, folder=folder) as exchange,
        chromium() as browser,
    ):
        yield Scene(exchange, browser, folder)


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as found:
        return int(found.getsockname()[1])


async def pill(page: Page, word: str) -> None:
    await expect(page.locator("header [data-feed]")).to_have_attribute(
        "data-feed", word, timeout=WAIT_MS
    )


async def moves_on(page: Page) -> None:
    """Wait until the board is fresh, and new prints come."""
    await pill(page, "Demo")
    await expect(page.locator("[data-banner]")).to_have_count(0, timeout=WAIT_MS)
    before = (await board_of(page))["tape"]
    await until_shown(lambda: board_of(page), lambda s: s["tape"] != before)


async def ages(page: Page) -> dict[str, int]:
    found: dict[str, int] = await page.evaluate(AGES)
    return found


async def test_a_silent_server_is_not_health(scene: Scene, tmp_path: Path) -> None:
    """An open socket that says nothing is stale; all ages grow, by one clock; when it
    speaks again the board goes on."""
    async with (
        serving(scene.exchange, folder=tmp_path, FLOWBOARD_WHALE_DOLLARS="50") as board,
        visiting(scene.browser, expected=AWAY) as page,
    ):
        await board.until("/api/stats", lambda s: s.get("trades_total", 0) > 2 * RATE)
        await page.clock.install()
        await page.goto(board.base)
        await moves_on(page)
        await expect(page.locator("[data-whale]").first).to_be_visible()

        board.process.signal(signal.SIGSTOP)
        await page.clock.fast_forward(SILENT_MS)
        await pill(page, "Stale")
        first = await until_shown(lambda: ages(page), lambda a: a["banner"] >= 12)
        await page.clock.fast_forward(8_000)
        then = await until_shown(lambda: ages(page), lambda a: a["banner"] >= 20)
        grown = {name: then[name] - first[name] for name in first}
        board.process.signal(signal.SIGCONT)

        assert then["banner"] == then["exchange"]
        assert set(grown.values()) <= {7, 8, 9, 10}, grown
        await moves_on(page)
        await until_shown(lambda: ages(page), lambda a: max(a.values()) <= 5)


async def test_a_server_that_is_gone_is_waited_for(
    scene: Scene, tmp_path: Path
) -> None:
    """Killed: the next try counts down, no rate is claimed; started anew on the same
    port: the same page goes on, and misses nothing that the server has."""
    port = free_port()
    async with visiting(scene.browser, expected=AWAY) as page:
        async with serving(scene.exchange, "--port", port, folder=tmp_path) as board:
            await board.until(
                "/api/stats", lambda s: s.get("trades_total", 0) > 2 * RATE
            )
            await page.goto(board.base)
            await moves_on(page)
            await page.evaluate("window.loadedOnce = true")
            board.process.kill()
            await pill(page, "Reconnecting")
            seen = await until_shown(lambda: countdown(page), both_seconds())
            await expect(page.locator("[data-rate]")).to_have_text(DASH)
            assert "Connection to the server lost" in seen

        async with serving(scene.exchange, "--port", port, folder=tmp_path) as board:
            await page.evaluate(RETRY)
            await moves_on(page)
            assert await page.evaluate("window.loadedOnce") is True
            await scene.exchange.fault("maintenance")

            async def same() -> tuple[list[str], list[str]]:
                told = await board.get("/api/trades/recent", limit=40)
                return (await board_of(page))["tape"], [
                    trade["trade_id"] for trade in told["recent_trades"]
                ]

            await until_shown(same, lambda lists: lists[0] == lists[1])
            await scene.exchange.mend()
            assert await board.process.stop() == 0


async def countdown(page: Page) -> str:
    return await page.locator("[data-banner]").inner_text()


def both_seconds() -> Any:
    """Return what holds once "in 2 s" was seen, and "in 1 s" after it."""
    seen: list[str] = []

    def after(text: str) -> bool:
        found = re.search(r"Trying again in (\d+) s", text)
        if found and found[1] not in seen[-1:]:
            seen.append(found[1])
        return any(pair == ("2", "1") for pair in itertools.pairwise(seen))

    return after


async def test_a_newer_server_asks_for_a_reload(scene: Scene, tmp_path: Path) -> None:
    """Another version is served now: the page says so, and does nothing by itself."""
    port = free_port()
    patch = tmp_path / "newer"
    patch.mkdir()
    (patch / "sitecustomize.py").write_text(NEWER)
    path = os.pathsep.join([str(patch), os.environ.get("PYTHONPATH", "")])
    async with visiting(scene.browser, expected=AWAY) as page:
        async with serving(scene.exchange, "--port", port, folder=tmp_path) as board:
            await page.goto(board.base)
            await moves_on(page)
            await page.evaluate("window.loadedOnce = true")
            assert await board.process.stop() == 0
        async with serving(
            scene.exchange, "--port", port, folder=tmp_path, PYTHONPATH=path
        ) as board:
            banner = page.locator("[data-banner]")
            await expect(banner).to_contain_text(
                "Flowboard was updated", timeout=WAIT_MS
            )
            assert await page.evaluate("window.loadedOnce") is True

            await banner.get_by_role("button", name="Reload").click()
            await page.wait_for_function("window.loadedOnce === undefined")
            assert await board.process.stop() == 0


async def test_loading(scene: Scene, tmp_path: Path) -> None:
    """Before the first board: rows to come; after three seconds a word; then the board."""
    gate = asyncio.Event()

    async def held_up(way: WebSocketRoute) -> None:
        await gate.wait()
        way.connect_to_server()

    async def prepare(context: BrowserContext) -> None:
        await context.route_web_socket(re.compile("/ws/stream"), held_up)

    async with (
        serving(scene.exchange, folder=tmp_path) as board,
        visiting(scene.browser, board.base, prepare=prepare) as page,
    ):
        await expect(page.locator("[data-state=loading]")).to_be_visible()
        await pill(page, "Connecting")
        await expect(page.get_by_text("Waiting for the server")).to_be_visible()
        gate.set()

        await moves_on(page)
        await expect(page.locator("[data-state=loading]")).to_have_count(0)


async def test_nothing_recorded_yet(scene: Scene, tmp_path: Path) -> None:
    """A fresh board of an exchange that rests says what it is and what to do, and fills
    as soon as somebody trades."""
    tape = write_tape(tmp_path / "tape.jsonl", make_trades(60, seed=3))
    options = ("--tape", tape, "--speed", "max")
    async with simulating(*options, folder=tmp_path) as exchange:
        await exchange.fault("maintenance")
        async with (
            serving(exchange, folder=tmp_path, FLOWBOARD_FILL_HOURS="0") as board,
            visiting(scene.browser, board.base) as page,
        ):
            empty = page.locator("[data-state=empty]")
            await expect(empty).to_contain_text("No trades recorded yet")
            await expect(empty).to_contain_text("flowboard demo")
            await exchange.mend()
            await moves_on(page)


async def test_a_quiet_window(scene: Scene, tmp_path: Path) -> None:
    """No trade in the window is told from no trade at all, with the time of the last;
    so it is in the market's own drawer."""
    old, new = make_trades(2, seed=3)
    old |= {"ticker": "KXMADE1-26SEP21-T001", "created_time": "2026-09-21T10:00:00Z"}
    new |= {"ticker": "KXMVEMADE-S000", "created_time": "2026-09-21T10:09:00Z"}
    tape = write_tape(tmp_path / "tape.jsonl", [old, new])
    options = ("--tape", tape, "--speed", "max", "--keep-times")
    async with (
        simulating(*options, folder=tmp_path) as exchange,
        serving(exchange, folder=tmp_path) as board,
        visiting(scene.browser, expected=UNKNOWN) as page,
    ):
        await board.until("/api/stats", lambda s: s.get("trades_total") == 2)
        await page.goto(board.base)
        quiet = page.locator("[data-state=quiet]")
        await expect(quiet).to_contain_text("No trades in the last 5m")
        await expect(quiet).to_contain_text("Last one 10:00:00 UTC")
        await page.goto(f"{board.base}/m/{old['ticker']}")
        drawer = page.locator("[data-market]")
        await expect(drawer).to_have_attribute("data-state", "ready")
        await expect(drawer.locator("[data-state=quiet]")).to_contain_text("10:00:00")
        await page.goto(f"{board.base}/m/KXNOBODY-KNOWS")
        await expect(drawer).to_have_attribute("data-state", "unknown")


async def test_hostile_names_stay_text(scene: Scene, tmp_path: Path) -> None:
    """Markup, marks that turn text around, and endless titles from the exchange: shown as
    text on board, market and event, never wider than the screen, and nothing is run."""
    async with simulating("--rate", RATE, folder=tmp_path) as exchange:
        await exchange.fault("hostile_titles")
        async with (
            serving(exchange, folder=tmp_path) as board,
            visiting(scene.browser, size=PHONE) as page,
        ):
            named = await board.until(
                "/api/markets/hot",
                lambda told: sum("<" in str(r["title"]) for r in told["hot_markets"]),
            )
            row = next(r for r in named["hot_markets"] if "<" in str(r["title"]))
            for path in (
                "/",
                f"/m/{row['market_ticker']}",
                f"/e/{row['event_ticker']}",
            ):
                await page.goto(f"{board.base}{path}")
                await expect(
                    page.get_by_text(re.compile("<[a-z]+", re.IGNORECASE)).first
                ).to_be_attached()
                wide = await page.evaluate("document.documentElement.scrollWidth")
                assert wide == PHONE[0]
