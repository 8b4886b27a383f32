"""The time to undo: an approved request says when deleting begins, and until then it can be undone."""

from __future__ import annotations

from tests.sandbox.slack.messages import Message
from tests.scenarios.deletion_steps import SLOWLY
from tests.scenarios.home_steps import about_requests, opened, told_directly
from tests.scenarios.keep_steps import keep
from tests.scenarios.stage import ANA, BEN, CHLOE, DAN, OPS, Stage

TEN_MINUTES = 600
WAITING: dict[str, object] = {"undo_for": "10m"}


async def requested(stage: Stage, versions: int = 1, user: str = ANA, button: str = "Request approval") -> list[str]:
    """Ask to delete versions, and return their ids once the card is there."""
    ids = stage.replicate.add_model("acme/flux", versions=versions)
    preview = await stage.ask("acme/flux --all", user=user)
    await stage.slack.click(user, preview, button)
    await stage.slack.until(lambda: stage.cards()[0])
    return ids


async def approved(stage: Stage, versions: int = 1) -> tuple[list[str], Message]:
    """Have Ben approve what can be undone for ten minutes; return the ids, and the card once it says when it begins."""
    ids = await requested(stage, versions)
    await stage.slack.click(BEN, stage.cards()[0], "Approve")
    return ids, await stage.card_says("*Approved: deleting ")


def begins_at(stage: Stage) -> int:
    [(moment,)] = stage.rows("SELECT begins_at FROM requests")
    assert moment == int(moment)
    return int(moment)


async def test_an_approver_undoes_what_another_approved(stage: Stage) -> None:
    """The card says to the second when deleting begins; Undo ends the request, and everybody reads that it was."""
    async with stage.bot(**WAITING):
        ids, card = await approved(stage)
        told = begins_at(stage)
        assert f"<!date^{told}^begins {{date_short_pretty}} at {{time_secs}}|begins 20" in card.text
        assert card.buttons == ["Undo"]
        await stage.slack.click(CHLOE, card, "Undo")
        ended = await stage.card_says(f"*Undone by <@{CHLOE}> before anything was deleted*")
        [reply] = await stage.replies()
        late = await stage.told(BEN, lambda: stage.slack.click(BEN, card, "Undo", stale=True))
        stage.clock.shift += TEN_MINUTES + 1
        home = await opened(stage, ANA, "before anything was deleted")
    assert f"Approved by <@{BEN}>. Nothing was deleted." in ended.text
    assert ended.buttons == []
    assert reply.text.startswith(f"<@{ANA}> Undone by <@{CHLOE}> before anything was deleted (1 version of")
    assert f"was undone by <@{CHLOE}> before anything was deleted. Your click changed nothing." in late
    assert about_requests(home) == []
    assert stage.ids("acme/flux") == ids
    assert not stage.deletions()


async def test_deleting_begins_at_the_moment_that_was_told(anywhere: Stage) -> None:
    """A process that was started since begins at the moment that the card told, and not before."""
    stage = anywhere
    async with stage.bot(**WAITING) as first:
        _, card = await approved(stage)
        await first._worker.drain(0)  # type: ignore[union-attr]  # it has started
        told = begins_at(stage)
    async with stage.bot(**WAITING):
        assert stage.cards()[0].text == card.text
        stage.clock.shift += told - stage.clock.now() - 1
        result = await stage.card_says("Deleted 1 of 1")
        await stage.replies()
    [(begun,)] = stage.rows("SELECT min(at) FROM audit WHERE event = 'started'")
    assert told <= begun
    assert begins_at(stage) == told
    assert result.buttons == []


async def test_who_undoes_too_late_is_offered_stop(stage: Stage) -> None:
    """Undo once deleting has begun says so, with Stop in the answer, which tells that it is stopping."""
    async with stage.bot(**SLOWLY, **WAITING):
        _, card = await approved(stage, versions=40)
        stage.replicate.latency = 0.2
        stage.clock.shift += TEN_MINUTES + 1
        assert (await stage.card_says("Deleting: ")).buttons == ["Stop"]
        seen = len(stage.private(ANA))
        await stage.slack.click(ANA, card, "Undo", stale=True)
        answer = await stage.slack.until(lambda: stage.private(ANA)[seen])
        assert answer.text.startswith("Deleting has begun, so R-")
        assert answer.buttons == ["Stop"]
        await stage.slack.click(ANA, answer, "Stop")
        await stage.private_says("is stopping, after the deletions on their way")
        await stage.card_says(f"Stopped by <@{ANA}>", timeout=60)
        await stage.replies()
    assert stage.rows("SELECT undone_by FROM requests") == [("",)]
    assert stage.rows("SELECT detail FROM audit WHERE event = 'click refused'") == [("deleting has begun",)]
    assert 0 < len(stage.ids("acme/flux")) < 40


async def test_on_home_undo_that_comes_too_late_is_answered_directly(stage: Stage) -> None:
    """Home has Undo beside what waits; one that comes too late is answered by a direct message, whose Stop works."""
    async with stage.bot(**SLOWLY, **WAITING):
        await approved(stage, versions=40)
        home = await opened(stage, BEN, "Approved: deleting ")
        assert about_requests(home) == ["Undo"]
        stage.replicate.latency = 0.2
        stage.clock.shift += TEN_MINUTES + 1
        await stage.card_says("Deleting: ")
        await stage.slack.click_in_home(BEN, "Undo")
        answer = await told_directly(stage, BEN, "Deleting has begun")
        await stage.slack.click(BEN, answer, "Stop")
        await told_directly(stage, BEN, "is stopping, after the deletions on their way")
        await stage.card_says(f"Stopped by <@{BEN}>", timeout=60)
        await stage.replies()


async def test_the_requester_can_undo_while_slack_fails_to_answer(stage: Stage) -> None:
    """The requester's Undo counts though Slack tells nothing about people and groups; another member's does not."""
    async with stage.bot(**WAITING):
        ids, card = await approved(stage)
        told = await stage.told(DAN, lambda: stage.slack.click(DAN, card, "Undo"))
        stage.slack.fail("users.info", status=503, times=20)
        stage.slack.fail("usergroups.users.list", status=503, times=20)
        await stage.slack.click(ANA, card, "Undo")
        await stage.recorded("SELECT id FROM requests WHERE undone_by = :ana AND state = 'withdrawn'", ana=ANA)
    assert f"Only <@{ANA}>, who asked for" in told
    assert "and its approvers can undo it. Nothing changed." in told
    assert stage.ids("acme/flux") == ids


async def test_some_is_kept_while_the_rest_waits(stage: Stage) -> None:
    """Keep some… works while a request can be undone, and does not move the moment at which deleting begins."""
    async with stage.bot(**WAITING):
        ids, card = await approved(stage, versions=3)
        told = begins_at(stage)
        await keep(stage, CHLOE, card, ids[:1])
        await stage.card_says("Kept (won't be deleted)")
        assert begins_at(stage) == told
        stage.clock.shift += TEN_MINUTES + 1
        await stage.card_says("Deleted 2 of 3")
        await stage.replies()
    assert stage.ids("acme/flux") == ids[:1]


async def test_who_decides_alone_has_time_to_undo_as_well(stage: Stage) -> None:
    """A confirmation that is the last decision gives time to undo, and says when deleting begins."""
    async with stage.bot(approvals_required=0, **WAITING):
        ids = await requested(stage, user=BEN, button="Delete")
        told = await stage.private_says("is approved. Deleting ", user=BEN)
        assert f"<!date^{begins_at(stage)}^begins " in told.text
        await stage.slack.click(BEN, await stage.card_says("*Approved: deleting "), "Undo")
        await stage.card_says(f"*Undone by <@{BEN}>")
        await stage.replies()
    assert stage.ids("acme/flux") == ids
    assert [m.text for m in stage.private(BEN, OPS) if "being deleted" in m.text] == []
