"""Ending a keep before its time: what is asked, and who approves it. Pure.

A lift needs the approvals that a request to delete what is kept would need, and at least one of each requirement,
under the terms in force when each is given.
"""

from __future__ import annotations

import enum
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, replace

from bot.requests.keeps import Keep
from bot.requests.terms import Requirement, Terms


class LiftState(enum.StrEnum):
    """The state of what was asked."""

    ASKED = "asked"
    LIFTED = "lifted"
    REJECTED = "rejected"


@dataclass(frozen=True, slots=True)
class Lift:
    """Somebody asks to end a keep: who, why, and who has approved it; times are in seconds since 1970.

    `channel` and `message_ts` say where it was posted; `message_ts` is empty if it was not. `decided_by` is empty until
    it is decided, and where it was rejected because the database was restored from a backup.
    """

    id: str
    keep: Keep
    asked_by: str
    reason: str
    asked_at: float
    expires_at: float
    channel: str
    state: LiftState = LiftState.ASKED
    approved_by: tuple[str, ...] = ()
    decided_by: str = ""
    message_ts: str = ""


class LiftRefusal(enum.Enum):
    """Why a click on a lift changes nothing."""

    OWN = "asked for it themselves"
    ALREADY_APPROVED_BY_YOU = "already approved by you"
    UNVERIFIED = "somebody else decided meanwhile"
    NO_LONGER_OPEN = "no longer open"


LiftStep = Callable[[Lift, float], Lift | LiftRefusal]
"""A change: takes the lift as read under the lock, and the database's time in seconds since 1970."""


def approve_lift(
    by: str, verified: Mapping[str, Collection[str]], today: Terms, *, counts_for: Collection[str]
) -> LiftStep:
    """An approver approves; with the last approval needed the keep is lifted.

    `counts_for` has the keys of the requirements of `today` that name the approver, and `verified` those that still
    name each earlier one. If an earlier one is missing, nothing is changed.
    """

    def step(lift: Lift, now: float) -> Lift | LiftRefusal:
        if not today.let_approve(by, lift.asked_by):
            return LiftRefusal.OWN
        if not is_open(lift, now):
            return LiftRefusal.NO_LONGER_OPEN
        if by in lift.approved_by:
            return LiftRefusal.ALREADY_APPROVED_BY_YOU
        if any(user not in verified for user in lift.approved_by):
            return LiftRefusal.UNVERIFIED
        standing = [u for u in lift.approved_by if verified[u] and today.let_approve(u, lift.asked_by)]
        approved = replace(lift, approved_by=(*standing, by))
        if missing(today, {**verified, by: counts_for}, approved.approved_by):
            return approved
        return replace(approved, state=LiftState.LIFTED, decided_by=by)

    return step


def missing(terms: Terms, counts_for: Mapping[str, Collection[str]], given: Collection[str]) -> dict[Requirement, int]:
    """Return the requirements that the approvals `given` do not meet yet, and how many more each needs.

    `counts_for` has for each approver the keys of the requirements that name them.
    """
    counts = {one: sum(one.key in counts_for.get(user, ()) for user in given) for one in terms.requirements}
    return {one: one.needed - count for one, count in counts.items() if count < one.needed}


def reject_lift(by: str) -> LiftStep:
    """An approver rejects; the keep holds as before."""

    def step(lift: Lift, now: float) -> Lift | LiftRefusal:
        if not is_open(lift, now):
            return LiftRefusal.NO_LONGER_OPEN
        return replace(lift, state=LiftState.REJECTED, decided_by=by)

    return step


def is_open(lift: Lift, now: float) -> bool:
    """Return whether it can still be decided: nobody has, its time is not over, and the keep has not lapsed."""
    has_lapsed = lift.keep.until is not None and lift.keep.until <= now
    return lift.state is LiftState.ASKED and now < lift.expires_at and not has_lapsed
