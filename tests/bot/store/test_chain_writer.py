"""Every entry gets its link in its own transaction, whoever writes, and whatever ends that transaction."""

from __future__ import annotations

import asyncio
import contextlib
import signal
import sys
from pathlib import Path

import pytest
from sqlalchemy import func, select, text

from bot.clock import Clock
from bot.console.audit_verify import Verdict, judge
from bot.requests.audit_chain import ADOPTS_FOR, LinkKind
from bot.requests.request import Event
from bot.store.audit_writer import record, record_all
from bot.store.chain_reader import ChainReader
from bot.store.chain_tables import AUDIT_LINKS
from bot.store.database import Database
from bot.store.tables import AUDIT
from tests.bot.stored import ANA, stored
from tests.bot.tampering import insert_bare, tamper

CHECKOUT = Path(__file__).parents[3]


async def write(database: Database, *details: str, request_id: str = "R-7KQ2M") -> None:
    async with database.writing() as connection:
        await record_all(connection, database, request_id, [(Event.TARGET_ENDED, detail) for detail in details], ANA)


async def links(database: Database) -> list[tuple[int, str, int]]:
    columns = (AUDIT_LINKS.c.position, AUDIT_LINKS.c.kind, AUDIT_LINKS.c.entry_id)
    async with database.reading() as connection:
        rows = await connection.execute(select(*columns).order_by(AUDIT_LINKS.c.position))
        return [(row.position, row.kind, row.entry_id) for row in rows]


async def count(database: Database) -> int:
    async with database.reading() as connection:
        return (await connection.execute(select(func.count()).select_from(AUDIT))).scalar_one()


async def verdict(database: Database) -> Verdict:
    return await judge(ChainReader(database))


async def test_each_entry_is_linked_in_its_transaction(any_url: str) -> None:
    """The first entry begins the chain, and each one after it follows, in the order of the transaction."""
    async with stored(any_url) as stores:
        await write(stores.database, "one")
        await write(stores.database, "two", "three")
        assert await links(stores.database) == [
            (0, LinkKind.BEGIN, 0),
            (1, LinkKind.ENTRY, 1),
            (2, LinkKind.ENTRY, 2),
            (3, LinkKind.ENTRY, 3),
        ]
        assert (await verdict(stores.database)).is_whole


async def test_everything_that_the_bot_records_is_linked(any_url: str) -> None:
    """A request's way through the stores leaves no entry without a link."""
    async with stored(any_url) as stores:
        await stores.claimed(*stores.versions(3))
        kinds = [kind for _, kind, _ in await links(stores.database)]
        assert kinds == [LinkKind.BEGIN, *[LinkKind.ENTRY] * await count(stores.database)]


async def test_a_transaction_rolled_back_leaves_no_gap(any_url: str) -> None:
    """What a transaction wrote that failed at its end is in neither the trail nor the chain."""
    async with stored(any_url) as stores:
        await write(stores.database, "one")
        with contextlib.suppress(ZeroDivisionError):
            async with stores.database.writing() as connection:
                await record(connection, stores.database, "R-7KQ2M", Event.APPROVED, ANA)
                raise ZeroDivisionError
        await write(stores.database, "two")
        assert [position for position, _, _ in await links(stores.database)] == [0, 1, 2]
        assert await count(stores.database) == 2
        assert (await verdict(stores.database)).is_whole


async def test_many_writers_make_one_unbroken_chain(any_url: str) -> None:
    """Two processes' connections, each with several tasks that write at once, add to one chain."""
    async with stored(any_url) as one, stored(any_url) as other:
        tasks = [write(s.database, *"abc"[: n % 3 + 1]) for n in range(12) for s in (one, other)]
        await asyncio.gather(*tasks)
        assert await count(one.database) == 48
        assert [position for position, _, _ in await links(one.database)] == list(range(49))
        assert (await verdict(other.database)).is_whole


async def test_a_transaction_that_waits_for_a_row_holds_up_no_other(postgres_url: str) -> None:
    """Whoever has recorded something, and waits for a row, lets others write to the chain: the lock is taken last."""
    async with stored(postgres_url) as stores:
        database = stores.database
        async with database.writing() as waiting:
            await record(waiting, database, "R-7KQ2M", Event.APPROVED, ANA)
            await asyncio.wait_for(write(database, "meanwhile"), 4)
        assert [entry_id for _, _, entry_id in await links(database)] == [0, 2, 1]
        assert (await verdict(database)).is_whole


async def test_entries_of_an_older_release_are_linked_by_the_next_writer(any_url: str) -> None:
    """During an update, what the release before writes without links is linked first by the next newer writer."""
    for _ in range(2):
        insert_bare(any_url)
    async with stored(any_url) as stores:
        await write(stores.database, "three")
        insert_bare(any_url)
        told = await verdict(stores.database)
        assert told.is_whole
        assert any(line.startswith("1 entry without a link yet") and line.endswith(": 4.") for line in told.lines)
        await write(stores.database, "five")
        assert await links(stores.database) == [
            (0, LinkKind.BEGIN, 2),
            (1, LinkKind.ENTRY, 3),
            (2, LinkKind.LATE, 4),
            (3, LinkKind.ENTRY, 5),
        ]
        told = await verdict(stores.database)
        assert told.is_whole
        assert any(line.startswith("1 entry got a link afterwards") and line.endswith(": 4.") for line in told.lines)


async def test_entries_committed_out_of_order_are_linked(postgres_url: str) -> None:
    """An older release's entry with a lower number than the newest linked one, committed later, is linked too."""
    async with stored(postgres_url) as stores:
        await write(stores.database, "one")
        tamper(postgres_url, "SELECT nextval('audit_id_seq')")
        await write(stores.database, "three")
        insert_bare(postgres_url, 2)
        await write(stores.database, "four")
        assert [entry_id for _, _, entry_id in await links(stores.database)] == [0, 1, 3, 2, 4]


async def test_a_day_after_its_beginning_the_chain_takes_in_nothing(any_url: str) -> None:
    """Once no older release can run, an entry without a link stays without one, and is told as inserted."""
    clock = Clock()
    async with stored(any_url, clock) as stores:
        await write(stores.database, "one")
        clock.shift += ADOPTS_FOR + 1
        insert_bare(any_url, 7)
        await write(stores.database, "eight")
        told = await verdict(stores.database)
        assert not told.is_whole
        assert told.lines[0].startswith("Entry 7 (approved, R-BARE1, 1970-01-01 00:00:01 UTC) was inserted")


async def test_writers_go_on_where_the_first_link_was_removed(any_url: str) -> None:
    """A chain without its beginning is told as broken, and keeps nobody from writing."""
    async with stored(any_url) as stores:
        await write(stores.database, "one")
        tamper(any_url, "DELETE FROM audit_links WHERE position = 0")
        await write(stores.database, "two")
        assert [position for position, _, _ in await links(stores.database)] == [1, 2]
        told = await verdict(stores.database)
        assert told.lines[0].startswith("The link at position 0 was removed")


WRITES = """
import asyncio, sys
from tests.bot.store.chain_writing import write_until_killed
asyncio.run(write_until_killed(sys.argv[1]))
"""


@pytest.mark.timeout(120)
async def test_a_process_that_is_killed_leaves_an_unbroken_chain(any_url: str) -> None:
    """After a SIGKILL in the middle of writing, the chain is whole, and the next process adds to it."""
    for _ in range(2):
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-c", WRITES, any_url, cwd=CHECKOUT, stdout=asyncio.subprocess.PIPE
        )
        assert process.stdout is not None
        for _ in range(5):
            assert await process.stdout.readline()
        process.send_signal(signal.SIGKILL)
        await process.wait()
    async with stored(any_url) as stores:
        await write(stores.database, "after")
        assert await count(stores.database) >= 11
        assert (await verdict(stores.database)).is_whole
        async with stores.database.reading() as connection:
            assert (
                await connection.execute(text("SELECT count(*) FROM audit_links WHERE kind = 'late'"))
            ).scalar() == 0
