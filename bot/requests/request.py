"""A request for deletion: its targets, its state, its decisions and outcomes. Pure."""

from __future__ import annotations

import enum
import secrets
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field

from bot.refs import ModelRef
from bot.requests.left_out import LeftOut
from bot.requests.policy import Terms

MAX_VERSIONS = 5_000
"""The most versions that one request may delete; its models do not count."""

_ALPHABET = "23456789ABCDEFGHJKMNPQRSTVWXYZ"
_ID_LENGTH = 5


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


class Choice(enum.StrEnum):
    """An approver's decision."""

    APPROVE = "approve"
    REJECT = "reject"


class Event(enum.StrEnum):
    """An event that the audit trail records."""

    ASKED = "asked"
    CANCELLED = "cancelled"
    APPROVED = "approved"
    REJECTED = "rejected"
    WITHDRAWN = "withdrawn"
    EXPIRED = "expired"
    STARTED = "started"
    STOPPED = "stopped"
    NOT_AS_APPROVED = "not as approved"
    """The stored targets did not match the digest of what was shown and approved, so nothing was sent."""
    KEPT = "kept"
    """A snapshot of what is about to be deleted was stored."""
    TARGET_ENDED = "target ended"
    FINISHED = "finished"
    CLICK_REFUSED = "click refused"


@dataclass(frozen=True, slots=True)
class Target:
    """One model, or one version pinned by its full id, and its outcome so far.

    `created_at` is the version's date in seconds since 1970 (None for a model). `is_latest`: when the plan was made,
    it was its model's newest version, or the one that Replicate calls the latest. `reason` explains an end state that
    needs it. `was_sent` is stored before a DELETE is sent, so it may be set although none arrived.
    """

    position: int
    ref: ModelRef
    version_id: str | None = None
    created_at: float | None = None
    is_latest: bool = False
    state: TargetState = TargetState.PLANNED
    reason: str = ""
    was_sent: bool = False

    def __str__(self) -> str:
        return f"{self.ref}:{self.version_id}" if self.version_id else str(self.ref)


MAYBE_DELETED = "It may have been deleted all the same: look at its page before trying again."
"""The advice for a DELETE that was sent but not answered."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """The new state of a target, with the reason for it if it needs one."""

    target: Target
    state: TargetState
    reason: str = ""

    def __str__(self) -> str:
        return f"{self.target}: {self.state}" + (f" ({self.reason})" if self.reason else "")


def ended_unsent(target: Target, state: TargetState, reason: str) -> Outcome:
    """Return the outcome of a target that gets no DELETE: `state`, or FAILED if an earlier DELETE went unanswered."""
    if not target.was_sent:
        return Outcome(target, state, reason)
    unknown = f"its deletion was asked for, the answer never came, and then {reason}. {MAYBE_DELETED}"
    return Outcome(target, TargetState.FAILED, unknown)


@dataclass(frozen=True, slots=True)
class Decision:
    """One person's decision; `at` in seconds since 1970, `reason` may be empty."""

    user_id: str
    team_id: str
    choice: Choice
    at: float
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Actor:
    """Who acted and in which channel, for the audit trail."""

    user_id: str
    team_id: str
    channel: str


@dataclass(frozen=True, slots=True)
class Request:
    """A request with its decisions. Times are seconds since 1970 by the database's clock.

    `account` is the Replicate account the plan was made for, `rules` are the rules that selected its versions, as
    they would be typed, `digest` is a fingerprint of what was shown, and `counts` has the number of targets in each
    state. `stopping`: `stopped_by` asked the bot to stop deleting. `revision` increases with every visible change.
    `claimed_at` is when the worker last claimed the request, and `answered` how many of the DELETEs sent since then
    were answered.
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
    rules: str = ""
    card_channel: str | None = None
    requested_at: float | None = None
    remind_at: float | None = None
    decided_at: float | None = None
    finished_at: float | None = None
    claimed_at: float | None = None
    answered: int = 0
    stopping: bool = False
    stopped_by: str = ""
    list_state: ListState = ListState.TO_COME
    decisions: tuple[Decision, ...] = ()
    left_out: tuple[LeftOut, ...] = ()
    counts: Mapping[TargetState, int] = field(default_factory=Counter)

    @property
    def approvals(self) -> tuple[Decision, ...]:
        """The decisions to approve."""
        return tuple(d for d in self.decisions if d.choice is Choice.APPROVE)

    @property
    def approvals_missing(self) -> int:
        """How many more approvals the request needs."""
        return max(0, self.terms.approvals_needed - len(self.approvals))


def new_id() -> str:
    """Return a new id: `R-` and five characters out of 30 that are not easily confused when read or spoken."""
    return "R-" + "".join(secrets.choice(_ALPHABET) for _ in range(_ID_LENGTH))
