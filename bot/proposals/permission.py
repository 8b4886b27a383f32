"""Whether what a rule selects may be proposed: the checks that a person's request meets before it has a card."""

from __future__ import annotations

from slack_sdk.web.async_client import AsyncWebClient

from bot.cleanup.notices import Problem
from bot.errors import SlackUnavailable
from bot.messages.limits import limits_at_the_recheck
from bot.messages.message import sentence
from bot.messages.rule_problems import (
    closed_channel,
    other_channels,
    too_few_to_approve,
    too_many_selected,
)
from bot.planning.evaluation import Evaluation, Trouble
from bot.proposals.place import Place
from bot.proposals.rule_reader import RuleReader
from bot.requests.policy_in_force import PolicyInForce
from bot.requests.request import MAX_VERSIONS
from bot.requests.terms import Terms
from bot.slack.channels import channel_kind
from bot.slack.client import SlackRefusal
from bot.slack.quorum import Quorum


class Permission:
    """Asks Slack about channels and approvers, and Replicate about what limits are compared with."""

    def __init__(self, reader: RuleReader, slack: AsyncWebClient, quorum: Quorum, place: Place) -> None:
        self._reader = reader
        self._slack = slack
        self._quorum = quorum
        self._place = place

    async def trouble(self, planned: Evaluation, terms: Terms, in_force: PolicyInForce) -> Trouble | None:
        """Return why what is selected may not be proposed, or None if it may.

        Raises SlackUnavailable, and ReplicateError where trying again may help.
        """
        if len(planned.targets) > MAX_VERSIONS:
            return Trouble(Problem.TOO_MANY, too_many_selected(len(planned.targets)))
        if beyond := await self._reader.beyond_limits(planned, terms.limits):
            return Trouble(Problem.LIMIT, f"{sentence(limits_at_the_recheck(beyond, planned.at))}.")
        if words := await self._closed(planned.rule.channel, in_force):
            return Trouble(Problem.CHANNEL, words)
        # Nobody asks for it, so that everybody who may approve may approve this.
        few = await self._quorum.too_few(terms, "")
        if few is None:
            return None
        return Trouble(Problem.APPROVERS, too_few_to_approve(few.requirement, few.may_approve))

    async def _closed(self, origin: str, in_force: PolicyInForce) -> str:
        """Return why no card can go where it has to, in words; empty if it can."""
        if allowed := in_force.channels_without(origin):
            return other_channels(origin, allowed)
        channel_id = self._place.card_channel(origin)
        try:
            kind = await channel_kind(self._slack, channel_id)
        except SlackRefusal as refusal:
            raise SlackUnavailable(f"Slack does not tell the bot about {channel_id} ({refusal}).") from refusal
        return closed_channel(
            kind, channel_id, self._place.identity.bot_user, fixed=self._place.approval_channel is not None
        )
