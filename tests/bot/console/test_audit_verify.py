"""`python -m bot audit verify` names the first entry that is not as it was written, whoever changed it."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import pytest

from bot.__main__ import main
from bot.clock import Clock
from bot.console.audit_verify import Verdict, judge
from bot.console.chain_head import Head
from bot.requests.audit_chain import ADOPTS_FOR
from bot.requests.request import Event
from bot.store.audit_writer import record_all
from bot.store.chain_reader import ChainReader
from tests.bot.stored import ANA, Stored, stored
from tests.bot.tampering import insert_bare, rewrite, tamper

ENTRIES = 5


async def filled(stores: Stored) -> None:
    """Write five entries, and let a day pass in which an older release could have written some."""
    async with stores.database.writing() as connection:
        entries = [(Event.TARGET_ENDED, f"target {number}") for number in range(ENTRIES)]
        await record_all(connection, stores.database, "R-7KQ2M", entries, ANA)
    stores.clock.shift += ADOPTS_FOR + 1


async def told(stores: Stored, against: Head | None = None) -> Verdict:
    return await judge(ChainReader(stores.database), against)


TAMPERED = {
    "a field of an entry": (
        ["UPDATE audit SET detail = 'target 9' WHERE id = 3"],
        "Entry 3 (target ended, R-7KQ2M, ",
        ") was changed: it is not what was written and linked at position 3.",
    ),
    "its time, by less than a millisecond": (
        ["UPDATE audit SET at = at + 0.0005 WHERE id = 3"],
        "Entry 3 (target ended, R-7KQ2M, ",
        ") was changed: it is not what was written and linked at position 3.",
    ),
    "two entries swapped": (
        ["UPDATE audit SET detail = CASE id WHEN 2 THEN 'target 3' ELSE 'target 1' END WHERE id IN (2, 4)"],
        "Entry 2 (",
        "linked at position 2.",
    ),
    "an entry removed": (
        ["DELETE FROM audit WHERE id = 2"],
        "Entry 2 was removed: it was linked at position 2",
        "and is not there any more.",
    ),
    "an entry removed with its link": (
        ["DELETE FROM audit WHERE id = 2", "DELETE FROM audit_links WHERE position = 2"],
        "The link at position 2 was removed, before that of entry 3",
        "",
    ),
    "its link changed too": (
        [
            "UPDATE audit SET detail = 'target 9' WHERE id = 3",
            "UPDATE audit_links SET entry_digest = digest WHERE position = 3",
        ],
        "The chain breaks at position 3, from entry 2 to entry 3",
        "",
    ),
    "links swapped": (
        ["UPDATE audit_links SET entry_id = 7 - entry_id WHERE entry_id IN (3, 4)"],
        "The chain breaks at position 3",
        "",
    ),
    "an entry removed as if with its request": (
        [
            "DELETE FROM audit WHERE id = 2",
            "INSERT INTO removed_entries SELECT 2, 'R-7KQ2M', digest FROM audit_links WHERE position = 2",
        ],
        "Entry 2 was removed",
        "",
    ),
    "a whole request removed past the bot": (
        [
            "INSERT INTO removed_requests (request_id, removed_at) VALUES ('R-7KQ2M', 1.0)",
            "INSERT INTO removed_entries SELECT entry_id, 'R-7KQ2M', entry_digest FROM audit_links WHERE position > 0",
            "DELETE FROM audit",
        ],
        "Entry 1 was removed: it was linked at position 1",
        "",
    ),
}


@pytest.mark.parametrize("name", TAMPERED)
async def test_the_first_thing_that_was_changed_is_named(any_url: str, name: str) -> None:
    """Whatever is changed in the trail or in its links, the first entry or position is named, and what to do next."""
    statements, begins, ends = TAMPERED[name]
    async with stored(any_url, Clock()) as stores:
        await filled(stores)
        assert (await told(stores)).is_whole
        tamper(any_url, *statements)
        verdict = await told(stores)
    assert not verdict.is_whole
    assert verdict.head is None
    assert verdict.lines[0].startswith(begins)
    assert ends in verdict.lines[0]
    assert "compare it with a backup" in verdict.lines[-1]


async def test_an_inserted_entry_is_named(any_url: str) -> None:
    """An entry that was written past the bot, after the others or before them, has no link, and is named."""
    async with stored(any_url, Clock()) as stores:
        await filled(stores)
        for number in (9, 0):
            insert_bare(any_url, number)
            verdict = await told(stores)
            assert not verdict.is_whole
            assert verdict.lines[0].startswith(
                f"Entry {number} (approved, R-BARE1, 1970-01-01 00:00:01 UTC) was inserted"
            )


async def test_a_rewritten_chain_is_found_by_its_stored_head(any_url: str) -> None:
    """A chain computed anew after a change agrees with itself; a head that was stored before tells it apart."""
    async with stored(any_url, Clock()) as stores:
        await filled(stores)
        head = (await told(stores)).head
        assert head is not None
        verdict = await told(stores, head)
        assert verdict.is_whole
        assert verdict.lines[-1].startswith("It still holds the head of ")
        tamper(any_url, "UPDATE audit SET detail = 'target 9' WHERE id = 3")
        rewrite(any_url, since=3)
        alone = await told(stores)
        assert alone.is_whole
        assert "show only beside a head" in alone.lines[-1]
        verdict = await told(stores, head)
    assert not verdict.is_whole
    assert verdict.lines[0].startswith("The chain was written anew: what it has at position 5 is not what it had on ")


async def test_a_cut_off_end_is_found_by_its_stored_head(any_url: str) -> None:
    """The last entries with their links leave no trace when they are cut off, except beside a stored head."""
    async with stored(any_url, Clock()) as stores:
        await filled(stores)
        head = (await told(stores)).head
        tamper(any_url, "DELETE FROM audit WHERE id > 3", "DELETE FROM audit_links WHERE position > 3")
        assert (await told(stores)).is_whole
        verdict = await told(stores, head)
        assert not verdict.is_whole
        assert verdict.lines[0].startswith("The chain was cut off: on ")
        assert verdict.lines[0].endswith("it had a position 5, of entry 5, and now it ends at position 3.")
        tamper(any_url, "DELETE FROM audit", "DELETE FROM audit_links")
        assert (await told(stores)).is_whole
        verdict = await told(stores, head)
        assert verdict.lines[0].endswith("and now it has not begun.")
        assert not verdict.is_whole


@pytest.fixture
def bot_of(sqlite_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """A bot's settings in the environment, over a database with five entries: its address."""

    async def fill() -> None:
        async with stored(sqlite_url, Clock()) as stores:
            await filled(stores)

    asyncio.run(fill())
    monkeypatch.chdir(tmp_path)
    for name, value in {
        "SLACK_BOT_TOKEN": "xoxb-1",
        "SLACK_APP_TOKEN": "xapp-1",
        "REPLICATE_API_TOKEN": "r8_1",
        "APPROVERS": "S0BASE",
        "DATABASE_URL": sqlite_url,
    }.items():
        monkeypatch.setenv(name, value)
    return sqlite_url


def test_the_command_stores_a_head_and_compares_with_it(bot_of: str, capsys: pytest.CaptureFixture[str]) -> None:
    """`--head` writes the head into a file, `--against` compares with it; exit code 1 where not all is well."""
    assert main(["audit", "verify", "--head", "head.json"]) == 0
    assert "It was written to head.json." in capsys.readouterr().out
    stored_head = Path("head.json").read_text()
    assert json.loads(stored_head).keys() == {"position", "entry", "digest", "time"}
    assert main(["audit", "verify", "--against", "head.json", "--head", "head.json"]) == 0
    tamper(bot_of, "DELETE FROM audit WHERE id = 2")
    assert main(["audit", "verify", "--head", "head.json"]) == 1
    printed = capsys.readouterr().out
    assert "The triggers that refuse changes of the table audit were removed" in printed
    assert "Entry 2 was removed" in printed
    assert "head.json was not written." in printed
    assert Path("head.json").read_text() == stored_head


@pytest.mark.usefixtures("bot_of")
def test_what_cannot_be_compared_ends_with_two(capsys: pytest.CaptureFixture[str]) -> None:
    """A file that is not there or holds no head, or cannot be written, and a wrong option, end with exit code 2."""
    Path("other.json").write_text('{"position": "1"}')
    Path("short.json").write_text('{"position": 1, "entry": 1, "digest": "12", "time": 1}')
    for name, told in (
        ("none.json", "cannot be read"),
        ("other.json", "does not hold the head"),
        ("short.json", "does not hold the head"),
    ):
        assert main(["audit", "verify", "--against", name]) == 2
        assert told in capsys.readouterr().err
    assert main(["audit", "verify", "--head", "none/head.json"]) == 2
    with pytest.raises(SystemExit) as ended:
        main(["audit", "verify", "--since", "3d"])
    assert ended.value.code == 2


def test_tables_of_another_version_end_with_two(bot_of: str, capsys: pytest.CaptureFixture[str]) -> None:
    """A database that this version has not brought up to date yet is not looked at, and not changed."""
    tamper(bot_of, "DROP TABLE removed_entries", "UPDATE alembic_version SET version_num = '0016'")
    assert main(["audit", "verify"]) == 2
    assert "not those of this version" in capsys.readouterr().err


def test_a_chain_that_has_not_begun_says_so(sqlite_url: str, bot_of: str, capsys: pytest.CaptureFixture[str]) -> None:
    """Right after an update, before the bot has started, nothing is proved, and nothing is wrong."""
    assert sqlite_url == bot_of
    tamper(bot_of, "DELETE FROM audit_links")
    assert main(["audit", "verify", "--head", "head.json"]) == 0
    assert "has no chain yet" in capsys.readouterr().out
    assert not Path("head.json").exists()
