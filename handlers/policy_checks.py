"""Whether the policy lets somebody ask for this, and for so much: at the preview, and again at the confirmation."""

from __future__ import annotations

from bot.accounts.accounts import Accounts
from bot.clock import Clock
from bot.commands.grounds import Grounds
from bot.messages.limits import beyond_limits
from bot.messages.requesters import not_yours_to_ask_for
from bot.planning.drafts import targets_of
from bot.planning.leaving_out import lines_without
from bot.planning.limit_numbers import read_numbers_of_plan
from bot.planning.limits import Numbers, exceeded
from bot.planning.plan import Plan
from bot.policy_source import PolicySource
from bot.refs import ModelRef
from bot.requests.policy import Person
from bot.requests.request import Request, State
from bot.requests.requesters import restrictions
from bot.requests.scope import Scope
from bot.requests.terms import Limits, Terms
from bot.slack.entitlement import Entitlement
from bot.store.requests import RequestStore


class PolicyChecks:
    """Refuses whole what the policy in force does not let somebody ask for; nothing is trimmed."""

    def __init__(
        self, policy: PolicySource, entitlement: Entitlement, accounts: Accounts, requests: RequestStore, clock: Clock
    ) -> None:
        self._policy = policy
        self._entitlement = entitlement
        self._accounts = accounts
        self._requests = requests
        self._clock = clock

    async def check_plan(self, person: Person, plan: Plan, grounds: Grounds) -> None:
        """Return if this person may ask for what a plan would delete, and if that is within the limits.

        Raises NotAllowed with all that stands against it and what to do, SlackUnavailable and ReplicateError.
        """
        targets = targets_of(plan)
        if not targets:
            return
        in_force, scope = await self._policy(), Scope.of(targets)
        if denied := await self._entitlement.denied(person, restrictions(scope.refs, in_force)):
            models = {ref for one in denied for ref in one.restriction.refs}
            raise not_yours_to_ask_for(denied, lines_without(plan, models, grounds.reason, grounds.reference))
        limits, now = in_force.terms_for(scope.refs, scope.targets).limits, self._clock.now()
        replicate = self._accounts.of(plan.account.username).replicate
        numbers = await read_numbers_of_plan(replicate, limits, targets, plan, now)
        if beyond := exceeded(limits, targets, numbers):
            raise beyond_limits(beyond, now)

    async def check_model(self, person: Person, ref: ModelRef) -> None:
        """Return if this person may ask for a model or its versions. Raises NotAllowed and SlackUnavailable."""
        if denied := await self._entitlement.denied(person, restrictions((ref,), await self._policy())):
            raise not_yours_to_ask_for(denied)

    async def check_draft(self, person: Person, request: Request, scope: Scope, terms: Terms) -> None:
        """Return if the requester of a draft may still ask for it, and for so many versions under `terms`.

        The other limits are compared with what Replicate says, which is read again before anything is deleted.
        Raises NotAllowed and SlackUnavailable.
        """
        if request.requester != person.user_id or request.state is not State.DRAFT:
            return  # the transition refuses it
        concerning = restrictions(scope.refs, await self._policy(), request.terms.requesters)
        if denied := await self._entitlement.denied(person, concerning):
            raise not_yours_to_ask_for(denied)
        if terms.limits.versions is not None:
            versions = Limits(versions=terms.limits.versions)
            if beyond := exceeded(versions, await self._requests.targets(request.id), Numbers()):
                raise beyond_limits(beyond, self._clock.now())
