"""Rows that are not what was shown and approved, whoever changed them: nothing of the request is sent."""

from __future__ import annotations

import pytest

from tests.scenarios.stage import BEN, Stage

ADDED = """INSERT INTO targets (request_id, position, owner, name, version_id, is_latest, state, reason)
SELECT id, {position}, 'acme', '{name}', {version}, {false}, 'planned', '' FROM requests"""
CHANGES = {
    "a version was added": ADDED.format(position=2, name="flux", version="'{other}'", false="{false}"),
    "a whole model was added": ADDED.format(position=2, name="other", version="NULL", false="{false}"),
    "a version was exchanged": "UPDATE targets SET version_id = '{other}' WHERE position = 0",
    "a version became its model": "UPDATE targets SET version_id = NULL WHERE position = 0",
    "a version was taken out": "DELETE FROM targets WHERE position = 1",
    "the order was changed": "UPDATE targets SET position = position + 7",
    "the digest was changed": "UPDATE requests SET digest = 'made up'",
    "nobody had approved": "DELETE FROM decisions",
    "the requester had approved": "UPDATE decisions SET user_id = requester FROM requests",
}


@pytest.mark.parametrize("change", CHANGES)
async def test_changed_after_the_approval(anywhere: Stage, change: str) -> None:
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


async def test_changed_between_two_models(stage: Stage) -> None:
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
    assert "1 deleted" in result.text
    assert "is not the one that was shown and approved" in result.text
