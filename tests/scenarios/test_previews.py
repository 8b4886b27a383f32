"""What the requester is told before anything is requested."""

from __future__ import annotations

import pytest

from tests.sandbox.replicate.stand_in import StandInReplicate
from tests.scenarios.stage import Stage


def public(replicate: StandInReplicate) -> str:
    return f"acme/open:{replicate.add_model('acme/open', versions=1, visibility='public')[0][:8]}"


def deployed(replicate: StandInReplicate) -> str:
    [version] = replicate.add_model("acme/live", versions=1)
    replicate.deploy("acme/live", name="front-page")
    return f"acme/live:{version[:8]}"


def base_of_training(replicate: StandInReplicate) -> str:
    [version] = replicate.add_model("acme/base", versions=1)
    replicate.train("acme/base")
    return f"acme/base:{version[:8]}"


def public_of_others(replicate: StandInReplicate) -> str:
    return f"globex/open:{replicate.add_model('globex/open', versions=1, visibility='public')[0][:8]}"


def private_of_others(replicate: StandInReplicate) -> str:
    return f"globex/secret:{replicate.add_model('globex/secret', versions=1)[0][:8]}"


def unknown_version(replicate: StandInReplicate) -> str:
    replicate.add_model("acme/flux", versions=2)
    return "acme/flux:0000"


def protected(replicate: StandInReplicate) -> str:
    return f"acme/prod-a:{replicate.add_model('acme/prod-a', versions=1)[0][:8]}"


BLOCKED = {
    public: ("the model is public", "https://replicate.com/acme/open/settings"),
    deployed: ("the deployment acme/front-page uses it", "Point acme/front-page at another version"),
    base_of_training: ("it is the base of the training", "has to stay"),
    public_of_others: ("it belongs to globex, and the bot's token belongs to acme", "Only globex can delete it"),
    private_of_others: ("model not found: it doesn't exist, or acme's token can't see it", "Check the spelling"),
    unknown_version: ("the model has no version with this id", "Its newest versions are"),
    protected: ("it matches acme/prod-* in PROTECTED_MODELS", "Ask whoever runs the bot"),
}


@pytest.mark.parametrize("arrange", BLOCKED, ids=lambda arrange: arrange.__name__)
async def test_what_cannot_be_deleted_is_not_offered(stage: Stage, arrange: object) -> None:
    """The answer says why it cannot be deleted and what to do, has no button, and nothing is stored."""
    assert callable(arrange)
    text = arrange(stage.replicate)
    async with stage.bot(protected_models="acme/prod-*"):
        answer = await stage.ask(text)
    for words in BLOCKED[arrange]:
        assert words in answer.text
    assert answer.buttons == []
    assert stage.rows("SELECT id FROM requests") == []


async def test_a_base_version_is_refused_with_the_training_id(stage: Stage) -> None:
    """A version that a training began with is refused by the training's id."""
    [version] = stage.replicate.add_model("acme/base", versions=1)
    training = stage.replicate.train("acme/base")
    async with stage.bot():
        answer = await stage.ask(f"acme/base:{version}")
    assert f"the base of the training {training}" in answer.text


async def test_an_unknown_version_shows_the_newest(stage: Stage) -> None:
    """Where no version has such an id, the newest ones are listed, newest first."""
    ids = stage.replicate.add_model("acme/flux", versions=7)
    async with stage.bot():
        answer = await stage.ask("acme/flux:0000")
    shown = [answer.text.index(version[:12]) for version in ids[:5]]
    assert shown == sorted(shown)
    assert not any(version[:12] in answer.text for version in ids[5:])


async def test_an_ambiguous_prefix_lists_the_candidates(stage: Stage) -> None:
    """A prefix that several versions share is not guessed at: all of them are named by longer ids."""
    stage.replicate.add_model("acme/flux", versions=1)
    alike = ["abcd1" + "0" * 59, "abcd2" + "0" * 59]
    newest = stage.replicate.models["acme/flux"].versions
    for version_id in alike:
        stage.replicate.add_version("acme/flux")
        newest[-1].id = version_id
    async with stage.bot():
        answer = await stage.ask("acme/flux:abcd")
        chosen = await stage.ask("acme/flux:abcd2")
    assert "2 versions begin with abcd" in answer.text
    assert all(f"`{version_id[:16]}`" in answer.text for version_id in alike)
    assert answer.buttons == []
    assert "abcd20000000" in chosen.text
    assert "abcd10000000" not in chosen.text


async def test_only_the_deletable_of_several_references_are_offered(stage: Stage) -> None:
    """Of several references those that can be deleted are offered, the others told with their reason."""
    kept, gone = stage.replicate.add_model("acme/flux", versions=2)
    stage.replicate.deploy("acme/flux", kept)
    async with stage.bot():
        preview = await stage.ask(f"acme/flux:{kept[:8]} acme/flux:{gone[:8]} acme/typo:1234 acme/flux:{gone}")
    offered, _, blocked = preview.text.partition("Left out (won't be deleted)")
    assert "1 version of `acme/flux`" in offered
    assert gone[:12] in offered
    assert kept[:12] in blocked
    assert "acme/typo" in blocked
    assert preview.buttons == ["Request approval", "Cancel"]
    assert stage.rows("SELECT version_id FROM targets") == [(gone,)]


async def test_the_preview_warns_and_says_who_will_be_asked(stage: Stage) -> None:
    """A preview says that it can't be undone, what goes too, what may be refused, and who will be asked."""
    [version] = stage.replicate.add_model("acme/flux", versions=1)
    async with stage.bot():
        preview = await stage.ask(f"acme/flux:{version}")
    for words in ("can't be undone", "Predictions made", "Replicate may still refuse", "(latest)", "<!subteam^SLEADS>"):
        assert words in preview.text
