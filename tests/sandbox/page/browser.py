"""The sandbox's page in a real browser: opening it, and what a person does on it."""

from __future__ import annotations

import re
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from playwright.async_api import Locator, Page, ViewportSize, async_playwright, expect

DESKTOP: ViewportSize = {"width": 1280, "height": 800}

_BROWSERS = ("chromium", "chromium-browser", "google-chrome")
_ARGUMENTS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
)


def browser_path() -> str | None:
    """Where Chromium is on this machine, if it is."""
    return next(filter(None, map(shutil.which, _BROWSERS)), None)


@asynccontextmanager
async def browsing(address: str, size: ViewportSize = DESKTOP) -> AsyncIterator[Page]:
    """Open an address in headless Chromium, which `browser_path` must have found."""
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=browser_path(), args=_ARGUMENTS)
        try:
            page = await browser.new_page(viewport=size, color_scheme="light")
            await page.goto(address)
            yield page
        finally:
            await browser.close()


async def become(page: Page, name: str) -> None:
    """Switch to the person of this name."""
    await page.get_by_label("Workspace").get_by_role("button", name=name).click()
    await expect(page.locator("#viewer-name")).to_have_text(name)


async def type_text(page: Page, text: str) -> None:
    """Type into the composer and send it."""
    composer = page.get_by_label("Message or command")
    await composer.press_sequentially(text)
    await composer.press("Enter")


def button(page: Page, words: str) -> Locator:
    """The last button of a message that begins with these words."""
    return page.locator("#messages").get_by_role("button").filter(has_text=re.compile(rf"^{re.escape(words)}")).last


async def press(page: Page, words: str) -> None:
    """Press the last button of a message that begins so, and go ahead in its confirm dialog if it has one."""
    await button(page, words).click()
    dialog = page.locator("#confirm")
    if await dialog.is_visible():
        await page.locator("#confirm-go").click()


def version_row(page: Page, version_id: str) -> Locator:
    """The version's line in the Replicate panel."""
    return page.locator(f'.version[data-version="{version_id}"]')
