"""What a preview tells beside what would be deleted: when it was run, and what a model is for."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from bot.accounts.account_services import AccountServices
from bot.clock import Clock
from bot.discovery.run_facts import RunFactsReader
from bot.planning.plan import Plan
from bot.requests.request import Target
from bot.requests.run_facts import RunFacts, TargetFacts
from bot.store.run_facts import RunFactStore

WAITS = 3.0
"""Seconds for which a preview waits for what Replicate tells about runs."""

MOST_PAGES = 10
"""Pages of predictions that are read for one preview, after those that are stored."""


class PreviewFacts:
    """Reads the facts for a preview and stores them with its draft. Raises DatabaseUnavailable.

    While Replicate limits the account, its few requests are for what a deletion depends on.
    """

    def __init__(self, services_of: Callable[[str], AccountServices], store: RunFactStore, clock: Clock) -> None:
        self._services_of = services_of
        self._store = store
        self._clock = clock

    async def read(self, plan: Plan, targets: Sequence[Target]) -> RunFacts:
        """Return what is known about these targets of a plan within `WAITS` seconds."""
        account = plan.account.username
        services = self._services_of(account)
        reader = RunFactsReader(services.replicate, self._store.known, self._clock, most_pages=MOST_PAGES)
        if services.outlook().is_limited:
            facts = await reader.stored(account, targets)
        else:
            facts = await reader.read_within(WAITS, account, targets)
        about = {target.position: _with_model(plan, target, facts.of(target)) for target in targets}
        return replace(facts, by_position=about)

    async def save(self, request_id: str, facts: RunFacts) -> None:
        """Store what the preview of a draft tells, for its card and dialogs."""
        await self._store.save(request_id, facts)


def _with_model(plan: Plan, target: Target, facts: TargetFacts) -> TargetFacts:
    """Add what Replicate says about a model, if the target is one."""
    if target.version_id or target.ref not in plan.models:
        return facts
    model, versions = plan.models[target.ref]
    return replace(facts, description=model.description, run_count=model.run_count, versions=versions)
