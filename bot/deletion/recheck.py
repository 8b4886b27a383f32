"""What may still be deleted: read again just before it is, judged again, and kept."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace

from bot.deletion.since_plan import ChangesSincePlan
from bot.deletion.snapshot import ModelSnapshotReader
from bot.errors import ReplicateError, ReplicateRefused, ReplicateTokenRejected
from bot.planning.facts import Facts, FoundModel, read_facts
from bot.planning.plan import Blocked, Rule, Verdict
from bot.planning.verdicts import on_model, on_pinned_version
from bot.policy_source import PolicySource
from bot.refs import ModelRef
from bot.replicate import Replicate
from bot.replicate.absence import Evidence, Listing, Presence, Sight, presence
from bot.requests.policy import Protected
from bot.requests.request import Outcome, Request, Target, TargetState, ended_unsent
from bot.requests.snapshots import ModelSnapshot
from bot.store import Claim, SnapshotStore, WorkStore

ATTEMPTS = 5
"""How often in a row a request is tried without any progress."""

_GONE_BEFORE = "it was gone before the bot asked for its deletion"
_REMADE = (
    "every version that was shown with it had gone before the bot deleted any, so this may be another model of that "
    "name, made since; ask for it again if it is the one you mean"
)
GONE_SINCE = "its deletion was on its way when the bot was interrupted, and Replicate does not list it any more"


@dataclass(frozen=True, slots=True)
class Allowed:
    """What may be deleted, and what there is to keep of its models before that."""

    targets: tuple[Target, ...]
    models: tuple[ModelSnapshot, ...]


class Recheck:
    """The same verdicts as when the plan was made, on what Replicate says now."""

    def __init__(
        self,
        replicate: Replicate,
        work: WorkStore,
        kept: SnapshotStore,
        policy: PolicySource,
        since_plan: ChangesSincePlan,
    ) -> None:
        self._replicate = replicate
        self._work = work
        self._kept = kept
        self._policy = policy
        self._since_plan = since_plan

    async def allowed(self, claim: Claim, request: Request, planned: Sequence[Target]) -> Allowed:
        """Return those targets that may still be deleted; record why the others may not.

        Raises ReplicateError, DatabaseUnavailable and LeaseLost.
        """
        protected = (await self._policy()).protected
        accepted = await self._work.targets(claim, TargetState.ACCEPTED)
        allowed, held = await asyncio.gather(
            self._by_verdicts(claim, planned, protected),
            self._since_plan.ends(request, planned, accepted, protected),
        )
        await self._work.record(claim, list(held.values()))
        return replace(allowed, targets=tuple(target for target in allowed.targets if target not in held))

    async def _by_verdicts(self, claim: Claim, planned: Sequence[Target], protected: Protected) -> Allowed:
        """Pass the verdicts again.

        Lists of versions are read for models alone: a version that went meanwhile says so itself. A model that
        Replicate refuses to show fails with what was planned of it, and holds up nothing else; so does one that
        could not be read where no further attempt follows.
        """
        keeping = ModelSnapshotReader(listing=any(t.version_id is None for t in planned))
        unread: dict[ModelRef, ReplicateError] = {}

        async def read(replicate: Replicate, ref: ModelRef) -> FoundModel | None:
            try:
                return await keeping.read(replicate, ref)
            except ReplicateTokenRejected:
                raise
            except ReplicateError as exc:
                is_last = await self._work.attempts(claim) >= ATTEMPTS
                if not (is_last or isinstance(exc, ReplicateRefused)):
                    raise
                unread[ref] = exc
                return None

        usage = any(t.version_id for t in planned)
        facts = await read_facts(self._replicate, (t.ref for t in planned), usage=usage, read=read)
        judging = _Judging(facts, unread, protected)
        allowed = await self._judge(claim, planned, judging)
        return Allowed(tuple(allowed), tuple(keeping.kept(t.ref for t in allowed)))

    async def keep(self, claim: Claim, allowed: Allowed) -> None:
        """Store the models of what is about to go; their versions were stored with the plan."""
        await self._kept.keep_models(claim.request_id, allowed.models)

    async def _judge(self, claim: Claim, planned: Sequence[Target], judging: _Judging) -> list[Target]:
        """Return the targets that nothing forbids; record at once what became of all the others."""
        remade = await self._maybe_remade(claim, planned)
        ends = {t: end for t in planned if (end := _if_remade(t, remade) or judging.end(t))}
        await self._work.record(claim, list(ends.values()))
        return [t for t in planned if t not in ends]

    async def _maybe_remade(self, claim: Claim, planned: Sequence[Target]) -> set[ModelRef]:
        """The models among the targets of which every version had gone before the bot deleted one.

        A model that somebody deletes and makes anew has the same name and none of its versions; Replicate gives
        no other mark (https://replicate.com/docs/reference/http#models.get).
        """
        if all(target.version_id for target in planned):
            return set()
        gone = await self._work.targets(claim, TargetState.ALREADY_GONE)
        deleted = await self._work.targets(claim, TargetState.DELETED)
        return {t.ref for t in gone if t.reason != GONE_SINCE} - {t.ref for t in deleted}


@dataclass(frozen=True, slots=True)
class _Judging:
    """The verdicts on targets by what Replicate says now; `unread` are the models that it did not show, and why."""

    facts: Facts
    unread: Mapping[ModelRef, ReplicateError]
    protected: Protected

    def end(self, target: Target) -> Outcome | None:
        """Return how this target ends without a DELETE, or None when it may be deleted."""
        if unjudged := _unjudged(target, self.unread.get(target.ref)):
            return unjudged
        verdict = self._verdict(target)
        if not isinstance(verdict, Blocked):
            return None
        if verdict.rule is Rule.NOT_FOUND and _is_gone(target, self.facts):
            return Outcome(target, TargetState.ALREADY_GONE, GONE_SINCE if target.was_sent else _GONE_BEFORE)
        return ended_unsent(target, TargetState.SKIPPED, verdict.left_out.why)

    def _verdict(self, target: Target) -> Verdict | None:
        if target.version_id is None:
            return on_model(target.ref, self.facts, self.protected)
        return on_pinned_version(target.ref, target.version_id, self.facts, self.protected)


def _if_remade(target: Target, remade: Collection[ModelRef]) -> Outcome | None:
    """Return how a model ends that may be another one of its name; None for any other target."""
    is_one = target.version_id is None and target.ref in remade
    return ended_unsent(target, TargetState.SKIPPED, _REMADE) if is_one else None


def _unjudged(target: Target, exc: ReplicateError | None) -> Outcome | None:
    """Return how a target ends whose model could not be read; None for any other."""
    if exc is None:
        return None
    return ended_unsent(target, TargetState.FAILED, f"its model could not be read again: {exc}")


def _is_gone(target: Target, facts: Facts) -> bool:
    """Whether a model that Replicate does not show is really gone, rather than out of this token's sight.

    `None` among the facts stands for two 404s: of the model and of its list of versions.
    """
    if target.version_id is not None or facts.models[target.ref] is not None:
        return False
    seen = Evidence(Sight.ABSENT, Listing.NO_LIST, owned=facts.account.owns(target.ref))
    return presence(seen) is Presence.GONE
