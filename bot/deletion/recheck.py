"""Decides what may still be deleted: reads the targets again, applies the plan's checks, and takes snapshots."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace

from bot.clock import Clock
from bot.deletion.changes_since_plan import ChangesSincePlan
from bot.deletion.snapshot_reader import ModelSnapshotReader
from bot.errors import ReplicateError, ReplicateRefused, ReplicateTokenRejected, ReplicateUnreadable
from bot.planning.facts import Facts, FoundModel, read_facts
from bot.planning.plan import Blocked, Rule, Verdict
from bot.planning.verdicts import on_model, on_pinned_version
from bot.planning.version_reading import Named
from bot.policy_source import PolicySource
from bot.refs import ModelRef
from bot.replicate.absence import Evidence, Listing, Presence, Sight, presence
from bot.replicate.client import Replicate
from bot.requests.keeps import ended_kept
from bot.requests.outcomes import Outcome, ended_unsent
from bot.requests.policy import Protected
from bot.requests.request import Request, Target, TargetState
from bot.requests.snapshots import ModelSnapshot
from bot.side_by_side import side_by_side
from bot.store.claims import Claim
from bot.store.keeps import KeepStore
from bot.store.snapshots import SnapshotStore
from bot.store.worker_claims import WorkStore

ATTEMPTS = 5
"""How many attempts in a row a request gets without progress."""

OUTDATED_AFTER = 900.0
"""Seconds after which the rest is checked again: while Replicate limits the account, sending can take hours."""

_GONE_BEFORE = "it was gone before the bot asked for its deletion"
_REMADE = (
    "every version that was shown with it had gone before the bot deleted any, so this may be another model of that "
    "name, made since; ask for it again if it is the one you mean"
)
GONE_SINCE = "its deletion was on its way when the bot was interrupted, and Replicate does not list it any more"
GONE_UNANSWERED = "its deletion was asked for again, as no answer had come, and by then it was gone"
_GONE_BY_THE_BOT = (GONE_SINCE, GONE_UNANSWERED)


@dataclass(frozen=True, slots=True)
class Allowed:
    """The targets that may be deleted, and the snapshots of their models to store before that.

    `checked_at` is when they were checked, by `Clock.elapsed`.
    """

    targets: tuple[Target, ...]
    models: tuple[ModelSnapshot, ...]
    checked_at: float


class Recheck:
    """Applies the plan's checks to the current data from Replicate."""

    def __init__(
        self,
        replicate: Replicate,
        work: WorkStore,
        snapshots: SnapshotStore,
        policy: PolicySource,
        since_plan: ChangesSincePlan,
        keeps: KeepStore,
        clock: Clock,
    ) -> None:
        self._replicate = replicate
        self._work = work
        self._snapshots = snapshots
        self._policy = policy
        self._since_plan = since_plan
        self._keeps = keeps
        self._clock = clock

    def is_outdated(self, allowed: Allowed) -> bool:
        """Whether a check is so long ago that it has to be repeated."""
        return self._clock.elapsed() - allowed.checked_at > OUTDATED_AFTER

    async def allowed(self, claim: Claim, request: Request, planned: Sequence[Target]) -> Allowed:
        """Return the targets that may still be deleted, and record the outcome of the others.

        Raises ReplicateError, DatabaseUnavailable, LeaseLost, and NotNow while it cannot be told.
        """
        in_force = await self._policy()
        accepted = await self._work.targets(claim, TargetState.ACCEPTED)
        (allowed, snapshots), changed = await side_by_side(
            self._by_verdicts(claim, planned, in_force.protected),
            self._since_plan.ends(request, planned, accepted, in_force),
        )
        await self._work.record(claim, list(changed.values()))
        targets = tuple(target for target in allowed if target not in changed)
        return Allowed(targets, snapshots, self._clock.elapsed())

    async def _by_verdicts(
        self, claim: Claim, planned: Sequence[Target], protected: Protected
    ) -> tuple[list[Target], tuple[ModelSnapshot, ...]]:
        """Apply the plan's verdicts again; return the targets that they allow, and the snapshots of their models.

        Versions are read only if models are to be deleted: the DELETE of a version that has gone reports that
        itself. If Replicate refuses to show a model, its targets fail and the others go on. Likewise for a model
        that could not be read on the last attempt.
        """
        reader = ModelSnapshotReader()
        unread: dict[ModelRef, ReplicateError] = {}

        async def read(replicate: Replicate, ref: ModelRef, named: Named) -> FoundModel | None:
            try:
                return await reader.read(replicate, ref, named)
            except ReplicateTokenRejected:
                raise
            except ReplicateError as exc:
                is_last = await self._work.attempts(claim) >= ATTEMPTS
                if not (is_last or isinstance(exc, ReplicateRefused | ReplicateUnreadable)):
                    raise
                unread[ref] = exc
                return None

        usage = any(t.version_id for t in planned)
        named: Named = None if any(t.version_id is None for t in planned) else frozenset()
        wanted = dict.fromkeys((t.ref for t in planned), named)
        facts = await read_facts(self._replicate, wanted, usage=usage, read=read)
        facts = replace(facts, keeps=await self._keeps.of(wanted))
        verdicts = _Verdicts(facts, unread, protected)
        allowed = await self._apply(claim, planned, verdicts)
        return allowed, tuple(reader.snapshots(t.ref for t in allowed))

    async def store_snapshots(self, claim: Claim, allowed: Allowed) -> None:
        """Store the snapshots of the models; those of the versions were stored with the plan."""
        await self._snapshots.store_models(claim.request_id, allowed.models)

    async def _apply(self, claim: Claim, planned: Sequence[Target], verdicts: _Verdicts) -> list[Target]:
        """Return the targets that may be deleted, and record the outcome of all others."""
        remade = await self._maybe_remade(claim, planned)
        ends = {t: end for t in planned if (end := _if_remade(t, remade) or verdicts.end(t))}
        await self._work.record(claim, list(ends.values()))
        return [t for t in planned if t not in ends]

    async def _maybe_remade(self, claim: Claim, planned: Sequence[Target]) -> set[ModelRef]:
        """Return the models whose versions had all gone before the bot deleted any of them.

        Such a model may have been deleted and created again: it then has the same name and none of the old versions.
        Replicate has no other sign of that (https://replicate.com/docs/reference/http#models.get).
        """
        if all(target.version_id for target in planned):
            return set()
        gone = await self._work.targets(claim, TargetState.ALREADY_GONE)
        deleted = await self._work.targets(claim, TargetState.DELETED)
        return {t.ref for t in gone if t.reason not in _GONE_BY_THE_BOT} - {t.ref for t in deleted}


@dataclass(frozen=True, slots=True)
class _Verdicts:
    """The verdicts on targets by Replicate's current data; `unread` has the error of each model without such data."""

    facts: Facts
    unread: Mapping[ModelRef, ReplicateError]
    protected: Protected

    def end(self, target: Target) -> Outcome | None:
        """Return the target's outcome without a DELETE, or None if it may be deleted."""
        if unread := _if_unread(target, self.unread.get(target.ref)):
            return unread
        verdict = self._verdict(target)
        if not isinstance(verdict, Blocked):
            return None
        if verdict.rule is Rule.NOT_FOUND and _is_gone(target, self.facts):
            return Outcome(target, TargetState.ALREADY_GONE, GONE_SINCE if target.was_sent else _GONE_BEFORE)
        if keep := verdict.left_out.keep:
            return ended_kept(target, keep)
        return ended_unsent(target, TargetState.SKIPPED, verdict.left_out.why)

    def _verdict(self, target: Target) -> Verdict | None:
        if target.version_id is None:
            return on_model(target.ref, self.facts, self.protected)
        return on_pinned_version(target.ref, target.version_id, self.facts, self.protected)


def _if_remade(target: Target, remade: Collection[ModelRef]) -> Outcome | None:
    """Return the outcome of a model that may have been created again; None for any other target."""
    is_one = target.version_id is None and target.ref in remade
    return ended_unsent(target, TargetState.SKIPPED, _REMADE) if is_one else None


def _if_unread(target: Target, exc: ReplicateError | None) -> Outcome | None:
    """Return the outcome of a target whose model could not be read; None for any other."""
    if exc is None:
        return None
    return ended_unsent(target, TargetState.FAILED, f"its model could not be read again: {exc.told}")


def _is_gone(target: Target, facts: Facts) -> bool:
    """Whether a model that Replicate does not show is really gone, and not just hidden from this token.

    A None in `facts.models` means that both the model and its list of versions were answered with 404.
    """
    if target.version_id is not None or facts.models[target.ref] is not None:
        return False
    seen = Evidence(Sight.ABSENT, Listing.NO_LIST, owned=facts.account.owns(target.ref))
    return presence(seen) is Presence.GONE
