"""What becomes of requests that are open in a backup from which the database was restored."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.requests.policy import Approvers
from bot.requests.request import Event, Request, State
from bot.requests.restoring import end_restored, not_known_since, restored_detail
from bot.requests.terms import Terms
from bot.requests.transitions import Changed

UNTIL = 1_764_313_200.0
NOW = UNTIL + 3600
OPEN = Request(
    id="R-7KQ2M",
    state=State.AWAITING,
    requester="UANA",
    team_id="T1",
    origin_channel="COPS",
    account="acme",
    terms=Terms(1, Approvers.parse("UBEN")),
    digest="",
    created_at=0.0,
    expires_at=NOW + 30,
)


@pytest.mark.parametrize("state", [State.DRAFT, State.AWAITING, State.APPROVED])
def test_a_request_that_was_not_begun_is_ended(state: State) -> None:
    """A request that was not begun in the backup is over, with the moment after which nothing is known of it."""
    ended = end_restored(UNTIL)(replace(OPEN, state=state), NOW)
    assert isinstance(ended, Changed)
    assert ended.event is Event.RESTORED
    assert (ended.request.state, ended.request.finished_at) == (State.EXPIRED, NOW)
    assert ended.request.restored_to == UNTIL


def test_a_request_that_was_begun_is_stopped() -> None:
    """A request that was being carried out is stopped, and still has to be finished: some of it may be on its way."""
    stopping = end_restored(UNTIL)(replace(OPEN, state=State.DELETING), NOW).request
    assert (stopping.state, stopping.stopping, stopping.finished_at) == (State.DELETING, True, None)
    assert stopping.restored_to == UNTIL


def test_what_nobody_knows_is_said_with_the_moment_of_the_backup() -> None:
    """The reason of a target, and the entry in the audit trail, have the moment at which the backup ends."""
    assert "2025-11-28 07:00:00 UTC" in not_known_since(UNTIL)
    assert "is not known" in not_known_since(UNTIL)
    assert restored_detail(UNTIL) == "from a backup that ends at 2025-11-28 07:00:00 UTC"
