"""The team's own reference, from the command to the audit trail."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from bot.messages.previews import REFERENCE_FIELD
from tests.sandbox.replicate.faults import html_error
from tests.sandbox.slack.block_kit import findings_in
from tests.sandbox.slack.messages import Message
from tests.scenarios.audit_console import audit
from tests.scenarios.home_steps import told_directly
from tests.scenarios.known_steps import know
from tests.scenarios.models import FLUX
from tests.scenarios.picker_steps import opened, pick, previewed
from tests.scenarios.stage import ANA, BEN, OPS, Stage
from tests.scenarios.window_steps import window_says

DELETE = "delete"
HOSTILE = "<!channel>*x*_y_`z`:boom:@here&amp;"


def references(stage: Stage) -> list[str | None]:
    return [found for (found,) in stage.rows("SELECT reference FROM requests WHERE requested_at IS NOT NULL")]


def field_value(message: Message) -> object:
    [field] = [block["element"] for block in message.blocks if block.get("block_id") == REFERENCE_FIELD]
    return field.get("initial_value")


async def test_a_reference_is_carried_from_the_command_to_the_audit_trail(anywhere: Stage, tmp_path: Path) -> None:
    """What follows `--ref` is in the preview's field, on the card, in the result, and in every form of the trail."""
    stage = anywhere
    [version] = stage.replicate.add_model("acme/flux", versions=1)
    async with stage.bot():
        preview = await stage.ask(f"acme/flux:{version} --ref “OPS-17” --reason replaced by v2")
        assert field_value(preview) == "OPS-17"
        assert "*Reference:* “OPS-17”" in preview.text
        await stage.slack.click(ANA, preview, "Request approval")
        card = await stage.slack.until(lambda: stage.cards()[0])
        assert "*Reference:* “OPS-17”" in card.text
        other = await stage.ask(f"acme/flux:{version}")
        assert "(OPS-17) already asks for it" in other.text
        await stage.slack.click(BEN, card, "Approve")
        await stage.card_says("Deleted 1 of 1")
        assert any("for “OPS-17”" in reply.text for reply in await stage.replies())
    assert references(stage) == ["OPS-17"]
    [(request_id, detail)] = stage.rows("SELECT request_id, detail FROM audit WHERE event = 'asked'")
    assert detail.endswith("reference: OPS-17; reason: replaced by v2")
    assert "reference: OPS-17\n" in (await audit(stage, tmp_path, request_id)).stdout
    listed = (await audit(stage, tmp_path, "--format", "jsonl")).stdout.splitlines()
    assert [json.loads(line)["reference"] for line in listed] == ["OPS-17"]
    table = (await audit(stage, tmp_path, "--format", "csv")).stdout.splitlines()
    assert [row.rpartition(",")[2] for row in table] == ["reference", "OPS-17"]


async def test_a_reference_typed_into_the_preview_takes_the_place_of_the_one_before(stage: Stage) -> None:
    """The preview's field can be filled, changed and emptied; what stands in it when the button is pressed counts."""
    stage.replicate.add_model("acme/empty")
    stage.replicate.add_model("acme/other")
    async with stage.bot():
        preview = await stage.ask("acme/empty --ref OPS-17", command="/delete-model")
        stage.slack.fill(ANA, preview, REFERENCE_FIELD, " “OPS-18” ")
        await stage.slack.click(ANA, preview, "Request approval")
        card = await stage.slack.until(lambda: stage.cards()[0])
        assert "*Reference:* “OPS-18”" in card.text
        preview = await stage.ask("acme/other --ref OPS-17", command="/delete-model")
        stage.slack.fill(ANA, preview, REFERENCE_FIELD, None)
        await stage.slack.click(ANA, preview, "Request approval")
        await stage.slack.until(lambda: stage.cards()[1])
    assert set(references(stage)) == {None, "OPS-18"}


async def test_a_preview_field_with_two_words_requests_nothing(stage: Stage) -> None:
    """A reference that can be none is refused with what to do; the preview stays, and works once it is corrected."""
    stage.replicate.add_model("acme/empty")
    async with stage.bot():
        preview = await stage.ask("acme/empty", command="/delete-model")
        stage.slack.fill(ANA, preview, REFERENCE_FIELD, "OPS 17")
        told = await stage.told(ANA, lambda: stage.slack.click(ANA, preview, "Request approval"))
        assert "A reference is one word, and `OPS 17` has a space. Nothing was requested." in told
        assert stage.cards() == []
        stage.slack.fill(ANA, preview, REFERENCE_FIELD, "OPS-17")
        await stage.slack.click(ANA, preview, "Request approval")
        await stage.slack.until(lambda: stage.cards()[0])
    assert references(stage) == ["OPS-17"]


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("--ref", "Nothing follows `--ref`"),
        ("--ref “”", "Nothing follows `--ref`"),
        ("--ref A --ref B", "`--ref` is there twice; it can be given only once"),
        (f"--ref {'x' * 5_000}", "The reference has 5,000 characters; at most 64 are allowed"),
    ],
)
async def test_a_reference_that_cannot_be_one_is_refused(stage: Stage, typed: str, said: str) -> None:
    """An empty, a doubled and an overlong reference are refused with why, and nothing is stored."""
    stage.replicate.add_model("acme/empty")
    async with stage.bot():
        answer = await stage.ask(f"acme/empty {typed}", command="/delete-model")
    assert said in answer.text
    assert stage.rows("SELECT id FROM requests") == []


async def test_markup_in_a_reference_is_shown_as_typed_and_does_nothing(stage: Stage) -> None:
    """A reference that would mention a channel or format text is shown as it was typed, in every message."""
    [version] = stage.replicate.add_model("acme/flux", versions=1)
    sent = HOSTILE.replace("<", "&lt;").replace(">", "&gt;")
    async with stage.bot():
        preview = await stage.ask(f"acme/flux:{version} --ref {sent}")
        await stage.slack.click(ANA, preview, "Request approval")
        card = await stage.slack.until(lambda: stage.cards()[0])
        await stage.ask(f"acme/flux:{version}")
        await stage.slack.click(BEN, card, "Approve")
        await stage.card_says("Deleted 1 of 1")
        await stage.replies()
    assert references(stage) == ["<!channel>*x*_y_`z`:boom:@here&"]
    for message in stage.slack.every_message:
        said = message.text + str([block for block in message.blocks if block["type"] not in {"rich_text", "input"}])
        assert "<!channel>" not in said
        assert ":boom:" not in said
        assert "`z`" not in said
        assert findings_in(list(message.blocks)) == []


async def test_a_retry_keeps_the_reference(stage: Stage) -> None:
    """What is asked for again has the reference of the request before."""
    [version] = stage.replicate.add_model("acme/flux", versions=1)
    stage.replicate.fail(html_error(503), method="DELETE", path=f"*{version}", times=None)
    async with stage.bot():
        card = await stage.request(f"acme/flux:{version} --ref OPS-17")
        await stage.slack.click(BEN, card, "Approve")
        failed = await stage.card_says("1 failed", timeout=60)
        await stage.replies()
        seen = len(stage.private(ANA))
        await stage.slack.click(ANA, failed, "Retry failed")
        preview = await stage.slack.until(lambda: stage.private(ANA)[seen:])
    assert field_value(preview[-1]) == "OPS-17"


async def test_the_picker_carries_the_reference_to_its_preview(stage: Stage) -> None:
    """A command that opens the picker may have a reference: the window shows it, and the preview has it."""
    ids = stage.replicate.add_model(FLUX, versions=3)
    async with stage.bot():
        view = await opened(stage, f"{FLUX} --ref OPS-17 --reason old")
        assert "*Reference:* “OPS-17” *Reason:* “old”" in view.plain
        await pick(stage, ids[1], "1 of 3 selected")
        await previewed(stage)
    assert field_value(stage.private(ANA)[-1]) == "OPS-17"


async def test_the_start_window_takes_a_reference(stage: Stage) -> None:
    """The window beside the reason's field has one for the reference; what can be none is said beneath it."""
    stage.replicate.add_model(FLUX, versions=1)
    async with stage.bot():
        await know(stage, FLUX)
        await stage.slack.shortcut(ANA, DELETE)
        await window_says(stage, "You see a preview before anything is requested")
        await stage.slack.suggest(ANA, "flux")
        await stage.slack.select(ANA, FLUX)
        entered = {"channel": OPS, "what": "model"}
        refused = await stage.slack.submit(ANA, {**entered, REFERENCE_FIELD: "OPS 17"})
        assert "A reference is one word" in refused.body["errors"][REFERENCE_FIELD]
        await stage.slack.submit(ANA, {**entered, REFERENCE_FIELD: "OPS-17"})
        preview = await told_directly(stage, ANA, f"the model `{FLUX}`")
    assert field_value(preview) == "OPS-17"
