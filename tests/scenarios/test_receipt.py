"""`python -m bot receipt`: what is shown of each target, and what is not."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.bot.replicate_clients import FLUX, client_of
from tests.sandbox.replicate.faults import html_error, refusal
from tests.scenarios.audit_console import console
from tests.scenarios.keep_steps import keep
from tests.scenarios.stage import ANA, BEN, Stage

CONFIRMED = "SELECT 1 FROM targets WHERE state = 'deleted' AND confirm_at IS NULL AND list_gone_at IS NOT NULL"


async def receipt(stage: Stage, directory: Path, request_id: str) -> tuple[str, Any]:
    """Return both forms of a receipt."""
    text = await console(stage, directory, "receipt", request_id)
    fields = await console(stage, directory, "receipt", request_id, "--format", "json")
    assert (text.returncode, fields.returncode, text.stderr, fields.stderr) == (0, 0, "", "")
    return text.stdout, json.loads(fields.stdout)


async def test_a_receipt_tells_erased_of_what_left_both_places_and_of_nothing_else(
    anywhere: Stage, tmp_path: Path
) -> None:
    """Of five versions one is erased; refused, failed, gone by somebody else's hand and kept are told as that."""
    stage = anywhere
    erased, refused, failing, vanished, kept = stage.replicate.add_model("acme/flux", versions=5)
    stage.replicate.fail(refusal(409, "Others have run this version."), method="DELETE", path=f"*{refused}")
    stage.replicate.fail(html_error(503), method="DELETE", path=f"*{failing}", times=None)
    stage.replicate.vanish_after = 0.5
    async with stage.bot():
        card = await stage.request("acme/flux --all --ref OPS-17 --reason replaced")
        await keep(stage, BEN, card, [kept])
        card = await stage.card_says("Kept (won't be deleted)")
        async with client_of(stage.replicate) as somebody_else:
            await somebody_else.delete_version(FLUX, vanished)
        await stage.slack.until(lambda: vanished not in stage.ids("acme/flux"))
        await stage.slack.click(BEN, card, "Approve")
        await stage.card_says("Deleted 1 of 5", timeout=90)
        await stage.replies()
        [(request_id,)] = stage.rows("SELECT id FROM requests")
        early, fields = await receipt(stage, tmp_path, request_id)
        assert "NOT FINAL: Replicate is still to be asked whether 1 target left both places." in early
        assert (fields["final"], fields["targets_erased"]) == (False, 0)
        stage.clock.shift += 61
        await stage.recorded(CONFIRMED)
    text, fields = await receipt(stage, tmp_path, request_id.removeprefix("R-").lower())
    by_version = {one["version"]: one for one in fields["targets"]}
    assert {version: one["verdict"] for version, one in by_version.items()} == {
        erased: "erased",
        refused: "refused",
        failing: "failed",
        vanished: "vanished",
        kept: "kept",
    }
    assert [one["version"] for one in fields["targets"] if one["erased"]] == [erased]
    assert text.count("    Erased: ") == 1
    assert "Erased: 1 of 5 targets" in text
    assert "Not erased: Replicate refused to delete it: Others have run this version." in text
    one = by_version[erased]
    moments = ("last_seen_at", "delete_sent_at", "delete_accepted_at", "address_gone_at", "list_gone_at")
    assert all(one[moment] and one[moment] in text for moment in moments)
    assert one["last_seen_at"] <= one["delete_sent_at"] <= one["delete_accepted_at"] <= one["address_gone_at"]
    assert fields["receipt"] == 1
    assert fields["asked"]["reference"] == "OPS-17"
    assert fields["asked"]["requester"]["user_id"] == ANA
    assert fields["asked"]["lines"] == ["/delete-version acme/flux --all --ref OPS-17 --reason replaced"]
    assert [given["user_id"] for given in fields["approved"]["approvals"]] == [BEN]
    assert any("snapshots of 1 model and 5 versions" in words for words in fields["not_covered"])


async def test_a_receipt_of_a_model_tells_that_its_list_and_address_are_gone(stage: Stage, tmp_path: Path) -> None:
    """A model that was deleted with its versions is erased with them, once nothing of it answers any more."""
    stage.replicate.add_model("acme/flux", versions=2)
    stage.replicate.vanish_after = 0.5
    async with stage.bot():
        card = await stage.request("acme/flux --with-versions", command="/delete-model")
        await stage.slack.click(BEN, card, "Approve")
        await stage.card_says("Deleted 3 of 3", timeout=90)
        await stage.replies()
        stage.clock.shift += 61
        await stage.recorded(f"{CONFIRMED} AND version_id IS NULL")
        await stage.recorded(f"{CONFIRMED} AND position = 0")
        await stage.recorded(f"{CONFIRMED} AND position = 1")
    [(request_id,)] = stage.rows("SELECT id FROM requests")
    text, fields = await receipt(stage, tmp_path, request_id)
    assert fields["targets_erased"] == 3
    assert "Final: the request ended at" in text


async def test_a_receipt_of_what_an_earlier_version_carried_out_makes_no_times_up(
    anywhere: Stage, tmp_path: Path
) -> None:
    """Without the times that an earlier version did not record nothing is told as erased, and no time is invented."""
    stage = anywhere
    [version] = stage.replicate.add_model("acme/flux", versions=1)
    stage.replicate.vanish_after = 0.5
    async with stage.bot():
        card = await stage.request(f"acme/flux:{version}")
        await stage.slack.click(BEN, card, "Approve")
        await stage.card_says("Deleted 1 of 1")
        await stage.replies()
    stage.execute("UPDATE targets SET list_gone_at = NULL, address_gone_at = NULL, confirm_at = NULL")
    [(request_id,)] = stage.rows("SELECT id FROM requests")
    text, fields = await receipt(stage, tmp_path, request_id)
    assert text.count("time not recorded") == 2
    assert fields["targets_erased"] == 0
    assert fields["targets"][0]["verdict"] == "unrecorded"


@pytest.mark.parametrize(
    ("typed_id", "said"),
    [
        ("r-22222", "There is no request R-22222 in the bot's database."),
        ("R-7KQ2", "'R-7KQ2' is not the id of a request. Ids look like R-7KQ2M"),
        ("acme/flux", "'acme/flux' is not the id of a request."),
        ("R-7KQ2O", "'R-7KQ2O' is not the id of a request."),
        ("", "'' is not the id of a request."),
    ],
)
async def test_an_id_of_no_request_is_a_plain_error(stage: Stage, tmp_path: Path, typed_id: str, said: str) -> None:
    """An unknown id, and what is no id, are told as that, and the command fails."""
    async with stage.bot():
        pass
    told = await console(stage, tmp_path, "receipt", typed_id)
    assert (told.returncode, told.stdout) == (1, "")
    assert told.stderr.startswith(said)


async def test_a_receipt_without_a_database_makes_none(stage: Stage, tmp_path: Path) -> None:
    """Where there is no database the command says so, makes none, and fails."""
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    stage.environment["DATABASE_URL"] = "sqlite:///bot.sqlite3"
    told = await console(stage, elsewhere, "receipt", "R-7KQ2M")
    assert (told.returncode, told.stdout) == (1, "")
    assert told.stderr.startswith("The bot has no database at")
    assert list(elsewhere.iterdir()) == []
