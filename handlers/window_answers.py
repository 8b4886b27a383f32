"""Answers to what began in a window: words are shown in it, a preview is sent as a message that keeps its buttons."""

from __future__ import annotations

from slack_sdk.models.views import View
from slack_sdk.web.async_client import AsyncWebClient

from bot.errors import SlackUnavailable
from bot.messages.message import Message
from bot.messages.start_window import preview_coming, preview_lost, preview_sent, told
from bot.picker.state import Picker
from handlers.replies import Answer, Reached, Replaced, Reply, tell
from handlers.windows import WindowRefused, update_window

_INTERACTIVE = frozenset({"actions", "input"})
"""The types of the blocks that a window would not pass on to the handlers of messages."""


class WindowAnswers:
    """Sends answers into windows, or to the person where the window is closed."""

    def __init__(self, slack: AsyncWebClient, bot_user: str) -> None:
        self._slack = slack
        self._bot_user = bot_user

    def to(self, view_id: str, user_id: str, channel_id: str = "") -> Reply:
        """Answer in this window. Messages go into the channel, for this person only, or to them directly."""

        async def reply(answer: Answer) -> None:
            if answer is None:
                return
            message = answer.message if isinstance(answer, Replaced) else answer
            if _is_interactive(message):
                reached = await tell(self._slack, user_id, channel_id, message)
                await self._shown(view_id, self._after(reached, channel_id))
            elif not await self._shown(view_id, told(message.text)):
                await tell(self._slack, user_id, channel_id, message)

        return reply

    def coming(self, picker: Picker) -> View | None:
        """Return what the window of a picker shows until its preview is there; None if it closes."""
        return preview_coming(self._bot_user) if picker.is_direct else None

    def _after(self, reached: Reached, channel_id: str) -> View:
        """Return what the window shows once a preview came to be somewhere, or nowhere."""
        match reached:
            case Reached.IN_CHANNEL:
                return preview_sent(self._bot_user, channel_id)
            case Reached.DIRECTLY:
                return preview_sent(self._bot_user)
            case Reached.NOWHERE:
                return preview_lost()

    async def _shown(self, view_id: str, view: View) -> bool:
        """Whether the window shows this; False if it is closed, or if Slack does not take it."""
        try:
            return await update_window(self._slack, view_id, view, "")
        except (WindowRefused, SlackUnavailable):
            return False


def _is_interactive(message: Message) -> bool:
    return any(block.get("type") in _INTERACTIVE for block in message.blocks)
