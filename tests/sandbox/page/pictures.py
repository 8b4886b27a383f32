"""`python -m tests.sandbox.page.pictures`: what the README shows, made anew from the real page.

With `animation` the whole path of a deletion, with `pictures` the picker and the Home tab.
"""

from __future__ import annotations

import argparse
import asyncio
import re
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from playwright.async_api import Locator, Page, ViewportSize, expect

from tests.sandbox.bot_process import CHECKOUT
from tests.sandbox.demo import Demo, demo
from tests.sandbox.demo_models import NIGHTLY
from tests.sandbox.page.browser import become, browser_path, browsing, button, press, type_text
from tests.sandbox.page.film import Film

DOCS = CHECKOUT / "docs"
ANIMATION, PICKER, HOME = DOCS / "demo.gif", DOCS / "picker.png", DOCS / "home.png"

_PATIENCE = 60_000
"""Milliseconds."""

_WIDE: ViewportSize = {"width": 1120, "height": 700}
_TALL: ViewportSize = {"width": 1180, "height": 1000}
_LONGEST = 120
"""Frames of the deletion at most, one every half second."""


async def film(path: Path) -> None:
    """Save the whole path as an animation: asked for, looked at, approved, watched."""
    async with _opened(_WIDE, vanish_after=1.5) as (_running, page):
        film = Film(page)
        await page.get_by_role("button", name="Hide the examples").click()
        await film.shoot(1200)
        await _typed(film, page, f"/delete-version {NIGHTLY} --keep 50")
        await expect(button(page, "Request approval")).to_be_visible()
        await film.shoot(2200)
        await film.press(button(page, "Request approval"))
        await expect(page.get_by_role("button", name="Become Ben")).to_be_visible()
        await film.shoot(1500)
        await film.press(page.get_by_role("button", name="Become Ben"))
        await expect(button(page, "Approve")).to_be_visible()
        await film.shoot(2000)
        await film.press(button(page, "Approve"))
        await expect(page.locator("#confirm-go")).to_be_visible()
        await film.press(page.locator("#confirm-go"))
        await _watched(film, page)
        await page.locator("#messages > article").last.scroll_into_view_if_needed()
        await film.shoot(4000)
        film.save(path)


async def _typed(film: Film, page: Page, command: str) -> None:
    composer = page.get_by_label("Message or command")
    for piece in re.findall(r".{1,6}", command):
        await composer.press_sequentially(piece)
        await film.shoot(130)
    await composer.press("Enter")


async def _watched(film: Film, page: Page) -> None:
    """Film until the guide says that all is done, which it does when the card does."""
    await expect(page.locator(f'[data-model="{NIGHTLY}"] .deleting').first).to_be_visible()
    await page.locator("#messages > article").last.evaluate("card => card.scrollIntoView({block: 'start'})")
    for _ in range(_LONGEST):
        if await page.get_by_text("That was the whole path").is_visible():
            return
        await film.shoot(260)
        await page.wait_for_timeout(500)
    raise TimeoutError("the deletion did not come to its end")


async def take_pictures(picker: Path, home: Path) -> None:
    """Save the picker with a few versions chosen, and an approver's Home tab on which a request waits."""
    async with _opened(_TALL) as (running, page):
        several = next(one["command"] for one in running.examples if one["label"] == "Several versions")
        await type_text(page, several)
        await press(page, "Request approval")
        await expect(page.get_by_role("button", name="Become Ben")).to_be_visible()
        await page.get_by_role("button", name="Close the guide").click()
        await type_text(page, f"/delete-version {NIGHTLY}")
        modal = page.locator("#modal")
        await expect(modal).to_be_visible()
        await _settled(page, modal)
        for box in range(min(3, await modal.get_by_role("checkbox").count())):
            await modal.get_by_role("checkbox").nth(box).check()
            await _settled(page, modal)
        await page.mouse.move(0, 0)
        await modal.screenshot(path=picker, animations="disabled")
        await page.keyboard.press("Escape")
        await become(page, "Ben")
        await page.get_by_role("button", name="Home, Replicate delete bot").click()
        await _filled(page)
        await _settled(page, page.locator("#home"))
        await page.mouse.move(0, 0)
        await page.locator(".conversation").screenshot(path=home, animations="disabled")


async def _settled(page: Page, place: Locator) -> None:
    """Return once a part of the page has read the same for a second."""
    before = ""
    while before != (now := await place.inner_text()):
        before = now
        await page.wait_for_timeout(1000)


async def _filled(page: Page) -> None:
    """Return once the Home tab shows models, which the bot reads in the background."""
    await expect(page.locator("#home")).to_contain_text("Ana")
    for _ in range(20):
        if await page.locator("#home").get_by_text(re.compile("nightly")).count():
            return
        refresh = page.locator("#home").get_by_role("button", name="Refresh")
        if await refresh.count():
            await refresh.first.click()
        await page.wait_for_timeout(1500)


@asynccontextmanager
async def _opened(size: ViewportSize, *, vanish_after: float = 4.0) -> AsyncIterator[tuple[Demo, Page]]:
    async with demo(vanish_after=vanish_after, echo=print) as running, browsing(running.slack.url, size) as page:
        page.set_default_timeout(_PATIENCE)
        expect.set_options(timeout=_PATIENCE)
        yield running, page


def main() -> int:
    """Make what is asked for; the exit code is 1 where there is no Chromium."""
    parser = argparse.ArgumentParser(prog="python -m tests.sandbox.page.pictures", description=__doc__)
    parser.add_argument("what", choices=("animation", "pictures"))
    if browser_path() is None:
        print("Nothing was made: Chromium is not installed.", file=sys.stderr)
        return 1
    animated = parser.parse_args().what == "animation"
    asyncio.run(film(ANIMATION) if animated else take_pictures(PICKER, HOME))
    made = [ANIMATION] if animated else [PICKER, HOME]
    for path in made:
        print(f"Made {path.relative_to(CHECKOUT)}, {path.stat().st_size / 1000:.0f} kB.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
