"""What people do in the picker."""

from __future__ import annotations

from tests.sandbox.slack.views import View
from tests.scenarios.models import FLUX
from tests.scenarios.stage import ANA, OPS, Stage

RULES = "rules"


async def opened(stage: Stage, text: str = FLUX, user: str = ANA) -> View:
    """Type the command and return the window once it lists versions and their last use."""
    await stage.slack.type_command(user, OPS, "/delete-version", text)
    return await window_says(stage, "selected", user, without="reading…")


async def window_says(stage: Stage, words: str, user: str = ANA, without: str = "\x00") -> View:
    """Return a person's window once it says these words."""

    def found() -> View | None:
        view = stage.slack.modal(user)
        return view if view and words in view.plain and without not in view.plain else None

    return await stage.slack.until(found)


async def pick(stage: Stage, version: str, count: str, user: str = ANA) -> None:
    """Press a version's button and wait for the count."""
    await stage.slack.click_in_modal(user, "Select", value=version)
    await window_says(stage, count, user)


async def previewed(stage: Stage, user: str = ANA, rules: str = "") -> str:
    """Submit the window, with this in its field for rules, and return the preview's text."""
    seen = len(stage.private(user))
    await stage.slack.submit(user, {RULES: rules})
    return (await stage.slack.until(lambda: stage.private(user)[seen])).text
