"""The audit trail: the text of an entry, and the history of a request read from its entries. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from bot.moments import iso_seconds
from bot.plurals import counted
from bot.refs import ModelRef
from bot.requests.approval_entries import approval_detail, pinned_detail
from bot.requests.decisions import Actor
from bot.requests.request import Event, Request, Target
from bot.requests.restoring import restored_detail
from bot.requests.snapshots import ModelSnapshot, VersionSnapshot
from bot.requests.transitions import Changed

_BEGINS = "deleting begins "


@dataclass(frozen=True, slots=True)
class AuditEntry:
    """One event of a request; `at` in seconds since 1970, `actor` None if the bot acted by itself.

    `request_id` is None where it is about no request, and `id` is its number in the trail. `event` is a plain word
    where a newer version of the bot wrote one that this version does not know.
    """

    at: float
    request_id: str | None
    event: Event | str
    actor: Actor | None
    detail: str
    id: int = field(default=0, compare=False)

    @property
    def is_known(self) -> bool:
        """Whether this version of the bot knows entries of this kind."""
        return isinstance(self.event, Event)


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
            return pinned_detail(change.request)
        case Event.APPROVED:
            return approval_detail(before, change.request)
        case Event.REJECTED:
            return change.request.decisions[-1].reason
        case Event.RESTORED:
            return restored_detail(change.request.restored_to or 0.0)
        case Event.GLASS_BROKEN:
            return _glass_detail(change.request)
        case _:
            return ""


def waiting_detail(before: Request, request: Request) -> str:
    """Return the detail of the audit entry for a request that was approved now and waits; empty for any other."""
    if request.begins_at is None or request.begins_at == before.begins_at:
        return ""
    return f"{_BEGINS}{iso_seconds(request.begins_at)}"


def read_waiting(detail: str) -> float | None:
    """Return the moment that `waiting_detail` wrote, in seconds since 1970; None for any other text."""
    try:
        return datetime.fromisoformat(detail.removeprefix(_BEGINS)).timestamp()
    except ValueError:
        return None


def snapshot_detail(model: ModelSnapshot, versions: int) -> str:
    """Return the detail of the audit entry for a stored snapshot of a model and `versions` of its versions."""
    readme = f"a readme of {len(model.readme):,} characters" if model.readme is not None else "no readme"
    if model.readme_problem:
        readme = f"no readme, as it could not be read: {model.readme_problem}"
    return f"{model.ref}: its metadata, {readme}, {counted(versions, 'version')}"


def portions_of(targets: Sequence[Target]) -> tuple[Portion, ...]:
    """Count targets by their models."""
    counts = Counter((target.ref, target.version_id is not None) for target in targets)
    return tuple(Portion(ref, count if of_versions else 0) for (ref, of_versions), count in counts.items())


def _glass_detail(request: Request) -> str:
    missing = [f"{counted(count, 'approval')} of {requirement.key}" for requirement, count in request.missing.items()]
    reason = request.break_glass.reason if request.break_glass else ""
    return "; ".join([f"missing: {', and '.join(missing) or 'none'}", f"reason: {reason}"])
