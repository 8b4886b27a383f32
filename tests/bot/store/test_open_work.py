"""What is open, as whoever watches is told it, at a cost that does not grow with what has ended."""

from __future__ import annotations

from sqlalchemy import text

from bot.requests.request import State
from bot.store.open_work import OpenWorkStore
from bot.store.tables import DELIVERIES, REQUESTS
from tests.bot.stored import Stored, approved_in, stored

UNDO_FOR = 600.0


async def test_nothing_is_open_at_first(any_url: str) -> None:
    """In a fresh database nothing is open, due or old."""
    async with stored(any_url) as stores:
        work = await OpenWorkStore(stores.database).read()
    assert (work.requests, work.oldest, work.behind, work.furthest_behind) == ({}, 0.0, 0, 0.0)
    assert work.answered_in > 0


async def test_work_is_as_old_as_it_may_be_carried_out(any_url: str) -> None:
    """The oldest work counts from its approval, or from the end of the time to undo it, and not before."""
    async with stored(any_url) as stores:
        read = OpenWorkStore(stores.database).read
        await approved_in(stores, UNDO_FOR, ttl=86_400)
        assert (await read()).oldest == 0.0
        stores.clock.shift += UNDO_FOR + 100
        assert 95 < (await read()).oldest < 105
        stores.clock.shift += 1000
        assert (await stores.work.claim()) is not None
        work = await read()
        assert work.requests == {State.DELETING: 1}
        assert 1095 < work.oldest < 1105


async def test_an_ended_request_is_no_work(any_url: str) -> None:
    """Once a request has ended it is neither open nor old, and only its messages are due."""
    async with stored(any_url) as stores:
        claim = await stores.claimed()
        await stores.work.finish(claim, State.FINISHED)
        stores.clock.shift += 300
        work = await OpenWorkStore(stores.database).read()
    assert (work.requests, work.oldest) == ({}, 0.0)
    assert work.behind > 0
    assert 295 < work.furthest_behind < 305


async def test_what_is_due_later_is_not_behind(any_url: str) -> None:
    """A look at a card, and what is due later, are no backlog."""
    async with stored(any_url) as stores:
        await stores.asked()
        async with stores.database.writing() as connection:
            await connection.execute(DELIVERIES.update().where(DELIVERIES.c.kind != "card check").values(due_at=None))
        stores.clock.shift += 7200
        assert (await OpenWorkStore(stores.database).read()).behind == 0


async def test_ended_requests_are_not_read(any_url: str) -> None:
    """Each statement finds what it reads by an index, so that none goes through what has ended."""
    async with stored(any_url) as stores:
        for plan in await plans(stores):
            assert "Seq Scan" not in plan
            assert f"SCAN {REQUESTS.name}" not in plan or "INDEX" in plan
            assert f"SCAN {DELIVERIES.name}" not in plan or "INDEX" in plan


async def plans(stores: Stored) -> list[str]:
    """Return how the database would carry out each statement, if it took an index wherever there is one."""
    store, postgres = OpenWorkStore(stores.database), stores.database.is_postgres
    found = []
    async with stores.database.writing() as connection:
        if postgres:
            await connection.execute(text("SET LOCAL enable_seqscan = off"))
        for statement in (store._states(), store._oldest(), store._behind()):
            compiled = statement.compile(
                dialect=connection.dialect, compile_kwargs={"literal_binds": True, "render_postcompile": True}
            )
            explain = "EXPLAIN " if postgres else "EXPLAIN QUERY PLAN "
            rows = await connection.exec_driver_sql(explain + str(compiled).replace("%", "%%" if postgres else "%"))
            found.append("\n".join(str(row[-1]) for row in rows))
    return found
