"""Who may ask for deletions, and where: asked of Slack before anything is planned, and again at the confirmation."""

from __future__ import annotations

import asyncio

from slack_sdk.web.async_client import AsyncWebClient

from bot.errors import SlackUnavailable
from bot.messages.refusals import denied, wrong_channel, wrong_place
from bot.policy_source import PolicySource
from bot.refs import Command
from bot.requests.policy import Person, may_ask
from bot.slack.channels import channel_kind
from bot.slack.client import SlackRefusal
from bot.slack.people import People
from handlers.payloads import Requester


class Admission:
    """Lets people and channels in by the policy in force. `approval_channel` is where all cards go, if there is one."""

    def __init__(
        self,
        slack: AsyncWebClient,
        people: People,
        policy: PolicySource,
        *,
        bot_user: str,
        approval_channel: str | None,
    ) -> None:
        self._slack = slack
        self._people = people
        self._policy = policy
        self._bot_user = bot_user
        self._approval_channel = approval_channel

    async def admit(self, command: Command, requester: Requester) -> Person:
        """Return who asks, if they may, and if a card can be posted where it has to be.

        Raises NotAllowed with what to do instead, and SlackUnavailable.
        """
        if elsewhere := (await self._policy()).channels_without(requester.channel_id):
            raise wrong_channel(elsewhere, command)
        person, _ = await asyncio.gather(
            self._people.person(requester.user_id),
            self.admit_card(requester.channel_id, requester.channel_name),
        )
        return let_in(person)

    async def admit_card(self, origin: str, origin_name: str = "") -> None:
        """Return if the card of a request typed in `origin` can be posted and no outsider would read it.

        Raises NotAllowed with what to do instead, and SlackUnavailable.
        """
        channel_id = self.card_channel(origin)
        try:
            kind = await channel_kind(self._slack, channel_id, origin_name if channel_id == origin else "")
        except SlackRefusal as refusal:
            raise SlackUnavailable(
                f"Slack does not tell the bot about this channel ({refusal}), so nothing was requested. "
                "Whoever runs the bot can look with `python -m bot check`."
            ) from refusal
        if objection := wrong_place(kind, channel_id, self._bot_user, fixed=self._approval_channel is not None):
            raise objection

    def card_channel(self, origin: str) -> str:
        """Return where the card of a request typed in `origin` goes."""
        return self._approval_channel or origin


def let_in(person: Person) -> Person:
    """Return a person who may ask for deletions. Raises NotAllowed for anybody else."""
    if denial := may_ask(person):
        raise denied(denial, person)
    return person
