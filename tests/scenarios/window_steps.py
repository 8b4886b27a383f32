"""What a person's window says, whichever window it is."""

from __future__ import annotations

from tests.sandbox.slack.views import View
from tests.scenarios.stage import ANA, Stage


async def window_says(stage: Stage, words: str, user: str = ANA, without: str = "\x00") -> View:
    """Return a person's window once it says these words, and not those it is to be `without`."""

    def found() -> View | None:
        view = stage.slack.modal(user)
        return view if view and words in view.plain and without not in view.plain else None

    return await stage.slack.until(found)
