"""One version named by its whole id costs the same few calls in a model of any length, from preview to verification."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

import pytest

from tests.sandbox.replicate.faults import reshaped
from tests.scenarios.stage import BEN, Stage

LIST = "/models/acme/flux/versions"


def calls(stage: Stage, version: str) -> Mapping[str, int]:
    """Return how often each address was asked since the last look, with the method."""
    asked = Counter(f"{one.method} {one.path.replace(version, 'ID')}" for one in stage.replicate.requests)
    stage.replicate.requests.clear()
    return asked


@pytest.mark.parametrize("versions", [3, 3_000])
async def test_one_whole_id_costs_the_same_calls_in_any_model(stage: Stage, versions: int) -> None:
    """Preview, re-check and verification of one version read no more of a model of 3,000 versions than of one of 3."""
    version = stage.replicate.add_model("acme/flux", versions=versions)[-1]
    stage.replicate.vanish_after = 0.0
    async with stage.bot():
        calls(stage, version)
        preview = await stage.ask(f"acme/flux:{version}")
        assert preview.buttons == ["Request approval", "Cancel"]
        assert calls(stage, version) == {
            "GET /account": 1,
            "GET /deployments": 1,
            "GET /trainings": 1,
            "GET /models/acme/flux": 1,
            f"GET {LIST}": 1,
            f"GET {LIST}/ID": 1,
            "GET /predictions": 1,
        }
        card = await stage.request(f"acme/flux:{version}")
        calls(stage, version)
        await stage.slack.click(BEN, card, "Approve")
        await stage.card_says("Deleted 1 of 1")
        await stage.replies()
    rest = calls(stage, version)
    assert f"GET {LIST}" not in rest
    assert rest == {
        "GET /account": 2,
        "GET /deployments": 1,
        "GET /trainings": 1,
        "GET /predictions": 1,
        "GET /models/acme/flux": 2,
        "GET /models/acme/flux/readme": 1,
        f"DELETE {LIST}/ID": 1,
        f"GET {LIST}/ID": 1,
    }
    assert len(stage.ids("acme/flux")) == versions - 1


async def test_the_schema_of_a_version_beyond_the_first_page_is_kept(stage: Stage) -> None:
    """What is deleted by its whole id is kept with its schema, and no other version's schema is."""
    stage.replicate.page_size = 2
    stage.replicate.add_model("acme/flux", versions=5)
    for number, version in enumerate(stage.replicate.models["acme/flux"].versions):
        version.schema = {"number": number}
    oldest = stage.ids("acme/flux")[-1]
    async with stage.bot():
        await stage.ask(f"acme/flux:{oldest}")
    [(stored, digest)] = stage.rows("SELECT version_id, schema_digest FROM kept_versions")
    assert stored == oldest
    assert stage.rows("SELECT digest FROM kept_schemas") == [(digest,)]


async def test_the_latest_is_warned_of_where_replicate_names_another(stage: Stage) -> None:
    """The newest version named by its whole id is told as the latest, also if Replicate calls another one that."""
    newest, older, *_ = stage.replicate.add_model("acme/flux", versions=4)
    stage.replicate.fail(
        reshaped(lambda model: model | {"latest_version": {"id": older}}), path="/models/acme/flux", times=None
    )
    async with stage.bot():
        for version in (newest, older):
            assert "(latest)" in (await stage.ask(f"acme/flux:{version}")).text


async def test_an_unknown_whole_id_shows_the_newest(stage: Stage) -> None:
    """Where no version has a whole id, the newest ones are shown, of a model of many pages too."""
    stage.replicate.page_size = 5
    ids = stage.replicate.add_model("acme/flux", versions=20)
    async with stage.bot():
        answer = await stage.ask(f"acme/flux:{'0' * 64}")
    assert "the model has no version with this id" in answer.text
    assert all(version[:12] in answer.text for version in ids[:5])
    assert stage.replicate.count("GET", f"{LIST}*") == 2
