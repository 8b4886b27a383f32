"""Versions selected by rules, and models deleted with their versions."""

from __future__ import annotations

import pytest

from bot.replicate.last_use import MAX_PAGES
from tests.sandbox.replicate.faults import refusal
from tests.scenarios.models import FLUX, chosen, predict
from tests.scenarios.stage import ANA, BEN, Stage


@pytest.mark.parametrize("keep", ["--keep 2", "—keep 2", "–keep=2"])
async def test_keep_selects_all_but_the_newest_few(stage: Stage, keep: str) -> None:
    """All but the newest few are selected, with any dash, and the preview shows the count and what stays."""
    ids = stage.replicate.add_model(FLUX, versions=5)
    async with stage.bot():
        preview = await stage.ask(f"{FLUX} {keep}")
    assert "delete 3 versions of `acme/flux`*, selected by `--keep 2`" in preview.text
    assert "2 versions (`acme/flux:" in preview.text
    assert "among the newest, which `--keep 2` keeps" in preview.text
    assert preview.buttons == ["Request approval", "Cancel"]
    assert chosen(stage) == ids[2:]
    assert stage.replicate.count(path="/predictions") == 1  # for what the preview tells; the rule needs none


async def test_older_than_selects_versions_by_the_bots_clock(stage: Stage) -> None:
    """What was made longer ago than written is selected, by the bot's clock."""
    ids = stage.replicate.add_model(FLUX, versions=40)
    async with stage.bot():
        preview = await stage.ask(f"{FLUX} --older-than 30d --reason spring cleaning")
    assert chosen(stage) == ids[30:]
    assert "30 versions (" in preview.text
    assert "not old enough for `--older-than 30d`" in preview.text
    assert "spring cleaning" in preview.text


async def test_unused_for_selects_versions_not_run_for_so_long(stage: Stage) -> None:
    """What this account has not run for so long is selected; what it has run stays, with the day."""
    ids = stage.replicate.add_model(FLUX, versions=12)
    predict(stage, ids[9], 2)
    predict(stage, ids[10], 9)
    stage.replicate.predicted_by_others(FLUX, ids[11])
    async with stage.bot():
        preview = await stage.ask(f"{FLUX} --unused-for 7d")
    assert chosen(stage) == [ids[7], ids[8], ids[10], ids[11]]
    assert f"`acme/flux:{ids[9][:12]}`: used by this account within the last 7d (last on " in preview.text
    assert "too new for `--unused-for 7d`" in preview.text


async def test_unused_for_says_when_predictions_do_not_reach_back(stage: Stage) -> None:
    """Where the account runs so much that its predictions cannot be read far enough back, that is said."""
    ids = stage.replicate.add_model(FLUX, versions=10)
    stage.replicate.long_page_size = 1
    stage.replicate.limiter.burst = 1000
    for minutes in range(MAX_PAGES + 1):
        predict(stage, ids[0], minutes / 1440)
    async with stage.bot(replicate_rate_limit=3000):
        answer = await stage.ask(f"{FLUX} --unused-for 3d")
    assert "selects nothing that can be deleted" in answer.text
    assert "not known to be unused for 3d: the newest 200 pages" in answer.text
    assert stage.replicate.count(path="/predictions") == MAX_PAGES
    assert stage.rows("SELECT id FROM requests") == []


async def test_a_version_must_match_every_rule(stage: Stage) -> None:
    """Of several rules a version has to match all."""
    ids = stage.replicate.add_model(FLUX, versions=12)
    predict(stage, ids[10], 1)
    async with stage.bot():
        await stage.ask(f"{FLUX} --keep 9 --older-than 5d --unused-for 5d")
    assert chosen(stage) == [ids[9], ids[11]]


async def test_rule_leaves_out_latest_deployed_and_trained_on_versions(stage: Stage) -> None:
    """The latest, the deployed and the trained-on version stay, each with its reason, and the rest is deleted."""
    ids = stage.replicate.add_model(FLUX, versions=5)
    stage.replicate.deploy(FLUX, ids[1], name="front-page")
    training = stage.replicate.train(FLUX, ids[2])
    async with stage.bot():
        card = await stage.request(f"{FLUX} --older-than 60s")
        assert "the model's latest version, which only `--all` selects" in card.text
        assert "the deployment acme/front-page uses it" in card.text
        assert f"the base of the training {training}" in card.text
        await stage.slack.click(BEN, card, "Approve")
        await stage.card_says("Deleted 2 of 2")
        await stage.replies()
    assert stage.ids(FLUX) == ids[:3]


async def test_only_all_selects_the_latest_version(stage: Stage) -> None:
    """Only --all selects the latest version as well, and the preview marks it."""
    ids = stage.replicate.add_model(FLUX, versions=2)
    async with stage.bot():
        preview = await stage.ask(f"{FLUX} —all")
    assert chosen(stage) == ids
    assert "(latest)" in preview.text


async def test_rules_are_evaluated_once(stage: Stage) -> None:
    """The request holds ids: what would match later, or not any more, changes nothing about it."""
    ids = stage.replicate.add_model(FLUX, versions=3)
    async with stage.bot():
        card = await stage.request(f"{FLUX} --keep 2")
        newer = [stage.replicate.add_version(FLUX) for _ in range(2)]
        await stage.slack.click(BEN, card, "Approve")
        await stage.card_says("Deleted 1 of 1")
        await stage.replies()
    assert set(stage.ids(FLUX)) == {*newer, ids[0], ids[1]}


async def test_three_hundred_versions_are_requested_and_deleted_once_each(stage: Stage) -> None:
    """Three hundred versions are previewed briefly, requested as one, and deleted once each."""
    ids = stage.replicate.add_model(FLUX, versions=301)
    stage.replicate.limiter.burst = 10_000
    async with stage.bot(replicate_rate_limit=3000):
        card = await stage.request(f"{FLUX} --keep 1")
        assert "300 versions of `acme/flux`" in card.text
        assert "289 more" in card.text
        await stage.slack.click(BEN, card, "Approve")
        await stage.card_says("Deleted 300 of 300", timeout=60)
        await stage.replies()
    assert stage.ids(FLUX) == ids[:1]
    assert len(stage.deletions()) == len(set(stage.deletions())) == 300


async def test_a_request_takes_5000_versions_at_most(stage: Stage) -> None:
    """5,000 versions fit into one request; one more is refused with the count, and nothing is made."""
    stage.replicate.page_size = 500
    stage.replicate.add_model(FLUX, versions=5_001)
    async with stage.bot():
        refused = await stage.ask(f"{FLUX} --all")
        assert stage.rows("SELECT id FROM requests") == []
        preview = await stage.ask(f"{FLUX} --keep 1")
    assert "5,001 versions of `acme/flux`" in refused.text
    assert "at most 5,000" in refused.text
    assert refused.buttons == []
    assert "5,000 versions of `acme/flux`" in preview.text
    assert "4,989 more" in preview.text
    assert stage.rows("SELECT count(*) FROM targets") == [(5_000,)]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (f"{FLUX} --keep -1", "`--keep` needs a number, such as `--keep 5`"),
        (f"{FLUX} --older-than yesterday", "`--older-than` needs a length of time"),
        (f"{FLUX} --keep 5 --all", "contradicts"),
        (f"{FLUX} --kepe 5", "Did you mean `--keep`?"),
        (f"{FLUX} --keep 5", "`--keep 5` selects nothing that can be deleted"),
        (f"{FLUX} --older-than 9d", "`--older-than 9d` selects nothing"),
        (f"{FLUX} acme/empty", "or use a rule: `--keep 5`, `--older-than 30d`"),
        ("acme/empty --all", "it has no versions"),
        ("acme/gone --keep 1", "model not found: it doesn't exist, or acme's token can't see it"),
        ("acme/open --keep 1", "the model is public"),
        ("acme/prod-a --keep 1", "the team protects it"),
        ("globex/open --keep 1", "it belongs to globex"),
    ],
)
async def test_invalid_selections_are_answered_without_a_request(stage: Stage, text: str, said: str) -> None:
    """What cannot be selected is answered clearly, with nothing to request, and nothing is made."""
    stage.replicate.add_model(FLUX, versions=2)
    stage.replicate.add_model("acme/empty")
    stage.replicate.add_model("acme/open", versions=2, visibility="public")
    stage.replicate.add_model("acme/prod-a", versions=2)
    stage.replicate.add_model("globex/open", versions=2, visibility="public")
    async with stage.bot(protected_models="acme/prod-*"):
        answer = await stage.ask(text)
    assert said in answer.text
    assert all(button.startswith("Run ") for button in answer.buttons)
    assert stage.rows("SELECT id FROM requests") == []


async def test_nothing_is_requested_without_readable_predictions(stage: Stage) -> None:
    """When Replicate does not tell what was run, nothing is requested."""
    stage.replicate.add_model(FLUX, versions=3)
    stage.replicate.fail(refusal(400), path="/predictions")
    async with stage.bot():
        answer = await stage.ask(f"{FLUX} --unused-for 1d")
    assert "Nothing was requested" in answer.text
    assert answer.buttons == []


# Models with their versions


@pytest.mark.parametrize(
    ("text", "button"),
    [
        (f"{FLUX} —with-versions", "Request approval"),
        (FLUX, "Request approval (model + 3 versions)"),
    ],
)
async def test_the_versions_are_deleted_before_their_model(anywhere: Stage, text: str, button: str) -> None:
    """Asked for, or taken up from the preview's offer, the versions go first and then the model."""
    ids = anywhere.replicate.add_model(FLUX, versions=3)
    async with anywhere.bot():
        preview = await anywhere.ask(text, command="/delete-model")
        assert "delete the model `acme/flux` and its 3 versions" in preview.text
        assert preview.buttons == [button, "Cancel"]
        await anywhere.slack.click(ANA, preview, button)
        card = await anywhere.slack.until(lambda: anywhere.cards()[0])
        assert "the model `acme/flux` and its 3 versions" in card.text
        await anywhere.slack.click(BEN, card, "Approve")
        await anywhere.card_says("Deleted 4 of 4")
        await anywhere.replies()
    assert FLUX not in anywhere.replicate.models
    *versions, model = anywhere.deletions()
    assert sorted(versions) == sorted(f"/models/{FLUX}/versions/{i}" for i in ids)
    assert model == f"/models/{FLUX}"


async def test_a_model_with_versions_is_offered_together_with_them(stage: Stage) -> None:
    """A model with versions is offered with them, said in words, and exactly what is shown is stored."""
    ids = stage.replicate.add_model(FLUX, versions=30)
    async with stage.bot():
        preview = await stage.ask(FLUX, command="/delete-model")
        assert "still has 30 versions" in preview.text
        assert chosen(stage) == [*ids, None]
        stage.replicate.add_version(FLUX)
        await stage.slack.click(ANA, preview, "Request approval (model + 30 versions)")
        await stage.slack.until(lambda: stage.cards()[0])
    assert chosen(stage) == [*ids, None]


async def test_an_approver_deletes_a_model_with_its_versions(stage: Stage) -> None:
    """Where no approval is required an approver's button says Delete, with how many versions go along."""
    stage.replicate.add_model(FLUX, versions=2)
    async with stage.bot(approvals_required=0):
        preview = await stage.ask(FLUX, command="/delete-model", user=BEN)
        assert preview.buttons == ["Delete model + 2 versions", "Cancel"]
        await stage.slack.click(BEN, preview, "Delete model + 2 versions")
        await stage.card_says("Deleted 3 of 3")
        await stage.replies()
    assert FLUX not in stage.replicate.models


@pytest.mark.parametrize("option", ["", " --with-versions"])
async def test_a_version_that_has_to_stay_keeps_everything(stage: Stage, option: str) -> None:
    """With one version that cannot go, neither the model nor any other version is offered, and it is named."""
    ids = stage.replicate.add_model(FLUX, versions=3)
    stage.replicate.deploy(FLUX, ids[1], name="front-page")
    async with stage.bot():
        answer = await stage.ask(f"{FLUX}{option}", command="/delete-model")
    assert f"{ids[1][:12]} (deployment acme/front-page)" in answer.text
    assert "so the model can't be deleted, and all of its versions stay" in answer.text
    assert answer.buttons == []
    assert stage.rows("SELECT id FROM requests") == []


async def test_all_versions_of_several_models_go_before_the_models(stage: Stage) -> None:
    """Of several models each takes its versions along, all versions before all models."""
    stage.replicate.add_model(FLUX, versions=2)
    stage.replicate.add_model("acme/empty")
    stage.replicate.add_model("acme/sd", versions=1)
    async with stage.bot():
        preview = await stage.ask(f"{FLUX} acme/empty acme/sd --with-versions", command="/delete-model")
    assert "the models `acme/empty`, `acme/flux` and `acme/sd` and their 3 versions" in preview.text
    assert [version is None for version in chosen(stage)] == [False] * 3 + [True] * 3


async def test_each_of_several_models_is_offered_with_its_versions(stage: Stage) -> None:
    """Of several models each that still has versions is offered with them, and it is said how many each has."""
    stage.replicate.add_model(FLUX, versions=2)
    stage.replicate.add_model("acme/empty")
    stage.replicate.add_model("acme/sd", versions=1)
    async with stage.bot():
        preview = await stage.ask(f"{FLUX} acme/empty acme/sd", command="/delete-model")
        await stage.slack.click(ANA, preview, "Request approval (3 models + 3 versions)")
        await stage.slack.click(BEN, await stage.slack.until(lambda: stage.cards()[0]), "Approve")
        await stage.card_says("Deleted 6 of 6")
        await stage.replies()
    assert "the models `acme/empty`, `acme/flux` and `acme/sd` and their 3 versions" in preview.text
    assert "`acme/flux` still has 2 versions and `acme/sd` still has 1 version" in preview.text
    assert not stage.replicate.models.keys() & {FLUX, "acme/empty", "acme/sd"}


async def test_one_undeletable_model_is_left_out_of_several(stage: Stage) -> None:
    """Of several models one with a version that cannot go is left out with the reason, and the others are offered."""
    stage.replicate.add_model(FLUX, versions=2)
    stage.replicate.deploy(FLUX, name="front-page")
    stage.replicate.add_model("acme/sd", versions=1)
    async with stage.bot():
        preview = await stage.ask(f"{FLUX} acme/sd", command="/delete-model")
    assert "so the model can't be deleted, and all of its versions stay" in preview.text
    assert preview.buttons == ["Request approval (model + 1 version)", "Cancel"]
    assert len(chosen(stage)) == 2


async def test_a_new_version_keeps_the_model(stage: Stage) -> None:
    """A version that appears after the preview is not deleted, and so the model stays, with the reason."""
    stage.replicate.add_model(FLUX, versions=2)
    async with stage.bot():
        card = await stage.request(f"{FLUX} --with-versions", command="/delete-model")
        newer = stage.replicate.add_version(FLUX)
        await stage.slack.click(BEN, card, "Approve")
        result = await stage.card_says("Deleted 2 of 3; 1 skipped")
        await stage.replies()
    assert "it still has 1 version" in result.text
    assert stage.ids(FLUX) == [newer]


async def test_a_version_that_replicate_refuses_keeps_the_model(stage: Stage) -> None:
    """A version that others have run is refused by Replicate, and the model stays with it."""
    ids = stage.replicate.add_model(FLUX, versions=2)
    stage.replicate.predicted_by_others(FLUX, ids[0])
    async with stage.bot():
        card = await stage.request(f"{FLUX} --with-versions", command="/delete-model")
        await stage.slack.click(BEN, card, "Approve")
        result = await stage.card_says("Replicate refused 1")
        await stage.card_says("1 skipped")
        await stage.replies()
    assert "someone other than you has run predictions" in result.text
    assert stage.ids(FLUX) == [ids[0]]
    assert f"/models/{FLUX}" not in stage.deletions()
