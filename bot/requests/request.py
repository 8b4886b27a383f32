"""A request for deletion: its targets, its state, its decisions and outcomes. Pure."""

from __future__ import annotations

import enum
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field

from bot.refs import ModelRef
from bot.requests.decisions import BreakGlass, Choice, Decision
from bot.requests.keep_note import KeepNote
from bot.requests.left_out import LeftOut
from bot.requests.terms import Requirement, Terms
from bot.slowdown import Slowdown

MAX_VERSIONS = 5_000
"""The most versions that one request may delete; its models do not count."""


class State(enum.StrEnum):
    """The state of a request."""

    DRAFT = "draft"
    AWAITING = "awaiting"
    APPROVED = "approved"
    DELETING = "deleting"
    FINISHED = "finished"
    REJECTED = "rejected"
    WITHDRAWN = "withdrawn"
    EXPIRED = "expired"
    STOPPED = "stopped"

    @property
    def is_end(self) -> bool:
        """Whether nothing follows."""
        return self in _ENDS


UNDER_WAY = (State.APPROVED, State.DELETING)
"""States of approved requests that have not ended."""

CARRIED_OUT = (State.FINISHED, State.STOPPED)
"""End states of requests whose deletion was started."""

CAME_TO_NOTHING = (State.REJECTED, State.WITHDRAWN, State.EXPIRED)
"""End states of requests that ended without deletions."""

_ENDS = frozenset({*CARRIED_OUT, *CAME_TO_NOTHING})


class TargetState(enum.StrEnum):
    """The state of one model or version. Every target of a started request reaches one of the end states."""

    PLANNED = "planned"
    ACCEPTED = "accepted"
    """Replicate answered 202; the version is still listed."""
    DELETED = "deleted"
    ALREADY_GONE = "already gone"
    REFUSED = "refused"
    FAILED = "failed"
    SKIPPED = "skipped"
    NOT_REACHED = "not reached"
    KEPT = "kept"
    """Somebody took it out of the request, or keeps it: nothing was sent for it."""

    @property
    def is_end(self) -> bool:
        """Whether nothing follows."""
        return self not in (TargetState.PLANNED, TargetState.ACCEPTED)


class ListState(enum.Enum):
    """Whether the full list that belongs to a long request's state, planned or result, has been posted."""

    TO_COME = enum.auto()
    POSTED = enum.auto()
    GIVEN_UP = enum.auto()


class ListKind(enum.Enum):
    """What a full list shows of each target."""

    PLANNED = "targets"
    """What would be deleted, and what is left out and why; posted once the card is."""
    RESULT = "result"
    """The outcome of each target; posted once the request has been carried out."""


class Event(enum.StrEnum):
    """An event that the audit trail records."""

    ASKED = "asked"
    CANCELLED = "cancelled"
    APPROVED = "approved"
    REJECTED = "rejected"
    WITHDRAWN = "withdrawn"
    EXPIRED = "expired"
    WAITS = "waits"
    """It is approved, and the detail says from when on it may be carried out. Until then it can be undone."""
    UNDONE = "undone"
    """It was approved, and somebody ended it before deleting began. Its state is then `withdrawn`."""
    RESTORED = "restored"
    """The database was restored from a backup while the request was open, so nothing more is deleted for it."""
    STARTED = "started"
    STOPPED = "stopped"
    GLASS_BROKEN = "glass broken"
    GLASS_TOLD = "glass told"
    GLASS_REVIEWED = "glass reviewed"
    """It was carried out without the missing approvals, the approvers were told, and one of them has signed it off."""
    NOT_AS_APPROVED = "not as approved"
    """The stored targets did not match the digest of what was shown and approved, so nothing was sent."""
    KEPT = "kept"
    """A snapshot of what is about to be deleted was stored."""
    KEEP_PLACED = "keep placed"
    """A target was taken out of the request, and must not be deleted until its keep lapses or is lifted."""
    TAKEN_OUT = "taken out"
    """A target was taken out of the request because of a keep of something else."""
    LIFT_ASKED = "lift asked"
    LIFT_APPROVED = "lift approved"
    """One approval; the keep is lifted once there are as many as are needed."""
    LIFT_REJECTED = "lift rejected"
    KEEP_LIFTED = "keep lifted"
    TARGET_ENDED = "target ended"
    FINISHED = "finished"
    CLICK_REFUSED = "click refused"
    REMOVED = "removed"
    """Requests that ended long ago were removed with everything recorded of them; the detail names them."""


@dataclass(frozen=True, slots=True)
class Target:
    """One model, or one version pinned by its full id, and its outcome so far.

    `created_at` is the version's date in seconds since 1970 (None for a model). `is_latest`: when the plan was made,
    it was its model's newest version, or the one that Replicate calls the latest. `reason` explains an end state that
    needs it, and `keep` says who keeps it, if it is KEPT. `was_sent` is stored before a DELETE is sent, so it may be
    set although none arrived.
    """

    position: int
    ref: ModelRef
    version_id: str | None = None
    created_at: float | None = None
    is_latest: bool = False
    state: TargetState = TargetState.PLANNED
    reason: str = ""
    was_sent: bool = False
    keep: KeepNote | None = None

    def __str__(self) -> str:
        return f"{self.ref}:{self.version_id}" if self.version_id else str(self.ref)


MAYBE_DELETED = "It may be gone anyway; Retry checks first."
"""The advice for a DELETE that was sent but not answered."""


@dataclass(frozen=True, slots=True)
class Request:
    """A request with its decisions. Times are seconds since 1970 by the database's clock.

    `account` is the Replicate account the plan was made for, `reference` the team's own (a ticket's number), `rules`
    are the rules that selected its versions, as they would be typed, `digest` is a fingerprint of what was shown, and
    `counts` has the number of targets in each state. `stopping`: `stopped_by` asked the bot to stop deleting.
    `revision` increases with every visible change. `claimed_at` is when the worker last claimed the request, and
    `answered` how many of the DELETEs sent since then were answered. `proposed_by` is the name of the cleanup rule that
    proposed it, which then is its requester. `begins_at` is when deleting begins at the earliest, and `undone_by` who
    ended the request before that. `break_glass` says who carried it out without the approvals that were missing.
    `slowdown` is how far Replicate's refusals slow requests down meanwhile. `restored_to` is the end of a restored
    backup in which the request was open.
    """

    id: str
    state: State
    requester: str
    team_id: str
    origin_channel: str
    account: str
    terms: Terms
    digest: str
    created_at: float
    expires_at: float
    revision: int = 0
    reason: str = ""
    reference: str = ""
    rules: str = ""
    card_channel: str | None = None
    requested_at: float | None = None
    remind_at: float | None = None
    decided_at: float | None = None
    finished_at: float | None = None
    claimed_at: float | None = None
    answered: int = 0
    slowdown: Slowdown | None = None
    stopping: bool = False
    stopped_by: str = ""
    proposed_by: str = ""
    begins_at: float | None = None
    undone_by: str = ""
    restored_to: float | None = None
    break_glass: BreakGlass | None = None
    list_state: ListState = ListState.TO_COME
    decisions: tuple[Decision, ...] = ()
    left_out: tuple[LeftOut, ...] = ()
    counts: Mapping[TargetState, int] = field(default_factory=Counter)

    @property
    def approvals(self) -> tuple[Decision, ...]:
        """The decisions to approve."""
        return tuple(d for d in self.decisions if d.choice is Choice.APPROVE)

    @property
    def missing(self) -> dict[Requirement, int]:
        """The requirements that are not met yet, and how many more approvals each needs."""
        given = {one: self.given(one) for one in self.terms.requirements}
        return {one: one.needed - count for one, count in given.items() if count < one.needed}

    def given(self, requirement: Requirement) -> int:
        """Return how many approvals count for one of the requirements."""
        return sum(d.meets(requirement.key, self.terms.base.key) for d in self.approvals)

    @property
    def approvals_missing(self) -> int:
        """How many more approvals the request needs at the least: one approval may count for several requirements."""
        return max(self.missing.values(), default=0)

    @property
    def may_be_undone(self) -> bool:
        """Whether it is approved and no worker has begun with it, as it was given time to be undone."""
        return self.state is State.APPROVED and self.begins_at is not None and not self.stopping
