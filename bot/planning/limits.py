"""What one request may have at most -> the limits that it exceeds, all of them at once. Pure.

A request beyond a limit is refused whole: nothing is trimmed from it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from fractions import Fraction

from bot.planning.facts import FoundModel
from bot.planning.prior_requests import Key
from bot.refs import ModelRef
from bot.replicate.last_use import LastUse
from bot.requests.request import Target, TargetState
from bot.requests.terms import Limits

LONGEST_RUN = 3600.0
"""Seconds: within this time a run may still be going on, so a shorter `used_within` counts as this long.

Replicate ends a run after 30 minutes (https://replicate.com/docs/topics/predictions/lifecycle#timeouts), and may let it
wait before that.
"""


@dataclass(frozen=True, slots=True)
class Numbers:
    """What limits are compared with.

    `versions`: how many versions each model has, including those that the request deletes; a model whose versions could
    not be counted is missing. `use`: the runs of the request's versions since `run_since`, None if `use_unread` says
    why they could not be read.
    """

    versions: Mapping[ModelRef, int] = field(default_factory=dict)
    use: LastUse | None = None
    use_unread: str = ""


@dataclass(frozen=True, slots=True)
class TooManyVersions:
    """The request has `has` versions, and may have `most`."""

    most: int
    has: int


@dataclass(frozen=True, slots=True)
class ModelShare:
    """A request deletes `deleted` of the `count` versions of a model; None if they could not be counted."""

    ref: ModelRef
    deleted: int
    count: int | None
    most: int = 0


@dataclass(frozen=True, slots=True)
class TooGreatShare:
    """The request deletes more than `share` of the versions of these models, and not the models."""

    share: float
    models: tuple[ModelShare, ...]


@dataclass(frozen=True, slots=True)
class RunLately:
    """The account ran versions of the request within the last `within` seconds, or may have.

    `runs` has them with the time of the last run, None where Replicate does not tell it. `hidden` has those of models
    that were run with a version that Replicate does not tell, which may be this one.
    """

    within: float
    runs: tuple[tuple[Target, datetime | None], ...] = ()
    hidden: tuple[tuple[Target, datetime], ...] = ()


@dataclass(frozen=True, slots=True)
class UseUnknown:
    """Whether versions were run within the last `within` seconds could not be found out; `why` is a clause."""

    within: float
    why: str


Exceeded = TooManyVersions | TooGreatShare | RunLately | UseUnknown
"""A limit, what it is, and what the request has."""

Shares = tuple[Collection[Target], Mapping[ModelRef, int]]
"""The versions that a request deletes of models that stay, and how many versions each of these models has."""

_MORE_THAN_READ = "the account has made more predictions since then than the bot reads"


def exceeded(limits: Limits, targets: Collection[Target], numbers: Numbers) -> tuple[Exceeded, ...]:
    """Return every limit that a request with these targets exceeds; with exactly what is allowed it exceeds none."""
    found = (_too_many(limits, targets), _too_great(limits, targets, numbers), _run_lately(limits, targets, numbers))
    return tuple(limit for limit in found if limit is not None)


def window_of(used_within: float) -> float:
    """Return the seconds before now in which a run counts as use within `used_within` seconds."""
    return max(used_within, LONGEST_RUN)


def shared(targets: Collection[Target]) -> dict[ModelRef, int]:
    """Return of how many versions of each model a share is deleted: not of models that are deleted themselves."""
    whole = {target.ref for target in targets if target.version_id is None}
    counts: dict[ModelRef, int] = {}
    for target in targets:
        if target.version_id is not None and target.ref not in whole:
            counts[target.ref] = counts.get(target.ref, 0) + 1
    return counts


def shares_now(
    targets: Collection[Target], found: Mapping[ModelRef, FoundModel | None], leaving: Collection[Key]
) -> Shares:
    """Return the targets that count as a share of their models now, and how many versions each of the models has.

    `found` are the models as Replicate shows them. What the request itself has deleted still counts, in both. What
    others have deleted does not, nor does what other requests are deleting (`leaving`), although Replicate lists it for
    a while. A model that has gone is left out.
    """
    by_model: dict[ModelRef, list[Target]] = {}
    for target in targets:
        by_model.setdefault(target.ref, []).append(target)
    counted: list[Target] = []
    counts: dict[ModelRef, int] = {}
    for ref, model in found.items():
        if model is None:
            continue
        own = [target for target in by_model.get(ref, ()) if _is_sent(target) or model.may_list(str(target.version_id))]
        ids = {target.version_id for target in own}
        others = {version_id for version_id in model.by_id if (ref, version_id) not in leaving}
        counts[ref] = len(ids | others) + sum(entry.id not in ids for entry in model.unread)
        counted += own
    return counted, counts


def _is_sent(target: Target) -> bool:
    return target.was_sent or target.state is not TargetState.PLANNED


def _too_many(limits: Limits, targets: Collection[Target]) -> TooManyVersions | None:
    has = sum(target.version_id is not None for target in targets)
    return None if limits.versions is None or has <= limits.versions else TooManyVersions(limits.versions, has)


def _too_great(limits: Limits, targets: Collection[Target], numbers: Numbers) -> TooGreatShare | None:
    if limits.share_of_a_model is None:
        return None
    models = tuple(_beyond(limits.share_of_a_model, targets, numbers))
    return TooGreatShare(limits.share_of_a_model, models) if models else None


def _beyond(share: float, targets: Collection[Target], numbers: Numbers) -> Iterator[ModelShare]:
    """Yield the models of whose versions more than the share is deleted, or of which that cannot be told."""
    for ref, deleted in shared(targets).items():
        count = numbers.versions.get(ref)
        if count is None:
            yield ModelShare(ref, deleted, None)
        elif deleted > (most := _part(share, count)):
            yield ModelShare(ref, deleted, count, most)


def _part(share: float, count: int) -> int:
    """Return how many versions a share of `count` allows, by the decimal number that was written: 0.9 of 10 is 9."""
    return int(Fraction(str(share)) * count)


def _run_lately(limits: Limits, targets: Collection[Target], numbers: Numbers) -> RunLately | UseUnknown | None:
    versions = [target for target in targets if target.version_id is not None]
    if limits.used_within is None or not versions:
        return None
    within = window_of(limits.used_within)
    if numbers.use is None:
        return UseUnknown(within, numbers.use_unread)
    runs: list[tuple[Target, datetime | None]] = []
    hidden: list[tuple[Target, datetime]] = []
    rest: list[Target] = []
    for target in versions:
        if (at := numbers.use.newest.get(str(target.version_id))) is not None:
            runs.append((target, at))
        elif numbers.use.has_undated_run(target.ref, str(target.version_id)):
            runs.append((target, None))
        elif (at := numbers.use.hidden_run(target.ref)) is not None:
            hidden.append((target, at))
        else:
            rest.append(target)
    if runs or hidden:
        return RunLately(within, tuple(runs), tuple(hidden))
    return UseUnknown(within, _MORE_THAN_READ) if rest and not numbers.use.is_complete else None
