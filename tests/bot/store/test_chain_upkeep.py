"""What a trail from before the chain gets: a beginning, and seals over its entries, made in the background."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from bot.clock import Clock
from bot.console.audit_verify import judge
from bot.requests.audit_chain import ADOPTS_FOR, LinkKind
from bot.requests.request import Event
from bot.store.audit_writer import record
from bot.store.chain_reader import ChainReader
from bot.store.chain_tables import AUDIT_LINKS
from bot.store.chain_upkeep import RESTS, SEALED_TOGETHER, SETTLES, ChainUpkeep
from bot.store.database import Database
from bot.store.removed_entries import keep_digests
from tests.bot.stored import stored
from tests.bot.tampering import insert_bare, insert_many, tamper


async def links(database: Database) -> list[tuple[str, int]]:
    async with database.reading() as connection:
        rows = await connection.execute(select(AUDIT_LINKS).order_by(AUDIT_LINKS.c.position))
        return [(row.kind, row.entry_id) for row in rows]


async def told(database: Database) -> tuple[bool, str]:
    verdict = await judge(ChainReader(database))
    return verdict.is_whole, "\n".join(verdict.lines)


async def upkeep_done(database: Database, clock: Clock) -> int:
    """Let one process do all the upkeep that is due now; return in how many steps."""
    clock.shift += SETTLES
    upkeep, steps = ChainUpkeep(database), 1
    while (wait := await upkeep.step()) is not None:
        clock.shift += wait
        steps += 1
    return steps


async def test_entries_from_before_are_sealed(any_url: str) -> None:
    """A trail from before gets its beginning first, and then seals that cover every entry up to there, in portions."""
    insert_many(any_url, SEALED_TOGETHER + 20)
    clock = Clock()
    async with stored(any_url, clock) as stores:
        await stores.asked()
        assert "Entries 1 to 1020 are from before the chain, and not sealed yet" in (await told(stores.database))[1]
        await upkeep_done(stores.database, clock)
        assert await links(stores.database) == [
            (LinkKind.BEGIN, 1020),
            (LinkKind.ENTRY, 1021),
            (LinkKind.SEAL, 1000),
            (LinkKind.SEAL, 1020),
        ]
        is_whole, words = await told(stores.database)
        assert is_whole
        assert "Entries up to 1020 are from before the chain, and are as they were when they were sealed." in words


@pytest.mark.parametrize(
    ("change", "ids"),
    [
        ("UPDATE audit SET detail = 'other' WHERE id = 7", "1 to 1000"),
        ("DELETE FROM audit WHERE id = 1010", "1001 to 1020"),
        ("INSERT INTO audit (id, at, event, detail) VALUES (-1, 1.0, 'approved', '')", None),
    ],
)
async def test_a_change_from_before_is_found_in_its_portion(any_url: str, change: str, ids: str | None) -> None:
    """A sealed entry that was changed or removed is told by the range of its seal."""
    insert_many(any_url, SEALED_TOGETHER + 20)
    clock = Clock()
    async with stored(any_url, clock) as stores:
        await ChainUpkeep(stores.database).step()
        await upkeep_done(stores.database, clock)
        tamper(any_url, change)
        is_whole, words = await told(stores.database)
        assert not is_whole
        assert f"One of the entries {ids} was changed" in words if ids else "Entry -1" in words


async def test_on_postgresql_seals_wait_for_transactions_in_progress(postgres_url: str) -> None:
    """What an older release's transaction commits after the chain began is sealed with the rest, as that waits."""
    insert_many(postgres_url, 3)
    tamper(postgres_url, "DELETE FROM audit WHERE id = 2")
    clock = Clock()
    async with stored(postgres_url, clock) as stores:
        upkeep = ChainUpkeep(stores.database)
        assert await upkeep.step() == 0.0
        wait = await upkeep.step()
        assert wait is not None
        assert SETTLES - 30 < wait <= SETTLES
        insert_bare(postgres_url, 2)
        await upkeep_done(stores.database, clock)
        assert await links(stores.database) == [(LinkKind.BEGIN, 3), (LinkKind.SEAL, 3)]
        assert (await told(stores.database))[0]


async def test_older_entries_are_sealed_with_pauses(any_url: str) -> None:
    """After each portion that is sealed the bot rests, so that a long history does not take a core after an update."""
    insert_many(any_url, SEALED_TOGETHER + 1)
    clock = Clock()
    async with stored(any_url, clock) as stores:
        upkeep = ChainUpkeep(stores.database)
        await upkeep.step()
        clock.shift += SETTLES
        assert [await upkeep.step() for _ in range(3)] == [RESTS, RESTS, None]


async def test_two_processes_seal_each_portion_once(any_url: str) -> None:
    """Of two processes that seal at once, one adds the seal, and the other leaves it at that."""
    insert_many(any_url, 5)
    clock = Clock()
    async with stored(any_url, clock) as one, stored(any_url, clock) as other:
        await ChainUpkeep(one.database).step()
        for database in (one.database, other.database):
            await upkeep_done(database, clock)
        assert await links(one.database) == [(LinkKind.BEGIN, 5), (LinkKind.SEAL, 5)]


async def test_what_an_older_release_writes_is_linked_without_a_newer_entry(any_url: str) -> None:
    """During an update, upkeep links what the release before writes, even where this one writes nothing."""
    insert_many(any_url, 2)
    clock = Clock()
    async with stored(any_url, clock) as stores:
        await upkeep_done(stores.database, clock)
        insert_bare(any_url)
        await upkeep_done(stores.database, clock)
        assert (await links(stores.database))[-1] == (LinkKind.LATE, 3)


async def test_upkeep_ends_a_day_after_the_beginning(any_url: str) -> None:
    """Once everything is sealed and no older release can run, a step asks the database nothing."""
    insert_many(any_url, 2)
    clock = Clock()
    async with stored(any_url, clock) as stores:
        await upkeep_done(stores.database, clock)
        clock.shift += ADOPTS_FOR
        upkeep = ChainUpkeep(stores.database)
        assert await upkeep.step() is None
    # Closed, the database would raise.
    assert await upkeep.step() is None


async def test_a_new_database_needs_no_upkeep(any_url: str) -> None:
    """A trail that begins with its chain has nothing to seal."""
    async with stored(any_url) as stores:
        upkeep = ChainUpkeep(stores.database)
        assert await upkeep.step() == 0.0
        assert await upkeep.step() is None
        assert await links(stores.database) == [(LinkKind.BEGIN, 0)]


async def test_removed_entries_stay_verified(any_url: str) -> None:
    """Entries that go with their requests, sealed or linked, leave their digests; without these the chain breaks."""
    insert_many(any_url, 4)
    clock = Clock()
    async with stored(any_url, clock) as stores:
        request_id = await stores.asked()
        await upkeep_done(stores.database, clock)
        async with stores.database.writing() as connection:
            await record(connection, stores.database, None, Event.REMOVED, detail=f"by hand: {request_id}, R-MANY1")
            await keep_digests(connection, [request_id, "R-MANY1"])
        noted = "INSERT INTO removed_requests (request_id, removed_at) VALUES (:id, 1.0)"
        tamper(any_url, "DELETE FROM audit WHERE id > 1 AND request_id IS NOT NULL", noted, id=request_id)
        tamper(any_url, noted, id="R-MANY1")
        is_whole, words = await told(stores.database)
        assert is_whole, words
        assert (
            f"1 entry went when their requests were removed, and their digests are still there: {request_id}." in words
        )
        tamper(any_url, "DELETE FROM removed_entries WHERE entry_id = 3")
        assert "One of the entries 1 to 4 was changed" in (await told(stores.database))[1]
        tamper(any_url, "DELETE FROM removed_entries WHERE entry_id = 5")
        assert "Entry 5 was removed" in (await told(stores.database))[1]
