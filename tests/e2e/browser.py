"""A real browser for tests of the page: found on the machine, never downloaded.

Where none is found a test that asks for one is skipped with a sentence; with EASEL_REQUIRE_BROWSER set it
fails instead. Whatever a page throws, or wants to load although its policy forbids it, fails the test.
"""

from __future__ import annotations

import os
import shutil
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Final, Protocol

import pytest
import pytest_asyncio
from playwright.async_api import async_playwright

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from playwright.async_api import Browser, BrowserContext, ConsoleMessage, Page

NAMES: Final = ("chromium", "chromium-browser", "google-chrome")
_ARGUMENTS: Final = (
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
#: How long a page may take for anything that a test waits for, in milliseconds.
PATIENCE_MS: Final = 15_000
_POLICY: Final = "Content Security Policy"


class PageFactory(Protocol):
    """Opens an address as somebody who has never been there."""

    async def __call__(
        self, url: str, *, width: int = 1280, height: int = 800, new_here: bool = False
    ) -> Page:
        """Return the page when it has loaded; with `new_here` the first-visit hint does not count as seen."""


def find_browser() -> str | None:
    """Return the path of a Chromium on this machine, or None."""
    return next((path for name in NAMES if (path := shutil.which(name))), None)


def required_browser() -> str:
    """Return the path of a Chromium; without one the test is skipped, or fails if one is required."""
    path = find_browser()
    if path is not None:
        return path
    sentence = f"No browser was found: none of {', '.join(NAMES)} is on the PATH."
    if os.environ.get("EASEL_REQUIRE_BROWSER"):
        pytest.fail(sentence)
    pytest.skip(sentence)


@asynccontextmanager
async def launched() -> AsyncIterator[Browser]:
    """Run a headless browser while the block runs."""
    path = required_browser()
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=path, args=list(_ARGUMENTS))
        try:
            yield browser
        finally:
            await browser.close()


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def browser() -> AsyncIterator[Browser]:
    """One browser for all tests of a process, as starting it takes longer than most of them."""
    async with launched() as browser:
        yield browser


@pytest_asyncio.fixture(loop_scope="session")
async def page_factory(browser: Browser) -> AsyncIterator[PageFactory]:
    """Open pages, each with a storage of its own; a conftest imports this and `browser` to have it."""
    complaints: list[str] = []
    contexts: list[BrowserContext] = []

    def listen(message: ConsoleMessage) -> None:
        if message.type == "error" and _POLICY in message.text:
            complaints.append(message.text)

    async def factory(url: str, *, width: int = 1280, height: int = 800, new_here: bool = False) -> Page:
        context = await browser.new_context(viewport={"width": width, "height": height})
        contexts.append(context)
        page = await context.new_page()
        page.set_default_timeout(PATIENCE_MS)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("console", listen)
        if not new_here:
            await page.add_init_script("localStorage.setItem('easel.hint', 'seen')")
        await page.goto(url)
        # Before that nothing takes what is typed.
        await page.get_by_test_id("composer").wait_for(state="attached")
        await page.get_by_placeholder("Loading…").wait_for(state="detached")
        return page

    yield factory
    for context in contexts:
        await context.close()
    assert not complaints, complaints
