"""Posts the message that asks approvers to lift a keep, and edits it once that is decided.

It is no delivery of the outbox: a lift that could not be posted stands in the Home tab, with the same buttons, and who
asked is told so.
"""

from __future__ import annotations

import logging

from slack_sdk.web.async_client import AsyncWebClient

from bot.errors import SlackUnavailable
from bot.messages.message import Message
from bot.messages.outsiders import lift_left_behind
from bot.requests.lifts import Lift
from bot.slack.channels import Readers
from bot.slack.client import SlackRefusal, call_slack
from bot.store.keep_lifts import LiftStore

_log = logging.getLogger(__name__)


class LiftMessages:
    """Posts and edits the messages of lifts. They name private models, so no outsider may read what they say."""

    def __init__(self, client: AsyncWebClient, lifts: LiftStore, readers: Readers) -> None:
        self.client = client
        self._lifts = lifts
        self._readers = readers

    async def post(self, lift: Lift, message: Message) -> bool:
        """Post the message of a lift that has none; return whether it is posted. Raises DatabaseUnavailable."""
        if lift.message_ts:
            return True
        try:
            if await self._readers.include_outsiders(lift.channel):
                return False
            answer = await call_slack(
                self.client.chat_postMessage(channel=lift.channel, text=message.text, blocks=list(message.blocks))
            )
        except (SlackRefusal, SlackUnavailable) as exc:
            _log.warning("what is asked about a keep was not posted: %s", exc)
            return False
        await self._lifts.posted(lift, str(answer.get("channel") or lift.channel), str(answer.get("ts") or ""))
        return True

    async def edit(self, lift: Lift, message: Message) -> None:
        """Show in the message of a lift what came of it; where outsiders read it by now, the message is emptied.

        Until Slack says who reads it, and takes that, its buttons say what came of it when pressed.
        """
        if not lift.message_ts:
            return
        text, blocks = message.text, list(message.blocks)
        try:
            if await self._readers.include_outsiders(lift.channel):
                text, blocks = lift_left_behind().text, []
            await call_slack(
                self.client.chat_update(channel=lift.channel, ts=lift.message_ts, text=text, blocks=blocks)
            )
        except (SlackRefusal, SlackUnavailable) as exc:
            _log.warning("the message about a keep does not show what was decided: %s", exc)
