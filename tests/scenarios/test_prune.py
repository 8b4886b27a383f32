"""`python -m bot prune`: what ended long ago goes into a file, and then out of the database."""

from __future__ import annotations

import asyncio
import json
import stat
from pathlib import Path

from tests.scenarios.aftermath import look_back
from tests.scenarios.audit_console import audit, console
from tests.scenarios.stage import ANA, BEN, Stage
from tests.scenarios.stage import stage as open_stage


async def make_old(stage: Stage, request_id: str) -> None:
    """Let a request have ended two years ago; in a thread, as the bot may hold the lock of the file meanwhile."""
    statement = f"UPDATE requests SET finished_at = finished_at - 800 * 86400 WHERE id = '{request_id}'"  # noqa: S608
    await asyncio.to_thread(stage.execute, statement)


async def carried_out(stage: Stage) -> str:
    """Have a version deleted, and return the request's id once its result was posted."""
    before = {row.id for row in stage.rows("SELECT id FROM requests")}
    card = await stage.request(f"acme/flux:{stage.ids('acme/flux')[-1]}")
    await stage.press(BEN, card, "Approve")
    await stage.slack.until(lambda: [m for m in stage.slack.sees(ANA, "COPS") if m.is_reply][len(before)])
    (new,) = {row.id for row in stage.rows("SELECT id FROM requests WHERE state = 'finished'")} - before
    await stage.card_rests()
    return str(new)


async def test_old_requests_go_into_a_file_and_then_out_of_the_database(any_url: str, tmp_path: Path) -> None:
    """The file has everything that the audit had of a removed request; what ended later stays; clicks are answered."""
    async with open_stage(any_url) as stage, stage.bot():
        stage.replicate.add_model("acme/flux", versions=4)
        old = await carried_out(stage)
        (card,) = stage.cards()
        new = await carried_out(stage)
        look_back(stage)
        await make_old(stage, old)
        everything = (await audit(stage, tmp_path, old, "--format", "jsonl")).stdout
        file = tmp_path / "old.jsonl"
        told = await console(stage, tmp_path, "prune", "--older-than", "2y", "--export", str(file))
        assert (told.returncode, told.stderr) == (0, "")
        assert told.stdout.startswith("Removed 1 request that ended before 20")
        assert f"{file} has all of it: keep that file." in told.stdout
        assert sorted(file.read_text().splitlines()) == sorted(everything.splitlines())
        assert {json.loads(line)["kind"] for line in everything.splitlines()} >= {
            "request",
            "target",
            "entry",
            "version",
        }
        assert stat.S_IMODE(file.stat().st_mode) == 0o600
        listed = (await audit(stage, tmp_path)).stdout
        assert old not in listed
        assert new in listed
        assert (await audit(stage, tmp_path, old)).returncode == 1
        (entry,) = stage.rows("SELECT detail FROM audit WHERE event = 'removed'")
        assert old in entry.detail
        assert new not in entry.detail
        again = await console(stage, tmp_path, "prune", "--older-than", "2y", "--export", str(tmp_path / "again.jsonl"))
        assert again.stdout.startswith("Nothing was removed, and no file was made")
        assert not (tmp_path / "again.jsonl").exists()
        assert card.text


async def test_nothing_is_removed_where_the_order_is_not_right(stage: Stage, tmp_path: Path) -> None:
    """An age below 30 days, a file that is there, or a folder that is not: each is told, and nothing is removed."""
    stage.replicate.add_model("acme/flux", versions=4)
    async with stage.bot():
        await make_old(stage, await carried_out(stage))
    there = tmp_path / "there.jsonl"
    there.write_text("kept")
    for age, file, words in (
        ("29d", tmp_path / "new.jsonl", "Requests are kept for 30 days at least, so nothing was removed."),
        ("2y", there, f"{there} is there already. Nothing was removed; name a new file."),
        ("2y", tmp_path / "no" / "new.jsonl", "cannot be made: No such file or directory. Nothing was removed."),
    ):
        told = await console(stage, tmp_path, "prune", "--older-than", age, "--export", str(file))
        assert (told.returncode, told.stdout) == (1, "")
        assert words in told.stderr
    assert there.read_text() == "kept"
    assert stage.rows("SELECT id FROM requests")
    assert not stage.rows("SELECT id FROM audit WHERE event = 'removed'")
    unclear = await console(stage, tmp_path, "prune", "--older-than", "soon", "--export", "new.jsonl")
    assert unclear.returncode == 2
    assert "write a number and a unit, such as 90d, 18 months or 2y" in unclear.stderr


async def test_a_click_on_the_card_of_a_removed_request_is_answered(stage: Stage, tmp_path: Path) -> None:
    """Whoever presses a button of a card that outlived its request is told that it is gone, and nothing changes."""
    stage.replicate.add_model("acme/flux", versions=4)
    async with stage.bot():
        card = await stage.request(f"acme/flux:{stage.ids('acme/flux')[-1]}")
        (waiting,) = stage.rows("SELECT id FROM requests")
        await stage.reject(BEN, card)
        await stage.recorded("SELECT 1 WHERE NOT EXISTS (SELECT 1 FROM deliveries WHERE due_at IS NOT NULL)")
        await make_old(stage, waiting.id)
        told = await console(stage, tmp_path, "prune", "--older-than", "2y", "--export", str(tmp_path / "old.jsonl"))
        assert told.stdout.startswith("Removed 1 request")
        answer = await stage.told(BEN, lambda: stage.press(BEN, card, "Approve", stale=True))
    assert f"{waiting.id} ended some time ago and has been removed from the bot's database" in answer
    assert stage.deletions() == []
