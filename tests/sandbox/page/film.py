"""An animation made of screenshots, and the pointer that shows in it where somebody presses."""

from __future__ import annotations

import io
from pathlib import Path

from PIL import Image
from playwright.async_api import Locator, Page

_COLOURS = 255
_SAMPLES = 8
"""Frames from which the one palette of the whole animation is made."""

_POINTER = """([x, y]) => {
  let pointer = document.getElementById("film-pointer");
  if (!pointer) {
    pointer = document.createElement("div");
    pointer.id = "film-pointer";
    pointer.popover = "manual";
    pointer.style.cssText = "position: fixed; inset: auto; width: 26px; height: 26px; margin: 0; padding: 0;"
      + "border: 3px solid #f2a93b; border-radius: 50%; background: rgb(242 169 59 / 30%); translate: -50% -50%";
  }
  // In the top layer whatever was shown last is above all else, an open dialog too.
  pointer.remove();
  (document.querySelector("dialog[open]") ?? document.body).append(pointer);
  pointer.showPopover();
  pointer.style.left = `${x}px`;
  pointer.style.top = `${y}px`;
}"""


class Film:
    """Frames of a page, each with how long it is shown."""

    def __init__(self, page: Page) -> None:
        self._page = page
        self._frames: list[tuple[Image.Image, int]] = []

    async def shoot(self, milliseconds: int) -> None:
        """Add the page as it is now, to be shown for so long."""
        picture = await self._page.screenshot(animations="disabled", caret="hide")
        self._frames.append((Image.open(io.BytesIO(picture)).convert("RGB"), milliseconds))

    async def press(self, button: Locator) -> None:
        """Show the pointer on a button, and press the button."""
        await button.scroll_into_view_if_needed()
        box = await button.bounding_box()
        assert box is not None
        middle = (box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
        await self._page.evaluate(_POINTER, middle)
        await self.shoot(800)
        await self._page.evaluate("document.getElementById('film-pointer')?.remove()")
        await button.click()

    def save(self, path: Path) -> None:
        """Write a GIF that begins again at its end, with one palette and without dithering, which keeps it small."""
        palette = self._palette()
        frames = [frame.quantize(palette=palette, dither=Image.Dither.NONE) for frame, _ in self._frames]
        durations = [milliseconds for _, milliseconds in self._frames]
        path.parent.mkdir(exist_ok=True)
        frames[0].save(path, save_all=True, append_images=frames[1:], duration=durations, loop=0, optimize=True)

    def _palette(self) -> Image.Image:
        step = max(1, len(self._frames) // _SAMPLES)
        samples = [frame for frame, _ in self._frames[::step]]
        width, height = samples[0].size
        sheet = Image.new("RGB", (width, height * len(samples)))
        for number, sample in enumerate(samples):
            sheet.paste(sample, (0, number * height))
        return sheet.quantize(colors=_COLOURS, method=Image.Quantize.MAXCOVERAGE, kmeans=3)
