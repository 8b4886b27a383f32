"""Every refused click is in the audit trail: who, where and why."""

from __future__ import annotations

from tests.sandbox.replicate.faults import html_error
from tests.sandbox.slack.people import PersonKind
from tests.scenarios.stage import ANA, BEN, CHLOE, DAN, GUS, OPS, Stage

REFUSED = "SELECT user_id, channel, detail FROM audit WHERE event = 'click refused'"


async def test_a_late_reject_opens_no_window_and_is_recorded(stage: Stage) -> None:
    """A Reject on a request that was decided meanwhile opens no window, and is recorded."""
    stage.replicate.add_model("acme/empty")
    async with stage.bot():
        card = await stage.request("acme/empty", command="/delete-model")
        await stage.slack.click(BEN, card, "Approve")
        await stage.card_says("Deleted 1 of 1")
        await stage.replies()
        await stage.told(CHLOE, lambda: stage.slack.click(CHLOE, card, "Reject", stale=True))
    assert stage.slack.modal(CHLOE) is None
    assert stage.rows(REFUSED) == [(CHLOE, OPS, "no longer open")]


async def test_a_guest_retry_is_recorded_without_a_preview(stage: Stage) -> None:
    """A Retry failed by somebody who may not ask is recorded, and makes no preview."""
    [version] = stage.replicate.add_model("acme/flux", versions=1)
    stage.replicate.fail(html_error(503), method="DELETE", times=None)
    async with stage.bot():
        card = await stage.request(f"acme/flux:{version}")
        await stage.slack.click(BEN, card, "Approve")
        failed = await stage.card_says("1 failed", timeout=60)
        await stage.replies()
        told = await stage.told(GUS, lambda: stage.slack.click(GUS, failed, "Retry failed"))
    assert "Guests can't request or approve deletions" in told
    [(user, channel, why)] = stage.rows(REFUSED)
    assert (user, channel) == (GUS, OPS)
    assert why == told
    assert stage.rows("SELECT count(*) FROM requests") == [(1,)]


async def test_a_confirmation_in_an_archived_channel_is_recorded(stage: Stage) -> None:
    """A Request approval whose channel was archived since the preview is recorded, and requests nothing."""
    stage.replicate.add_model("acme/empty")
    async with stage.bot():
        preview = await stage.ask("acme/empty", command="/delete-model")
        stage.slack.workspace.channels[OPS].archived = True
        stage.clock.shift += 61
        await stage.slack.click(ANA, preview, "Request approval")
        [(user, channel, why)] = await stage.recorded(REFUSED)
    assert (user, channel) == (ANA, OPS)
    assert "is archived" in why
    assert stage.rows("SELECT state FROM requests") == [("draft",)]


async def test_a_confirmation_by_a_new_guest_is_recorded_once(stage: Stage) -> None:
    """A Request approval by somebody who may not ask any more is recorded, once, in the words that they are told."""
    stage.replicate.add_model("acme/empty")
    async with stage.bot():
        preview = await stage.ask("acme/empty", command="/delete-model", user=DAN)
        stage.slack.workspace.people[DAN].kind = PersonKind.GUEST
        stage.clock.shift += 61
        told = await stage.told(DAN, lambda: stage.slack.click(DAN, preview, "Request approval"))
    assert stage.rows(REFUSED) == [(DAN, OPS, told)]
