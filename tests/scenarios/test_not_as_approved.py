"""Rows that are not what was shown and approved, whoever changed them: nothing of the request is sent."""

from __future__ import annotations

import asyncio
import hashlib

import pytest

from tests.scenarios.stage import ANA, BEN, Stage

ADDED = """INSERT INTO targets (request_id, position, owner, name, version_id, is_latest, state, reason)
SELECT id, {position}, 'acme', '{name}', {version}, {false}, 'planned', '' FROM requests"""
OF_ANOTHER_ACCOUNT = "UPDATE requests SET account = 'globex', decided_at = decided_at - 1000"
"""It was approved so long ago that no process with a token of that account can be expected any more."""

CHANGES = {
    "a version was added": ADDED.format(position=2, name="flux", version="'{other}'", false="{false}"),
    "a whole model was added": ADDED.format(position=2, name="other", version="NULL", false="{false}"),
    "a version was exchanged": "UPDATE targets SET version_id = '{other}' WHERE position = 0",
    "a version became its model": "UPDATE targets SET version_id = NULL WHERE position = 0",
    "a version was taken out": "DELETE FROM targets WHERE position = 1",
    "the order was changed": "UPDATE targets SET position = position + 7",
    "a version became a model of a like name": "UPDATE targets SET name = 'flux:' || version_id, version_id = NULL",
    "a version was shown as the latest": "UPDATE targets SET is_latest = NOT is_latest WHERE position = 0",
    "the account was changed": OF_ANOTHER_ACCOUNT,
    "the digest was changed": "UPDATE requests SET digest = 'made up'",
    "nobody had approved": "DELETE FROM decisions",
    "the requester had approved": "UPDATE decisions SET user_id = requester FROM requests",
    "somebody else had approved": "UPDATE decisions SET user_id = 'UCHLOE'",
    "an approver had said no": (
        "INSERT INTO decisions SELECT id, 'UCHLOE', team_id, 'reject', '', 1.0, '' FROM requests"
    ),
}
APPROVED_BY_HAND = "UPDATE requests SET state = 'approved', decided_at = requested_at"
TWO = 2


@pytest.mark.parametrize("change", CHANGES)
async def test_a_request_changed_after_its_approval_fails(anywhere: Stage, change: str) -> None:
    """A request whose rows were changed between approval and deletion ends as failed, and says why in the trail."""
    stage = anywhere
    stage.replicate.add_model("acme/other")
    one, two, other = stage.replicate.add_model("acme/flux", versions=3)
    async with stage.bot() as bot:
        card = await stage.request(f"acme/flux:{one} acme/flux:{two}")
        await stage.only_approved(bot, BEN, card)
    false = "false" if "postgresql" in stage.database_url else "0"
    stage.execute(CHANGES[change].format(other=other, false=false))
    async with stage.bot():
        result = await stage.card_says("failed")
        await stage.replies()
    assert not stage.deletions()
    assert "nothing more was sent to Replicate" in result.text
    assert stage.rows("SELECT count(*) FROM audit WHERE event = 'not as approved'") == [(1,)]
    assert stage.rows("SELECT state FROM requests") == [("finished",)]


async def test_a_request_whose_targets_were_all_removed_ends(anywhere: Stage) -> None:
    """A request whose targets were all taken out of the database ends, and its card says that they are missing."""
    stage = anywhere
    stage.replicate.add_model("acme/empty")
    async with stage.bot() as bot:
        card = await stage.request("acme/empty", command="/delete-model")
        await stage.only_approved(bot, BEN, card)
    stage.execute("DELETE FROM targets")
    async with stage.bot():
        result = await stage.card_says("the list of what to delete is missing from the bot's database")
        await stage.replies()
    assert not stage.deletions()
    assert ":white_check_mark:" not in result.text
    assert stage.rows("SELECT count(*) FROM audit WHERE event = 'not as approved'") == [(1,)]


async def unsent(stage: Stage, forged: str) -> str:
    """Change the database while no bot runs; return what the card then says once nothing came of it."""
    stage.execute(forged)
    async with stage.bot(approvals_required=1, allow_self_approval=True):
        result = await stage.card_says("failed")
        await stage.replies()
    assert not stage.deletions()
    assert stage.rows("SELECT count(*) FROM audit WHERE event = 'not as approved'") == [(1,)]
    return result.text


@pytest.mark.parametrize("approvals", [0, 1])
async def test_requests_approved_by_hand_are_not_carried_out(anywhere: Stage, approvals: int) -> None:
    """A request that was set to approved, and to fewer approvals than it was made for, is not carried out."""
    stage = anywhere
    stage.replicate.add_model("acme/empty")
    async with stage.bot(approvals_required=TWO):
        card = await stage.request("acme/empty", command="/delete-model")
        for _ in range(approvals):
            await stage.slack.click(BEN, card, "Approve")
            await stage.card_says("Needs 1 more approval")
    forged = APPROVED_BY_HAND + f", approvals_required = {approvals}"
    assert f"are {approvals} of the 2 that the request needs" in await unsent(stage, forged)


async def test_a_self_approval_set_by_hand_does_not_count(stage: Stage) -> None:
    """An approval by the requester that no click gave does not count, whatever the row says of self-approval."""
    stage.replicate.add_model("acme/empty")
    async with stage.bot():
        await stage.request("acme/empty", command="/delete-model")
    stage.execute("INSERT INTO decisions SELECT id, requester, team_id, 'approve', '', 1.0, '' FROM requests")
    forged = APPROVED_BY_HAND + ", self_approval = 1"
    assert "are 0 of the 1 that the request needs" in await unsent(stage, forged)


@pytest.mark.parametrize(("end", "why"), [("Withdraw", "withdrawn"), ("Stop", "stopped")])
async def test_ended_request_reopened_by_hand_is_not_carried_out(stage: Stage, end: str, why: str) -> None:
    """A request that was withdrawn or stopped is not carried out when its row says it is approved."""
    stage.replicate.add_model("acme/empty")
    async with stage.bot() as bot:
        card = await stage.request("acme/empty", command="/delete-model")
        if end == "Withdraw":
            await stage.press(ANA, card, end)
            await stage.card_says("Withdrawn")
        else:
            await stage.only_approved(bot, BEN, card)
            await stage.slack.click(ANA, stage.cards()[-1], end)
            await stage.recorded("SELECT 1 FROM audit WHERE event = 'stopped'")
    forged = APPROVED_BY_HAND + ", finished_at = NULL, stopping = 0"
    assert f"the request was over before ({why})" in await unsent(stage, forged)


async def test_digests_of_older_code_are_still_enforced(stage: Stage) -> None:
    """A request whose digest was made by the code before this is held to that, and carried out where it matches."""
    stage.replicate.add_model("acme/empty")
    old = hashlib.sha256(b"acme/empty").hexdigest()
    async with stage.bot():
        preview = await stage.ask("acme/empty", command="/delete-model")
        # In a thread: the bot, which is in this process, may have to end a transaction first.
        await asyncio.to_thread(stage.execute, f"UPDATE requests SET digest = '{old}'")  # noqa: S608 - a value of ours
        await stage.slack.click(ANA, preview, "Request approval")
        card = await stage.slack.until(lambda: stage.cards()[0])
        await stage.slack.click(BEN, card, "Approve")
        await stage.card_says("Deleted 1 of 1")
        await stage.replies()


async def test_request_with_invalid_rows_does_not_block_the_next(stage: Stage) -> None:
    """A request with a state that no code knows among its targets does not keep the next one from being deleted."""
    stage.replicate.add_model("acme/empty")
    stage.replicate.add_model("acme/other")
    async with stage.bot() as bot:
        first = await stage.request("acme/empty", command="/delete-model")
        second = await stage.request("acme/other", command="/delete-model")
        await stage.only_approved(bot, BEN, first)
        await stage.slack.click(BEN, second, "Approve")
        await stage.slack.until(lambda: stage.rows("SELECT count(*) FROM requests WHERE state = 'approved'") == [(2,)])
    stage.execute("UPDATE targets SET state = 'nonsense', name = 'changed' WHERE name = 'empty'")
    async with stage.bot():
        await stage.slack.until(lambda: stage.deletions() == ["/models/acme/other"])
        await stage.recorded("SELECT 1 FROM targets WHERE name = 'other' AND state = 'deleted'")


async def test_delete_sent_before_rows_changed_is_told_as_sent(stage: Stage) -> None:
    """Where the rows were changed after a DELETE was sent, that one is told as sent, and the others as unsent."""
    one, two = stage.replicate.add_model("acme/flux", versions=2)
    async with stage.bot() as bot:
        card = await stage.request(f"acme/flux:{one} acme/flux:{two}")
        await stage.only_approved(bot, BEN, card)
    stage.execute("UPDATE targets SET sent_at = 1.0 WHERE position = 0")
    stage.execute(OF_ANOTHER_ACCOUNT)
    async with stage.bot():
        await stage.card_says("2 failed")
        await stage.replies()
    [(sent,), (unsent_one,)] = stage.rows("SELECT reason FROM targets ORDER BY position")
    assert sent.startswith("its deletion was asked for, the answer never came")
    assert "It may be gone anyway" in sent
    assert unsent_one.startswith("the list of what to delete in the bot's database is not the one")
    assert not stage.deletions()


async def test_a_target_added_between_two_models_ends_the_request(stage: Stage) -> None:
    """What is added while the first model's versions are deleted ends the request before its next DELETE."""
    [version] = stage.replicate.add_model("acme/flux", versions=1)
    stage.replicate.add_model("acme/other")
    stage.replicate.vanish_after = 1.0
    async with stage.bot():
        card = await stage.request("acme/flux --with-versions", command="/delete-model")
        await stage.slack.click(BEN, card, "Approve")
        await stage.slack.until(stage.deletions)
        stage.execute(ADDED.format(position=2, name="other", version="NULL", false="0"))
        result = await stage.card_says("failed")
        await stage.replies()
    assert stage.deletions() == [f"/models/acme/flux/versions/{version}"]
    assert "Deleted 1 of " in result.text
    assert "is not the one that was shown and approved" in result.text
