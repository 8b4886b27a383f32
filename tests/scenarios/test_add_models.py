"""Add models…: pasted names become known models once Replicate shows them."""

from __future__ import annotations

import pytest

from tests.sandbox.replicate.faults import Instead
from tests.sandbox.slack.people import PersonKind
from tests.scenarios.home_steps import home_says, opened
from tests.scenarios.stage import ANA, Stage
from tests.scenarios.window_steps import window_says

PASTED = """acme/flux, old-flux
https://replicate.com/acme/linked/versions
acme/nowhere a/b/c  stranger/model
"""


async def pasted(stage: Stage, names: str) -> None:
    """Open the window on Home and submit these names."""
    await opened(stage, ANA, "Models")
    await stage.slack.click_in_home(ANA, "Add models…")
    await window_says(stage, "Paste the names")
    await stage.slack.submit(ANA, {"names": names})


async def test_pasted_names_become_known_models(stage: Stage) -> None:
    """Names and addresses that Replicate shows are added; the window says what became of each of the others."""
    for name in ("acme/flux", "acme/old-flux", "acme/linked"):
        stage.replicate.add_model(name, versions=1)
    async with stage.bot():
        await pasted(stage, PASTED)
        told = (await window_says(stage, "Added 3 models")).plain
        assert "`acme/flux`, `acme/old-flux` and `acme/linked`" in told
        assert "`acme/nowhere`" in told.partition("Replicate doesn't show")[2]
        assert "`stranger/model`" in told.partition("Not of the account")[2]
        assert "`a/b/c`" in told.partition("Not understood")[2]
        await stage.slack.close_modal(ANA)
        await stage.slack.click_in_home(ANA, "Refresh")
        home = await home_says(stage, ANA, "At least 3 models known")
        assert "acme/linked" in home.plain
        await stage.slack.suggest(ANA, "old", on=home)


async def test_models_are_added_on_top_of_the_start_window(stage: Stage) -> None:
    """A model that the start window's menu lacks can be added there, and is then in the menu."""
    stage.replicate.add_model("acme/flux", versions=1)
    async with stage.bot():
        await stage.slack.shortcut(ANA, "delete")
        await window_says(stage, "You see a preview")
        assert await stage.slack.suggest(ANA, "flux") == []
        await stage.slack.click_in_modal(ANA, "Add models…")
        await window_says(stage, "Paste the names")
        await stage.slack.submit(ANA, {"names": "flux"})
        await window_says(stage, "Added 1 model")
        await stage.slack.close_modal(ANA)
        assert await stage.slack.suggest(ANA, "flux") == ["acme/flux"]


@pytest.mark.parametrize("names", ["*** !!! ???", "a/b/c/d", "\N{ZERO WIDTH SPACE}"])
async def test_words_that_are_no_models_keep_the_window_open(stage: Stage, names: str) -> None:
    """Where no word is a model's name, the window says so under the field and stays open."""
    async with stage.bot():
        await pasted(stage, names)
        view = stage.slack.modal(ANA)
        assert view
        assert dict(view.errors)["names"].startswith("None of this is a model")


async def test_what_replicate_does_not_answer_is_not_added(stage: Stage) -> None:
    """Where Replicate fails, the names that were not looked up are named, and none of them is added."""
    stage.replicate.add_model("acme/flux", versions=1)
    async with stage.bot():
        await opened(stage, ANA, "Models")
        stage.replicate.fail(Instead(403, "no"), path="/models/*", times=None)
        await pasted(stage, "acme/flux")
        told = (await window_says(stage, "Not looked up")).plain
    assert "`acme/flux`" in told
    assert "The rest was not added." in told
    assert stage.rows("SELECT name FROM known_models") == []


async def test_a_guest_adds_nothing(stage: Stage) -> None:
    """Somebody who became a guest while the window was open adds nothing and learns nothing."""
    stage.replicate.add_model("acme/flux", versions=1)
    async with stage.bot():
        await opened(stage, ANA, "Models")
        await stage.slack.click_in_home(ANA, "Add models…")
        await window_says(stage, "Paste the names")
        stage.slack.workspace.people[ANA].kind = PersonKind.GUEST
        stage.clock.shift += 61  # who somebody is is remembered for a minute
        await stage.slack.submit(ANA, {"names": "acme/flux"})
        await window_says(stage, "Guests can")
    assert stage.rows("SELECT name FROM known_models") == []
