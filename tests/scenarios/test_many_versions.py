"""Hundreds of versions, with everything going wrong: each ends right, and nothing else is asked for."""

from __future__ import annotations

import pytest

from tests.sandbox.replicate.faults import LostAnswer, html_error
from tests.scenarios.stage import BEN, Stage

VERSIONS = 300
KILLS = 10
LATER = 60.0
"""Seconds after which the next process is started, by everybody's clock: the leases of the killed one are over."""


@pytest.mark.timeout(300)
async def test_many_deletions_end_right_despite_ten_kills(stage: Stage) -> None:
    """Three hundred deletions end right though the bot is killed ten times and one call in twenty fails."""
    stage.replicate.add_model("acme/flux", versions=VERSIONS + 1)
    newest = stage.replicate.newest("acme/flux")
    process = await stage.launch({"REPLICATE_RATE_LIMIT": "3000"})
    card = await stage.request("acme/flux --keep 1")
    stage.replicate.latency = 0.05
    stage.replicate.fail(html_error(500), method="DELETE", times=None, chance=0.03, seed=1)
    stage.replicate.fail(LostAnswer(), method="DELETE", times=None, chance=0.02, seed=2)
    await stage.slack.click(BEN, card, "Approve")
    for kill in range(1, KILLS + 1):
        reached = kill * VERSIONS // (KILLS + 2)
        await stage.slack.until(lambda reached=reached: len(set(stage.deletions())) >= reached, timeout=60)  # type: ignore[misc]
        process.kill()
        await process.wait()
        stage.clock.shift += LATER
        process = await stage.launch({"REPLICATE_RATE_LIMIT": "3000"}, later=stage.clock.shift)
    await stage.card_says("It took ", timeout=120)
    await stage.replies()
    process.terminate()
    assert await process.wait() == 0
    assert stage.ids("acme/flux") == [newest]
    ends = dict(stage.rows("SELECT state, count(*) FROM targets GROUP BY state"))
    assert set(ends) <= {"deleted", "already gone"}
    assert sum(ends.values()) == VERSIONS
    assert stage.rows("SELECT count(*) FROM audit WHERE event = 'target ended'") == [(VERSIONS,)]


async def test_version_listed_after_ten_minutes_is_not_called_deleted(stage: Stage) -> None:
    """A version whose accepted deletion does not happen within ten minutes is reported as such, not as deleted."""
    stage.replicate.vanish_after = 10_000.0
    [version] = stage.replicate.add_model("acme/flux", versions=1)
    async with stage.bot():
        card = await stage.request(f"acme/flux:{version}")
        await stage.slack.click(BEN, card, "Approve")
        await stage.recorded("SELECT 1 FROM targets WHERE state = 'accepted'")
        stage.clock.shift += 601
        result = await stage.card_says("1 failed", timeout=60)
        await stage.replies()
    assert "still listed the version more than 10 minutes later" in result.text
    assert len(stage.deletions()) == 1
