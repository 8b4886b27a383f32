"""What only the requester is told."""

from __future__ import annotations

import pytest

from bot.messages.previews import too_few_approvers
from bot.requests.policy import Approvers
from bot.requests.terms import Terms


@pytest.mark.parametrize(
    ("self_approval", "said"),
    [
        (True, "It needs 2 approvals, and only 1 person may approve: <@UANA>"),
        (False, "It needs 2 approvals, and besides you only 1 person may approve: <@UANA>"),
    ],
)
def test_requesters_count_as_approvers_only_with_self_approval(self_approval: bool, said: str) -> None:  # noqa: FBT001 - one of two settings
    """Whoever may approve their own is among those who may, and nobody is told of themselves as somebody besides."""
    terms = Terms(2, Approvers(users=frozenset({"UANA"})), self_approval)
    assert said in too_few_approvers("the model `acme/old`", terms, terms.base, 1).text
