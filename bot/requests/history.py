"""The audit trail: the text of an entry, and the history of a request read from its entries. Pure."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from bot.plurals import counted
from bot.refs import ModelRef
from bot.requests.request import Actor, Event, Request, State, Target
from bot.requests.snapshots import ModelSnapshot, VersionSnapshot
from bot.requests.transitions import Changed

_PREFIX = "R-"
_SELF_APPROVED = "approved by their own confirmation"
_PINNED_DETAIL = re.compile(
    rf"[\d,]+ targets?, digest (?P<digest>\S+); approvals needed: (?P<needed>\d+)(?P<alone>; {_SELF_APPROVED})?(?:;|$)"
)


@dataclass(frozen=True, slots=True)
class AuditEntry:
    """One event of a request; `at` in seconds since 1970, `actor` None if the bot acted by itself."""

    at: float
    request_id: str
    event: Event
    actor: Actor | None
    detail: str


@dataclass(frozen=True, slots=True)
class PinnedRequest:
    """What a requester confirmed: the digest of what was shown, and the approvals it needed.

    `alone`: the requester's own confirmation approved it.
    """

    digest: str
    approvals_needed: int
    alone: bool


@dataclass(frozen=True, slots=True)
class Portion:
    """A part of a request: one model itself (`versions` is 0), or `versions` versions of it."""

    ref: ModelRef
    versions: int

    def __str__(self) -> str:
        if not self.versions:
            return f"the model {self.ref}"
        return f"{counted(self.versions, 'version')} of {self.ref}"


@dataclass(frozen=True, slots=True)
class Summary:
    """A request in a list, with its targets counted by model."""

    request: Request
    portions: tuple[Portion, ...]


@dataclass(frozen=True, slots=True)
class Story:
    """Everything about one request, its entries in order. Schemas are looked up by the versions' digests."""

    request: Request
    targets: tuple[Target, ...]
    entries: tuple[AuditEntry, ...]
    models: tuple[ModelSnapshot, ...]
    versions: tuple[VersionSnapshot, ...]

    @property
    def portions(self) -> tuple[Portion, ...]:
        """The request's targets counted by model, in the order they were asked for."""
        return portions_of(self.targets)


def detail_of(before: Request, change: Changed) -> str:
    """Return the detail of a transition's audit entry: reasons in full, and the approvals that counted."""
    match change.event:
        case Event.ASKED:
            return _pinned_detail(change.request)
        case Event.APPROVED:
            return _approval_detail(before, change.request)
        case Event.REJECTED:
            return change.request.decisions[-1].reason
        case _:
            return ""


def snapshot_detail(model: ModelSnapshot, versions: int) -> str:
    """Return the detail of the audit entry for a stored snapshot of a model and `versions` of its versions."""
    readme = f"a readme of {len(model.readme):,} characters" if model.readme is not None else "no readme"
    if model.readme_problem:
        readme = f"no readme, as it could not be read: {model.readme_problem}"
    return f"{model.ref}: its metadata, {readme}, {counted(versions, 'version')}"


def read_pinned(detail: str) -> PinnedRequest | None:
    """Parse the detail of a confirmation's audit entry; None for any other text.

    The parsed part contains nothing that a person wrote: the reason comes after it.
    """
    found = _PINNED_DETAIL.match(detail)
    return PinnedRequest(found["digest"], int(found["needed"]), found["alone"] is not None) if found else None


def portions_of(targets: Sequence[Target]) -> tuple[Portion, ...]:
    """Count targets by their models."""
    counts = Counter((target.ref, target.version_id is not None) for target in targets)
    return tuple(Portion(ref, count if of_versions else 0) for (ref, of_versions), count in counts.items())


def read_request_id(text: str) -> str:
    """Return the request id that a person typed, in either case, with `R-` or without."""
    written = text.strip().upper()
    return written if written.startswith(_PREFIX) else _PREFIX + written


def _pinned_detail(request: Request) -> str:
    parts = [
        f"{counted(sum(request.counts.values()), 'target')}, digest {request.digest}",
        f"approvals needed: {request.terms.approvals_needed}",
    ]
    if request.state is State.APPROVED:
        parts.append(_SELF_APPROVED)
    return "; ".join([*parts, *([f"reason: {request.reason}"] if request.reason else [])])


def _approval_detail(before: Request, request: Request) -> str:
    given = f"{len(request.approvals)} of {request.terms.approvals_needed} approvals"
    still_counted = {d.user_id for d in request.decisions}
    dropped = sorted(d.user_id for d in before.approvals if d.user_id not in still_counted)
    return given + (f"; no longer counted, as they may not approve any more: {', '.join(dropped)}" if dropped else "")
