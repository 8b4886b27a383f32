"""The audit trail: what an entry says about a step, and what the trail tells of a request. Pure."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from bot.counts import counted
from bot.refs import ModelRef
from bot.requests.request import Actor, Event, Request, State, Target
from bot.requests.snapshots import ModelSnapshot, VersionSnapshot
from bot.requests.transitions import Changed

_PREFIX = "R-"
_ALONE = "approved by their own confirmation"
_ASKED = re.compile(
    rf"[\d,]+ targets?, digest (?P<digest>\S+); approvals needed: (?P<needed>\d+)(?P<alone>; {_ALONE})?(?:;|$)"
)


@dataclass(frozen=True, slots=True)
class AuditEntry:
    """Something that happened: when, in seconds since 1970, and by whom and where unless the bot did it itself."""

    at: float
    request_id: str
    event: Event
    actor: Actor | None
    detail: str


@dataclass(frozen=True, slots=True)
class PinnedRequest:
    """What somebody asked for: the digest of what was shown, and what it takes; `alone` where that was nobody else."""

    digest: str
    approvals_needed: int
    alone: bool


@dataclass(frozen=True, slots=True)
class Portion:
    """A part of what a request is about: one model itself, or `versions` versions of it."""

    ref: ModelRef
    versions: int

    def __str__(self) -> str:
        if not self.versions:
            return f"the model {self.ref}"
        return f"{counted(self.versions, 'version')} of {self.ref}"


@dataclass(frozen=True, slots=True)
class Summary:
    """One request in a list of them."""

    request: Request
    portions: tuple[Portion, ...]


@dataclass(frozen=True, slots=True)
class Story:
    """Everything about one request, its entries in order; the schemas are looked up by the versions' digests."""

    request: Request
    targets: tuple[Target, ...]
    entries: tuple[AuditEntry, ...]
    models: tuple[ModelSnapshot, ...]
    versions: tuple[VersionSnapshot, ...]

    @property
    def portions(self) -> tuple[Portion, ...]:
        """What the request is about, in the order it was asked for."""
        return portions_of(self.targets)


def detail_of(before: Request, change: Changed) -> str:
    """Return what the trail says about a step beyond its event: people's reasons whole, and what counted."""
    match change.event:
        case Event.ASKED:
            return _pinned_detail(change.request)
        case Event.APPROVED:
            return _approved(before, change.request)
        case Event.REJECTED:
            return change.request.decisions[-1].reason
        case _:
            return ""


def snapshot_detail(model: ModelSnapshot, versions: int) -> str:
    """Return what the trail says about a model that was kept, with how many of its versions were."""
    readme = f"a readme of {len(model.readme):,} characters" if model.readme is not None else "no readme"
    if model.readme_problem:
        readme = f"no readme, as it could not be read: {model.readme_problem}"
    return f"{model.ref}: its metadata, {readme}, {counted(versions, 'version')}"


def read_pinned(detail: str) -> PinnedRequest | None:
    """Return what the trail's entry of a confirmation says, None for a text that is none.

    Nothing that a person wrote comes before the end of what is read.
    """
    found = _ASKED.match(detail)
    return PinnedRequest(found["digest"], int(found["needed"]), found["alone"] is not None) if found else None


def portions_of(targets: Sequence[Target]) -> tuple[Portion, ...]:
    """Count targets by their models."""
    counts = Counter((target.ref, target.version_id is not None) for target in targets)
    return tuple(Portion(ref, count if of_versions else 0) for (ref, of_versions), count in counts.items())


def read_request_id(text: str) -> str:
    """Return the id that somebody wrote in either case, with `R-` or without."""
    written = text.strip().upper()
    return written if written.startswith(_PREFIX) else _PREFIX + written


def _pinned_detail(request: Request) -> str:
    parts = [
        f"{counted(sum(request.counts.values()), 'target')}, digest {request.digest}",
        f"approvals needed: {request.terms.approvals_needed}",
    ]
    if request.state is State.APPROVED:
        parts.append(_ALONE)
    return "; ".join([*parts, *([f"reason: {request.reason}"] if request.reason else [])])


def _approved(before: Request, request: Request) -> str:
    given = f"{len(request.approvals)} of {request.terms.approvals_needed} approvals"
    standing = {d.user_id for d in request.decisions}
    gone = sorted(d.user_id for d in before.approvals if d.user_id not in standing)
    return given + (f"; no longer counted, as they may not approve any more: {', '.join(gone)}" if gone else "")
