"""A worker between a stand-in Slack and a stand-in Replicate, under a policy that changes while it works."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field

from bot.cleanup.rule import CleanupRule
from bot.cleanup.selecting import Selecting
from bot.clock import Clock
from bot.deletion.setup import WorkerLimits, make_worker
from bot.deletion.worker import Worker
from bot.requests.decisions import Actor
from bot.requests.policy import Approvers
from bot.requests.policy_in_force import Policy, PolicyInForce
from bot.requests.policy_rules import PolicyRules
from bot.requests.request import Request, Target
from bot.requests.terms import Terms
from bot.requests.transitions import Changed, Confirmation, approve, confirm
from bot.slack.client import web_client
from bot.slack.people import People
from bot.slack.quorum import Quorum
from bot.store.draft import Draft
from tests.bot.one_account import only_account
from tests.bot.stored import ANA, FLUX, Stored, stored
from tests.sandbox.replicate.stand_in import StandInReplicate
from tests.sandbox.slack.people import TEAM_ID
from tests.sandbox.slack.stand_in import StandInSlack

LEADS = Approvers(users=frozenset({"UBEN", "UCHLOE"}))
ML = Approvers(groups=frozenset({"SML"}))
NO_RULES = PolicyRules()


def selecting(rules: Sequence[CleanupRule]) -> tuple[Selecting, ...]:
    """Return what these rules select, as a process tells the others."""
    return tuple(rule.selecting for rule in rules)


@dataclass
class Works:
    """Ana asks, Ben and Chloe may approve; Ana and Dan are in the group `SML`. Two approvals are needed.

    `rules` are the policy file's; those in `upcoming` take their place once the policy has been asked for so often
    since the claim. `cleanups` are its cleanup rules, `others` the policies of other processes.
    """

    stores: Stored
    replicate: StandInReplicate
    slack: StandInSlack
    people: People
    quorum: Quorum
    worker: Worker
    rules: PolicyRules = NO_RULES
    reads: int = 0
    upcoming: dict[int, PolicyRules] = field(default_factory=dict)
    cleanups: Sequence[CleanupRule] = ()
    others: Sequence[Policy] = ()

    async def policy(self) -> PolicyInForce:
        """Return the policy in force."""
        self.reads += 1
        self.rules = self.upcoming.pop(self.reads, self.rules)
        own = Policy(Terms(2, LEADS), rules=self.rules, cleanups=selecting(self.cleanups))
        return PolicyInForce((own, *self.others))

    async def draft(self, *ids: str, proposed_by: str = "", model: bool = False) -> str:
        """Store the preview of deleting these versions of a model, and the model itself, under the policy in force."""
        targets = tuple(Target(n, FLUX, version, 0.0) for n, version in enumerate(ids))
        targets = (*targets, Target(len(ids), FLUX)) if model else targets
        terms = (await self.policy()).terms_for((FLUX,), len(targets))
        requester = "" if proposed_by else "UANA"
        draft = Draft(",".join(ids), requester, TEAM_ID, "COPS", "acme", terms, targets, proposed_by=proposed_by)
        request_id = await self.stores.requests.save_draft(draft)
        assert request_id is not None
        return request_id

    async def confirmed(self, request_id: str) -> None:
        """Have the requester confirm a preview."""
        request = await self.stores.requests.get(request_id)
        confirmation = Confirmation("COPS", 3600, await self._terms(request), may_decide=False)
        step = confirm(request.requester, confirmation)
        assert isinstance(await self.stores.requests.apply(request_id, step, ANA), Changed)

    async def approved(self, request_id: str, *by: str) -> None:
        """Have these people approve."""
        for user in by:
            request = await self.stores.requests.get(request_id)
            terms = await self._terms(request)
            verified = await self.quorum.verified(request, terms)
            counts_for = await self.quorum.counts_for(await self.people.person(user), terms)
            step = approve(user, TEAM_ID, verified, terms, counts_for=counts_for)
            actor = Actor(user, TEAM_ID, "COPS")
            assert isinstance(await self.stores.requests.apply(request_id, step, actor), Changed)

    async def asked(self, *ids: str, proposed_by: str = "", model: bool = False) -> str:
        """Have it asked for, and approved."""
        request_id = await self.draft(*ids, proposed_by=proposed_by, model=model)
        await self.confirmed(request_id)
        await self.approved(request_id, "UBEN", "UCHLOE")
        return request_id

    async def work(self) -> None:
        """Carry out what is approved, until it waits or has ended."""
        self.reads = 0
        while await self.worker.claim_due() == 0:
            await asyncio.gather(*self.worker._running)

    async def later(self) -> None:
        """Carry out what waited for another attempt."""
        self.stores.clock.shift += 61
        await self.work()

    async def ends(self, request_id: str) -> Sequence[tuple[str, str]]:
        """Return the state of each target, with the reason."""
        return [(str(target.state), target.reason) for target in await self.stores.requests.targets(request_id)]

    @property
    def deletions(self) -> int:
        """How many DELETEs reached Replicate."""
        return sum(asked.method == "DELETE" for asked in self.replicate.requests)

    async def _terms(self, request: Request) -> Terms:
        return await self.quorum.terms(request, await self.stores.requests.models_of(request.id))


@contextlib.asynccontextmanager
async def works(url: str, *, lease: float = 30.0) -> AsyncIterator[Works]:
    """Open everything over the database at this address, with a worker whose leases take so many seconds."""
    clock = Clock()
    async with (
        StandInReplicate(vanish_after=0) as replicate,
        StandInSlack(rate_limits=False) as slack,
        stored(url, clock) as stores,
        only_account(replicate, stores.database, clock) as accounts,
    ):
        for user in ("UANA", "UBEN", "UCHLOE", "UDAN"):
            slack.add_person(user, name=user)
        slack.add_group("SML", handle="ml", members=["UANA", "UDAN"])
        people = People(web_client("xoxb-sandbox", slack.api_url), TEAM_ID, clock)

        async def policy() -> PolicyInForce:
            return await opened.policy()

        limits = WorkerLimits(lease, 1)
        worker = make_worker(accounts, stores.database, people, policy, clock, limits)
        opened = Works(stores, replicate, slack, people, Quorum(people, policy), worker)
        try:
            yield opened
        finally:
            await worker.drain(1)
