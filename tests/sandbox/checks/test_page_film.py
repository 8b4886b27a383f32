"""The animation of screenshots."""

from __future__ import annotations

from pathlib import Path

import pytest
from PIL import Image

from tests.sandbox.page.browser import browser_path, browsing
from tests.sandbox.page.film import Film
from tests.sandbox.slack.stand_in import StandInSlack

pytestmark = pytest.mark.skipif(browser_path() is None, reason="no Chromium is installed here")


async def test_a_film_shows_what_was_pressed_and_for_how_long(slack: StandInSlack, tmp_path: Path) -> None:
    """Frames are shown as long as was said, and the pointer stands on a button before it is pressed, not after."""
    async with browsing(slack.url, {"width": 800, "height": 500}) as page:
        film = Film(page)
        await film.shoot(300)
        button = page.get_by_role("button", name="Shortcuts")
        box = await button.bounding_box()
        assert box is not None
        await film.press(button)
        await film.shoot(500)
        assert await page.get_by_role("menu").is_visible()
    film.save(tmp_path / "film.gif")
    edge = (round(box["x"] + box["width"] / 2 - 12), round(box["y"] + box["height"] / 2))
    with Image.open(tmp_path / "film.gif") as made:
        seen = []
        for number in range(3):
            made.seek(number)
            seen.append((made.info["duration"], made.convert("RGB").getpixel(edge)))
    assert [duration for duration, _ in seen] == [300, 800, 500]
    before, pressed, after = (pixel for _, pixel in seen)
    assert pressed != before
    assert pressed != after
