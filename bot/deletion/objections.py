"""Why an approved request may not be carried out now, by the stricter of the policy it was made under and today's."""

from __future__ import annotations

from bot.deletion.policy_recheck import PolicyRecheck
from bot.requests.request import Request
from bot.side_by_side import side_by_side
from bot.slack.quorum import Quorum
from bot.store.requests import RequestStore


class Objections:
    """Asks whether enough people approved, whether the requester may ask, and whether it is within the limits."""

    def __init__(self, requests: RequestStore, quorum: Quorum, policy: PolicyRecheck) -> None:
        self._requests = requests
        self._quorum = quorum
        self._policy = policy

    async def to(self, request: Request) -> str | None:
        """Return all that stands against a request, or None.

        Raises SlackUnavailable, ReplicateError and DatabaseUnavailable where that cannot be found out.
        """
        scope = await self._requests.models_of(request.id)
        found = await side_by_side(self._quorum.objection(request, scope), self._policy.objection(request, scope))
        return "; ".join(filter(None, found)) or None
