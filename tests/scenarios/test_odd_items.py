"""Odd items in the account's lists: what does not depend on them goes on, and nothing odd is ever deletable."""

from __future__ import annotations

import json
import zlib

import pytest

from tests.sandbox.replicate.faults import Fault, Reworded, reshaped, with_item
from tests.scenarios.picker_steps import opened
from tests.scenarios.stage import BEN, Stage

EXAMPLE = rb'"default_example": {"logs": "\ud800 \u0000", "n": [NaN, 1e400, %s], "deep": %s%s}' % (
    b"9" * 5_000,
    b"[" * 900,
    b"]" * 900,
)

ODD: dict[str, tuple[str, Fault]] = {
    "a training without a version": ("/trainings", with_item({"id": "t1", "model": "acme/other", "version": None})),
    "a training that is none": ("/trainings", with_item(None)),
    "a deployment without a release": ("/deployments", with_item({"owner": "acme", "name": "idle"})),
    "a deployment with null": (
        "/deployments",
        with_item({"owner": "acme", "name": None, "current_release": {"model": "acme/other", "version": None}}),
    ),
    "an unknown kind of account": ("/account", reshaped(lambda account: account | {"type": "team"})),
    "a version without a date": ("/models/acme/flux/versions", with_item({"id": "f" * 64, "cog_version": None})),
    "a version that is none": ("/models/acme/flux/versions", with_item(None, last=True)),
    "a prediction without a date": (
        "/predictions",
        with_item({"id": "p1", "model": "acme/other", "version": "e" * 64}),
    ),
    "a version without a Cog version": ("*/versions/*", reshaped(lambda version: version | {"cog_version": None})),
    "new fields": ("*", reshaped(lambda answer: answer | {"new": {"deep": [None]}} if answer else answer)),
    "null results": ("/trainings", reshaped(lambda page: page | {"results": None})),
}


@pytest.mark.parametrize("odd", ODD)
async def test_one_odd_item_blocks_nothing_that_does_not_depend_on_it(stage: Stage, odd: str) -> None:
    """With one odd item in a list a version that it does not concern is previewed, approved and deleted."""
    [version] = stage.replicate.add_model("acme/flux", versions=1)
    path, fault = ODD[odd]
    async with stage.bot():
        stage.replicate.fail(fault, method="GET", path=path, times=None)
        card = await stage.request(f"acme/flux:{version}")
        await stage.slack.click(BEN, card, "Approve")
        await stage.card_says("Deleted 1 of 1")
        await stage.replies()
    assert stage.deletions() == [f"/models/acme/flux/versions/{version}"]


async def test_a_preview_says_what_could_not_be_read(stage: Stage) -> None:
    """A deployment and a training of which nothing can be read are counted in the preview, with what that means."""
    [version] = stage.replicate.add_model("acme/flux", versions=1)
    stage.replicate.fail(with_item({"current_release": {}}), path="/deployments")
    stage.replicate.fail(with_item("?"), path="/trainings")
    async with stage.bot():
        preview = await stage.ask(f"acme/flux:{version}")
    assert "could not read which version 1 deployment and 1 training use" in preview.text
    assert preview.buttons == ["Request approval", "Cancel"]


async def test_a_deployment_that_hides_its_version_blocks_its_model(stage: Stage) -> None:
    """Once a deployment of a model does not tell its version any more, an approved version of that model is skipped."""
    [version] = stage.replicate.add_model("acme/flux", versions=1)
    odd = {"owner": "acme", "name": "live", "current_release": {"model": "acme/flux", "version": None}}
    async with stage.bot():
        card = await stage.request(f"acme/flux:{version}")
        stage.replicate.fail(with_item(odd), path="/deployments", times=None)
        await stage.slack.click(BEN, card, "Approve")
        result = await stage.card_says("1 skipped")
        await stage.replies()
    assert "the deployment acme/live uses a version of acme/flux, and Replicate does not tell which" in result.text
    assert not stage.deletions()


async def test_a_run_without_a_date_keeps_an_approved_version(stage: Stage) -> None:
    """A version with a run that has no date may have been run since it was asked for, and is skipped."""
    [version] = stage.replicate.add_model("acme/flux", versions=1)
    async with stage.bot():
        card = await stage.request(f"acme/flux:{version}")
        stage.replicate.fail(with_item({"version": version, "created_at": None}), path="/predictions", times=None)
        await stage.slack.click(BEN, card, "Approve")
        result = await stage.card_says("1 skipped")
        await stage.replies()
    assert "Replicate does not tell when a run was made" in result.text
    assert not stage.deletions()


async def test_another_shape_is_told_as_such_and_asked_for_once(stage: Stage) -> None:
    """JSON of another shape is told as such and as a matter of an update, not of another minute."""
    [version] = stage.replicate.add_model("acme/flux", versions=1)
    stage.replicate.fail(reshaped(lambda _: {"data": []}), path="/deployments", times=None)
    async with stage.bot():
        answer = await stage.ask(f"acme/flux:{version}")
    assert "Its answer could not be read at results" in answer.text
    assert "/deployments" not in answer.text
    assert "The bot does not understand this answer" in answer.text
    assert "try again in a minute" not in answer.text
    assert stage.replicate.count("GET", "/deployments") == 1


async def test_the_picker_names_what_cannot_be_read_of_the_list(stage: Stage) -> None:
    """The window shows the versions that can be read, and names the entry that cannot, which has no button."""
    newest, older = stage.replicate.add_model("acme/flux", versions=2)
    stage.replicate.fail(with_item({"id": "f" * 64}), path="*/versions", times=None)
    async with stage.bot():
        view = await opened(stage)
    assert all(version[:12] in view.plain for version in (newest, older))
    assert f"{'f' * 12} (Replicate does not say when it was made)" in view.plain.replace("`", "")
    assert "0 of 2 selected" in view.plain


async def test_what_nobody_needs_is_kept_as_it_can_be_stored(anywhere: Stage) -> None:
    """A model whose example neither databases nor readers of JSON take is deleted, and kept as far as they do."""
    stage = anywhere
    stage.replicate.add_model("acme/flux")
    version = stage.replicate.add_version("acme/flux", schema={"title": "\ud800 \0", "n": [float("inf")]})
    stage.replicate.models["acme/flux"].versions[0].cog_version = "0.9\x00"
    odd = Reworded(lambda body: b"\xef\xbb\xbf" + body.replace(b'"default_example": null', EXAMPLE))
    stage.replicate.fail(odd, path="/models/acme/flux", method="GET", times=None)
    async with stage.bot():
        card = await stage.request("acme/flux --with-versions", command="/delete-model")
        await stage.slack.click(BEN, card, "Approve")
        await stage.card_says("Deleted 2 of 2")
        await stage.replies()
    [(metadata,)] = stage.rows("SELECT metadata FROM kept_models")
    example = json.loads(metadata, parse_constant=pytest.fail)["default_example"]
    assert example["logs"] == "\ufffd \ufffd"
    assert example["n"] == ["nan", "inf", "9" * 5_000]
    assert stage.rows("SELECT version_id, cog_version FROM kept_versions") == [(version, "0.9\ufffd")]
    [(schema,)] = stage.rows("SELECT body FROM kept_schemas")
    assert json.loads(zlib.decompress(schema)) == {"title": "\ufffd \ufffd", "n": ["inf"]}
