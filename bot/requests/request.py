"""A request for deletion: what it is about, where it stands, and what was decided. Pure."""

from __future__ import annotations

import enum
import secrets
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field

from bot.refs import ModelRef
from bot.requests.left_out import LeftOut
from bot.requests.policy import Terms

DRAFT_LIFE = 30 * 60
"""Seconds for which a preview can be confirmed; Slack's `response_url` of that preview lives as long."""

MAX_VERSIONS = 5_000
"""Versions that one request may be about; the models that it is about do not count."""

_ALPHABET = "23456789ABCDEFGHJKMNPQRSTVWXYZ"
_ID_LENGTH = 5


class State(enum.StrEnum):
    """Where a request stands."""

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
"""Decided, and not ended: what has begun, or is about to."""

CARRIED_OUT = (State.FINISHED, State.STOPPED)
"""Ends of requests that came to a result."""

CAME_TO_NOTHING = (State.REJECTED, State.WITHDRAWN, State.EXPIRED)
"""Ends of requests of which nothing was deleted."""

_ENDS = frozenset({*CARRIED_OUT, *CAME_TO_NOTHING})


class TargetState(enum.StrEnum):
    """Where one model or version stands. Every target of a started request reaches one of the ends."""

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
    """Where the full list of a long request stands that belongs to its state: the planned one, or the result."""

    TO_COME = enum.auto()
    POSTED = enum.auto()
    GIVEN_UP = enum.auto()


class ListKind(enum.Enum):
    """What a list tells of each target."""

    PLANNED = "targets"
    """What would be deleted, and what is left out and why, once the card is there."""
    RESULT = "result"
    """What became of it, once the request has been carried out."""


class Choice(enum.StrEnum):
    """What an approver decided."""

    APPROVE = "approve"
    REJECT = "reject"


class Event(enum.StrEnum):
    """What the audit trail records."""

    ASKED = "asked"
    CANCELLED = "cancelled"
    APPROVED = "approved"
    REJECTED = "rejected"
    WITHDRAWN = "withdrawn"
    EXPIRED = "expired"
    STARTED = "started"
    STOPPED = "stopped"
    NOT_AS_APPROVED = "not as approved"
    """The rows were not what was shown and approved, so nothing was sent."""
    KEPT = "kept"
    """What is about to go was stored."""
    TARGET_ENDED = "target ended"
    FINISHED = "finished"
    CLICK_REFUSED = "click refused"


@dataclass(frozen=True, slots=True)
class Target:
    """One model, or one version pinned by its full id, and what became of it.

    `created_at` is the version's date in seconds since 1970 (None for a model), `is_latest` whether it was its
    model's newest version, or the one that Replicate calls the latest, when the plan was made, `reason` the words
    for an end that needs any, `was_sent` whether a DELETE for it was ever about to be sent.
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
"""What there is to say of a DELETE that was sent and whose answer never came."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a target, with the words that it needs."""

    target: Target
    state: TargetState
    reason: str = ""

    def __str__(self) -> str:
        return f"{self.target}: {self.state}" + (f" ({self.reason})" if self.reason else "")


def ended_unsent(target: Target, state: TargetState, reason: str) -> Outcome:
    """How a target ends that gets no DELETE any more: so, unless one was sent before whose answer never came."""
    if not target.was_sent:
        return Outcome(target, state, reason)
    unknown = f"its deletion was asked for, the answer never came, and then {reason}. {MAYBE_DELETED}"
    return Outcome(target, TargetState.FAILED, unknown)


@dataclass(frozen=True, slots=True)
class Decision:
    """One person's decision; `at` in seconds since 1970, `reason` what they said, which may be nothing."""

    user_id: str
    team_id: str
    choice: Choice
    at: float
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Actor:
    """Who did something and where, for the audit trail."""

    user_id: str
    team_id: str
    channel: str


@dataclass(frozen=True, slots=True)
class Request:
    """A request with its decisions. Times are seconds since 1970 by the database's clock.

    `account` is the Replicate account the plan was made for, `rules` are the rules that selected its versions, as
    they could be typed, `digest` a fingerprint of what was shown, `counts` how many targets stand in each state,
    `stopping` says that `stopped_by` asked the bot to delete no more, `revision` grows with every visible change.
    `claimed_at` is when the worker last took it up, and `answered` how many of the DELETEs sent since then were
    answered.
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
        """The decisions in favour."""
        return tuple(d for d in self.decisions if d.choice is Choice.APPROVE)

    @property
    def approvals_missing(self) -> int:
        """How many more approvals it needs."""
        return max(0, self.terms.approvals_needed - len(self.approvals))


def new_id() -> str:
    """Return an id people can say aloud: `R-` and five of 30 characters, none easily mistaken for another."""
    return "R-" + "".join(secrets.choice(_ALPHABET) for _ in range(_ID_LENGTH))
