"""The sandbox's page in a real browser; run as a program, it makes the README's screenshot anew."""

from __future__ import annotations

import asyncio
import shutil
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from playwright.async_api import Locator, Page, async_playwright, expect

from tests.sandbox.demo import CHECKOUT, demo

PICTURE = CHECKOUT / "docs" / "screenshot.png"

_PATIENCE = 20_000
"""Milliseconds."""

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
async def browsing(address: str) -> AsyncIterator[Page]:
    """Open an address in headless Chromium, which `browser_path` must have found."""
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=browser_path(), args=_ARGUMENTS)
        page = await browser.new_page(viewport={"width": 1280, "height": 800}, color_scheme="light")
        await page.goto(address)
        yield page
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


async def press(page: Page, words: str) -> None:
    """Press the last button of a message that reads so, and go ahead in its confirm dialog if it has one."""
    await page.locator("#messages").get_by_role("button", name=words, exact=True).last.click()
    dialog = page.get_by_role("dialog")
    if await dialog.is_visible():
        await dialog.get_by_role("button", name=words, exact=True).click()


def version_row(page: Page, version_id: str) -> Locator:
    """The version's line in the Replicate panel."""
    return page.locator(f'.version[data-version="{version_id}"]')


async def take_screenshot(picture: Path) -> None:
    """Save the page as an approver sees it when a request waits for them."""
    async with demo(echo=print) as running, browsing(running.slack.url) as page:
        several = running.examples[1]
        await type_text(page, several["command"])
        await press(page, "Request approval")
        await become(page, "Ben")
        await expect(page.get_by_role("button", name="Approve", exact=True)).to_be_visible(timeout=_PATIENCE)
        await page.mouse.move(0, 0)
        picture.parent.mkdir(exist_ok=True)
        await page.screenshot(path=picture, animations="disabled")


def main() -> int:
    """Make the screenshot; the exit code is 1 where there is no Chromium."""
    if browser_path() is None:
        print(f"No screenshot was made: none of {', '.join(_BROWSERS)} is installed.", file=sys.stderr)
        return 1
    asyncio.run(take_screenshot(PICTURE))
    print(f"Made {PICTURE.relative_to(CHECKOUT)}.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
