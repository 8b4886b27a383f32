"""What a request asked for, who approved it, and what is shown of each of its targets. Pure."""

from __future__ import annotations

import enum
from collections.abc import Sequence
from dataclasses import dataclass

from bot.requests.decisions import NAME_TYPED, Decision
from bot.requests.gone_from import EVERYWHERE, GoneFrom
from bot.requests.history import AuditEntry
from bot.requests.request import Event, Request, State, Target, TargetState

RECEIPT_FORMAT = 1
"""The version of the JSON of a receipt; it changes where the meaning of a field does, not where one is added."""


class Verdict(enum.StrEnum):
    """What is shown of a target; only the first one says that it was erased."""

    ERASED = "erased"
    """Replicate accepted its deletion, and both places said that it is gone."""
    UNCONFIRMED = "unconfirmed"
    """Replicate accepted its deletion, and one of the places, or both, have not said that it is gone."""
    UNRECORDED = "unrecorded"
    """An earlier version of the bot saw that it was gone, and did not record from where and when."""
    VANISHED = "vanished"
    """It was gone without an answer to a DELETE of the bot's that says so."""
    REFUSED = "refused"
    FAILED = "failed"
    """What became of it is not known."""
    NOT_SENT = "not sent"
    """It could not be deleted any more when its turn came."""
    KEPT = "kept"
    STOPPED = "stopped"
    """The request was stopped before its turn."""
    NOT_BEGUN = "not begun"
    """The request ended before anything was sent."""
    OPEN = "open"
    """The request has not ended."""


_OTHERWISE = {
    TargetState.ACCEPTED: Verdict.OPEN,
    TargetState.ALREADY_GONE: Verdict.VANISHED,
    TargetState.REFUSED: Verdict.REFUSED,
    TargetState.FAILED: Verdict.FAILED,
    TargetState.SKIPPED: Verdict.NOT_SENT,
    TargetState.NOT_REACHED: Verdict.STOPPED,
    TargetState.KEPT: Verdict.KEPT,
}
"""What is shown of a target in a state that alone says it; none of these is erased."""


@dataclass(frozen=True, slots=True)
class TargetTimes:
    """When things happened to a target, in seconds since 1970; None where they did not, or where nobody recorded it.

    `asked_again_at` is when a place that has not said that it is gone is asked again, None if none is.
    """

    sent_at: float | None = None
    accepted_at: float | None = None
    ended_at: float | None = None
    list_gone_at: float | None = None
    address_gone_at: float | None = None
    asked_again_at: float | None = None


@dataclass(frozen=True, slots=True)
class TargetReceipt:
    """One target with its times.

    `snapshot_at` is when its model was read again just before the deletion, None if it was not.
    """

    target: Target
    times: TargetTimes
    snapshot_at: float | None = None

    @property
    def accepted_at(self) -> float | None:
        """When Replicate accepted the DELETE: with a 202 and later work, or with a 204, which ends the target."""
        times = self.times
        if times.accepted_at is None and self.target.state is TargetState.DELETED:
            return times.ended_at
        return times.accepted_at

    @property
    def gone_from(self) -> frozenset[GoneFrom]:
        """The places of which is recorded when they said that it is gone."""
        said = {GoneFrom.LIST: self.times.list_gone_at, GoneFrom.ADDRESS: self.times.address_gone_at}
        return frozenset(place for place, at in said.items() if at is not None)

    def verdict(self, state: State) -> Verdict:
        """Return what is shown of it, in a request in this state."""
        match self.target.state:
            case TargetState.DELETED:
                return self._of_deleted()
            case TargetState.PLANNED:
                return Verdict.NOT_BEGUN if state.is_end else Verdict.OPEN
            case other:
                return _OTHERWISE[other]

    def _of_deleted(self) -> Verdict:
        if self.gone_from == EVERYWHERE and self.accepted_at is not None:
            return Verdict.ERASED
        is_recorded = bool(self.gone_from) or self.times.asked_again_at is not None
        return Verdict.UNCONFIRMED if is_recorded else Verdict.UNRECORDED


@dataclass(frozen=True, slots=True)
class Receipt:
    """Everything that a receipt tells, read at `made_at` (seconds since 1970 by the database's clock).

    `kept_models` and `kept_versions` are how many snapshots the bot has of them.
    """

    made_at: float
    version: str
    request: Request
    targets: Sequence[TargetReceipt]
    entries: Sequence[AuditEntry]
    kept_models: int = 0
    kept_versions: int = 0

    @property
    def is_final(self) -> bool:
        """Whether the request has ended, and nothing is still to be found out about its targets."""
        is_open = any(one.times.asked_again_at is not None for one in self.targets)
        return self.request.state.is_end and not is_open

    @property
    def verdicts(self) -> Sequence[Verdict]:
        """What is shown of each target, in their order."""
        return [one.verdict(self.request.state) for one in self.targets]

    @property
    def erased(self) -> int:
        """How many targets are shown to be erased."""
        return sum(verdict is Verdict.ERASED for verdict in self.verdicts)

    @property
    def is_approved_by_requester(self) -> bool:
        """Whether the requester's own confirmation was the approval."""
        request = self.request
        is_decided = request.decided_at is not None and request.state is not State.REJECTED
        return is_decided and not request.approvals and request.break_glass is None

    def last_seen(self, one: TargetReceipt) -> float:
        """Return when a target was last read before its deletion: for the preview, or just before it for a model."""
        if one.target.version_id is None and one.snapshot_at is not None:
            return one.snapshot_at
        return self.request.created_at

    def first(self, event: Event) -> AuditEntry | None:
        """Return the first entry of the audit trail about such an event, None if there is none."""
        return next((entry for entry in self.entries if entry.event is event), None)


def counts_for(decision: Decision, request: Request) -> list[str]:
    """Return whose approvals an approval counts for; one from before that was stored counts for the base."""
    return sorted(set(decision.counts_for or (request.terms.base.key,)) - {NAME_TYPED})
