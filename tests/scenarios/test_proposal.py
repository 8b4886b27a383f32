"""A cleanup rule's proposal, from its card to its result: nobody asked for it, and the rule's owner is told."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.scenarios.deletion_steps import SLOWLY
from tests.scenarios.home_steps import told_directly
from tests.scenarios.keep_steps import WHY, opened
from tests.scenarios.stage import A_DAY, BEN, CHLOE, DAN, OPS, Stage

RULE = f"""
[[cleanup]]
name = "old experiments"
models = ["acme/exp-a", "acme/exp-b", "acme/exp-gone"]
keep = 1
every = "monday 09:00"
timezone = "Europe/Berlin"
channel = "{OPS}"
owner = "{CHLOE}"
"""


@pytest.fixture
def policy(tmp_path: Path) -> Path:
    """A policy file with the rule."""
    path = tmp_path / "policy.toml"
    path.write_text(RULE)
    return path


@contextlib.asynccontextmanager
async def due(stage: Stage, policy: Path, **changes: object) -> AsyncIterator[None]:
    """Run the bot when the rule's time has passed since it was first seen, for as long as the block lasts."""
    async with stage.bot(policy_file=policy, **changes) as bot:
        await bot.confirmed()
        await stage.recorded("SELECT rule FROM cleanup_schedules")
    stage.clock.shift += 8 * A_DAY
    async with stage.bot(policy_file=policy, **changes) as bot:
        await bot.confirmed()
        yield


async def test_a_proposal_is_kept_partly_approved_and_carried_out(stage: Stage, policy: Path) -> None:
    """A rule proposes when its time came; one version is kept, the rest approved and deleted, and it all reads so."""
    for name in ("exp-a", "exp-b"):
        stage.replicate.add_model(f"acme/{name}", versions=3)
    newest, kept, oldest = stage.ids("acme/exp-a")
    async with due(stage, policy):
        card = await stage.card_says("*old experiments* proposes to delete 4 versions of 2 models")
        assert "This is the first proposal of this rule." in card.text
        assert "Otherwise it expires: nothing is deleted unless it is approved." in card.text
        refused = await stage.told(DAN, lambda: stage.slack.click(DAN, card, "Approve"))
        assert "can approve or reject this" in refused
        await opened(stage, BEN, card)
        await stage.slack.check(BEN, f"acme/exp-a:{kept[:12]}")
        told = await stage.told(BEN, lambda: stage.slack.submit(BEN, WHY))
        assert "goes on with 3 versions of `acme/exp-a` and `acme/exp-b`" in told
        card = await stage.card_says("Kept (won't be deleted)")
        assert "*old experiments* proposes to delete 3 versions of 2 models" in card.text
        await stage.slack.click(BEN, card, "Approve")
        done = await stage.card_says("Deleted 3 of 4; 1 kept")
        replies = [reply.text for reply in await stage.replies()]
        owner = await told_directly(stage, CHLOE, "proposes to delete 4 versions of 2 models: <https://")
    assert "*Not found:* `acme/exp-gone`" in owner.text
    assert "3 versions of `acme/exp-a` and `acme/exp-b`, proposed by the cleanup rule *old experiments*." in done.text
    assert any(said.startswith(f"<@{CHLOE}> :white_check_mark: Deleted 3 of 4; 1 kept (") for said in replies)
    assert stage.ids("acme/exp-a") == [newest, kept]
    assert oldest not in stage.ids("acme/exp-a")
    assert len(stage.ids("acme/exp-b")) == 1


async def test_whoever_asks_for_the_rest_of_a_proposal_owns_the_new_request(stage: Stage, policy: Path) -> None:
    """An approver stops a proposal that is carried out; the preview of the rest is theirs who asks for it."""
    stage.replicate.add_model("acme/exp-a", versions=60)
    async with due(stage, policy, **SLOWLY):
        card = await stage.card_says("proposes to delete 59 versions of `acme/exp-a`")
        stage.replicate.latency = 0.2
        await stage.slack.click(BEN, card, "Approve")
        card = await stage.card_says("Deleting: ")
        refused = await stage.told(DAN, lambda: stage.slack.click(DAN, card, "Stop"))
        await stage.slack.click(CHLOE, stage.cards()[-1], "Stop")
        card = await stage.card_says(" not deleted*", timeout=60)
        stage.replicate.latency = 0.0
        seen = len(stage.private(BEN))
        await stage.slack.click(BEN, card, "Ask for the rest")
        preview = await stage.slack.until(lambda: stage.private(BEN)[seen])
        await stage.replies()
    assert "which the cleanup rule *old experiments* proposed, can stop it. It goes on." in refused
    assert preview.buttons[0] == "Request approval"
    [(requester, proposed_by)] = stage.rows("SELECT requester, proposed_by FROM requests WHERE state = 'draft'")
    assert (requester, proposed_by) == (BEN, "")


async def test_a_rule_that_one_process_has_read_is_gone_deletes_nothing(stage: Stage, policy: Path) -> None:
    """The rule is out of the file, which one process has read and not the one that carries out: nothing is deleted."""
    stage.replicate.add_model("acme/exp-a", versions=3)
    empty = policy.with_name("empty.toml")
    empty.write_text("")
    async with due(stage, policy):
        card = await stage.card_says("proposes to delete 2 versions of `acme/exp-a`")
        async with stage.bot(policy_file=empty) as other:
            assert other._worker is not None
            await other._worker.drain(0)
            await stage.slack.click(BEN, card, "Approve")
            result = await stage.card_says("2 skipped")
            await stage.replies()
    assert "not in the policy file that another running process has read" in result.text
    assert stage.deletions() == []
