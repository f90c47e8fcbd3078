"""Fixtures that open the page in a real Chromium and listen to its complaints.

A test module asks for them with ``pytest_plugins = ["tests.page_fixtures"]``.
"""

from collections.abc import AsyncIterator

import pytest_asyncio
from playwright.async_api import Browser, Page, async_playwright

from tests.page_browser import (
    CHROMIUM,
    CHROMIUM_ARGUMENTS,
    DESK,
    EXPECTED_ERROR,
    SECONDS_MAX,
    Opener,
    next_of,
)
from tests.page_stage import STATIC, Stage, snapshot


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def chromium() -> AsyncIterator[Browser]:
    """One headless Chromium with an empty profile."""
    assert (STATIC / "index.html").is_file(), (
        "The page is not built: run `pip install -e .`"
    )
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path=CHROMIUM, args=CHROMIUM_ARGUMENTS
        )
        yield browser
        await browser.close()


@pytest_asyncio.fixture(loop_scope="module")
async def stage() -> AsyncIterator[Stage]:
    """A server that greets with a whole board."""
    async with Stage().open() as opened:
        opened.greeting = snapshot()
        yield opened


@pytest_asyncio.fixture(loop_scope="module")
async def open_page(chromium: Browser, stage: Stage) -> AsyncIterator[Opener]:
    """Open the page; afterwards nothing may have been reported against it."""
    complaints: list[str] = []
    contexts = []

    async def open_page(
        path: str = "/",
        size: tuple[int, int] = DESK,
        scheme: str = "dark",
        clock: bool = False,
        missing: str = "",
    ) -> Page:
        context = await chromium.new_context(
            viewport={"width": size[0], "height": size[1]},
            color_scheme=scheme,  # type: ignore[arg-type]
            reduced_motion="no-preference",
        )
        contexts.append(context)
        page = await context.new_page()
        page.set_default_timeout(SECONDS_MAX * 1000)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on(
            "console",
            lambda message: (
                complaints.append(message.text)
                if message.type in ("error", "warning")
                else None
            ),
        )
        page.on("dialog", lambda dialog: complaints.append(f"dialog {dialog.message}"))
        await page.add_init_script(
            "addEventListener('securitypolicyviolation',"
            " (e) => console.error('CSP: ' + e.violatedDirective))"
        )
        if clock:
            await page.clock.install()
        if missing:
            await page.route(missing, lambda route: route.fulfill(status=404))
        await page.goto(stage.url + path)
        await next_of(stage.connects)
        return page

    yield open_page
    for context in contexts:
        await context.close()
    assert [c for c in complaints if not EXPECTED_ERROR.match(c)] == []
