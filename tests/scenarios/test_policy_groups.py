"""Approvals by the entries of a policy file: whose count, what is still missing, and the name that is typed."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from bot.messages.modals import NAME_FIELD
from tests.sandbox.slack.messages import Message
from tests.scenarios.stage import ANA, BEN, CHLOE, DAN, LEADS, Stage

PROD = "SPROD"
ONE_OF_PROD = """
[[models]]
match = ["acme/prod-*"]
approvers = ["SPROD"]
approvals = 1
"""
NAMED = """
[[size]]
more_than = 1
confirm_name = true
"""


@pytest.fixture
def policy(stage: Stage, tmp_path: Path) -> Callable[[str], object]:
    """Writes the policy file that the next bots of this stage read. Chloe is in its group and among the approvers."""
    stage.slack.add_group(PROD, handle="prod", members=[CHLOE, DAN])
    path = tmp_path / "policy.toml"
    stage.environment["POLICY_FILE"] = str(path)
    return path.write_text


async def asked(stage: Stage) -> Message:
    """Ask for two versions of a model that the entry matches, and return the card."""
    newest, older = stage.replicate.add_model("acme/prod-voice", versions=2)
    return await stage.request(f"acme/prod-voice:{newest} acme/prod-voice:{older}")


async def test_each_group_has_to_approve(stage: Stage, policy: Callable[[str], object]) -> None:
    """A request that two groups decide about is told so, and is carried out once both have approved."""
    policy(ONE_OF_PROD)
    async with stage.bot():
        card = await asked(stage)
        assert f"Needs 1 approval from <!subteam^{LEADS}>, and 1 from <!subteam^{PROD}>" in card.text
        await stage.slack.click(DAN, card, "Approve")
        waiting = await stage.card_says(f"Needs 1 more approval from <!subteam^{LEADS}>")
        assert f"Approved by <@{DAN}>." in waiting.text
        assert PROD not in waiting.text
        assert not stage.deletions()
        await stage.slack.click(BEN, card, "Approve")
        await stage.card_says("Deleted 2 of 2")
        await stage.replies()
    details = [detail for (detail,) in stage.rows("SELECT detail FROM audit WHERE event = 'approved' ORDER BY id")]
    assert details == [
        f"0 of 1 approvals, 1 of 1 from {PROD}; counts for {PROD}",
        f"1 of 1 approvals, 1 of 1 from {PROD}; counts for {LEADS}",
    ]


async def test_one_person_in_both_groups_is_enough(stage: Stage, policy: Callable[[str], object]) -> None:
    """Whoever is in both groups decides with one approval, and whoever is in none is refused."""
    policy(ONE_OF_PROD)
    async with stage.bot():
        card = await asked(stage)
        stage.slack.add_group(PROD, handle="prod", members=[CHLOE])
        told = await stage.told(DAN, lambda: stage.slack.click(DAN, card, "Approve"))
        assert f"Only <!subteam^{LEADS}> or <!subteam^{PROD}> can approve" in told
        await stage.slack.click(CHLOE, card, "Approve")
        await stage.card_says("Deleted 2 of 2")
        await stage.replies()


async def test_an_entry_added_between_two_approvals_holds(stage: Stage, policy: Callable[[str], object]) -> None:
    """What the policy file comes to require after the first approval is required too, of whoever it names."""
    policy("")
    async with stage.bot(approvals_required=2):
        card = await asked(stage)
        await stage.slack.click(BEN, card, "Approve")
        await stage.card_says("Needs 1 more approval")
    policy(ONE_OF_PROD.replace(PROD, DAN))
    async with stage.bot(approvals_required=2):
        await stage.slack.click(CHLOE, card, "Approve")
        await stage.card_says(f"Needs 1 more approval from <@{DAN}>")
        assert not stage.deletions()
        await stage.slack.click(DAN, card, "Approve")
        await stage.card_says("Deleted 2 of 2")
        await stage.replies()


async def test_the_last_approver_types_the_name(stage: Stage, policy: Callable[[str], object]) -> None:
    """The last approval opens a window that takes nothing but the model's name, and then deletes."""
    policy(ONE_OF_PROD + NAMED)
    async with stage.bot():
        card = await asked(stage)
        assert "Whoever approves last types the model's name." in card.text
        await stage.slack.click(BEN, card, "Approve")
        await stage.card_says(f"Needs 1 more approval from <!subteam^{PROD}>")
        assert stage.slack.modal(BEN) is None
        await stage.slack.click(DAN, card, "Approve")
        window = await stage.slack.until(lambda: stage.slack.modal(DAN))
        assert "Type acme/prod-voice to confirm" in str(window)
        refused = await stage.slack.submit(DAN, {NAME_FIELD: "acme/prod"})
        assert "Type acme/prod-voice, as it is written here." in str(refused)
        assert stage.slack.modal(DAN) is not None
        assert not stage.deletions()
        await stage.slack.submit(DAN, {NAME_FIELD: "“Acme/Prod-Voice” "})
        await stage.card_says("Deleted 2 of 2")
        await stage.replies()
    assert stage.rows("SELECT count(*) FROM audit WHERE event = 'click refused'") == [(0,)]
    [(detail,)] = stage.rows(f"SELECT detail FROM audit WHERE event = 'approved' AND user_id = '{DAN}'")  # noqa: S608 - ours
    assert "; typed the model's name" in detail


async def test_who_becomes_the_last_while_a_window_is_open_is_asked_for_the_name(
    stage: Stage, policy: Callable[[str], object]
) -> None:
    """A comment that turns out to be the last approval changes nothing without the name, and is told what to do."""
    policy(ONE_OF_PROD + NAMED)
    async with stage.bot():
        card = await asked(stage)
        await stage.press(DAN, card, "Approve with a comment…")
        await stage.slack.until(lambda: stage.slack.modal(DAN))
        await stage.slack.click(BEN, card, "Approve")
        await stage.card_says(f"Needs 1 more approval from <!subteam^{PROD}>")
        told = await stage.told(DAN, lambda: stage.slack.submit(DAN, {"reason": "fine"}))
        assert "Nothing changed. Press *Approve* again: a window asks for the name." in told
        assert not stage.deletions()
    assert stage.rows("SELECT detail FROM audit WHERE event = 'click refused'") == [("name not typed",)]
    assert ANA not in told
