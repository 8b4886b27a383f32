"""Who may ask for deletions, and where: asked of Slack before anything is planned, and again at the confirmation."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

from slack_sdk.web.async_client import AsyncWebClient

from bot.errors import SlackUnavailable
from bot.messages.refusals import denied, wrong_channel, wrong_place
from bot.messages.start_window import not_in_channel, wrong_choice
from bot.policy_source import PolicySource
from bot.refs import Command, ModelRef
from bot.requests.policy import Person, may_ask
from bot.requests.policy_in_force import PolicyInForce
from bot.requests.request import Request
from bot.requests.scope import Scope
from bot.requests.terms import Terms
from bot.slack.channels import channel_kind, is_member
from bot.slack.client import SlackRefusal
from bot.slack.people import People
from handlers.payloads import Requester
from handlers.policy_checks import PolicyChecks


@dataclass(frozen=True, slots=True)
class Place:
    """Where a request belongs that begins in no channel.

    `channel_id` is empty where the person chooses it.
    """

    channel_id: str = ""

    @property
    def is_chosen(self) -> bool:
        """Whether the person chooses the channel."""
        return not self.channel_id


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
        checks: PolicyChecks,
    ) -> None:
        self._slack = slack
        self._people = people
        self._policy = policy
        self._bot_user = bot_user
        self._approval_channel = approval_channel
        self._checks = checks

    async def admit(self, command: Command, requester: Requester) -> Person:
        """Return who asks, if they may, and if a card can be posted where it has to be.

        Raises NotAllowed with what to do instead, and SlackUnavailable.
        """
        in_force = await self._policy()
        if elsewhere := in_force.channels_without(requester.channel_id):
            raise wrong_channel(elsewhere, command) if requester.is_there else wrong_choice(in_force.channels or ())
        person, _, is_there = await asyncio.gather(
            self._people.person(requester.user_id),
            self.admit_card(requester.channel_id, requester.channel_name),
            self._could_be_there(requester, in_force),
        )
        if not is_there:
            raise not_in_channel(requester.channel_id, self._bot_user)
        return let_in(person)

    async def admit_to_model(self, command: Command, requester: Requester, ref: ModelRef) -> Person:
        """Do the same as `admit`, for somebody who has named no more than one model yet."""
        person = await self.admit(command, requester)
        await self._checks.check_model(person, ref)
        return person

    async def place(self) -> Place:
        """Return where a request belongs that begins on the Home tab or by the global shortcut.

        With an approval channel and no limit to certain channels that is the approval channel, as commands then work
        everywhere. Otherwise the person chooses among the channels they are in, unless only one is allowed.
        """
        in_force = await self._policy()
        allowed = in_force.channels
        if allowed is not None and len(allowed) == 1:
            return Place(allowed[0])
        return Place(self._approval_channel or "" if allowed is None else "")

    @property
    def hides_shared(self) -> bool:
        """Whether a channel that another company reads cannot be chosen, as the card would go there."""
        return self._approval_channel is None

    async def _could_be_there(self, requester: Requester, in_force: PolicyInForce) -> bool:
        """Whether they could have typed a command for this channel. Raises SlackUnavailable.

        With an approval channel, and no limit to certain channels, that can be done anywhere.
        """
        anywhere = requester.channel_id == self._approval_channel and in_force.channels is None
        if requester.is_there or anywhere:
            return True
        try:
            return await is_member(self._slack, requester.user_id, requester.channel_id)
        except SlackRefusal as refusal:
            raise _untold(refusal) from refusal

    async def admit_card(self, origin: str, origin_name: str = "") -> None:
        """Return if the card of a request typed in `origin` can be posted and no outsider would read it.

        Raises NotAllowed with what to do instead, and SlackUnavailable.
        """
        channel_id = self.card_channel(origin)
        try:
            kind = await channel_kind(self._slack, channel_id, origin_name if channel_id == origin else "")
        except SlackRefusal as refusal:
            raise _untold(refusal) from refusal
        if objection := wrong_place(kind, channel_id, self._bot_user, fixed=self._approval_channel is not None):
            raise objection

    async def admit_draft(self, person: Person, request: Request, scope: Scope, terms: Terms) -> None:
        """Return if a draft may be confirmed here, and its requester may still ask for it; `terms` hold for it now.

        Raises NotAllowed with what to do instead, and SlackUnavailable.
        """
        await self.admit_card(request.origin_channel)
        await self._checks.check_draft(person, request, scope, terms)

    def card_channel(self, origin: str) -> str:
        """Return where the card of a request typed in `origin` goes."""
        return self._approval_channel or origin


def _untold(refusal: SlackRefusal) -> SlackUnavailable:
    return SlackUnavailable(
        f"Slack does not tell the bot about this channel ({refusal}), so nothing was requested. "
        "Whoever runs the bot can look with `python -m bot check`."
    )


def let_in(person: Person) -> Person:
    """Return a person who may ask for deletions. Raises NotAllowed for anybody else."""
    if denial := may_ask(person):
        raise denied(denial, person)
    return person
