"""What the exchange, the disk and the lack of a key do to a real board, as the page says it.

Each state is made for real: the simulated exchange fails in its way, another program
locks the file. The page says the state in its pill, its banner and its two links, and
comes back by itself.
"""

import re
from collections.abc import AsyncIterator
from pathlib import Path
from typing import NamedTuple

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page, expect

from tests.acceptance.page_live import board_of, chromium, until_shown, visiting
from tests.acceptance.processes import (
    Board,
    Exchange,
    flowboard,
    serving,
    simulating,
)
from tests.acceptance.test_storage import locked
from tests.page_browser import browser_test

pytestmark = [
    pytest.mark.slow,
    pytest.mark.browser,
    browser_test,
    pytest.mark.asyncio(loop_scope="module"),
]

RATE = 12  # So that what was healed stays on the tape for some seconds.
STATE_MS = 15_000


class Scene(NamedTuple):
    exchange: Exchange
    board: Board
    browser: Browser
    folder: Path


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def scene(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Scene]:
    """A board of an exchange that trades, with nothing before its start."""
    folder = tmp_path_factory.mktemp("feed")
    async with (
        simulating(
            "--rate", RATE, "--lifecycle-rate", 1_800, folder=folder
        ) as exchange,
        serving(exchange, folder=folder) as board,
        chromium() as browser,
    ):
        await board.until("/health", lambda h: h["feed"]["state"] == "live")
        await board.until("/api/stats", lambda s: s.get("trades_total", 0) > 2 * RATE)
        yield Scene(exchange, board, browser, folder)
        assert await board.process.stop() == 0


@pytest_asyncio.fixture(autouse=True, loop_scope="module")
async def mended(scene: Scene) -> AsyncIterator[None]:
    """Leave the exchange sound, however a test has ended."""
    yield
    await scene.exchange.mend()


async def says(page: Page, word: str, banner: str | None) -> None:
    """Wait until pill and banner say so."""
    pill = page.locator("header [data-feed]")
    await expect(pill).to_have_attribute("data-feed", word, timeout=STATE_MS)
    if banner is None:
        await expect(page.locator("[data-banner]")).to_have_count(0, timeout=STATE_MS)
    else:
        await expect(page.locator("[data-banner]")).to_contain_text(
            banner, timeout=STATE_MS
        )


async def looks(page: Page) -> list[str]:
    """Return the looks of the pill's parts."""
    return await page.locator("header [data-feed] [data-look]").evaluate_all(
        "each => each.map(part => part.dataset.look)"
    )


async def moves_on(page: Page, scene: Scene) -> None:
    """Wait until the page says that all is as it should be, and shows new prints."""
    await says(page, "Demo", None)
    before = (await board_of(page))["tape"]
    await until_shown(
        lambda: board_of(page), lambda s: s["tape"][:1] != before[:1], STATE_MS / 1000
    )


async def test_a_demo_is_called_so(scene: Scene) -> None:
    """It says Demo above and below, never Live, and that its tape is shorter than the
    window; both links are as they should be."""
    async with visiting(scene.browser, f"{scene.board.base}/?w=1h") as page:
        await says(page, "Demo", None)
        assert await looks(page) == ["demo"]
        await expect(page.locator("[data-mode=demo]")).to_contain_text("not real")
        await expect(page.locator("[data-partial]")).to_contain_text("of 1h")
        for link in ("exchange", "page"):
            await expect(page.locator(f"[data-link={link}]")).to_have_attribute(
                "data-state", re.compile("live|connected|ok")
            )


async def test_a_silent_exchange_is_delayed(scene: Scene) -> None:
    """Connected and nothing comes: delayed, the first link alone ages."""
    async with visiting(scene.browser, scene.board.base) as page:
        await moves_on(page, scene)
        await scene.exchange.fault("stall")
        await says(page, "Delayed", "No trade has come for longer")
        assert await looks(page) == ["demo", "delayed"]
        await scene.exchange.mend()

        await moves_on(page, scene)


async def test_what_is_missed_is_fetched_and_marked(scene: Scene) -> None:
    """Healing is said while it lasts; what came of it is marked on the tape, and stands
    in the panel as a gap that is over."""
    async with visiting(scene.browser, scene.board.base) as page:
        await moves_on(page, scene)
        await scene.exchange.fault("slow_rest", ms=2_500)
        await scene.exchange.fault("skip_seq", count=10)
        await scene.board.until("/health", lambda h: h["feed"]["state"] == "healing")
        # Nothing more comes, so that what was missed stays on the tape.
        await scene.exchange.fault("maintenance")
        await says(page, "Healing", "Some trades were missed")
        assert await looks(page) == ["demo", "healing"]
        await says(page, "Demo", None)
        await expect(page.locator("[data-late]").first).to_be_visible()
        gaps = (await scene.board.get("/api/coverage"))["gaps"]
        newest = next(gap for gap in gaps if gap["cause"] == "seq")
        await page.locator("[popovertarget=truth]").first.click()
        line = page.locator(f'#truth [data-gap="{newest["gap"]}"]')

        await expect(line).to_contain_text(str(newest["recovered"]))
        await expect(page.locator("#truth [data-open-gaps]")).to_have_text("0")
        # Its mark stands between prints: those after it come now.
        await scene.exchange.mend()
        mark = page.locator(f'[data-tape-gap="{newest["gap"]}"]')
        await until_shown(mark.all_text_contents, lambda texts: len(texts) == 1)


async def test_a_lost_exchange_is_stale(scene: Scene) -> None:
    """Cut off and not let in again: stale, what was shown is not taken away."""
    async with visiting(scene.browser, scene.board.base) as page:
        await moves_on(page, scene)
        await scene.exchange.fault("refuse")
        await scene.exchange.fault("drop", count=1)
        await says(page, "Stale", "hears nothing from the exchange")
        assert await looks(page) == ["demo", "stale"]
        assert (await board_of(page))["tickers"]
        await scene.exchange.mend()

        await moves_on(page, scene)
        told = (await scene.board.get("/api/coverage"))["reconnects"]
        await page.locator("[popovertarget=truth]").first.click()
        await expect(page.locator("#truth [data-reconnects]")).to_have_text(str(told))
        assert told > 0


async def test_a_disk_that_fails_is_told(scene: Scene) -> None:
    """The file is locked by another program: trades are shown all the same, and the page
    says that they are not stored."""
    async with visiting(scene.browser, scene.board.base) as page:
        await moves_on(page, scene)
        with locked(scene.folder / "board.db"):
            await says(page, "Storage degraded", "cannot be stored")
            assert await looks(page) == ["demo", "storage"]
            before = (await board_of(page))["tape"][0]
            await until_shown(lambda: board_of(page), lambda s: s["tape"][0] != before)

        await moves_on(page, scene)


async def test_a_paused_page_stands_still(scene: Scene) -> None:
    """Space freezes what is drawn and counts what comes; it comes back with the newest,
    though nothing was lost meanwhile."""
    async with visiting(scene.browser, scene.board.base) as page:
        await moves_on(page, scene)
        await page.keyboard.press("Space")
        await expect(page.get_by_role("button", name="Resume")).to_be_visible()
        before = await board_of(page)
        missed = page.locator("[data-missed]")
        await expect(missed).to_contain_text(re.compile(r"\d\d new"), timeout=STATE_MS)
        assert await board_of(page) == before
        await page.keyboard.press("Space")

        await until_shown(
            lambda: board_of(page), lambda s: not set(s["tape"]) & set(before["tape"])
        )
        await expect(missed).to_have_count(0)


async def test_a_market_that_ends_tells_its_payout(scene: Scene) -> None:
    """Decided by the exchange while the board runs: result and payout are its own."""
    found = await scene.board.until(
        "/api/markets",
        lambda told: any(m["result"] in ("yes", "no") for m in told["markets"]),
        status="determined,finalized",
        sort="notional",
    )
    decided = next(m for m in found["markets"] if m["result"] in ("yes", "no"))
    ticker, result = decided["market_ticker"], decided["result"]
    async with visiting(scene.browser, f"{scene.board.base}/m/{ticker}") as page:
        payout = page.locator("[data-settlement]")

        await expect(payout).to_have_attribute("data-settlement", result)
        await expect(payout).to_contain_text(f"Settled: {result.upper()}")
        await expect(payout).to_contain_text(
            "A YES pays $1, a NO $0" if result == "yes" else "A YES pays $0, a NO $1"
        )


async def test_without_a_key_it_polls(scene: Scene, tmp_path: Path) -> None:
    """Polling is said, as a note that can be put away; prints come all the same."""
    settings = {
        name: value
        for name, value in scene.exchange.settings.items()
        if name in ("KALSHI_API_BASE", "KALSHI_WS_URL")
    }
    command = ("serve", "--port", 0, "--database", tmp_path / "polled.db")
    async with flowboard(*command, folder=tmp_path, **settings) as process:
        (address,) = await process.ready()
        async with visiting(scene.browser, address) as page:
            await says(page, "Polling", "asked for, not streamed")
            assert await looks(page) == ["demo", "polling"]
            await until_shown(lambda: board_of(page), lambda s: s["tape"])
            await page.get_by_role("button", name="Hide").click()
            await says(page, "Polling", None)
        assert await process.stop() == 0
