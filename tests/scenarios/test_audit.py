"""What a request leaves behind: its story, and what was deleted."""

from __future__ import annotations

import asyncio
import contextlib
import json
import sqlite3
from pathlib import Path
from typing import Any

from tests.sandbox.replicate.faults import Instead
from tests.sandbox.replicate.stand_in import Recorded
from tests.scenarios.audit_console import audit
from tests.scenarios.stage import ANA, BEN, DAN, OPS, Stage

REFUSAL = json.dumps({"title": "Conflict", "detail": "Others have run this version. " * 40, "status": 409})


async def test_an_audit_tells_the_whole_story_of_a_request(stage: Stage, tmp_path: Path) -> None:
    """Asked, a refused click, approved, kept, each end with Replicate's words: all is told, with who and where."""
    newest, older = stage.replicate.add_model("acme/flux", versions=2, readme="# flux", description="Portraits")
    stage.replicate.fail(Instead(409, REFUSAL, "application/json"), method="DELETE", path=f"*{older}")
    reason = "replaced by v2 " * 40
    async with stage.bot():
        card = await stage.request(f"acme/flux:{newest} acme/flux:{older} --reason {reason}")
        await stage.told(DAN, lambda: stage.slack.click(DAN, card, "Approve"))
        await stage.slack.click(BEN, card, "Approve")
        result = await stage.card_says("Deleted 1 of 2; Replicate refused 1")
        await stage.replies()
    assert reason.strip() not in result.text
    [(request_id,)] = stage.rows("SELECT id FROM requests")
    calls, requests = len(stage.slack.calls), len(stage.replicate.requests)

    told = await audit(stage, tmp_path, request_id.removeprefix("R-").lower())
    assert (told.returncode, told.stderr) == (0, "")
    happened = told.stdout.partition("What happened\n")[2].partition("\n\n")[0].splitlines()
    events = ["asked", "click refused", "approved", "started", "kept", "target ended", "target ended", "finished"]
    assert [line[28:41].strip() for line in happened] == events
    team = stage.slack.workspace.people[ANA].team_id
    asked, refused, approved, _, kept, *ends, _ = happened
    assert f"{ANA} ({team}) in {OPS}" in asked
    assert f"reason: {reason.strip()}" in asked
    assert f"{DAN} ({team}) in {OPS}" in refused
    assert "can approve or reject this" in refused
    assert f"{BEN} ({team}) in {OPS}: 1 of 1 approvals" in approved
    assert "acme/flux: its metadata, a readme of 6 characters, 2 versions" in kept
    assert any(f"acme/flux:{newest}: deleted" in end for end in ends)
    assert any(json.loads(REFUSAL)["detail"].strip() in end for end in ends)
    assert "acme/flux: private, run count 0, readme of 6 characters, Portraits" in told.stdout

    listed = await audit(stage, tmp_path, "--since", "1h", "--format", "csv")
    assert [line.partition(",")[0] for line in listed.stdout.splitlines()] == ["id", request_id]
    assert (len(stage.slack.calls), len(stage.replicate.requests)) == (calls, requests)


async def test_an_audit_names_versions_left_out_by_a_rule(stage: Stage, tmp_path: Path) -> None:
    """The story of a request names by their whole ids the versions that its rule left out, and why."""
    ids = stage.replicate.add_model("acme/flux", versions=15)
    async with stage.bot():
        await stage.request("acme/flux --keep 14")
    [(request_id,)] = stage.rows("SELECT id FROM requests")
    told = await audit(stage, tmp_path, request_id)
    left_out = told.stdout.partition("What was left out\n")[2].splitlines()
    assert [line.split()[0].rstrip(":") for line in left_out] == [f"acme/flux:{version}" for version in ids[:14]]
    assert all("among the newest, which `--keep 14` keeps." in line for line in left_out)


async def test_an_audit_of_an_unknown_request_fails(stage: Stage, tmp_path: Path) -> None:
    """Of a request that does not exist a message says so, and the command fails."""
    async with stage.bot():
        pass
    told = await audit(stage, tmp_path, "r-22222")
    assert (told.returncode, told.stdout) == (1, "")
    assert told.stderr.startswith("There is no request R-22222")


async def test_an_audit_without_requests_says_so(stage: Stage, tmp_path: Path) -> None:
    """Without any request the list says so, and a wrong length of time is explained."""
    async with stage.bot():
        pass
    assert (await audit(stage, tmp_path)).stdout == "There are no requests.\n"
    wrong = await audit(stage, tmp_path, "--since", "long")
    assert wrong.returncode == 2
    assert "such as 30d, or a date or time in UTC" in wrong.stderr


async def test_everything_is_kept_before_anything_is_deleted(anywhere: Stage, tmp_path: Path) -> None:
    """Fifty versions that share a schema are kept with it, stored once, before the first DELETE is sent."""
    stage = anywhere
    ids = stage.replicate.add_model("acme/flux", versions=50, readme="# flux", description="Portraits")
    dates = {version.id: version.created_at for version in stage.replicate.models["acme/flux"].versions}
    at_first_delete: list[list[Any]] = []

    async def look(asked: Recorded) -> None:
        if asked.method == "DELETE" and not at_first_delete:
            kept = ("kept_models", "kept_versions", "kept_schemas")
            at_first_delete.append([stage.rows(f"SELECT count(*) FROM {table}")[0][0] for table in kept])  # noqa: S608

    async with stage.bot():
        card = await stage.request(" ".join(f"acme/flux:{version}" for version in ids))
        stage.replicate.before = look
        await stage.slack.click(BEN, card, "Approve")
        await stage.card_says("Deleted 50 of 50", timeout=60)
        await stage.replies()
    assert at_first_delete == [[1, 50, 1]]
    [(request_id,)] = stage.rows("SELECT id FROM requests")
    told = await audit(stage, tmp_path, request_id, "--format", "jsonl")
    parts = [json.loads(line) for line in told.stdout.splitlines()]
    [model] = [part for part in parts if part["kind"] == "model"]
    versions = {part["version"]: part for part in parts if part["kind"] == "version"}
    [schema] = [part for part in parts if part["kind"] == "schema"]
    assert model["metadata"]["description"] == "Portraits"
    assert model["metadata"]["latest_version"]["id"] == ids[0]
    assert model["readme"] == "# flux"
    assert versions.keys() == set(ids)
    assert {v["schema_digest"] for v in versions.values()} == {schema["digest"]}
    assert {v["cog_version"] for v in versions.values()} == {"0.9.4"}
    assert versions[ids[0]]["created_at"][:23] == dates[ids[0]].isoformat()[:23]
    assert schema["schema"]["info"] == {"title": "Cog", "version": "0.1.0"}


async def test_keeping_data_costs_six_requests_after_the_click(stage: Stage) -> None:
    """The versions' schemas come with the preview's own reading; the click is followed by six questions alone."""
    ids = stage.replicate.add_model("acme/flux", versions=50)
    async with stage.bot():
        before = len(stage.replicate.requests)
        card = await stage.request(" ".join(f"acme/flux:{version}" for version in ids))
        clicked = len(stage.replicate.requests)
        await stage.slack.click(BEN, card, "Approve")
        await stage.slack.until(lambda: stage.deletions() or None)
        first = next(n for n, asked in enumerate(stage.replicate.requests) if asked.method == "DELETE")
        await stage.card_says("Deleted 50 of 50", timeout=60)
        await stage.replies()
    flux = "/models/acme/flux"
    assert sorted(asked.path for asked in stage.replicate.requests[before:clicked]) == [
        "/account",
        "/deployments",
        flux,
        f"{flux}/versions",
        f"{flux}/versions",
        "/predictions",
        "/trainings",
    ]
    assert sorted(asked.path for asked in stage.replicate.requests[clicked:first]) == [
        "/account",
        "/deployments",
        flux,
        f"{flux}/readme",
        "/predictions",
        "/trainings",
    ]


async def test_an_unreadable_readme_does_not_stop_a_deletion(stage: Stage) -> None:
    """A readme that Replicate does not give keeps nothing from being deleted, and what is kept says so."""
    stage.replicate.add_model("acme/empty")
    stage.replicate.fail(Instead(403, json.dumps({"detail": "Not today."}), "application/json"), path="*/readme")
    async with stage.bot():
        card = await stage.request("acme/empty", command="/delete-model")
        await stage.slack.click(BEN, card, "Approve")
        await stage.card_says("Deleted 1 of 1")
        await stage.replies()
    [(readme, problem)] = stage.rows("SELECT readme, readme_problem FROM kept_models")
    assert readme is None
    assert "Not today." in problem


async def test_nothing_is_deleted_that_could_not_be_kept(stage: Stage) -> None:
    """While the database does not take what is to be kept, nothing is deleted; once it does, the work goes on."""
    stage.replicate.add_model("acme/empty")
    with contextlib.closing(
        sqlite3.connect(stage.database_url.removeprefix("sqlite:///"), timeout=10, check_same_thread=False)
    ) as console:
        console.isolation_level = None  # and in a thread below: the bot commits on this very loop
        async with stage.bot():
            preview = await stage.ask("acme/empty", command="/delete-model")
            await asyncio.to_thread(
                console.executescript, "BEGIN IMMEDIATE; ALTER TABLE kept_models RENAME TO elsewhere; COMMIT"
            )
            await stage.slack.click(ANA, preview, "Request approval")
            card = await stage.slack.until(lambda: stage.cards()[0])
            await stage.slack.click(BEN, card, "Approve")
            await stage.slack.until(lambda: stage.replicate.count(path="*/readme") or None)
            await stage.recorded("SELECT id FROM requests WHERE state = 'deleting'")
            stage.clock.shift += 60
            await stage.slack.until(lambda: stage.replicate.count(path="*/readme") > 1)
        assert not stage.deletions()
        await asyncio.to_thread(
            console.executescript, "BEGIN IMMEDIATE; ALTER TABLE elsewhere RENAME TO kept_models; COMMIT"
        )
    stage.clock.shift += 60
    async with stage.bot():
        await stage.card_says("Deleted 1 of 1")
        await stage.replies()
    assert stage.rows("SELECT name FROM kept_models") == [("empty",)]


async def test_a_resumed_request_keeps_its_first_snapshot(stage: Stage) -> None:
    """What is kept before a restart stays as it is, also where the version is gone when the work goes on."""
    first, second = stage.replicate.add_model("acme/flux", versions=2, readme="# before")
    accepted = asyncio.Event()

    async def stop_after(asked: Recorded) -> None:
        if asked.status == 202:
            accepted.set()
            stage.replicate.accounts.clear()

    accounts = dict(stage.replicate.accounts)
    stage.replicate.after = stop_after
    async with stage.bot(replicate_concurrency=1):
        card = await stage.request(f"acme/flux:{first} acme/flux:{second}")
        await stage.slack.click(BEN, card, "Approve")
        await accepted.wait()
    stage.replicate.after = None
    stage.replicate.accounts.update(accounts)
    stage.replicate.models["acme/flux"].readme = "# after"
    await stage.slack.until(lambda: len(stage.ids("acme/flux")) == 1)
    stage.clock.shift += 60
    async with stage.bot():
        await stage.card_says("Deleted 2 of 2")
        await stage.replies()
    assert stage.rows("SELECT readme FROM kept_models") == [("# before",)]
    assert {version for (version,) in stage.rows("SELECT version_id FROM kept_versions")} == {first, second}
    assert stage.rows("SELECT count(*) FROM audit WHERE event = 'kept'") == [(1,)]
