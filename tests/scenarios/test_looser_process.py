"""Two processes with different settings on one database: the strictest hold, at every click and at every deletion.

The looser one takes every click and carries everything out; the stricter one only lives.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator

import pytest

from bot.store.processes import LIVES_FOR
from tests.scenarios.stage import ANA, BEN, CHLOE, LEADS, OPS, RANDOM, Stage

BOTH = f"{ANA},{BEN}"
LIFE = LIVES_FOR + 1
"""Seconds after which a process that died does not count any more."""


@contextlib.asynccontextmanager
async def idle(stage: Stage, **strict: object) -> AsyncIterator[None]:
    """Run a bot that takes no request up; clicks go to one that listens, if there is any."""
    async with stage.bot(**strict) as bot:
        assert bot._worker is not None
        await bot._worker.drain(0)
        yield


@contextlib.asynccontextmanager
async def beside(stage: Stage, strict: dict[str, object], **loose: object) -> AsyncIterator[None]:
    """Run a stricter bot that does nothing, and a looser one that does everything."""
    async with idle(stage, **loose | strict), stage.listening_bot(**loose):
        yield


async def asked(stage: Stage, name: str = "acme/empty", answer: str = "for approval") -> str:
    """Ask for a model, and return what Ana is told once that holds these words."""
    stage.replicate.add_model(name)
    await stage.ask(name, command="/delete-model")
    return (await stage.private_says(answer)).text


async def test_the_stricter_number_of_approvals_holds(anywhere: Stage) -> None:
    """A request needs as many approvals as the stricter process requires."""
    stage = anywhere
    stage.replicate.add_model("acme/empty")
    async with beside(stage, {"approvals_required": 2}):
        card = await stage.request("acme/empty", command="/delete-model")
        await stage.slack.click(BEN, card, "Approve")
        await stage.card_says("Needs 1 more approval")
        assert not stage.deletions()
        await stage.slack.click(CHLOE, card, "Approve")
        await stage.card_says("Deleted 1 of 1")
        await stage.replies()


async def test_a_stricter_process_started_later_also_counts(stage: Stage) -> None:
    """The number of approvals is also that of a process that began while the request waited."""
    stage.replicate.add_model("acme/empty")
    async with stage.listening_bot():
        card = await stage.request("acme/empty", command="/delete-model")
        async with idle(stage, approvals_required=2):
            await stage.slack.click(BEN, card, "Approve")
            await stage.card_says("Needs 1 more approval")
    assert not stage.deletions()


async def test_only_approvers_named_by_both_processes_may_approve(stage: Stage) -> None:
    """Only somebody whom both processes name may approve."""
    stage.replicate.add_model("acme/empty")
    async with beside(stage, {"approvers": CHLOE}, approvers=LEADS):
        card = await stage.request("acme/empty", command="/delete-model")
        told = await stage.told(BEN, lambda: stage.slack.click(BEN, card, "Approve"))
        assert "can approve or reject this" in told
        await stage.slack.click(CHLOE, card, "Approve")
        await stage.card_says("Deleted 1 of 1")
        await stage.replies()


async def test_self_approval_is_refused_where_one_process_forbids_it(stage: Stage) -> None:
    """A requester cannot approve their own request where one of the processes does not allow it."""
    stage.replicate.add_model("acme/empty")
    async with beside(stage, {"allow_self_approval": False}, approvers=BOTH, allow_self_approval=True):
        card = await stage.request("acme/empty", command="/delete-model")
        told = await stage.told(ANA, lambda: stage.slack.click(ANA, card, "Approve"))
    assert "someone else has to approve it" in told


async def test_confirmation_is_not_enough_where_one_requires_approval(stage: Stage) -> None:
    """An approver's own confirmation is not enough where one of the processes requires an approval."""
    stage.replicate.add_model("acme/empty")
    async with beside(stage, {"approvals_required": 1}, approvals_required=0, approvers=BOTH):
        preview = await stage.ask("acme/empty", command="/delete-model")
    assert preview.buttons == ["Request approval", "Cancel"]


async def test_an_earlier_preview_needs_an_approval_required_since(stage: Stage) -> None:
    """A preview whose confirmation was enough needs an approval once a process requires one."""
    stage.replicate.add_model("acme/empty")
    async with stage.listening_bot(approvals_required=0, approvers=BOTH):
        preview = await stage.ask("acme/empty", command="/delete-model")
        assert preview.buttons == ["Delete", "Cancel"]
        async with idle(stage, approvals_required=1, approvers=BOTH):
            await stage.slack.click(ANA, preview, "Delete")
            card = await stage.slack.until(lambda: stage.cards()[0])
    assert card.buttons == ["Approve", "Reject"]
    assert not stage.deletions()


async def test_a_model_protected_by_one_process_cannot_be_requested(stage: Stage) -> None:
    """A model that one of the processes protects cannot be asked for."""
    async with beside(stage, {"protected_models": "acme/e*"}, protected_models="acme/prod"):
        told = await asked(stage, answer="protects")
    assert "the team protects it" in told


async def test_a_reason_required_by_one_process_is_required(stage: Stage) -> None:
    """A reason is required where one of the processes requires it."""
    stage.replicate.add_model("acme/empty")
    async with stage.listening_bot():
        preview = await stage.ask("acme/empty", command="/delete-model")
        async with idle(stage, reason_required=True):
            await stage.slack.click(ANA, preview, "Request approval")
            await stage.private_says("A reason is required here")
    assert not stage.cards()


async def test_commands_work_only_in_channels_both_processes_allow(stage: Stage) -> None:
    """The commands work only where both processes let them."""
    async with beside(stage, {"request_channels": RANDOM}, request_channels=OPS):
        assert f"works only in <#{RANDOM}>" in await asked(stage, answer="works only")


async def test_preview_in_a_channel_no_longer_allowed_is_refused(stage: Stage) -> None:
    """A preview cannot be confirmed any more once a process does not let the commands work in its channel."""
    stage.replicate.add_model("acme/empty")
    async with stage.listening_bot():
        preview = await stage.ask("acme/empty", command="/delete-model")
        async with idle(stage, request_channels=RANDOM):
            await stage.slack.click(ANA, preview, "Request approval")
            await stage.private_says("works only in")
    assert not stage.cards()


async def test_the_shorter_request_ttl_of_two_processes_holds(stage: Stage) -> None:
    """A request stays open for the shorter of the two times."""
    stage.replicate.add_model("acme/empty")
    async with beside(stage, {"request_ttl": 600}, request_ttl=3600):
        await stage.request("acme/empty", command="/delete-model")
    [(seconds,)] = stage.rows("SELECT expires_at - requested_at FROM requests")
    assert round(seconds) == 600


@pytest.mark.parametrize(
    ("strict", "why"),
    [
        ({"approvals_required": 2}, "it needs 2 approvals under the policy in force now"),
        ({"approvers": CHLOE}, "it needs 1 approval under the policy in force now, and 0 of those given still count"),
        ({"protected_models": "acme/*"}, "the team protects it"),
    ],
    ids=str,
)
async def test_a_stricter_process_blocks_an_earlier_approval(
    anywhere: Stage, strict: dict[str, object], why: str
) -> None:
    """What was approved under the looser settings is not carried out by the looser process beside a stricter one."""
    stage = anywhere
    stage.replicate.add_model("acme/empty")
    async with stage.bot() as bot:
        card = await stage.request("acme/empty", command="/delete-model")
        await stage.only_approved(bot, BEN, card)
    async with beside(stage, strict):
        result = await stage.card_says("skipped")
        await stage.replies()
    assert why in result.text
    assert not stage.deletions()


async def test_a_process_started_between_models_limits_the_next_model(anywhere: Stage) -> None:
    """Before the first DELETE of each model, what a process forbids that began meanwhile is left out."""
    stage = anywhere
    first = stage.replicate.add_model("acme/one", versions=1)
    other = stage.replicate.add_model("acme/two", versions=1)
    may_answer = asyncio.Event()

    async def before(_: object) -> None:
        if stage.deletions():
            await may_answer.wait()

    async with stage.listening_bot(replicate_concurrency=1):
        card = await stage.request(f"acme/one:{first[0]} acme/two:{other[0]}")
        stage.replicate.before = before
        await stage.slack.click(BEN, card, "Approve")
        await stage.slack.until(stage.deletions)
        stage.replicate.before = None
        async with idle(stage, protected_models="acme/two"):
            may_answer.set()
            result = await stage.card_says("1 skipped")
            await stage.replies()
    assert stage.deletions() == [f"/models/acme/one/versions/{first[0]}"]
    assert "the team protects it" in result.text


async def test_a_killed_process_counts_until_its_heartbeat_runs_out(anywhere: Stage) -> None:
    """A process that was killed counts until its heartbeat has run out, and then no more."""
    stage = anywhere
    process = await stage.launch({"PROTECTED_MODELS": "acme/e*"})
    process.kill()
    await process.wait()
    stage.processes.clear()
    async with stage.listening_bot():
        assert "the team protects it" in await asked(stage, answer="protects")
        stage.clock.shift += LIFE
        preview = await stage.ask("acme/empty", command="/delete-model")
    assert preview.buttons == ["Request approval", "Cancel"]


async def test_new_settings_hold_once_the_old_process_has_ended(stage: Stage) -> None:
    """Once the process with the old settings has ended, those of the new one hold at once."""
    stage.replicate.add_model("acme/empty")
    async with contextlib.AsyncExitStack() as old:
        await old.enter_async_context(idle(stage, protected_models="acme/e*"))
        async with stage.listening_bot():
            assert "the team protects it" in await asked(stage, answer="protects")
            await old.aclose()
            assert (await stage.ask("acme/empty", command="/delete-model")).buttons == ["Request approval", "Cancel"]
    assert stage.rows("SELECT id FROM processes") == []


async def test_only_real_setting_differences_are_logged_at_start(
    stage: Stage, caplog: pytest.LogCaptureFixture
) -> None:
    """A start beside a process with other settings says which differ; equal settings in another order do not."""
    async with stage.bot(approvers=f"{BEN},{CHLOE}", request_channels=f"{OPS},{RANDOM}"):
        caplog.clear()
        async with stage.bot(approvers=f"{CHLOE},{BEN}", request_channels=f"{RANDOM},{OPS}"):
            assert "differs in" not in caplog.text
        async with stage.bot(approvers=BEN, request_ttl=60, request_channels=f"{OPS},{RANDOM}"):
            assert "another process differs in APPROVERS, REQUEST_TTL; the stricter of both holds" in caplog.text


async def put(stage: Stage, *, team: str = "T0SANDBOX", policy: str | None = None) -> None:
    """Put another live process into the database, with these settings or this stage's."""
    written = stage.settings().policy.to_json() if policy is None else policy
    now = time.time() + stage.clock.shift
    await changed(
        stage,
        "INSERT INTO processes (id, account, team_id, policy, seen_at) "  # noqa: S608 - values of ours
        f"VALUES ('other', 'acme', '{team}', '{written}', {now})",
    )


async def changed(stage: Stage, statement: str) -> None:
    """Change the database while bots run on the same loop, which have to end their own writing first.

    A bot on SQLite finds the change at its next poll, which does not have to be waited for here.
    """
    await asyncio.to_thread(stage.execute, statement)
    stage.clock.shift += 0.001


async def test_bot_sharing_a_database_with_another_workspace_does_nothing(stage: Stage) -> None:
    """Where a bot turns out to share its database with an one of another workspace, it does nothing."""
    stage.replicate.add_model("acme/empty")
    async with stage.bot() as bot:
        card = await stage.request("acme/empty", command="/delete-model")
        await stage.only_approved(bot, BEN, card)
    later = time.time() + stage.clock.shift + 200
    stage.execute(f"UPDATE requests SET not_before = {later}")  # noqa: S608 - a value of ours
    async with stage.bot():
        await put(stage, team="T0OTHER")
        assert "Nothing changed" in await asked(stage, "acme/new", "another Slack")
        await changed(stage, "UPDATE requests SET not_before = NULL")
        await stage.recorded("SELECT 1 FROM requests WHERE not_before > 0")
        assert not stage.deletions()
        await changed(stage, "DELETE FROM processes WHERE id = 'other'")
        stage.clock.shift += 5
        await stage.card_says("Deleted 1 of 1")
        await stage.replies()


async def test_nothing_is_decided_beside_unreadable_settings(stage: Stage) -> None:
    """Beside a process whose settings are unreadable, nothing is decided, and the clicker is told why."""
    stage.replicate.add_model("acme/empty")
    async with stage.bot():
        card = await stage.request("acme/empty", command="/delete-model")
        await put(stage, policy="{}")
        told = await stage.told(BEN, lambda: stage.slack.click(BEN, card, "Approve"))
        assert "has settings that this one cannot read" in told
    assert not stage.deletions()
    assert stage.rows("SELECT state FROM requests") == [("awaiting",)]
