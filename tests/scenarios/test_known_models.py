"""The bot gets to know the account's models by itself, by what people type, and by what it deletes."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta

from bot.store.source_readings import CLAIM
from tests.scenarios.stage import BEN, Stage

KNOWN = "SELECT name FROM known_models WHERE seen_at IS NOT NULL AND gone_at IS NULL AND name = :name"
RUNS = "SELECT version_id, runs FROM known_runs"
ENDED = "SELECT 1 FROM source_readings WHERE source = 'prediction' AND ended_at IS NOT NULL"
GONE = "SELECT 1 FROM known_models WHERE name = 'typed' AND gone_at IS NOT NULL"


async def test_models_are_known_from_what_the_account_has_and_what_is_typed(stage: Stage) -> None:
    """What a deployment runs is known soon after the start, a typed model once it was shown, until it is deleted."""
    stage.replicate.add_model("acme/deployed", versions=1)
    stage.replicate.deploy("acme/deployed")
    stage.replicate.add_model("acme/typed")
    async with stage.bot(discover_models=True):
        await stage.recorded(KNOWN, name="deployed")
        assert stage.rows(KNOWN, name="typed") == []
        card = await stage.request("acme/typed", command="/delete-model")
        await stage.recorded(KNOWN, name="typed")
        assert (await stage.ask("acme/mistyped", command="/delete-model")).text
        await stage.slack.click(BEN, card, "Approve")
        await stage.recorded(GONE)
        assert stage.rows("SELECT 1 FROM known_models WHERE name = 'mistyped'") == []


async def test_a_killed_process_has_counted_nothing_twice(anywhere: Stage) -> None:
    """After kill -9 in the middle of the predictions, the next process goes on there, and the counts are exact."""
    anywhere.replicate.long_page_size = 10
    ids = anywhere.replicate.add_model("acme/flux", versions=2)
    now = anywhere.replicate.clock()
    for n in range(150):
        anywhere.replicate.predict("acme/flux", ids[n % 2], created_at=now - timedelta(minutes=n))
    discovering = {"DISCOVER_MODELS": "true"}
    await anywhere.launch(discovering)
    await anywhere.slack.until(lambda: anywhere.replicate.count("GET", "/predictions") >= 7)
    await anywhere.kill_processes()
    read = anywhere.replicate.count("GET", "/predictions")
    assert anywhere.rows(ENDED) == []
    async with anywhere.bot(discover_models=True):
        anywhere.clock.shift += CLAIM + 1
        await anywhere.recorded(ENDED)
    assert Counter(dict(anywhere.rows(RUNS))) == {ids[0]: 75, ids[1]: 75}
    assert read < 15
    assert anywhere.replicate.count("GET", "/predictions") <= 16
