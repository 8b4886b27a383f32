"""Reads the models of a cleanup rule, as commands over several models read theirs."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial

from bot.cleanup.rule import CleanupRule
from bot.deletion.snapshot_reader import SchemaSnapshots
from bot.inventory.known_model import Source
from bot.planning.evaluation import Evaluation
from bot.planning.facts import Facts, read_facts, read_found
from bot.planning.limit_numbers import read_numbers_of_plan
from bot.planning.limits import Exceeded, exceeded
from bot.planning.plan import Plan
from bot.planning.selecting import select_versions
from bot.planning.version_reading import Named
from bot.refs import ModelPattern, ModelRef
from bot.replicate.client import Replicate
from bot.replicate.rate_limit import Urgency
from bot.requests.policy import Protected
from bot.requests.terms import Limits
from bot.store.database import Database
from bot.store.keeps import KeepStore
from bot.store.known_models import KnownModelStore
from bot.store.prior_requests import PriorRequestStore
from bot.store.snapshots import SnapshotStore

ReplicateOf = Callable[[str], Replicate]
"""Returns the client that speaks for the account of this name."""


class RuleReader:
    """Reads models and what uses their versions. Every method raises ReplicateError and DatabaseUnavailable.

    `remembers`: what is read is stored, the schemas for a proposal and the names of models; else nothing is written.
    """

    def __init__(
        self, replicate_of: ReplicateOf, database: Database, workspace: str, *, remembers: bool = True
    ) -> None:
        self._remembers = remembers
        self._replicate_of = replicate_of
        self._schemas = SchemaSnapshots(SnapshotStore(database))
        self._prior = PriorRequestStore(database, workspace)
        self._keeps = KeepStore(database)
        self._known = KnownModelStore(database)

    async def models(self, rule: CleanupRule) -> tuple[tuple[ModelRef, ...], tuple[str, ...]]:
        """Return the models that the rule names or matches, each once, and the patterns that match none.

        Replicate lists no private models, so patterns are compared with the models that the bot knows.
        """
        found: dict[str, ModelRef] = {}
        unmatched = []
        for one in rule.models:
            matched = await self._matching(one) if isinstance(one, ModelPattern) else (one,)
            found = {str(ref).lower(): ref for ref in matched} | found
            unmatched += [] if matched else [str(one)]
        return tuple(found.values()), tuple(unmatched)

    async def selection(
        self, models: Sequence[ModelRef], rule: CleanupRule, now: float, protected: Protected
    ) -> tuple[Plan, Facts]:
        """Return what the rule selects of these models, and what was read of them."""
        replicate = self._client(rule)
        facts = partial(self._facts, replicate)
        return await select_versions(models, rule.selection, now, protected, facts, replicate.last_use)

    async def beyond_limits(self, planned: Evaluation, limits: Limits) -> tuple[Exceeded, ...]:
        """Return every limit that a request for what is selected exceeds."""
        if planned.plan is None or limits == Limits():
            return ()
        client, targets = self._client(planned.rule), planned.targets
        numbers = await read_numbers_of_plan(client, limits, targets, planned.plan, planned.at)
        return exceeded(limits, targets, numbers)

    def _client(self, rule: CleanupRule) -> Replicate:
        """Return the client for a rule's account: nobody waits for its answers, and there may be many pages."""
        return self._replicate_of(rule.account).at(Urgency.BULK)

    async def _matching(self, pattern: ModelPattern) -> tuple[ModelRef, ...]:
        return tuple(known.ref for known in await self._known.matching(pattern.owner, [str(pattern)]))

    async def _facts(self, replicate: Replicate, wanted: Mapping[ModelRef, Named]) -> Facts:
        """Read what verdicts need, store the schemas, and know the models that Replicate showed from now on."""
        read = self._schemas.read if self._remembers else read_found
        facts = await read_facts(replicate, wanted, usage=True, read=read)
        shown = [found.model.ref for found in facts.models.values() if found]
        if self._remembers:
            await self._known.note(facts.account.username, shown, Source.TYPED, is_shown=True)
        return replace(facts, prior=await self._prior.read(shown), keeps=await self._keeps.of(shown))
