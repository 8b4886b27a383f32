"""Reads what plans are made of: Replicate, the bot's own earlier requests, and the policy in force."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from bot.accounts.accounts import Accounts
from bot.clock import Clock
from bot.commands.options import SelectionRule
from bot.deletion.snapshot_reader import SchemaSnapshots
from bot.planning.facts import Facts, read_facts
from bot.planning.model_plans import plan_models, plan_models_with_versions
from bot.planning.plan import Plan
from bot.planning.selecting import select_versions
from bot.planning.verdicts import plan_versions
from bot.planning.version_reading import Named, named_of
from bot.policy_source import PolicySource
from bot.refs import ModelRef, VersionRef
from bot.replicate.client import Replicate
from bot.replicate.last_use import LastUse
from bot.replicate.rate_limit import Urgency
from bot.requests.policy import Protected
from bot.store.keeps import KeepStore
from bot.store.prior_requests import PriorRequestStore
from handlers.known_names import KnownNames


class ModelReader:
    """Reads models with what uses them: those of one account at a time, with its token and at its pace.

    Every method raises ReplicateError, DatabaseUnavailable or NotNow.
    """

    def __init__(
        self,
        accounts: Accounts,
        schemas: SchemaSnapshots,
        prior: PriorRequestStore,
        keeps: KeepStore,
        policy: PolicySource,
        clock: Clock,
        names: KnownNames,
    ) -> None:
        self._accounts = accounts
        self._schemas = schemas
        self._prior = prior
        self._keeps = keeps
        self._policy = policy
        self.clock = clock
        self._names = names

    async def facts(self, wanted: Mapping[ModelRef, Named]) -> Facts:
        """Read all that verdicts on these versions of the models need, or on all versions, and store their schemas."""
        read = await read_facts(self._replicate(wanted), wanted, usage=True, read=self._schemas.read)
        return await self._with_prior(await self._noted(read))

    async def facts_to_pick_from(self, model: ModelRef) -> Facts:
        """Read the same of one model, without storing schemas: nothing is asked for yet."""
        read = await read_facts(self._replicate([model]), {model: None}, usage=True)
        return await self._with_prior(await self._noted(read))

    async def of_models(self, models: Sequence[ModelRef], *, with_versions: bool) -> Plan:
        """Plan deleting these models; without `with_versions` each is offered with the versions in its way."""
        facts = await self.facts(dict.fromkeys(models))
        plan = plan_models_with_versions if with_versions else plan_models
        return plan(models, facts, await self.protected())

    async def of_versions(self, versions: Sequence[VersionRef]) -> Plan:
        """Plan deleting these versions."""
        facts = await self.facts(named_of(versions))
        return plan_versions(versions, facts, await self.protected())

    async def selection(self, models: Sequence[ModelRef], rules: tuple[SelectionRule, ...]) -> Plan:
        """Evaluate rules for each of these models; predictions are read only if an answer depends on them."""
        protected = await self.protected()
        last_use = self._replicate(models).last_use
        plan, _ = await select_versions(models, rules, self.clock.now(), protected, self.facts, last_use)
        return plan

    async def protected(self) -> Protected:
        """Return the models that no request may touch."""
        return (await self._policy()).protected

    async def last_use(self, model: ModelRef, version_ids: Collection[str], since: datetime) -> LastUse:
        """Return when versions of a model were last run; a person waits for the answer."""
        return await self._replicate([model]).last_use(version_ids, since)

    async def last_use_in_background(self, model: ModelRef, version_ids: Collection[str], since: datetime) -> LastUse:
        """Return the same at the urgency of bulk work: it may take hundreds of pages."""
        return await self._replicate([model]).at(Urgency.BULK).last_use(version_ids, since)

    def _replicate(self, models: Iterable[ModelRef]) -> Replicate:
        """Return the client of the account that models belong to, all of one account. Raises NotNow without any."""
        return self._accounts.serving(ref.owner for ref in models).replicate

    async def _noted(self, facts: Facts) -> Facts:
        """Know the models that Replicate showed from now on; those that it did not show are passed over."""
        shown = [found.model.ref for found in facts.models.values() if found]
        await self._names.note(facts.account.username, shown)
        return facts

    async def _with_prior(self, facts: Facts) -> Facts:
        """Add what the bot's own requests and keeps say about the models, and what the names of others may mean."""
        refs = [found.model.ref for found in facts.models.values() if found]
        nearest = await self._names.nearest(ref for ref, found in facts.models.items() if found is None)
        return replace(
            facts,
            owners=self._accounts.owners,
            prior=await self._prior.read(refs),
            keeps=await self._keeps.of(refs),
            nearest=nearest,
        )
