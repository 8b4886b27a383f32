"""Who may not decide any more cannot, from that moment on: what decides is asked of Slack at the click."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import pytest

from tests.sandbox.slack.messages import Message
from tests.sandbox.slack.people import PersonKind
from tests.scenarios.models import FLUX
from tests.scenarios.picker_steps import NEXT, opened
from tests.scenarios.stage import ANA, BEN, CHLOE, DAN, LEADS, Stage
from tests.scenarios.window_steps import window_says


def leaves_the_group(stage: Stage) -> None:
    stage.slack.workspace.groups[LEADS].members.remove(BEN)


def becomes_a_guest(stage: Stage) -> None:
    stage.slack.workspace.people[BEN].kind = PersonKind.GUEST


def is_deactivated(stage: Stage) -> None:
    stage.slack.workspace.people[BEN].kind = PersonKind.DELETED


def is_hidden(stage: Stage) -> None:
    stage.slack.workspace.people[BEN].kind = PersonKind.HIDDEN


Change = Callable[[Stage], None]
WHILE_CLICKING = pytest.mark.parametrize("change", [leaves_the_group, becomes_a_guest, is_hidden])
AFTERWARDS = pytest.mark.parametrize("change", [leaves_the_group, becomes_a_guest, is_deactivated, is_hidden])


async def known(stage: Stage) -> Message:
    """Have a request made, and have the bot know Ben as an approver who has just looked at his Home."""
    stage.replicate.add_model("acme/empty")
    card = await stage.request("acme/empty", command="/delete-model")
    await stage.slack.open_home(BEN)
    await stage.slack.until(lambda: stage.slack.home(BEN))
    return card


@WHILE_CLICKING
@pytest.mark.parametrize("button", ["Approve", "Reject"])
async def test_a_click_right_after_a_dismissal_is_refused(stage: Stage, change: Change, button: str) -> None:
    """A click after the change is refused, however lately the bot knew better."""
    async with stage.bot(approvers=f"{LEADS},{DAN}"):
        card = await known(stage)
        change(stage)
        told = await stage.told(BEN, lambda: stage.slack.click(BEN, card, button))
    assert "Nothing changed" in told
    assert stage.slack.modal(BEN) is None
    assert stage.rows("SELECT user_id FROM decisions") == []


@WHILE_CLICKING
async def test_a_rejection_is_refused_after_a_dismissal_in_between(stage: Stage, change: Change) -> None:
    """A rejection is refused where the change came after its window was opened."""
    async with stage.bot(approvers=f"{LEADS},{DAN}"):
        card = await known(stage)
        await stage.slack.click(BEN, card, "Reject")
        await stage.slack.until(lambda: stage.slack.modal(BEN))
        change(stage)
        told = await stage.told(BEN, lambda: stage.slack.submit(BEN, {"reason": "no"}))
    assert "Nothing changed" in told
    assert stage.rows("SELECT user_id FROM decisions") == []
    assert stage.rows("SELECT id FROM requests WHERE state = 'awaiting'")


@pytest.mark.parametrize("change", [becomes_a_guest, leaves_the_group])
async def test_a_former_approver_cannot_delete_by_confirmation_alone(stage: Stage, change: Change) -> None:
    """Where no approval is required, the confirmation of somebody who was an approver just before is not enough."""
    stage.replicate.add_model("acme/empty")
    async with stage.bot(approvals_required=0, approvers=f"{LEADS},{DAN}"):
        preview = await stage.ask("acme/empty", command="/delete-model", user=BEN)
        change(stage)
        await stage.slack.click(BEN, preview, "Delete")
        await stage.slack.until(lambda: stage.cards() or len(stage.private(BEN)) > 1)
    assert not stage.deletions()
    assert stage.rows("SELECT id FROM requests WHERE state IN ('approved', 'deleting', 'finished')") == []


@WHILE_CLICKING
async def test_a_former_approver_cannot_stop_a_deletion(stage: Stage, change: Change) -> None:
    """Somebody who is no approver any more cannot stop a deletion either."""
    stage.replicate.add_model("acme/empty")
    async with stage.bot() as bot:
        card = await stage.request("acme/empty", command="/delete-model")
        await stage.only_approved(bot, CHLOE, card)
        approved = await stage.card_says("deleting starts now")
        await stage.slack.open_home(BEN)
        await stage.slack.until(lambda: stage.slack.home(BEN))
        change(stage)
        await stage.told(BEN, lambda: stage.slack.click(BEN, approved, "Stop"))
    assert stage.rows("SELECT id FROM requests WHERE stopping") == []


@AFTERWARDS
async def test_approval_by_a_former_approver_stops_counting_at_once(stage: Stage, change: Change) -> None:
    """An approval stops counting at once, not a minute later, when the quorum is reached."""
    stage.replicate.add_model("acme/empty")
    async with stage.bot(approvals_required=2, approvers=f"{LEADS},{DAN}"):
        card = await stage.request("acme/empty", command="/delete-model")
        await stage.slack.click(BEN, card, "Approve")
        await stage.card_says("Needs 1 more approval")
        change(stage)
        await stage.slack.click(CHLOE, card, "Approve")
        await stage.card_says(f"Approved by <@{CHLOE}>. Needs 1 more approval")
    assert not stage.deletions()


@AFTERWARDS
async def test_an_approval_that_stopped_counting_deletes_nothing(anywhere: Stage, change: Change) -> None:
    """An approval that stopped counting between the click and the work deletes nothing."""
    anywhere.replicate.add_model("acme/empty")
    reading = asyncio.Event()

    async def changes(method: str, _arguments: dict[str, object]) -> None:
        # The first look at Ben is his click; the second one is the worker's.
        if method == "users.info" and anywhere.rows("SELECT id FROM requests WHERE state = 'deleting'"):
            change(anywhere)
            anywhere.slack.before_call = None
            reading.set()

    async with anywhere.bot(approvers=f"{LEADS},{DAN}"):
        card = await anywhere.request("acme/empty", command="/delete-model")
        anywhere.slack.before_call = changes
        await anywhere.slack.click(BEN, card, "Approve")
        await anywhere.card_says("1 skipped")
        await anywhere.replies()
    assert reading.is_set()
    assert not anywhere.deletions()


@pytest.mark.parametrize("kind", [PersonKind.GUEST, PersonKind.HIDDEN], ids=lambda kind: kind.value)
async def test_the_picker_shows_no_more_to_a_former_member(stage: Stage, kind: PersonKind) -> None:
    """A window in which versions are picked shows no more of them to somebody who is no full member any more."""
    ids = stage.replicate.add_model(FLUX, versions=23)
    async with stage.bot():
        await opened(stage)
        stage.slack.workspace.people[ANA].kind = kind
        stage.clock.shift += 61
        await stage.slack.click_in_modal(ANA, NEXT)
        over = await window_says(stage, "Nothing changed")
    assert ids[10][:12] not in over.plain
    assert over.buttons == []


async def test_a_new_approver_can_approve_at_once(stage: Stage) -> None:
    """Somebody who came into the group a moment ago can approve, though the bot has just seen them outside it."""
    async with stage.bot():
        card = await known(stage)
        refused = await stage.told(DAN, lambda: stage.slack.click(DAN, card, "Approve"))
        stage.slack.workspace.groups[LEADS].members.append(DAN)
        await stage.slack.click(DAN, card, "Approve")
        await stage.card_says("Deleted 1 of 1")
        await stage.replies()
    assert "can approve or reject this" in refused


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        (PersonKind.INVITED, "People who have not accepted their invitation can't request"),
        (PersonKind.CONNECTOR_BOT, "Bots can't request or approve deletions"),
        (PersonKind.WORKFLOW_BOT, "Bots can't request or approve deletions"),
    ],
    ids=lambda value: getattr(value, "value", ""),
)
async def test_unaccepted_invitees_and_other_bots_are_no_full_members(
    stage: Stage, kind: PersonKind, words: str
) -> None:
    """Somebody who never accepted the invitation, and bots of other kinds, are no full members."""

    async def become(method: str, arguments: dict[str, object]) -> None:
        if method == "users.info" and arguments["user"] == DAN:
            stage.slack.workspace.people[DAN].kind = kind

    async with stage.bot(approvers=f"{BEN},{DAN}"):
        card = await known(stage)
        stage.slack.before_call = become
        told = await stage.told(DAN, lambda: stage.slack.click(DAN, card, "Approve"))
    assert words in told
    assert stage.rows("SELECT user_id FROM decisions") == []


@pytest.mark.parametrize("kind", [PersonKind.INVITED, PersonKind.CONNECTOR_BOT, PersonKind.WORKFLOW_BOT])
async def test_requests_that_no_member_could_approve_are_not_made(stage: Stage, kind: PersonKind) -> None:
    """A request that only they could approve is not made."""
    stage.replicate.add_model("acme/empty")
    stage.slack.workspace.people[BEN].kind = kind
    async with stage.bot(approvers=BEN):
        answer = await stage.ask("acme/empty", command="/delete-model", user=ANA)
    assert "only 0 people may approve" in answer.text
