"""What people do on the Home tab and in direct messages."""

from __future__ import annotations

from tests.sandbox.slack.messages import Message
from tests.sandbox.slack.views import View
from tests.scenarios.stage import Stage


async def opened(stage: Stage, user: str, words: str) -> View:
    """Open the Home as this person and return it once it says this."""
    await stage.slack.open_home(user)
    return await home_says(stage, user, words)


def about_requests(view: View) -> list[str]:
    """Return the words of the Home tab's buttons, but for those that are always there."""
    return [words for words in view.buttons if words not in ("Delete…", "Add models…", "Refresh", "Clean up…")]


async def home_says(stage: Stage, user: str, words: str) -> View:
    def found() -> View | None:
        view = stage.slack.home(user)
        return view if view and words in view.plain else None

    return await stage.slack.until(found)


async def told_directly(stage: Stage, user: str, words: str) -> Message:
    """Return the bot's direct message to this person that says this."""

    def found() -> Message | None:
        said = stage.slack.sees(user, stage.slack.workspace.direct_message_id(user))
        return next((message for message in said if words in message.text), None)

    return await stage.slack.until(found)
