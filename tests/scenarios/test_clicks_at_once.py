"""Several clicks at the same moment: one outcome, told the same everywhere."""

from __future__ import annotations

import asyncio

import pytest

from tests.scenarios.stage import ANA, BEN, CHLOE, LEADS, OPS, Stage


@pytest.mark.parametrize("times", [2, 3])
async def test_simultaneous_confirmations_make_one_request(anywhere: Stage, times: int) -> None:
    """However often a preview is confirmed at once, one request is made and one card posted."""
    anywhere.replicate.add_model("acme/empty")
    async with anywhere.bot():
        preview = await anywhere.ask("acme/empty", command="/delete-model")
        clicks = [anywhere.slack.click(ANA, preview, "Request approval", stale=True) for _ in range(times)]
        await asyncio.gather(*clicks)
        card = await anywhere.slack.until(lambda: anywhere.cards()[0])
        await anywhere.slack.click(BEN, card, "Approve")
        await anywhere.card_says("Deleted 1 of 1")
        await anywhere.replies()
    assert len(anywhere.cards()) == 1
    assert "to <#COPS> for approval" in anywhere.private(ANA)[0].text
    assert anywhere.rows("SELECT count(*) FROM audit WHERE event = 'asked'") == [(1,)]


async def test_simultaneous_approvals_begin_one_deletion(anywhere: Stage) -> None:
    """Of twenty clicks by two approvers two count, and the deletion begins once."""
    anywhere.replicate.add_model("acme/empty")
    async with anywhere.bot(approvals_required=2):
        card = await anywhere.request("acme/empty", command="/delete-model")
        clicks = [anywhere.slack.click(user, card, "Approve", stale=True) for user in [BEN, CHLOE] * 10]
        await asyncio.gather(*clicks)
        done = await anywhere.card_says("Deleted 1 of 1")
        await anywhere.replies()
    assert f"<@{BEN}>" in done.text
    assert f"<@{CHLOE}>" in done.text
    assert anywhere.rows("SELECT count(*) FROM audit WHERE event = 'approved'") == [(2,)]
    assert anywhere.rows("SELECT count(*) FROM audit WHERE event = 'started'") == [(1,)]
    assert anywhere.deletions() == ["/models/acme/empty"]


async def test_thirty_approvers_at_once_stay_within_slack_limits(stage: Stage) -> None:
    """Of thirty approvers of a group who click at once five count, and Slack is not asked more often than it allows."""
    crowd = [f"UCROWD{number}" for number in range(30)]
    for user in crowd:
        stage.slack.add_person(user, name=user.title())
    stage.slack.workspace.channels[OPS].members |= set(crowd)
    stage.slack.workspace.groups[LEADS].members[:] = crowd
    stage.replicate.add_model("acme/empty")
    async with stage.bot(approvals_required=5):
        card = await stage.request("acme/empty", command="/delete-model")
        await asyncio.gather(*(stage.slack.click(user, card, "Approve", stale=True) for user in crowd))
        await stage.card_says("Deleted 1 of 1")
        await stage.replies()
    assert stage.rows("SELECT count(*) FROM audit WHERE event = 'approved'") == [(5,)]
    assert not stage.slack.limited


@pytest.mark.parametrize("order", [(0, 1, 2), (1, 2, 0), (2, 0, 1)])
async def test_one_of_approval_rejection_and_withdrawal_wins(anywhere: Stage, order: tuple[int, ...]) -> None:
    """Of an approval, a rejection and a withdrawal at once exactly one is carried out, and the card says which."""
    anywhere.replicate.add_model("acme/empty")
    choices = [(BEN, "Deleted 1 of 1"), (CHLOE, "Rejected by"), (ANA, "Withdrawn by")]
    async with anywhere.bot():
        card = await anywhere.request("acme/empty", command="/delete-model")
        await anywhere.slack.click(CHLOE, card, "Reject")
        await anywhere.slack.until(lambda: anywhere.slack.modal(CHLOE))
        acts = [
            anywhere.slack.click(BEN, card, "Approve", stale=True),
            anywhere.slack.submit(CHLOE),
            anywhere.press(ANA, card, "Withdraw", stale=True),
        ]
        await asyncio.gather(*(acts[n] for n in order))
        final = await anywhere.slack.until(
            lambda: [c for c in anywhere.cards() if any(words in c.text for _, words in choices)][0],  # noqa: RUF015 - until understands LookupError
            timeout=60,
        )
        [(state,)] = anywhere.rows("SELECT state FROM requests")
    outcome = {"Deleted 1 of 1": "finished", "Rejected by": "rejected", "Withdrawn by": "withdrawn"}
    assert [outcome[words] for _, words in choices if words in final.text] == [state]
    assert len(anywhere.deletions()) == (state == "finished")
    assert final.buttons == []
    assert len([user for user, _ in choices if any("no longer open" in m.text for m in anywhere.private(user))]) == 2


async def test_a_command_delivered_twice_makes_one_preview(anywhere: Stage) -> None:
    """A command that Slack delivers twice makes one draft and one preview."""
    anywhere.replicate.add_model("acme/empty")
    async with anywhere.bot():
        await anywhere.ask("acme/empty", command="/delete-model")
        assert (await anywhere.slack.deliver_again()).acked
    assert len(anywhere.private(ANA)) == 1
    assert anywhere.rows("SELECT count(*) FROM requests") == [(1,)]


async def test_clicks_delivered_twice_count_once(anywhere: Stage) -> None:
    """A confirmation and an approval that Slack delivers twice have happened once."""
    anywhere.replicate.add_model("acme/empty")
    async with anywhere.bot(approvals_required=2):
        card = await anywhere.request("acme/empty", command="/delete-model")
        await anywhere.slack.deliver_again()
        await anywhere.slack.click(BEN, card, "Approve")
        await anywhere.slack.deliver_again()
        await anywhere.card_says("Needs 1 more approval")
        await anywhere.slack.click(CHLOE, card, "Approve")
        await anywhere.card_says("Deleted 1 of 1")
        await anywhere.replies()
    assert len(anywhere.cards()) == 1
    assert anywhere.rows("SELECT count(*) FROM audit WHERE event = 'approved'") == [(2,)]


async def test_version_is_in_one_open_request_at_a_time(stage: Stage) -> None:
    """A version is in one open request at a time: a preview that was made before says so when it is confirmed."""
    [version] = stage.replicate.add_model("acme/flux", versions=1)
    stage.slack.add_channel("CML", name="ml", members=[ANA, BEN])
    async with stage.bot():
        other = await stage.ask(f"acme/flux:{version}", channel="CML")
        first = await stage.request(f"acme/flux:{version}")
        await stage.slack.click(ANA, other, "Request approval")
        await stage.private_says("asked for some of this in the meantime", channel="CML")
        await stage.slack.click(BEN, first, "Approve")
        await stage.card_says("Deleted 1 of 1")
        await stage.replies()
    assert len(stage.deletions()) == 1
    assert stage.cards("CML") == []
