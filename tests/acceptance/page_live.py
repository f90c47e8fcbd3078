"""The page of a real board in a real Chromium, and what it shows, read as a program reads.

What is read are the attributes that docs/page.md names: figures as the server's own
strings, tickers, ids of trades. What is reported against the page (an error, a warning,
a broken policy, a dialog) fails the test, but for what the test makes happen.
"""

import asyncio
import re
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any, TypeVar

from playwright.async_api import Browser, BrowserContext, Page, async_playwright

from tests.page_browser import CHROMIUM, CHROMIUM_ARGUMENTS, DESK

AGREE_S = 20.0
# What a browser itself says of a server that is away, and of a name nobody knows.
AWAY = re.compile(
    r"^WebSocket connection to|net::ERR_(CONNECTION|EMPTY|NETWORK|SOCKET)"
)
UNKNOWN = re.compile(r"^Failed to load resource: .* 404 \(Not Found\)$")
HEAR_POLICY = (
    "addEventListener('securitypolicyviolation',"
    " (e) => console.error('CSP: ' + e.violatedDirective))"
)
BOARD = """() => {
  const table = document.querySelector('table[data-window]')?.dataset ?? {};
  const all = (path, key) =>
    [...document.querySelectorAll(path)].map((each) => each.dataset[key]);
  return {
    window: table.window ?? null,
    to_ms: Number(table.windowToMs),
    sort: table.sort ?? null,
    settled: table.settled === 'true',
    tickers: all('tr[data-ticker]', 'ticker'),
    tape: all('[data-trade]', 'trade'),
    whales: all('[data-whale]', 'whale'),
  };
}"""
FIGURES = """(path) => Object.fromEntries(
  [...document.querySelectorAll(path + ' [data-field]')]
    .filter((each) => !each.closest('[data-flow], [data-print], [data-member]'))
    .map((each) => [each.dataset.field, each.dataset.value ?? null]))"""

Shown = dict[str, Any]
T = TypeVar("T")


@asynccontextmanager
async def chromium() -> AsyncIterator[Browser]:
    """Run one headless Chromium."""
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path=CHROMIUM, args=CHROMIUM_ARGUMENTS
        )
        yield browser
        await browser.close()


@asynccontextmanager
async def visiting(
    browser: Browser,
    address: str = "",
    *,
    size: tuple[int, int] = DESK,
    scheme: str = "dark",
    expected: re.Pattern[str] | None = None,
    prepare: Callable[[BrowserContext], Awaitable[None]] | None = None,
) -> AsyncIterator[Page]:
    """Open a page of a fresh profile; in the end nothing was reported against it.

    Args:
        browser: Where.
        address: What to open; "": nothing yet.
        size: Of the window, in pixels.
        scheme: `dark` or `light`.
        expected: What the browser may report, since the test makes it happen.
        prepare: Called before the page is made.
    """
    context = await browser.new_context(
        viewport={"width": size[0], "height": size[1]},
        color_scheme=scheme,  # type: ignore[arg-type]
    )
    complaints: list[str] = []
    try:
        if prepare is not None:
            await prepare(context)
        page = await context.new_page()
        _hear(page, complaints)
        await page.add_init_script(HEAR_POLICY)
        if address:
            await page.goto(address)
        yield page
    finally:
        await context.close()
    reported = [c for c in complaints if not (expected and expected.search(c))]
    assert not reported, reported


def _hear(page: Page, complaints: list[str]) -> None:
    page.on("pageerror", lambda error: complaints.append(f"error {error}"))
    page.on("dialog", lambda dialog: complaints.append(f"dialog {dialog.message}"))
    page.on(
        "console",
        lambda said: (
            complaints.append(said.text) if said.type in ("error", "warning") else None
        ),
    )


async def board_of(page: Page) -> Shown:
    """Return what table, tape and whale list show."""
    shown: Shown = await page.evaluate(BOARD)
    return shown


async def figures_of(page: Page, path: str) -> dict[str, str | None]:
    """Return the figures within an element, by their names."""
    found: dict[str, str | None] = await page.evaluate(FIGURES, path)
    return found


async def until_shown(
    look: Callable[[], Awaitable[T]],
    agrees: Callable[[T], Any],
    timeout_s: float = AGREE_S,
) -> T:
    """Look until what is seen agrees; fail with what was seen last."""
    deadline_s = time.monotonic() + timeout_s
    while not agrees(seen := await look()):
        assert time.monotonic() < deadline_s, f"waited {timeout_s} s: {seen}"
        await asyncio.sleep(0.05)
    return seen
