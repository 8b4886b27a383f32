"""What is stored of runs, and what was read since -> what is told about the targets of a request. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from bot.inventory.known_runs import StoredRuns
from bot.inventory.new_runs import NewRuns, stored_to
from bot.requests.request import Target
from bot.requests.run_facts import RunFacts, RunReach, TargetFacts


def facts_of(
    account: str, targets: Sequence[Target], stored: StoredRuns, new: NewRuns, *, is_last_try: bool = False
) -> RunFacts:
    """Return what is known of the runs of these targets.

    Where there is a gap between what was read now and what is stored, runs in it may be missing. `is_last_try`: nobody
    will read that gap for this request, so runs are known from its end on.
    """
    added = _Added.of(new)
    return RunFacts(
        _reach(stored, new, is_last_try=is_last_try),
        {target.position: _of(account, target, stored, added) for target in targets},
    )


@dataclass(frozen=True, slots=True)
class _Added:
    """What was read and is not stored: the time of the newest run and the number of runs, by version and by model.

    `hidden` has the newest run of each model whose version is not told; the model's key is empty if it is not, either.
    """

    versions: Mapping[str, tuple[float, int]]
    models: Mapping[str, tuple[float, int]]
    hidden: Mapping[str, float]

    @classmethod
    def of(cls, new: NewRuns) -> _Added:
        """Sum up pages of predictions."""
        versions: dict[str, tuple[float, int]] = {}
        models: dict[str, tuple[float, int]] = {}
        for (version_id, model), at in new.newest.items():
            for sums, key in ((versions, version_id), (models, model)):
                before_at, before = sums.get(key, (at, 0))
                sums[key] = max(at, before_at), before + new.counts[version_id, model]
        hidden = {model: at for (version_id, model), at in new.newest.items() if not version_id}
        return cls(versions, models, hidden)


def _reach(stored: StoredRuns, new: NewRuns, *, is_last_try: bool) -> RunReach | None:
    since, seen = stored.reading.known_since, stored.versions.runs_seen + sum(new.counts.values())
    if since is None:
        if new.asked_at is None:
            return None
        return RunReach(new.asked_at if new.oldest is None else new.oldest, new.has_ended, seen)
    if new.has_joined:
        return RunReach(since, stored.reading.is_complete, seen)
    if is_last_try and new.oldest is not None:
        return RunReach(new.oldest, is_complete=False, runs_seen=seen)
    return RunReach(since, stored.reading.is_complete, seen, missing_since=stored_to(stored.reading))


def _of(account: str, target: Target, stored: StoredRuns, added: _Added) -> TargetFacts:
    if target.ref.owner.lower() != account.lower():
        return TargetFacts()
    name = target.ref.name.lower()
    if target.version_id:
        known, key, more = stored.versions, target.version_id, added.versions.get(target.version_id)
        hidden = [stored.hidden.get(str(target.ref)), added.hidden.get(name)]
    else:
        known, key, more, hidden = stored.models, str(target.ref), added.models.get(name), []
    newest = [at for at in (known.newest.get(key), more and more[0]) if at is not None]
    maybe = [at for at in (stored.hidden.get(""), added.hidden.get(""), *hidden) if at is not None]
    return TargetFacts(
        last_run_at=max(newest, default=None),
        runs=known.counts.get(key, 0) + (more[1] if more else 0),
        hidden_run_at=max(maybe, default=None),
    )
