"""Tells the approvers of a request that was carried out without them, before which nothing of it is deleted.

Until it is posted where they read it, it is tried again. What stands in the way is told on the card, and to the two
whom it concerns most. A process that is killed between the post and the note that it was made leaves it to be posted a
second time.
"""

from __future__ import annotations

import logging
from collections.abc import Collection, Sequence

from bot.delivery.closed_places import why_closed
from bot.delivery.posting import Poster
from bot.errors import NotNow
from bot.messages.break_glass import glass_notice, glass_untold
from bot.messages.message import channel
from bot.policy_source import PolicySource
from bot.requests.request import Target
from bot.slack.channels import Readers
from bot.slack.client import SlackRefusal
from bot.slack.error_codes import RefusalKind
from bot.store.delivery import Delivery
from bot.store.outbox import BACKOFF, Outbox
from bot.untrusted_text import inert

_NOWHERE = "a channel: the request's card is in none of REQUEST_CHANNELS, and APPROVAL_CHANNEL is not set."
_OUTSIDERS = "another company reads it, and would see the names of your private models"

_log = logging.getLogger(__name__)


class BreakGlassNotices:
    """Posts the message to the approvers: in `approval_channel`, or else where the card is in `request_channels`.

    Nowhere else: whoever carries a request out so may have asked for it in a channel that no approver is in.
    """

    def __init__(
        self,
        poster: Poster,
        outbox: Outbox,
        readers: Readers,
        policy: PolicySource,
        *,
        approval_channel: str | None,
        request_channels: Collection[str],
    ) -> None:
        self._poster = poster
        self._outbox = outbox
        self._readers = readers
        self._policy = policy
        self._approval_channel = approval_channel
        self._request_channels = request_channels

    async def are_possible(self) -> bool:
        """Whether anybody may carry out a request without approvals, as far as is known."""
        try:
            return (await self._policy()).break_glass is not None
        except NotNow:
            return False

    async def tell_approvers(self, delivery: Delivery, targets: Sequence[Target], card: str) -> None:
        """Post the message, and let the request be begun. Raises as `Poster.post` does."""
        to = self._where(delivery)
        if not to:
            await self._cannot(delivery, _NOWHERE)
        elif await self._readers.include_outsiders(to):
            await self._cannot(delivery, f"{channel(to)}: {_OUTSIDERS}.")
        else:
            at = await self._poster.post(delivery, glass_notice(delivery.request, targets, card), to)
            await self._outbox.told(delivery, at.channel)

    async def refused(self, delivery: Delivery, refusal: SlackRefusal) -> None:
        """Slack did not take it: say so, and try it again later."""
        is_closed = refusal.kind is RefusalKind.PLACE_CLOSED
        why = why_closed(refusal.code) if is_closed else f"Slack does not take it ({inert(refusal.code)})"
        await self._cannot(delivery, f"{channel(self._where(delivery))}: {why}.")

    async def tell_of_problem(self, delivery: Delivery, targets: Sequence[Target]) -> None:
        """Tell the two whom it concerns most that nothing is deleted, and why."""
        request = delivery.request
        if request.break_glass is not None:
            message = glass_untold(request, targets, request.break_glass)
            for user_id in dict.fromkeys(filter(None, (request.break_glass.by, request.requester))):
                try:
                    await self._poster.post(delivery, message, user_id)
                except SlackRefusal as refusal:
                    _log.log(
                        refusal.log_level, "could not tell %s (%s)", user_id, refusal, extra={"request": request.id}
                    )
        await self._outbox.posted(delivery)

    async def _cannot(self, delivery: Delivery, problem: str) -> None:
        _log.error("the approvers cannot be told in %s", problem, extra={"request": delivery.request.id})
        await self._outbox.cannot_tell(delivery, problem, BACKOFF.wait(delivery.failures + 1))

    def _where(self, delivery: Delivery) -> str:
        """Return the channel that approvers read; empty where none is known."""
        if self._approval_channel:
            return self._approval_channel
        places = (delivery.channel, delivery.request.origin_channel)
        return next((place for place in places if place in self._request_channels), "")
