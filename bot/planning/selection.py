"""Rules and facts from Replicate -> which versions of a model are selected, and why the others stay. Pure.

A version is selected if it matches every rule. No rule selects a version that is deployed or trained on, and only
`--all` selects the model's latest. The rules are evaluated once, for the preview: the request stores the ids.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TypeVar

from bot.commands.options import All, Keep, OlderThan, SelectionRule, UnusedFor
from bot.planning.facts import Facts, FoundModel
from bot.planning.keeps import kept_versions
from bot.planning.plan import Blocked, Plan, Rule, Verdict, WillDelete
from bot.planning.unselected import StaysBecause, forbidding_rule, reason_and_remedy, rule_of
from bot.planning.uses import needed_by, user_note
from bot.planning.verdicts import asked_elsewhere, on_whole_model, unread_entry
from bot.refs import ModelRef
from bot.replicate.last_use import LastUse
from bot.replicate.types import Deployment, Training, Version
from bot.requests.left_out import LeftOut
from bot.requests.policy import Protected

_Kind = TypeVar("_Kind", Keep, OlderThan, UnusedFor, All)


@dataclass(frozen=True, slots=True)
class SelectionContext:
    """The model, the rules, and the time of the selection in seconds since 1970."""

    model: ModelRef
    rules: tuple[SelectionRule, ...]
    now: float

    def rule(self, kind: type[_Kind]) -> _Kind | None:
        """Return the rule of this kind, if there is one."""
        return rule_of(kind, self.rules)

    def __str__(self) -> str:
        return " ".join(map(str, self.rules))


@dataclass(frozen=True, slots=True)
class LastUseQuestion:
    """What has to be known about last use: whether these versions were run at or after `since`, in UTC."""

    version_ids: frozenset[str]
    since: datetime


@dataclass(frozen=True, slots=True)
class _Stays:
    """A version that is not selected; `alone` is the verdict to use if no other version stays for the same reason."""

    version: Version
    because: StaysBecause
    note: str = ""
    alone: Blocked | None = None


def question(selecting: SelectionContext, facts: Facts, protected: Protected) -> LastUseQuestion | None:
    """Return what has to be known about last use before these rules can be evaluated, or None if nothing."""
    unused, found = selecting.rule(UnusedFor), on_whole_model(selecting.model, facts, protected)
    if unused is None or isinstance(found, Blocked):
        return None
    open_ids = frozenset(v.id for v, stays in _evaluated(selecting, found, facts) if stays is None)
    since = datetime.fromtimestamp(max(0.0, selecting.now - unused.seconds), UTC)
    return LastUseQuestion(open_ids, since) if open_ids else None


def plan_selection(selecting: SelectionContext, facts: Facts, protected: Protected, use: LastUse | None) -> Plan:
    """Select versions; `use` is the answer to the `question` for these rules, or None if there was none.

    The plan's verdicts are the selected versions, newest first, followed by one for each reason to stay.
    """
    found = on_whole_model(selecting.model, facts, protected)
    verdicts: Sequence[Verdict]
    if isinstance(found, Blocked):
        verdicts = [found]
    elif not found.count:
        verdicts = [_without_versions(found)]
    else:
        verdicts = _selected(selecting, found, facts, use)
    return Plan.from_facts(facts, verdicts, selected_by=str(selecting))


def _selected(selecting: SelectionContext, found: FoundModel, facts: Facts, use: LastUse | None) -> list[Verdict]:
    selected: list[Verdict] = []
    staying: dict[StaysBecause, list[_Stays]] = {}
    for version, judged in _evaluated(selecting, found, facts):
        stays = judged or (_by_last_use(found.model.ref, version, use) if use else None)
        if stays is None:
            selected.append(WillDelete(found.model.ref, version, is_latest=found.is_latest(version)))
        else:
            staying.setdefault(stays.because, []).append(stays)
    has_keep = staying.pop(StaysBecause.HAS_KEEP, [])
    groups = [_verdict_on_group(staying[why], selecting, found) for why in StaysBecause if why in staying]
    keeps = kept_versions(found.model.ref, (stays.version for stays in has_keep), facts)
    return [*selected, *keeps, *groups, *_unread(found)]


def _unread(found: FoundModel) -> Iterator[Blocked]:
    """Yield the verdict on what cannot be read, if there is any: no rule can place it, so none selects it."""
    if found.unread:
        each = tuple(map(unread_entry, found.unread))
        why = "not readable in Replicate's list, so no rule can select them"
        yield Blocked(Rule.UNREADABLE, LeftOut(str(found.model.ref), why, "Look at the model's page", each))


def _evaluated(selecting: SelectionContext, found: FoundModel, facts: Facts) -> Iterator[tuple[Version, _Stays | None]]:
    """Yield every version with why it stays, or None if only its last use could still exclude it."""
    newer = 0  # newer versions of the same model, without those in other open requests
    for version in found.versions:
        if asked := facts.prior.asked.get((found.model.ref, version.id)):
            # The other request may delete it, so it neither counts among those that `--keep` keeps nor is selected.
            yield (
                version,
                _Stays(
                    version, StaysBecause.REQUESTED, str(asked), asked_elsewhere(found.model.ref, version.id, facts)
                ),
            )
            continue
        because = _by_rules(selecting, newer, version)
        newer += 1
        if because is None and found.is_latest(version) and selecting.rule(All) is None:
            because = StaysBecause.LATEST
        yield version, _Stays(version, because) if because else _by_usage(found, version, facts)


def _by_rules(selecting: SelectionContext, newer: int, version: Version) -> StaysBecause | None:
    """Return why the rules do not select a version that has `newer` newer ones, or None if they do."""
    made_before = selecting.now - version.created_at.timestamp()
    for rule in selecting.rules:
        match rule:
            case Keep(count) if newer < count:
                return StaysBecause.KEPT
            case OlderThan(seconds) if made_before <= seconds:
                return StaysBecause.TOO_NEW
            case UnusedFor(seconds) if made_before <= seconds:
                return StaysBecause.TOO_NEW_TO_BE_UNUSED
            case _:
                pass
    return None


def _by_usage(found: FoundModel, version: Version, facts: Facts) -> _Stays | None:
    blocked = needed_by(found.model, version.id, facts)
    match facts.user_of(found.model.ref, version.id):
        case Deployment(version_id="") as deployment:
            return _Stays(version, StaysBecause.MAYBE_IN_USE, user_note(deployment), blocked)
        case Deployment() as deployment:
            return _Stays(version, StaysBecause.DEPLOYED, str(deployment), blocked)
        case Training(id=training):
            return _Stays(version, StaysBecause.TRAINED_ON, training, blocked)
        case None:
            is_kept = facts.keeps.of(found.model.ref, version.id) is not None
            return _Stays(version, StaysBecause.HAS_KEEP) if is_kept else None


def _by_last_use(ref: ModelRef, version: Version, use: LastUse) -> _Stays | None:
    if last := use.newest.get(version.id):
        return _Stays(version, StaysBecause.USED, f"last on {last:%Y-%m-%d}")
    if use.has_undated_run(ref, version.id):
        return _Stays(version, StaysBecause.UNDATED)
    if hidden := use.hidden_run(ref):
        return _Stays(version, StaysBecause.HIDDEN, f"on {hidden:%Y-%m-%d}")
    return None if use.is_complete else _Stays(version, StaysBecause.UNKNOWN)


def _verdict_on_group(staying: Sequence[_Stays], selecting: SelectionContext, found: FoundModel) -> Blocked:
    """Return one verdict on all versions that stay for the same reason, with the full id of each."""
    first = staying[0]
    if len(staying) == 1 and first.alone is not None:
        return first.alone
    why, remedy = reason_and_remedy(first.because, selecting.rules)
    rule = forbidding_rule(first.because)
    if len(staying) == 1:
        noted = f"{why} ({first.note})" if first.note else why
        return Blocked(rule, LeftOut(f"{found.model.ref}:{first.version.id}", noted, remedy))
    return Blocked(rule, LeftOut(str(found.model.ref), why, remedy, tuple((s.version.id, s.note) for s in staying)))


def _without_versions(found: FoundModel) -> Blocked:
    return Blocked(
        Rule.NO_VERSIONS,
        LeftOut(
            str(found.model.ref),
            "it has no versions, so there is nothing to select from",
            f"To delete the model itself: `/delete-model {found.model.ref}`",
        ),
    )
