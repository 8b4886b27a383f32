"""The headline says where a request stands, and the rest is said beneath."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

import pytest

from bot.messages.headline import beneath, headline, status
from bot.requests.decisions import Choice, Decision
from bot.requests.policy import Approvers
from bot.requests.request import State, TargetState
from bot.requests.terms import Terms
from tests.bot.messages.waiting_request import NOW, WAITING

WHAT = "2 versions of `acme/flux`"
YES = Decision("UBEN", "T1", Choice.APPROVE, NOW)
NO = Decision("UBEN", "T1", Choice.REJECT, NOW)
ENDED = {"decided_at": NOW, "finished_at": NOW + 4, "decisions": (YES,)}
COUNTS = Counter({TargetState.DELETED: 388, TargetState.NOT_REACHED: 612})
TWO_DELETED = replace(WAITING, counts=Counter({TargetState.DELETED: 2}))


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({}, f"Delete {WHAT}?"),
        ({"state": State.APPROVED}, "Approved: deleting starts now"),
        ({"state": State.APPROVED, "stopping": True, "stopped_by": "UANA"}, "Stopping, as <@UANA> asked"),
        ({"state": State.DELETING, "counts": COUNTS}, "Deleting: 1,000 of 1,000"),
        ({"state": State.FINISHED, **ENDED}, "Deleted 2 of 2"),
        ({"state": State.STOPPED, "counts": COUNTS, "stopped_by": "UANA"}, "Stopped by <@UANA>: 612 not deleted"),
        ({"state": State.STOPPED, "counts": COUNTS}, "Stopped: 612 not deleted"),
        (
            {"state": State.FINISHED, **ENDED, "restored_to": NOW},
            "Deleted 2 of 2, as far as is known after a restore from a backup",
        ),
        ({"state": State.REJECTED, "decisions": (NO,)}, "Rejected by <@UBEN>"),
        ({"state": State.WITHDRAWN}, "Withdrawn by <@UANA>"),
        ({"state": State.WITHDRAWN, "undone_by": "UBEN"}, "Undone by <@UBEN> before anything was deleted"),
        ({"state": State.EXPIRED}, "Expired with 0 of 1 approvals"),
        ({"state": State.EXPIRED, "decided_at": NOW}, "Expired: approved, but the bot could not start in time"),
        (
            {"state": State.EXPIRED, "decided_at": NOW, "restored_to": NOW},
            "Ended, as the bot's database was restored from a backup",
        ),
    ],
)
def test_the_state_is_the_headline(changes: dict[str, object], said: str) -> None:
    """Each state has its own headline."""
    assert headline(replace(TWO_DELETED, **changes), WHAT, NOW) == said  # type: ignore[arg-type]  # by their names


def test_nothing_is_said_of_what_a_backup_cannot_know() -> None:
    """Of a request that was open in a restored backup it is not said that nothing was deleted."""
    ended = replace(TWO_DELETED, state=State.EXPIRED, decided_at=NOW, restored_to=NOW)
    assert "Nothing was deleted" not in status(ended, NOW)
    assert "is not known here" in status(ended, NOW)


def test_what_the_headline_says_is_not_said_beneath() -> None:
    """Beneath a result stand who approved and how long it took, not the counts again."""
    finished = replace(TWO_DELETED, state=State.FINISHED, **ENDED)  # type: ignore[arg-type]  # by their names
    assert beneath(finished) == "Approved by <@UBEN>. It took 4 seconds."
    assert status(finished, NOW) == "Approved by <@UBEN>. :white_check_mark: Deleted 2 of 2 (took 4 seconds)."


@pytest.mark.parametrize(("approvers", "own"), [("SLEADS", True), ("UANA,UBEN", True), ("UBEN", False)])
def test_requesters_are_told_that_they_cannot_approve_where_they_might_think_so(approvers: str, own: bool) -> None:  # noqa: FBT001 - one of two outcomes
    """Where the requester is, or may be, among the approvers, it is said that they can't approve their own."""
    asked = replace(TWO_DELETED, terms=Terms(1, Approvers.parse(approvers)))
    assert ("<@UANA> can't approve their own request." in status(asked, NOW)) is own
