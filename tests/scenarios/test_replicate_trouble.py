"""Replicate refusing, failing, limiting and falling silent while a request is carried out."""

from __future__ import annotations

import re

import pytest

from tests.sandbox.replicate.faults import Dropped, Emptied, Fault, LostAnswer, html_error, throttled
from tests.sandbox.replicate.rules import OVERRIDDEN, RUN_BY_OTHERS
from tests.sandbox.replicate.stand_in import Recorded
from tests.scenarios.deletion_steps import put_off
from tests.scenarios.stage import A_DAY, ANA, BEN, Stage

DELETED = "Deleted 1 of 1"
ALREADY_GONE = "1 already gone"


@pytest.mark.parametrize("words", [RUN_BY_OTHERS, OVERRIDDEN], ids=["run by others", "overridden"])
async def test_a_refused_version_is_reported_and_others_are_deleted(stage: Stage, words: str) -> None:
    """A version that Replicate refuses to delete is reported in Replicate's words; the others go."""
    kept, gone = stage.replicate.add_model("acme/flux", versions=2)
    if words == RUN_BY_OTHERS:
        stage.replicate.predicted_by_others("acme/flux", kept)
    else:
        stage.replicate.override(kept, by=gone)
    async with stage.bot():
        card = await stage.request(f"acme/flux:{kept} acme/flux:{gone}")
        await stage.slack.click(BEN, card, "Approve")
        result = await stage.card_says("Deleted 1 of 2; Replicate refused 1")
        [reply] = await stage.replies()
    assert words in result.text
    assert "Deleted 1 of 2; Replicate refused 1" in reply.text
    assert stage.ids("acme/flux") == [kept]
    assert len(stage.deletions()) == 2


FAULTS: dict[str, tuple[Fault, int, str, int]] = {
    "500 twice": (html_error(500), 2, DELETED, 3),
    "503": (html_error(503), 1, DELETED, 2),
    "dropped before": (Dropped(), 1, DELETED, 2),
    "answer lost": (LostAnswer(), 1, DELETED, 2),
    "empty body": (Emptied(), 1, DELETED, 1),
    "limited": (throttled("Request was throttled. Expected available in 1 second.", retry_after="1"), 1, DELETED, 2),
    "limited in words": (throttled("Request was throttled. Your rate limit resets in ~1s."), 1, DELETED, 2),
}


@pytest.mark.parametrize("fault", FAULTS)
async def test_passing_trouble_delays_a_deletion_without_extra_deletes(stage: Stage, fault: str) -> None:
    """Trouble that passes delays a deletion, and costs no more DELETEs than it has to."""
    planned, times, _, most = FAULTS[fault]
    [version] = stage.replicate.add_model("acme/flux", versions=1)
    stage.replicate.fail(planned, method="DELETE", times=times)
    async with stage.bot():
        card = await stage.request(f"acme/flux:{version}")
        await stage.slack.click(BEN, card, "Approve")
        result = await stage.card_says("It took ", timeout=60)
        await stage.replies()
    assert DELETED in result.text or ALREADY_GONE in result.text
    assert len(stage.deletions()) == most
    assert stage.ids("acme/flux") == []


async def test_a_command_during_a_hold_is_answered_by_itself(stage: Stage) -> None:
    """Who asks for a preview while Replicate has everybody wait is told for how long, and then gets it by itself."""
    first, second = stage.replicate.add_model("acme/flux", versions=2)
    stage.replicate.fail(throttled("Request was throttled.", retry_after="60"), method="DELETE")
    stage.lease = A_DAY
    async with stage.bot():
        card = await stage.request(f"acme/flux:{first}")
        await stage.slack.click(BEN, card, "Approve")
        held = "SELECT 1 FROM slots WHERE name = 'replicate' AND next_free > :soon"
        await stage.recorded(held, soon=stage.clock.now() + 30)
        seen = len(stage.private(ANA))
        async with stage.hurried():
            note = await stage.ask(f"acme/flux:{second}")
            await stage.slack.until(lambda: any(m.buttons for m in stage.private(ANA)[seen:]))
            await stage.card_says(DELETED)
            await stage.replies()
    assert re.match(
        r"Replicate asks the bot to wait\.\nThe preview will come by itself in about (1 minute|50 seconds)\.", note.text
    )


async def test_a_deleted_model_is_gone_after_a_lost_answer(stage: Stage) -> None:
    """A model whose deletion was carried out though its answer was lost is gone at the second try, and says so."""
    stage.replicate.add_model("acme/empty")
    stage.replicate.fail(LostAnswer(), method="DELETE")
    async with stage.bot():
        card = await stage.request("acme/empty", command="/delete-model")
        await stage.slack.click(BEN, card, "Approve")
        result = await stage.card_says(ALREADY_GONE)
        await stage.replies()
    assert "its deletion was asked for again, as no answer had come, and by then it was gone" in result.text
    assert len(stage.deletions()) == 2


async def test_a_preview_survives_passing_trouble(stage: Stage) -> None:
    """A preview survives trouble that passes."""
    stage.replicate.add_model("acme/flux", versions=1)
    async with stage.bot():
        stage.replicate.fail(html_error(502), method="GET", path="/models/acme/flux/versions")
        stage.replicate.fail(Dropped(), method="GET", path="/trainings")
        preview = await stage.ask(f"acme/flux:{stage.replicate.newest('acme/flux')}")
    assert preview.buttons == ["Request approval", "Cancel"]


async def test_a_preview_with_a_revoked_token_stores_nothing(stage: Stage) -> None:
    """A preview with a revoked token says that the token has to be replaced, and nothing is stored."""
    stage.replicate.add_model("acme/flux", versions=1)
    async with stage.bot():
        stage.replicate.accounts.clear()
        answer = await stage.ask("acme/flux:1234")
    assert "set a new REPLICATE_API_TOKEN" in answer.text
    assert stage.rows("SELECT id FROM requests") == []


async def revoked_midway(stage: Stage) -> None:
    """Approve a request for two versions, and revoke the token once Replicate has accepted the first."""

    async def revoke(asked: Recorded) -> None:
        if asked.status == 202:
            stage.replicate.accounts.clear()

    first, second = stage.replicate.add_model("acme/flux", versions=2)
    card = await stage.request(f"acme/flux:{first} acme/flux:{second}")
    stage.replicate.after = revoke
    await stage.slack.click(BEN, card, "Approve")
    await put_off(stage, 0)
    stage.replicate.after = None


async def test_deleting_goes_on_when_the_token_is_valid_again(stage: Stage) -> None:
    """Deleting that a revoked token has stopped goes on when the token is valid again."""
    accounts = dict(stage.replicate.accounts)
    async with stage.bot(replicate_concurrency=1):
        await revoked_midway(stage)
        stage.replicate.accounts.update(accounts)
        await stage.card_says("Deleted 2 of 2")
        await stage.replies()
    assert len(stage.deletions()) == 3
    assert stage.ids("acme/flux") == []


async def test_deleting_with_a_revoked_token_is_given_up(stage: Stage) -> None:
    """Deleting with a token that stays revoked is given up, and says what Replicate had accepted by then."""
    async with stage.bot(replicate_concurrency=1):
        await revoked_midway(stage)
        for attempts in range(1, 5):
            await put_off(stage, attempts)
        result = await stage.card_says(" failed*")
        await stage.replies()
    assert "401" in result.text
    assert "given up" in result.text
    assert "Replicate accepted its deletion" in result.text
    assert len(stage.ids("acme/flux")) == 1
