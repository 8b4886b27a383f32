"""A deletion under way can be stopped, and what failed can be asked for again."""

from __future__ import annotations

from tests.sandbox.replicate.faults import Instead, html_error
from tests.scenarios.deletion_steps import SLOWLY, under_way
from tests.scenarios.stage import ANA, BEN, CHLOE, DAN, OPS, Stage


async def test_the_card_shows_progress_and_a_stop_button(stage: Stage) -> None:
    """While it deletes, the card has a bar, counts, the time left and a Stop button."""
    async with stage.bot(**SLOWLY):
        await under_way(stage)
        card = await stage.card_says("of 60, about")
        assert "░" in card.text
        assert card.buttons == ["Stop"]
        stage.replicate.latency = 0.0
        await stage.card_says("Deleted 60 of 60", timeout=60)
        await stage.replies()


async def test_stop_ends_a_deletion_and_names_unreached_targets(stage: Stage) -> None:
    """Stop ends it after the calls in flight, and the result says what was deleted and what was not reached."""
    async with stage.bot(**SLOWLY):
        await under_way(stage)
        await stage.slack.click(CHLOE, stage.cards()[0], "Stop")
        await stage.recorded("SELECT id FROM requests WHERE state = 'stopped'")
        result = await stage.card_says(" not deleted*")
        await stage.replies()
    ends = dict(stage.rows("SELECT state, count(*) FROM targets GROUP BY state"))
    assert set(ends) == {"deleted", "not reached"}
    assert ends["deleted"] == len(stage.deletions()) < 60
    assert f"Stopped by <@{CHLOE}>: {ends['not reached']} not deleted*" in result.text
    assert f"Deleted {ends['deleted']} of 60 (took " in result.text
    assert stage.rows("SELECT state FROM requests") == [("stopped",)]
    assert len(stage.ids("acme/flux")) == ends["not reached"]


async def test_a_model_with_stopped_versions_stays(stage: Stage) -> None:
    """A model whose versions were stopped half-way is not reached either, and stays."""
    ids = stage.replicate.add_model("acme/flux", versions=40)
    async with stage.bot(**SLOWLY):
        card = await stage.request("acme/flux --with-versions", command="/delete-model")
        stage.replicate.latency = 0.2
        await stage.slack.click(BEN, card, "Approve")
        await stage.card_says("Deleting: ")
        await stage.slack.until(stage.deletions)
        await stage.slack.click(ANA, stage.cards()[0], "Stop")
        await stage.card_says(" not deleted*", timeout=60)
        await stage.replies()
    assert stage.rows("SELECT state FROM targets WHERE version_id IS NULL") == [("not reached",)]
    assert 0 < len(stage.ids("acme/flux")) < len(ids)


async def test_only_requester_and_approvers_may_stop_a_deletion(stage: Stage) -> None:
    """The requester and any approver may stop it; another member is told so, and nothing changes."""
    async with stage.bot(**SLOWLY):
        await under_way(stage)
        card = stage.cards()[0]
        told = await stage.told(DAN, lambda: stage.slack.click(DAN, card, "Stop"))
        assert f"Only <@{ANA}>" in told
        await stage.slack.click(ANA, card, "Stop", stale=True)
        await stage.recorded("SELECT id FROM requests WHERE stopping")
        twice = await stage.told(BEN, lambda: stage.slack.click(BEN, card, "Stop", stale=True))
        assert "stopping already" in twice
        await stage.recorded("SELECT id FROM requests WHERE state = 'stopped'")
        await stage.card_says(" not deleted*")
        await stage.replies()
    late = "it was stopped"
    async with stage.bot():
        assert late in await stage.told(BEN, lambda: stage.slack.click(BEN, card, "Stop", stale=True))


async def test_retry_failed_previews_and_deletes_what_failed(stage: Stage) -> None:
    """Retry failed previews exactly what failed, for approval again, and then deletes it."""
    lucky, unlucky = stage.replicate.add_model("acme/flux", versions=2)
    broken = stage.replicate.fail(html_error(503), method="DELETE", path=f"*{unlucky}", times=None)
    async with stage.bot():
        card = await stage.request(f"acme/flux {lucky} {unlucky} --reason too old")
        await stage.slack.click(BEN, card, "Approve")
        failed = await stage.card_says("Deleted 1 of 2; 1 failed", timeout=60)
        assert "503" in failed.text
        await stage.replies()
        assert failed.buttons == ["Retry failed"]
        broken.times = 0
        seen = len(stage.private(DAN))
        await stage.slack.click(DAN, failed, "Retry failed")
        preview = await stage.slack.until(lambda: stage.private(DAN)[seen])
        assert unlucky[:12] in preview.text
        assert lucky[:12] not in preview.text
        assert "too old" in preview.text
        assert stage.deletions().count(f"/models/acme/flux/versions/{lucky}") == 1
        await stage.slack.click(DAN, preview, "Request approval")
        again = await stage.slack.until(lambda: stage.cards()[1])
        await stage.slack.click(CHLOE, again, "Approve")
        async with stage.cards_wait_for_nothing():
            await stage.slack.until(lambda: "Deleted 1 of 1" in stage.cards()[1].text, timeout=60)
        await stage.slack.until(lambda: len([m for m in stage.slack.sees(ANA, OPS) if m.is_reply]) > 1)
    assert stage.ids("acme/flux") == []


async def test_retry_failed_with_nothing_left_makes_nothing(stage: Stage) -> None:
    """Retry failed on a screen that has not caught up, after nothing is left to try, makes nothing."""
    [version] = stage.replicate.add_model("acme/flux", versions=1)
    broken = stage.replicate.fail(html_error(503), method="DELETE", path=f"*{version}", times=None)
    async with stage.bot():
        card = await stage.request(f"acme/flux:{version}")
        await stage.slack.click(BEN, card, "Approve")
        failed = await stage.card_says("1 failed", timeout=60)
        await stage.replies()
        broken.times = 0
        gone = stage.replicate.models["acme/flux"].version(version)
        assert gone is not None
        stage.replicate.accept_deletion(gone)
        await stage.slack.until(lambda: stage.ids("acme/flux") == [])
        told = await stage.told(ANA, lambda: stage.slack.click(ANA, failed, "Retry failed"))
    assert "Nothing here can be deleted" in told
    assert len(stage.cards()) == 1


async def test_stop_holds_at_any_pace(stage: Stage) -> None:
    """However many wait for their turn at a slow pace, after Stop nothing leaves that had not been sent."""
    ids = stage.replicate.add_model("acme/flux", versions=40)
    async with stage.bot(replicate_rate_limit=120):
        card = await stage.request(" ".join(f"acme/flux:{version}" for version in ids))
        await stage.slack.click(BEN, card, "Approve")
        await stage.card_says("Deleting: ")
        await stage.slack.click(CHLOE, stage.cards()[0], "Stop")
        await stage.recorded("SELECT id FROM requests WHERE stopping")
        sent = len(stage.deletions())
        await stage.card_says(" not deleted*", timeout=60)
        await stage.replies()
    assert len(stage.deletions()) <= sent + 1


async def test_stop_during_an_outage_ends_the_request_as_stopped(stage: Stage) -> None:
    """Stop while nothing can be re-checked ends the request as stopped: nothing was reached, nothing failed."""
    ids = stage.replicate.add_model("acme/flux", versions=3)
    async with stage.bot():
        card = await stage.request(" ".join(f"acme/flux:{version}" for version in ids))
        stage.replicate.fail(Instead(403, '{"detail": "Not today."}', "application/json"), path="/account", times=None)
        await stage.slack.click(BEN, card, "Approve")
        await stage.slack.until(lambda: "Stop" in stage.cards()[0].buttons)
        await stage.slack.click(ANA, stage.cards()[0], "Stop")
        await stage.recorded("SELECT id FROM requests WHERE stopping")
        stage.clock.shift += 60
        await stage.card_says("3 not deleted*", timeout=60)
        await stage.replies()
    assert stage.rows("SELECT state FROM requests") == [("stopped",)]
    assert stage.deletions() == []
