"""What may still be deleted: read again just before it is, judged again, and kept."""

from __future__ import annotations

from collections.abc import Sequence

from bot.facts import Facts, read_facts, read_without_versions
from bot.keeping import Keeping
from bot.plan import Blocked, Rule, on_kept_version, on_model, on_version
from bot.policy import Protected
from bot.replicate import Replicate
from bot.requests import Outcome, Target, TargetState
from bot.store import Claim, KeptStore, WorkStore

_GONE_BEFORE = "it was gone before the bot asked for its deletion"
_GONE_SINCE = "its deletion was on its way when the bot was interrupted, and Replicate does not list it any more"


class Recheck:
    """The same verdicts as when the plan was made, on what Replicate says now."""

    def __init__(self, replicate: Replicate, work: WorkStore, kept: KeptStore, protected: Protected) -> None:
        self._replicate = replicate
        self._work = work
        self._kept = kept
        self._protected = protected

    async def allowed(self, claim: Claim, targets: Sequence[Target]) -> list[Target]:
        """Return those planned targets that may still be deleted; record why the others may not.

        What is returned is stored with the request by then: its metadata, readme, dates and schemas. Where it
        was stored while the request waited, the lists of versions are not read again: the rules need none of
        them, and a version that went meanwhile says so itself. Raises ReplicateError, DatabaseUnavailable and
        LeaseLost.
        """
        planned = [t for t in targets if t.state is TargetState.PLANNED]
        if not planned:
            return []
        refs = [t.ref for t in planned]
        if await self._are_kept(claim, planned):
            facts = await read_facts(self._replicate, refs, usage=True, read=read_without_versions)
            return await self._judge(claim, planned, facts, listed=False)
        keeping = Keeping(self._kept, claim.request_id, planned)
        usage = any(t.version_id for t in planned)
        facts = await read_facts(self._replicate, refs, usage=usage, read=keeping.read)
        allowed = await self._judge(claim, planned, facts, listed=True)
        await keeping.keep(allowed)
        return allowed

    async def _judge(self, claim: Claim, planned: Sequence[Target], facts: Facts, *, listed: bool) -> list[Target]:
        """Return the targets that nothing forbids; record at once what became of all the others."""
        ends = {t: end for t in planned if (end := self._end(t, facts, listed=listed))}
        await self._work.record(claim, list(ends.values()))
        return [t for t in planned if t not in ends]

    async def _are_kept(self, claim: Claim, planned: Sequence[Target]) -> bool:
        """Whether these are all versions that are stored with the request already."""
        wanted = {t.version_id for t in planned}
        return None not in wanted and wanted <= await self._kept.kept_versions(claim.request_id)

    def _end(self, target: Target, facts: Facts, *, listed: bool) -> Outcome | None:
        """Return how this target ends without a DELETE, or None when it may be deleted."""
        verdict = self._verdict(target, facts, listed=listed)
        if not isinstance(verdict, Blocked):
            return None
        if verdict.rule is Rule.NOT_FOUND and _is_known_gone(target, facts):
            return Outcome(target, TargetState.ALREADY_GONE, _GONE_SINCE if target.was_sent else _GONE_BEFORE)
        return Outcome(target, TargetState.SKIPPED, verdict.why)

    def _verdict(self, target: Target, facts: Facts, *, listed: bool) -> object:
        if target.version_id is None:
            return on_model(target.ref, facts, self._protected)
        if not listed:
            return on_kept_version(target.ref, target.version_id, facts, self._protected)
        return on_version(target.ref, target.version_id, facts, self._protected)


def _is_known_gone(target: Target, facts: Facts) -> bool:
    """Whether a target that Replicate does not show is really gone, rather than out of this token's sight.

    After a change of token somebody else's private model is not shown either.
    """
    if facts.account.username.lower() != target.ref.owner.lower():
        return False
    return target.version_id is None or facts.models.get(target.ref) is not None
