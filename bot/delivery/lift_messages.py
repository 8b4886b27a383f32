"""Posts the message that asks approvers to lift a keep, and edits it once that is decided.

It is no delivery of the outbox: a lift that could not be posted stands in the Home tab, with the same buttons, and who
asked is told so.
"""

from __future__ import annotations

import enum
import logging
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from slack_sdk.web.async_client import AsyncWebClient

from bot.delivery.posting import PostedAt
from bot.errors import DatabaseUnavailable, SlackUnavailable
from bot.messages.lifts import lift_copy
from bot.messages.message import Message
from bot.messages.outsiders import lift_left_behind
from bot.requests.lifts import Lift
from bot.slack.channels import Readers
from bot.slack.client import SlackBusy, SlackRefusal, call_slack
from bot.store.keep_lifts import LiftStore

_log = logging.getLogger(__name__)


class NotPosted(enum.Enum):
    """Why the message of a lift is not known to be in the channel."""

    REFUSED = enum.auto()
    """It is not there: Slack did not take it, or another company reads the channel."""
    UNANSWERED = enum.auto()
    """It may be there: Slack took the call, or not, and did not say."""


class LiftMessages:
    """Posts and edits the messages of lifts. They name private models, so no outsider may read what they say.

    A lift has one message. A second one comes of two people who ask at once, and is taken back; or of somebody who
    asks again after Slack's answer to a post was lost. That one is a copy, as of a card: a click on it counts, and
    takes its buttons, as nothing but a click finds it (https://docs.slack.dev/reference/methods/chat.postMessage).
    """

    def __init__(self, client: AsyncWebClient, lifts: LiftStore, readers: Readers) -> None:
        self.client = client
        self._lifts = lifts
        self._readers = readers

    async def post(self, lift: Lift, message: Message) -> Lift | NotPosted:
        """Post the message of a lift that has none; return the lift as it is then, with the message that counts."""
        text, blocks = message.text, list(message.blocks)
        try:
            if await self._readers.include_outsiders(lift.channel):
                return NotPosted.REFUSED
        except (SlackRefusal, SlackUnavailable) as exc:
            return _not_posted(NotPosted.REFUSED, exc)
        try:
            answer = await call_slack(self.client.chat_postMessage(channel=lift.channel, text=text, blocks=blocks))
        except (SlackRefusal, SlackBusy) as exc:
            return _not_posted(NotPosted.REFUSED, exc)
        except SlackUnavailable as exc:
            return _not_posted(NotPosted.UNANSWERED, exc)
        at = PostedAt(str(answer["channel"]), str(answer["ts"]))
        noted = await self._noted(lift, at)
        if _place(noted) != at:
            await self._take_back(at)
        return noted

    async def show(self, lift: Lift, message: Message, clicked: PostedAt | None = None) -> None:
        """Show in the message of a lift what came of it; where outsiders read it by now, the message is emptied.

        Until Slack says who reads it, and takes that, its buttons say what came of it when pressed. Where no message
        is known, the one that was `clicked` is it from now on; where another one is, that is a copy.
        """
        if clicked and not lift.message_ts:
            lift = await self._noted(lift, clicked)
        if lift.message_ts:
            await self._show_in_channel(_place(lift), message)
        if clicked and clicked != _place(lift):
            await self._edit(clicked, lift_copy(lift).text)

    async def _noted(self, lift: Lift, at: PostedAt) -> Lift:
        """Note where the message is; return the lift as it is then, which may have another message."""
        try:
            return await self._lifts.posted(lift.id, at.channel, at.ts)
        except DatabaseUnavailable as exc:
            # It is there all the same, and whoever clicks in it has it noted.
            _log.warning("where a keep's message is was not stored: %s", exc)
            return replace(lift, channel=at.channel, message_ts=at.ts)

    async def _show_in_channel(self, at: PostedAt, message: Message) -> None:
        try:
            is_shared = await self._readers.include_outsiders(at.channel)
        except (SlackRefusal, SlackUnavailable) as exc:
            _log.warning("the message about a keep does not show what was decided: %s", exc)
            return
        if is_shared:
            await self._edit(at, lift_left_behind().text)
        else:
            await self._edit(at, message.text, message.blocks)

    async def _edit(self, at: PostedAt, text: str, blocks: Sequence[dict[str, Any]] = ()) -> None:
        """Replace a message and its blocks; a failure is only logged."""
        change = self.client.chat_update(channel=at.channel, ts=at.ts, text=text, blocks=list(blocks))
        try:
            await call_slack(change)
        except (SlackRefusal, SlackUnavailable) as exc:
            _log.warning("a message about a keep stays as it was: %s", exc)

    async def _take_back(self, at: PostedAt) -> None:
        """Delete a second message; where Slack does not do that, it is a copy."""
        try:
            await call_slack(self.client.chat_delete(channel=at.channel, ts=at.ts))
        except (SlackRefusal, SlackUnavailable) as exc:
            _log.warning("a second message about a keep was not taken back: %s", exc)


def _place(lift: Lift) -> PostedAt:
    return PostedAt(lift.channel, lift.message_ts)


def _not_posted(why: NotPosted, exc: Exception) -> NotPosted:
    _log.warning("what is asked about a keep was not posted: %s", exc)
    return why
