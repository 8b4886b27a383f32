"""Patterns such as `acme/exp-*`, and rules over several models."""

from __future__ import annotations

import pytest

from tests.scenarios.known_steps import know
from tests.scenarios.models import chosen
from tests.scenarios.stage import ANA, BEN, GUS, OPS, Stage

EXPERIMENTS = ("acme/exp-1", "acme/exp-2", "acme/Exp-3")


def experiments(stage: Stage, versions: int = 0) -> dict[str, list[str]]:
    """Make three models of one pattern, and two that it does not match; return the ids of their versions."""
    return {
        name: stage.replicate.add_model(name, versions=versions) for name in (*EXPERIMENTS, "acme/flux", "acme/expo")
    }


async def models_asked_for(stage: Stage) -> list[str]:
    """Return the models of the only draft, in the order of its targets."""
    rows = stage.rows("SELECT DISTINCT owner, name FROM targets ORDER BY name")
    return [f"{row.owner}/{row.name}" for row in rows]


@pytest.mark.parametrize("pattern", ["acme/exp-*", "exp-*", "ACME/EXP-*", "exp-[0-9]", r"acme/exp-\*", "`exp-*`"])
async def test_a_pattern_means_the_known_models_that_it_matches(stage: Stage, pattern: str) -> None:
    """A pattern means the known models it matches, whatever their capitals; the preview names and counts them."""
    experiments(stage)
    async with stage.bot():
        await know(stage, *EXPERIMENTS, "acme/flux", "acme/expo")
        preview = await stage.ask(pattern, command="/delete-model")
    assert "matches 3 known models: `acme/Exp-3`, `acme/exp-1` and `acme/exp-2`." in preview.text
    assert "Only models I know of can match: your account has at least 5." in preview.text
    assert "delete the models `acme/Exp-3`, `acme/exp-1` and `acme/exp-2`*" in preview.text
    assert sorted(await models_asked_for(stage), key=str.lower) == ["acme/exp-1", "acme/exp-2", "acme/Exp-3"]


async def test_a_pattern_that_matches_nothing_says_so_and_what_to_do(stage: Stage) -> None:
    """Where no known model matches, that is said with what can be known, and the rest of the line can be run."""
    stage.replicate.add_model("acme/flux")
    async with stage.bot():
        await know(stage, "acme/flux")
        answer = await stage.ask("exp-* flux --reason old", command="/delete-model")
        assert "No known model matches `acme/exp-*`*, so nothing was requested." in answer.text
        assert "I know of 1 model of your account" in answer.text
        assert "Add models" in answer.text
        await stage.slack.click(ANA, answer, "Run /delete-model acme/flux --reason old")
        preview = await stage.private_says("model `acme/flux`")
    assert "Request approval" in preview.buttons
    assert stage.rows("SELECT reason FROM requests") == [("old",)]


async def test_a_pattern_does_not_match_models_of_others(stage: Stage) -> None:
    """A pattern for another owner is refused, though the bot may have seen such models."""
    stage.replicate.add_model("globex/exp-1", versions=1)
    async with stage.bot() as bot:
        await bot.confirmed()
        answer = await stage.ask("globex/exp-* --keep 1")
    assert "`globex/exp-*` can't be matched: a pattern finds only models of `acme`" in answer.text
    assert stage.replicate.count(path="/models/*") == 0


async def test_rules_select_from_each_model_that_a_pattern_matches(stage: Stage) -> None:
    """Rules are evaluated for each matched model by itself, and what they select is deleted after approval."""
    ids = experiments(stage, versions=3)
    async with stage.bot():
        await know(stage, *EXPERIMENTS)
        card = await stage.request("exp-* --keep 1")
        assert sorted(chosen(stage)) == sorted(i for name in EXPERIMENTS for i in ids[name][1:])
        await stage.slack.click(BEN, card, "Approve")
        await stage.recorded("SELECT id FROM requests WHERE state = 'finished'")
        await stage.card_rests()
    assert [stage.ids(name) for name in EXPERIMENTS] == [ids[name][:1] for name in EXPERIMENTS]
    assert stage.ids("acme/flux") == ids["acme/flux"]


async def test_rules_are_checked_again_for_each_model(stage: Stage) -> None:
    """What a rule would not select any more of one model stays, and the other models' versions are deleted."""
    ids = {name: stage.replicate.add_model(name, versions=3) for name in EXPERIMENTS[:2]}
    first, second = ids.values()
    async with stage.bot() as bot:
        await bot.confirmed()
        card = await stage.request("exp-1 exp-2 --keep 1")
        stage.replicate.models[EXPERIMENTS[0]].versions.pop()
        await stage.slack.click(BEN, card, "Approve")
        await stage.recorded("SELECT id FROM requests WHERE state = 'finished'")
        await stage.card_rests()
    assert stage.ids(EXPERIMENTS[0]) == [first[1]]
    assert stage.ids(EXPERIMENTS[1]) == [second[0]]
    [(reason,)] = stage.rows("SELECT reason FROM targets WHERE state = 'skipped'")
    assert "`--keep 1` would not select it any more" in reason


async def test_last_use_is_read_once_for_all_models(stage: Stage) -> None:
    """Predictions are read once for the rule and once for what is told, however many models they are about."""
    first, second = (stage.replicate.add_model(name, versions=12) for name in EXPERIMENTS[:2])
    stage.replicate.predict(EXPERIMENTS[0], first[10])
    async with stage.bot() as bot:
        await bot.confirmed()
        await stage.ask("exp-1 exp-2 --unused-for 7d")
    assert stage.replicate.count(path="/predictions") == 2
    assert {first[11], second[10], second[11]} <= set(chosen(stage))
    assert first[10] not in chosen(stage)


async def test_hundreds_of_models_are_planned_in_one_preview(stage: Stage) -> None:
    """A pattern over hundreds of models leads to one preview, with a note that it takes a while before it."""
    names = [f"acme/exp-{number}" for number in range(300)]
    for name in names:
        stage.replicate.add_model(name, versions=2)
    stage.replicate.limiter.burst = 10_000
    async with stage.hurried(), stage.bot():
        await know(stage, *names)
        seen = len(stage.private(ANA))
        await stage.slack.type_command(ANA, OPS, "/delete-version", "exp-* --keep 1")
        preview = await stage.slack.until(lambda: [m for m in stage.private(ANA)[seen:] if m.buttons][0], 120)  # noqa: RUF015 - until understands LookupError
    assert "Reading 300 models takes a while." in stage.private(ANA)[seen].text
    assert "matches 300 known models" in preview.text
    assert stage.rows("SELECT count(*) FROM targets") == [(300,)]


async def test_more_models_than_a_command_takes_are_refused(stage: Stage) -> None:
    """A pattern that matches more than a thousand models is refused before any of them is read."""
    async with stage.bot():
        await know(stage, *(f"acme/exp-{number}" for number in range(1_001)))
        answer = await stage.ask("exp-*", command="/delete-model")
    assert "names or matches 1,001 models" in answer.text
    assert stage.rows("SELECT id FROM requests") == []


async def test_models_that_cannot_be_read_in_time_are_not_begun(stage: Stage) -> None:
    """Where the limit lets too few requests through, nothing is read, and the person learns why at once."""
    async with stage.bot(replicate_rate_limit=60):
        await know(stage, *(f"acme/exp-{number}" for number in range(400)))
        answer = await stage.ask("exp-*", command="/delete-model")
    assert "400 models can't be read within the 10 minutes that I wait" in answer.text
    assert "60 requests a minute" in answer.text
    assert stage.replicate.count(path="/deployments") <= 1  # a plan reads them, and so does the background
    assert stage.rows("SELECT id FROM requests") == []


async def test_what_the_bot_knows_is_told_to_those_alone_who_may_ask(stage: Stage) -> None:
    """A guest learns nothing about the known models by a pattern that matches none."""
    async with stage.bot():
        await know(stage, "acme/flux")
        answer = await stage.ask("exp-*", command="/delete-model", user=GUS)
    assert "Guests can't request" in answer.text
    assert "I know of" not in answer.text
