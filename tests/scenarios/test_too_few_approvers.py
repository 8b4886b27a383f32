"""A request that could never be approved is not made."""

from __future__ import annotations

import pytest

from tests.sandbox.slack.people import PersonKind
from tests.scenarios.stage import ANA, BEN, CHLOE, DAN, EVE, GUS, LEADS, Stage


async def asked(stage: Stage, **settings: object) -> tuple[str, list[str]]:
    """Ask as Ana; return what she is told and the buttons she gets."""
    stage.replicate.add_model("acme/empty")
    async with stage.bot(**settings):
        answer = await stage.ask("acme/empty", command="/delete-model")
    return answer.text, answer.buttons


async def refused(stage: Stage, may_approve: str, **settings: object) -> None:
    text, buttons = await asked(stage, **settings)
    assert "could never be approved" in text
    assert "nothing was requested" in text
    assert may_approve in text
    assert "APPROVALS_REQUIRED" in text
    assert buttons == []
    assert stage.rows("SELECT id FROM requests") == []


async def offered(stage: Stage, **settings: object) -> None:
    _, buttons = await asked(stage, **settings)
    assert buttons == ["Request approval", "Cancel"]


async def test_a_group_smaller_than_the_approvals_is_refused(stage: Stage) -> None:
    """Three approvals by a group of two: the answer says how many may approve and who can change that."""
    await refused(stage, f"only 2 people may approve: <!subteam^{LEADS}>", approvals_required=3)


async def test_a_group_as_large_as_the_approvals_is_enough(stage: Stage) -> None:
    """Two approvals by a group of two are possible."""
    await offered(stage, approvals_required=2)


async def test_the_requester_does_not_count_as_an_approver(stage: Stage) -> None:
    """A requester who is one of two approvers leaves one, which is too few for two approvals."""
    await refused(
        stage, f"only 1 person may approve: <@{ANA}> or <@{BEN}>", approvers=f"{ANA},{BEN}", approvals_required=2
    )


async def test_the_requester_counts_with_self_approval(stage: Stage) -> None:
    """With ALLOW_SELF_APPROVAL the requester is one of the two."""
    await offered(stage, approvers=f"{ANA},{BEN}", approvals_required=2, allow_self_approval=True)


async def test_a_sole_approver_cannot_request_an_approval(stage: Stage) -> None:
    """A requester who is the only approver cannot ask for an approval that nobody could give."""
    await refused(stage, "only 0 people may approve", approvers=ANA)


@pytest.mark.parametrize(
    "kind", [PersonKind.GUEST, PersonKind.SINGLE_CHANNEL_GUEST, PersonKind.DELETED, PersonKind.HIDDEN, PersonKind.BOT]
)
async def test_group_members_who_may_not_approve_do_not_count(stage: Stage, kind: PersonKind) -> None:
    """Guests, bots, deactivated and hidden people who are still listed in the group do not count."""
    stage.slack.workspace.people[CHLOE].kind = kind
    await refused(stage, "only 1 person may approve", approvals_required=2)


async def test_named_guests_and_outsiders_do_not_count(stage: Stage) -> None:
    """Guests and people of another company who are named one by one do not count."""
    await refused(stage, "only 1 person may approve", approvers=f"{GUS},{EVE},{BEN}", approvals_required=2)


async def test_a_missing_group_has_no_approvers(stage: Stage) -> None:
    """A group that is gone has no members."""
    await refused(stage, "only 0 people may approve", approvers="SGONE")


async def test_the_star_counts_every_full_member_but_the_requester(stage: Stage) -> None:
    """With `*` every full member but the requester counts: Ben, Chloe and Dan are enough for three."""
    await offered(stage, approvers="*", approvals_required=3)


async def test_the_star_does_not_count_guests_bots_or_outsiders(stage: Stage) -> None:
    """With `*` guests, bots, people of other companies and the requester do not count."""
    await refused(stage, "only 3 people may approve: any full member", approvers="*", approvals_required=4)


async def test_an_approver_named_and_in_the_group_counts_once(stage: Stage) -> None:
    """Somebody who is named and in the group too is one person."""
    await refused(stage, "only 2 people may approve", approvers=f"{LEADS},{BEN}", approvals_required=3)


async def test_an_approver_named_beside_the_group_counts(stage: Stage) -> None:
    """Somebody named beside the group counts."""
    await offered(stage, approvers=f"{LEADS},{DAN}", approvals_required=3)


async def test_an_approver_deciding_alone_needs_no_other_approvers(stage: Stage) -> None:
    """Where an approver's own confirmation is enough, it matters to nobody how few others may approve."""
    _, buttons = await asked(stage, approvers=ANA, approvals_required=0)
    assert buttons == ["Delete", "Cancel"]
