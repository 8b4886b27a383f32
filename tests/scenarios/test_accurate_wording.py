"""What dialogs, previews and results say about who and how many, and what can be asked for again."""

from __future__ import annotations

import pytest

from bot.errors import SettingsError
from bot.settings import load_settings
from tests.sandbox.replicate.faults import html_error
from tests.scenarios.message_words import dialog
from tests.scenarios.stage import ANA, BEN, CHLOE, DAN, LEADS, Stage


async def test_only_the_last_approval_deletes(stage: Stage) -> None:
    """The dialog of an approval says how many more are needed, and only that of the last one that deletion begins."""
    stage.replicate.add_model("acme/empty")
    async with stage.bot(approvals_required=2):
        card = await stage.request("acme/empty", command="/delete-model")
        await stage.slack.click(BEN, card, "Approve")
        after = await stage.card_says("Needs 1 more approval")
    assert "One more approval is needed before anything is deleted" in dialog(card, "Approve")
    assert "This deletes" not in dialog(card, "Approve")
    assert "This deletes the model" in dialog(after, "Approve")


async def test_preview_and_card_name_the_same_people(stage: Stage) -> None:
    """Those who may approve are the same in the preview and on the card; a requester who may not is in neither."""
    stage.replicate.add_model("acme/empty")
    async with stage.bot(approvers=f"{ANA},{BEN},{CHLOE}"):
        preview = await stage.ask("acme/empty", command="/delete-model")
        await stage.slack.click(ANA, preview, "Request approval")
        card = await stage.slack.until(lambda: stage.cards()[0])
    named = f"<@{BEN}> or <@{CHLOE}>"
    assert f"Needs 1 approval from {named}." in preview.text
    assert f"Needs 1 approval from {named} <!date^" in card.text


async def test_the_rest_of_a_stopped_request_can_be_requested(stage: Stage) -> None:
    """A stopped request says once who stopped it, and a button requests what was left, its model included."""
    ids = stage.replicate.add_model("acme/flux", versions=6)
    async with stage.bot(replicate_concurrency=1, replicate_rate_limit=60):
        card = await stage.request("acme/flux --with-versions", command="/delete-model")
        await stage.slack.click(BEN, card, "Approve")
        await stage.slack.until(stage.deletions)
        await stage.slack.until(lambda: "Stop" in stage.cards()[0].buttons)
        await stage.slack.click(CHLOE, stage.cards()[0], "Stop")
        result = await stage.card_says(f"topped by <@{CHLOE}>", timeout=60)
        [reply] = await stage.replies()
        sent = len(stage.deletions())
    assert result.text.count(f"<@{CHLOE}>") == 1
    assert "somebody stopped" not in result.text
    assert f"topped by <@{CHLOE}>" in reply.text
    assert "Ask for the rest" in result.buttons
    async with stage.bot():
        preview = await stage.told(DAN, lambda: stage.slack.click(DAN, stage.cards()[0], "Ask for the rest"))
    left = len(ids) - sent
    assert f"delete the model `acme/flux` and its {left} version" in preview


async def test_retry_takes_the_model_along(stage: Stage) -> None:
    """Where a version failed and its model stayed because of it, Retry failed asks for both."""
    version, _ = stage.replicate.add_model("acme/flux", versions=2)
    async with stage.bot():
        card = await stage.request("acme/flux --with-versions", command="/delete-model")
        stage.replicate.fail(html_error(403), method="DELETE", path=f"*/versions/{version}", times=None)
        await stage.slack.click(BEN, card, "Approve")
        await stage.card_says("Deleted 1 of 3; 1 failed, 1 skipped", timeout=60)
        await stage.replies()
        stage.replicate.heal()
        preview = await stage.told(ANA, lambda: stage.slack.click(ANA, stage.cards()[0], "Retry failed"))
    assert "delete the model `acme/flux` and its 1 version" in preview


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("PROTECTED_MODEL", "PROTECTED_MODELS"),
        ("APPROVAL_REQUIRED", "APPROVALS_REQUIRED"),
        ("approvals_requird", "APPROVALS_REQUIRED"),
        ("ALLOW_SELF_APPROVALS", "ALLOW_SELF_APPROVAL"),
    ],
)
def test_a_misspelt_setting_ends_a_start_with_a_suggestion(
    stage: Stage, monkeypatch: pytest.MonkeyPatch, name: str, meant: str
) -> None:
    """A name that is almost a setting's ends a start, and the line says which one was probably meant."""
    for setting, value in stage.environment.items():
        monkeypatch.setenv(setting, value)
    monkeypatch.setenv(name, "acme/*")
    with pytest.raises(SettingsError, match=f"{name}: is no setting; {meant} is"):
        load_settings()


@pytest.mark.parametrize(
    "name", ["LOGLEVEL", "HOSTNAME", "PORTS", "SLACK_TOKEN", "REPLICATE_API_KEY", "TEST_DATABASE_URL", "APPROVERS_OLD"]
)
def test_unrelated_environment_names_end_no_start(stage: Stage, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    """Names that other programs have in the same environment end no start."""
    for setting, value in stage.environment.items():
        monkeypatch.setenv(setting, value)
    monkeypatch.setenv(name, "anything")
    assert load_settings().approvers.groups == {LEADS}
