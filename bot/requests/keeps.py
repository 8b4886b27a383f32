"""Keeps: models and versions that must not be deleted, and what a new keep takes out of a request. Pure.

A keep of a model covers all of its versions, as a protected model does. A keep of a version holds under whatever name
its model has: the full id of a version stays the same when the model is renamed.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta, timezone, tzinfo
from functools import cached_property
from zoneinfo import ZoneInfo

from bot.refs import ID_SHOWN, ModelRef
from bot.requests.keep_note import KeepNote
from bot.requests.outcomes import Outcome, ended_unsent
from bot.requests.policy import Person
from bot.requests.request import State, Target, TargetState

_ALONG = "it was asked for together with its model, which stays because {version} is kept"
_MODEL_ALONG = "a model with versions cannot be deleted, and its version {version} is kept"
_NOT_BEGUN = (State.AWAITING, State.APPROVED)


@dataclass(frozen=True, slots=True)
class Keep:
    """A model (`version_id` is None) or a version that is kept; times are in seconds since 1970.

    It is in force until `until`, if there is one, or until it is lifted. `request_id` is the request from which it was
    taken out.
    """

    id: str
    account: str
    ref: ModelRef
    version_id: str | None
    kept_by: str
    reason: str
    until: float | None
    placed_at: float
    request_id: str

    @property
    def note(self) -> KeepNote:
        """What people are told about it."""
        return KeepNote(self.kept_by, self.reason, self.until, self.id)

    def covers(self, ref: ModelRef, version_id: str | None) -> bool:
        """Return whether this keeps a model, or a version, by its own keep or by its model's."""
        if self.version_id is not None:
            return self.version_id == version_id
        return _key(self.ref) == _key(ref)

    def __str__(self) -> str:
        return f"{self.ref}:{self.version_id}" if self.version_id else str(self.ref)


# No slots: a cached property needs a `__dict__`, and each of thousands of verdicts asks.
@dataclass(frozen=True)
class Keeps:
    """The keeps in force that concern a plan."""

    in_force: tuple[Keep, ...] = ()

    def of(self, ref: ModelRef, version_id: str | None) -> Keep | None:
        """Return what keeps a model or a version, if anything: its model's keep comes first."""
        return self._models.get(_key(ref)) or (self._versions.get(version_id) if version_id else None)

    @cached_property
    def _models(self) -> Mapping[str, Keep]:
        return {_key(keep.ref): keep for keep in self.in_force if keep.version_id is None}

    @cached_property
    def _versions(self) -> Mapping[str, Keep]:
        return {keep.version_id: keep for keep in self.in_force if keep.version_id is not None}


@dataclass(frozen=True, slots=True)
class Keeping:
    """What somebody wants to keep of a request: the positions of targets, why, and until when."""

    positions: frozenset[int]
    reason: str
    until: float | None = None


@dataclass(frozen=True, slots=True)
class TakenOut:
    """What a keep takes out of one request.

    `kept` are the targets that are kept, `along` those that stay because of them, each with the reason, and `too_late`
    those that were chosen when their deletion had already been sent or had ended. The `models` are kept
    as a whole, so their versions need no keep of their own.
    """

    kept: tuple[Target, ...] = ()
    models: frozenset[ModelRef] = frozenset()
    along: Mapping[Target, str] = field(default_factory=dict)
    too_late: tuple[Target, ...] = ()

    @property
    def kept_by_themselves(self) -> tuple[Target, ...]:
        """The targets that get a keep: one of a model covers its versions."""
        return tuple(t for t in self.kept if t.version_id is None or t.ref not in self.models)


def can_be_kept(target: Target) -> bool:
    """Return whether a target can still be taken out of its request: no DELETE has been sent for it."""
    return target.state is TargetState.PLANNED and not target.was_sent


def take_out(targets: Sequence[Target], chosen: Iterable[Target]) -> TakenOut:
    """Return what leaves a request with these targets if the `chosen` ones are kept.

    With a model, all of its versions are kept. With a version of a model that the request deletes too, the model stays,
    and so do its other versions: they were asked for only to delete the model, as `bot.planning.model_plans` has it.
    """
    wanted = {target.position: target for target in chosen}
    models = frozenset(t.ref for t in wanted.values() if t.version_id is None and can_be_kept(t))
    kept = tuple(t for t in targets if can_be_kept(t) and (t.position in wanted or t.ref in models))
    too_late = tuple(target for target in wanted.values() if not can_be_kept(target))
    return TakenOut(kept, models, dict(_along(targets, kept)), too_late)


def _along(targets: Sequence[Target], kept: Sequence[Target]) -> Iterator[tuple[Target, str]]:
    whole = {target.ref for target in targets if target.version_id is None}
    first = {t.ref: t.version_id[:ID_SHOWN] for t in reversed(kept) if t.version_id is not None and t.ref in whole}
    positions = {target.position for target in kept}
    for target in targets:
        if target.ref in first and target.position not in positions and can_be_kept(target):
            why = _MODEL_ALONG if target.version_id is None else _ALONG
            yield target, why.format(version=first[target.ref])


def matching(names: Iterable[str], targets: Sequence[Target]) -> tuple[list[Target], str]:
    """Return the targets that typed names mean, and the first name that means none of them, or more than one.

    A name is a model's, or that of a version: the first characters of its id, with its model's name before a colon or
    without it. What can still be kept comes first: only where a name means nothing of that, it means something else.
    """
    left = [target for target in targets if can_be_kept(target)]
    found: list[Target] = []
    for name in names:
        meant = _meant(name.lower(), left) or _meant(name.lower(), targets)
        if len(meant) != 1:
            return found, name
        found += meant
    return found, ""


def _meant(name: str, targets: Sequence[Target]) -> list[Target]:
    model, _, selector = name.rpartition(":") if ":" in name else ("", "", name)
    if "/" in selector:
        return [t for t in targets if t.version_id is None and _key(t.ref) == selector]
    of = [t for t in targets if t.version_id is not None and model in ("", _key(t.ref))]
    exact = [t for t in of if (t.version_id or "").lower() == selector]
    return exact or [t for t in of if (t.version_id or "").lower().startswith(selector)]


def ended_kept(target: Target, keep: KeepNote) -> Outcome:
    """Return the outcome of a target that somebody keeps: KEPT, or FAILED if an earlier DELETE went unanswered."""
    if target.was_sent:
        return ended_unsent(target, TargetState.KEPT, str(keep))
    return Outcome(target, TargetState.KEPT, keep.reason, keep)


def still_asked(state: State, targets: Sequence[Target]) -> Sequence[Target]:
    """Return the targets that a request in this state is still about, or all where everything was taken out of it."""
    out = (TargetState.KEPT, TargetState.SKIPPED) if state in _NOT_BEGUN else (TargetState.KEPT,)
    return [target for target in targets if target.state not in out] or targets


def end_of(day: date, person: Person) -> float:
    """Return the end of a day where this person is, in seconds since 1970: the first moment of the next one.

    Raises OverflowError for the last day that there is, 9999-12-31.
    """
    return datetime.combine(day + timedelta(days=1), time(), zone_of(person)).timestamp()


def zone_of(person: Person) -> tzinfo:
    """Return a person's time zone by its name in Slack, else by their present distance from UTC, else UTC.

    A system without the time zone database knows no name.
    """
    try:
        return ZoneInfo(person.zone) if person.zone else timezone(timedelta(seconds=person.utc_offset))
    except (ValueError, OSError, KeyError):
        pass
    try:
        return timezone(timedelta(seconds=person.utc_offset))
    except ValueError:
        return UTC


def _key(ref: ModelRef) -> str:
    """Replicate's names are the same in small and in capital letters."""
    return str(ref).lower()
