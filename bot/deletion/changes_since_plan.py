"""Checks whether something has happened to targets since they were planned that forbids deleting them.

A version that this account has run since is skipped, and so is one that the request's rules no longer select.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime

from bot.cleanup.today import rules_of_today
from bot.clock import Clock
from bot.commands.options import All
from bot.commands.rules import parse_rules
from bot.durations import spell_duration
from bot.errors import NotNow
from bot.planning.facts import Facts, read_facts
from bot.planning.prior_requests import OpenRequest, PriorRequests
from bot.planning.selecting import select_versions
from bot.planning.version_reading import Named
from bot.refs import ModelRef
from bot.replicate.client import Replicate
from bot.replicate.last_use import LastUse
from bot.requests.outcomes import Outcome, ended_unsent
from bot.requests.policy_in_force import PolicyInForce
from bot.requests.request import Request, Target, TargetState
from bot.store.keeps import KeepStore
from bot.store.prior_requests import PriorRequestStore

MAX_PAGES = 1_000
"""Maximum pages of predictions, of 100 each, that are read to find out what was run since a plan was made."""

_UNREAD = (
    "whether it was run after this was asked for cannot be told: since then the account has made more predictions than "
    "the bot reads"
)
_UNTOLD = "its model was run {ago} ago, after this was asked for, with a version that Replicate does not tell"
_UNDATED = "it was, or may have been, run after this was asked for: Replicate does not tell when a run was made"
_RUN = "it was run {ago} ago, after this was asked for"
_NOT_SHOWN = "Replicate's list does not show enough of it"
_UNTOLD_RULES = "an older version of the bot is still running, and does not tell which cleanup rules it has"
_UNSELECTED = "`{rules}` would not select it any more: {why}"


class ChangesSincePlan:
    """Checks targets again just before they are deleted."""

    def __init__(self, replicate: Replicate, prior: PriorRequestStore, keeps: KeepStore, clock: Clock) -> None:
        self._replicate = replicate
        self._prior = prior
        self._keeps = keeps
        self._clock = clock

    async def ends(
        self, request: Request, planned: Sequence[Target], accepted: Sequence[Target], in_force: PolicyInForce
    ) -> Mapping[Target, Outcome]:
        """Return the outcome of each planned target that must not be deleted under the policy in force.

        `accepted` are the request's targets that Replicate is deleting already. Raises ReplicateError and
        DatabaseUnavailable, and NotNow for a proposal beside a process whose cleanup rules are not known.
        """
        if request.proposed_by and not in_force.tells_cleanups:
            raise NotNow(_UNTOLD_RULES)
        versions = [target for target in planned if target.version_id is not None]
        if not versions:
            return {}
        why = await self._run_since(request, versions)
        why = await self._unselected(request, versions, accepted, in_force) | why
        return {target: ended_unsent(target, TargetState.SKIPPED, why[target]) for target in versions if target in why}

    async def _run_since(self, request: Request, versions: Sequence[Target]) -> dict[Target, str]:
        """Return the reason to skip for each version that was, or may have been, run since the plan."""
        since = datetime.fromtimestamp(request.created_at, UTC)
        ids = [str(target.version_id) for target in versions]
        use = await self._replicate.last_use(ids, since, most_pages=MAX_PAGES)
        return {target: why for target in versions if (why := self._use_since_plan(target, use))}

    def _use_since_plan(self, target: Target, use: LastUse) -> str:
        if last := use.newest.get(str(target.version_id)):
            return _RUN.format(ago=self._ago(last))
        if use.has_undated_run(target.ref, str(target.version_id)):
            return _UNDATED
        if hidden := use.hidden_run(target.ref):
            return _UNTOLD.format(ago=self._ago(hidden))
        return "" if use.is_complete else _UNREAD

    def _ago(self, moment: datetime) -> str:
        return spell_duration(max(1.0, self._clock.now() - moment.timestamp()))

    async def _unselected(
        self, request: Request, versions: Sequence[Target], accepted: Sequence[Target], in_force: PolicyInForce
    ) -> dict[Target, str]:
        """Return the reason to skip for each version that the request's rules no longer select.

        What a cleanup rule proposed has to be selected as well by the rule of that name that each process has today.
        `--all` alone selects every version, so nothing has to be read for it.
        """
        typed = parse_rules(request.rules, is_stored=True) if request.rules else ()
        today = in_force.cleanups_named(request.proposed_by)
        rules, gone = rules_of_today(request.proposed_by, typed, versions, today)
        left = [version for version in versions if version not in gone]
        if not left or all(isinstance(rule, All) for rule in rules):
            return gone
        refs = list(dict.fromkeys(version.ref for version in left))

        async def read(wanted: Mapping[ModelRef, Named]) -> Facts:
            facts = await read_facts(self._replicate, wanted, usage=True)
            prior = await self._being_deleted(request, refs, accepted)
            return replace(facts, prior=prior, keeps=await self._keeps.of(refs))

        now, last_use = self._clock.now(), self._replicate.last_use
        plan, facts = await select_versions(refs, rules, now, in_force.protected, read, last_use)
        still = {(deletion.ref, deletion.version.id) for deletion in plan.deletions if deletion.version}
        reasons = {what: out.why for out in plan.left_out for what, _ in out.one_by_one()}
        written = " ".join(map(str, rules))
        return gone | {
            target: _UNSELECTED.format(
                rules=written, why=reasons.get(str(target), reasons.get(str(target.ref), _NOT_SHOWN))
            )
            for target in left
            if (target.ref, target.version_id) not in still and self._is_listed(target, facts)
        }

    async def _being_deleted(
        self, request: Request, refs: Sequence[ModelRef], accepted: Sequence[Target]
    ) -> PriorRequests:
        """Return what is being deleted already: targets of other open requests, and this request's accepted ones."""
        own = {(t.ref, t.version_id): OpenRequest(request.id, is_accepted=True) for t in accepted}
        others = await self._prior.read(refs, but=request.id)
        return PriorRequests({**others.asked, **own})

    @staticmethod
    def _is_listed(target: Target, facts: Facts) -> bool:
        """Whether the version may still exist. For one that does not, the DELETE reports that itself."""
        found = facts.models.get(target.ref)
        return found is None or found.may_list(str(target.version_id))
