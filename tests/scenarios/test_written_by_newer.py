"""What a newer version of the bot wrote, at the console of this one, as during an update or after a rollback."""

from __future__ import annotations

import csv
import json
from pathlib import Path

from tests.bot.stored import stored
from tests.scenarios.audit_console import audit, console
from tests.scenarios.audited_rows import store
from tests.scenarios.stage import Stage

SAID = "(an entry of a kind that only a newer version of the bot knows): it may be restored"
WRITES = """INSERT INTO audit (at, request_id, event, detail)
SELECT 9000000000, id, 'shredded\nR-1', 'it may be restored' FROM requests WHERE state = 'rejected'"""


async def test_an_entry_that_only_a_newer_version_knows_is_told_as_that(anywhere: Stage, tmp_path: Path) -> None:
    """Each form of the audit has the entry by its word, on one line of text, and a receipt says what it leaves out."""
    async with stored(anywhere.database_url) as stores:
        request_id = (await store(stores)).rejected
    anywhere.execute(WRITES)
    told = await audit(anywhere, tmp_path, request_id)
    assert (told.returncode, told.stderr) == (0, "")
    assert f'  2255-03-14T16:00:00.000Z  "shredded\\nR-1"  the bot {SAID}\n' in told.stdout
    told = await audit(anywhere, tmp_path, "--events")
    assert told.stdout.startswith(f'2255-03-14T16:00:00.000Z  "shredded\\nR-1"  {request_id}  the bot {SAID}\n')
    told = await audit(anywhere, tmp_path, "--events", "--format", "jsonl")
    assert json.loads(told.stdout.splitlines()[0])["event"] == "shredded\nR-1"
    told = await audit(anywhere, tmp_path, request_id, "--format", "csv")
    assert [row["event"] for row in csv.DictReader(told.stdout.splitlines(keepends=True))][-1] == "shredded\nR-1"
    told = await console(anywhere, tmp_path, "receipt", request_id)
    assert (told.returncode, told.stderr) == (0, "")
    assert 'What 1 entry of these tell, of a kind that only a newer version of the bot knows: "shredded\\nR-1".' in (
        told.stdout
    )


async def test_a_request_with_such_an_entry_is_not_removed(stage: Stage, tmp_path: Path) -> None:
    """`prune` ends before it, as its export may lack what the newer version knows, and removes nothing."""
    async with stored(stage.database_url) as stores:
        request_id = (await store(stores)).rejected
    stage.execute("UPDATE deliveries SET due_at = NULL")
    stage.execute("UPDATE requests SET finished_at = finished_at - 800 * 86400 WHERE state = 'rejected'")
    stage.execute(WRITES)
    before = stage.rows("SELECT count(*) FROM audit")
    told = await console(stage, tmp_path, "prune", "--older-than", "2y", "--export", str(tmp_path / "old.jsonl"))
    assert (told.returncode, told.stdout) == (1, "")
    assert told.stderr.startswith(f'{request_id} has an entry "shredded\\nR-1" in its audit trail')
    assert stage.rows("SELECT count(*) FROM audit") == before
    assert stage.rows("SELECT id FROM requests WHERE state = 'rejected'") == [(request_id,)]


async def test_a_state_that_only_a_newer_version_knows_ends_the_command(stage: Stage, tmp_path: Path) -> None:
    """A list, a story and a receipt end with one sentence that names the request, and no traceback."""
    async with stored(stage.database_url) as stores:
        request_id = (await store(stores)).rejected
    stage.execute("UPDATE targets SET state = 'shredded' WHERE name = 'old'")
    for command in (("audit",), ("audit", request_id), ("receipt", request_id)):
        told = await console(stage, tmp_path, *command)
        assert told.returncode == 1
        assert told.stderr == (
            f'{request_id}: "shredded" is no state of a target that this version of the bot knows; a newer version '
            "wrote it. Nothing was done with the request: use that version.\n"
        )
