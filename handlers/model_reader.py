"""Reads what plans are made of: Replicate, the bot's own earlier requests, and the policy in force."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import replace
from datetime import datetime

from bot.clock import Clock
from bot.deletion.snapshot_reader import SchemaSnapshots
from bot.planning.facts import Facts, read_facts
from bot.planning.plan import Plan
from bot.planning.selection import SelectionContext, plan_selection, question
from bot.policy_source import PolicySource
from bot.refs import ModelRef
from bot.replicate import LastUse, Replicate
from bot.replicate.rate_limit import Urgency
from bot.requests.policy import Protected
from bot.store import PriorRequestStore


class ModelReader:
    """Reads models with what uses them. Every method raises ReplicateError or DatabaseUnavailable."""

    def __init__(
        self,
        replicate: Replicate,
        schemas: SchemaSnapshots,
        prior: PriorRequestStore,
        policy: PolicySource,
        clock: Clock,
    ) -> None:
        self._replicate = replicate
        self._schemas = schemas
        self._prior = prior
        self._policy = policy
        self.clock = clock

    async def facts(self, models: Iterable[ModelRef]) -> Facts:
        """Read all that verdicts on versions of these models need, and store their schemas."""
        return await self._with_prior(await read_facts(self._replicate, models, usage=True, read=self._schemas.read))

    async def facts_to_pick_from(self, model: ModelRef) -> Facts:
        """Read the same of one model, without storing schemas: nothing is asked for yet."""
        return await self._with_prior(await read_facts(self._replicate, (model,), usage=True))

    async def selection(self, context: SelectionContext) -> Plan:
        """Evaluate rules; predictions are read only if an answer depends on them."""
        protected = await self.protected()
        facts = await self.facts((context.model,))
        asked = question(context, facts, protected)
        use = await self.last_use(asked.version_ids, asked.since) if asked else None
        return plan_selection(context, facts, protected, use)

    async def protected(self) -> Protected:
        """Return the models that no request may touch."""
        return (await self._policy()).protected

    async def last_use(self, version_ids: Collection[str], since: datetime) -> LastUse:
        """Return when these versions were last run; a person waits for the answer."""
        return await self._replicate.last_use(version_ids, since)

    async def last_use_in_background(self, version_ids: Collection[str], since: datetime) -> LastUse:
        """Return the same at the urgency of bulk work: it may take hundreds of pages."""
        return await self._replicate.at(Urgency.BULK).last_use(version_ids, since)

    async def _with_prior(self, facts: Facts) -> Facts:
        """Add what the bot's own requests say about the models."""
        refs = [found.model.ref for found in facts.models.values() if found]
        return replace(facts, prior=await self._prior.read(refs))
