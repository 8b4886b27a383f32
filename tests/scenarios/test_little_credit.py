"""An account with little credit, which Replicate limits to 1 request a second and 6 a minute."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from bot.deletion.recheck import OUTDATED_AFTER
from tests.sandbox.replicate.limit import LOW_CREDIT, Limiter, Naming
from tests.sandbox.slack.messages import Message
from tests.scenarios.stage import A_DAY, ANA, BEN, CHLOE, OPS, Stage

FLUX = "acme/flux"


@pytest.fixture
async def poor(stage: Stage) -> AsyncIterator[Stage]:
    """A stage whose Replicate account has little credit, with a bot, where time passes as the bot waits."""
    stage.replicate.limiter = Limiter(3000, 100, windows=LOW_CREDIT, naming=Naming.BODY, tells_rate=True)
    stage.replicate.vanish_after = 90.0
    stage.lease = A_DAY
    async with stage.hurried(), stage.bot():
        yield stage


async def previewed(stage: Stage, text: str, command: str = "/delete-model") -> tuple[list[str], Message]:
    """Type a command; return the notes that come before its preview, and the preview."""
    seen = len(stage.private(ANA))
    await stage.slack.type_command(ANA, OPS, command, text)
    preview = await stage.slack.until(lambda: [m for m in stage.private(ANA)[seen:] if m.buttons][0], 120)  # noqa: RUF015 - until understands LookupError
    return [m.text for m in stage.private(ANA)[seen:] if not m.buttons], preview


async def approved(stage: Stage, versions: int) -> None:
    """Have the deletion of a model with so many versions requested and approved."""
    stage.replicate.add_model(FLUX, versions=versions)
    _, preview = await previewed(stage, f"{FLUX} --with-versions")
    await stage.slack.click(ANA, preview, "Request approval")
    card = await stage.slack.until(lambda: stage.cards()[0])
    await stage.slack.click(BEN, card, "Approve")


async def test_everything_is_deleted_at_the_pace_that_is_let_through(poor: Stage) -> None:
    """Twelve versions and their model are deleted at six requests a minute; the card says how long, and why."""
    await approved(poor, 12)
    on_the_way = await poor.card_says("left at Replicate's present limit", timeout=120)
    assert "Replicate limits this account to about 6 requests a minute" in on_the_way.text
    assert "little credit or no payment method" in on_the_way.text
    result = await poor.card_says("Deleted 13 of 13", timeout=180)
    await poor.replies()
    assert "failed" not in result.text
    assert "limit" not in result.text
    assert FLUX not in poor.replicate.models
    assert len(poor.deletions()) <= 13 + poor.replicate.limiter.throttled
    assert poor.replicate.limiter.throttled <= 20


async def test_stop_takes_effect_in_the_middle(poor: Stage) -> None:
    """Stop ends a deletion under a limit before the next DELETE; what was accepted by then is reported as deleted."""
    await approved(poor, 12)
    await poor.slack.until(lambda: len(accepted(poor)) >= 3, 120)
    await poor.slack.click(CHLOE, poor.cards()[0], "Stop")
    await poor.recorded("SELECT id FROM requests WHERE stopping")
    sent = len(accepted(poor))
    await poor.recorded("SELECT id FROM requests WHERE state = 'stopped'")
    result = await poor.card_says(f"{13 - len(accepted(poor))} not deleted*")
    await poor.replies()
    assert len(accepted(poor)) <= sent + 1
    assert "failed" not in result.text


async def test_what_is_left_is_checked_again_when_sending_takes_long(poor: Stage) -> None:
    """A version that is run while others are deleted for a quarter of an hour is left out, and its model with it."""
    await approved(poor, 12)
    await poor.slack.until(lambda: len(accepted(poor)) >= 2, 120)
    [(last,)] = poor.rows("SELECT version_id FROM targets WHERE version_id IS NOT NULL ORDER BY position DESC LIMIT 1")
    poor.replicate.predict(FLUX, last)
    poor.clock.shift += OUTDATED_AFTER
    result = await poor.card_says("Deleted 11 of 13; 2 skipped", timeout=180)
    await poor.replies()
    assert "it was run" in result.text
    assert poor.ids(FLUX) == [last]


async def test_the_picker_shows_that_it_waits(poor: Stage) -> None:
    """The window of the picker says why it fills late, and then fills."""
    poor.replicate.add_model(FLUX, versions=3)
    seen: list[str] = []

    def look() -> bool:
        window = poor.slack.modal(ANA)
        seen.append(str(window))
        return "of 3, newest first" in seen[-1]

    await poor.slack.type_command(ANA, OPS, "/delete-version", FLUX)
    await poor.slack.until(look, 120)
    assert any("The list of versions will come by itself in about " in text for text in seen)
    assert poor.private(ANA) == []


async def test_a_preview_comes_by_itself_after_a_note(poor: Stage) -> None:
    """Who asks for a preview is told why it takes long and for how long, and then gets it without asking again."""
    poor.replicate.page_size = 1
    poor.replicate.add_model(FLUX, versions=8)
    notes, preview = await previewed(poor, f"{FLUX} --with-versions")
    assert 1 <= len(notes) <= 2
    assert "Replicate limits this account to about 6 requests a minute" in notes[0]
    assert "The preview will come by itself in about " in notes[0]
    assert "https://replicate.com/account/billing" in notes[0]
    assert "8 versions" in preview.text


def accepted(stage: Stage) -> list[str]:
    """Return the paths of the DELETEs of versions that Replicate accepted."""
    return [asked.path for asked in stage.replicate.requests if asked.method == "DELETE" and asked.status == 202]
