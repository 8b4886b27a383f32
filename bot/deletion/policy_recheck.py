"""Checks again who asked, and for how much, by the stricter of the policy a request was made under and today's.

What the request itself has deleted already is not held against it: shares and counts are of the whole request.
"""

from __future__ import annotations

from collections.abc import Sequence

from bot.clock import Clock
from bot.deletion.changes_since_plan import MAX_PAGES
from bot.errors import ReplicateUnavailable
from bot.messages.limits import limits_at_the_recheck
from bot.planning.limit_numbers import read_use, read_versions_of
from bot.planning.limits import Numbers, Shares, exceeded, shared, shares_now
from bot.policy_source import PolicySource
from bot.replicate.client import Replicate
from bot.requests.request import Request, Target, TargetState
from bot.requests.requesters import restrictions
from bot.requests.scope import Scope
from bot.requests.terms import Limits
from bot.side_by_side import side_by_side
from bot.slack.entitlement import Entitlement
from bot.store.prior_requests import PriorRequestStore
from bot.store.requests import RequestStore

_COUNTED = (TargetState.PLANNED, TargetState.ACCEPTED, TargetState.DELETED)
"""States of the targets that a request deletes or has deleted. A target whose DELETE was sent may have been, too."""


class PolicyRecheck:
    """Applies what a policy says about who may ask, and about limits, to an approved request."""

    def __init__(
        self,
        replicate: Replicate,
        requests: RequestStore,
        prior: PriorRequestStore,
        policy: PolicySource,
        entitlement: Entitlement,
        clock: Clock,
    ) -> None:
        self._replicate = replicate
        self._requests = requests
        self._prior = prior
        self._policy = policy
        self._entitlement = entitlement
        self._clock = clock

    async def objection(self, request: Request, scope: Scope) -> str | None:
        """Return why an approved request may not be carried out under the stricter of both policies, or None.

        Raises SlackUnavailable, ReplicateError and DatabaseUnavailable.
        """
        objections = await side_by_side(self._to_requester(request, scope), self._to_size(request, scope))
        return "; ".join(filter(None, objections)) or None

    async def _to_requester(self, request: Request, scope: Scope) -> str | None:
        """Return the objection to who asked; a cleanup rule, which the policy itself has, needs no leave to ask."""
        if request.proposed_by:
            return None
        concerning = restrictions(scope.refs, await self._policy(), request.terms.requesters)
        return await self._entitlement.objection(request.requester, concerning)

    async def _to_size(self, request: Request, scope: Scope) -> str | None:
        """Return the objection to how much is deleted, or to what: the numbers are read anew."""
        limits = request.terms.stricter_with((await self._policy()).terms_for(scope.refs, scope.targets)).limits
        if limits == Limits():
            return None
        targets = [t for t in await self._requests.targets(request.id) if t.state in _COUNTED or t.was_sent]
        planned = [target for target in targets if target.state is TargetState.PLANNED]
        if not planned:
            return None
        now = self._clock.now()
        (shares, counts), use = await side_by_side(
            self._shares(request, limits, targets),
            read_use(self._replicate, limits, planned, now, most_pages=MAX_PAGES),
        )
        beyond = (
            *exceeded(Limits(versions=limits.versions), targets, Numbers()),
            *exceeded(Limits(share_of_a_model=limits.share_of_a_model), shares, Numbers(counts)),
            *exceeded(Limits(used_within=limits.used_within), planned, Numbers(use=use)),
        )
        return limits_at_the_recheck(beyond, now) if beyond else None

    async def _shares(self, request: Request, limits: Limits, targets: Sequence[Target]) -> Shares:
        """Return the targets of models of which the request deletes a share, and how many versions each model has."""
        refs = shared(targets) if limits.share_of_a_model is not None else {}
        if not refs:
            return (), {}
        found, leaving = await side_by_side(
            read_versions_of(self._replicate, refs), self._prior.being_deleted(refs, but=request.id)
        )
        for ref, model in found.items():
            if model is not None and not model.is_listed:
                raise ReplicateUnavailable(
                    "It shows this model, but no list of its versions.", method="GET", path=f"/models/{ref}/versions"
                )
        return shares_now([target for target in targets if target.ref in refs], found, leaving)
