"""The store behind a real PgBouncer, which gives each transaction whatever server connection is free."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from bot.clock import Clock
from bot.database_url import parse_database_url
from bot.errors import DatabaseUnavailable, DatabaseUnusable
from bot.store.database import Database
from tests.bot.store.early_forms import Early, Form
from tests.bot.stored import stored
from tests.servers.pgbouncer import pgbouncer


async def test_statements_do_not_depend_on_the_server_connection(postgres_server: str, postgres_url: str) -> None:
    """In transaction mode every statement works on every server connection, however often it was sent before."""
    async with (
        pgbouncer(postgres_server, pool_mode="transaction", default_pool_size="2") as pooler,
        stored(pooler.url(postgres_url)) as stores,
    ):
        for _ in range(4):
            await asyncio.gather(*(stores.work.wait() for _ in range(40)), *(stores.database.ping() for _ in range(40)))
        ids = await asyncio.gather(*(stores.draft(trigger=f"{number}") for number in range(2, 40)))
    assert len(set(ids)) == 38


async def test_a_full_pooler_is_told_and_left_behind(postgres_server: str, postgres_url: str) -> None:
    """A pooler that takes no more clients, or lets them wait too long, is told as absence; later all works again."""
    limits = {"pool_mode": "transaction", "default_pool_size": "1", "query_wait_timeout": "1"}
    async with (
        pgbouncer(postgres_server, max_client_conn="4", **limits) as pooler,
        stored(pooler.url(postgres_url)) as stores,
    ):
        async with stores.database.writing() as connection:
            await connection.exec_driver_sql("SELECT 1")
            with pytest.raises(DatabaseUnavailable) as waited:
                await stores.database.ping()
        assert "query_wait_timeout" in waited.value.cause
        pings = await asyncio.gather(*(stores.database.ping() for _ in range(8)), return_exceptions=True)
        assert {type(refused) for refused in pings if refused} == {DatabaseUnavailable}
        assert "no more connections allowed" in str([getattr(refused, "cause", "") for refused in pings])
        await stores.database.ping()


async def test_a_pooler_that_was_restarted_is_used_again(postgres_server: str, postgres_url: str) -> None:
    """After a restart of the pooler one statement fails, and the next ones work, on whatever connection they are."""
    async with (
        pgbouncer(postgres_server, pool_mode="transaction") as pooler,
        stored(pooler.url(postgres_url)) as stores,
    ):
        await asyncio.gather(*(stores.database.ping() for _ in range(4)))
        await pooler.kill()
        with pytest.raises(DatabaseUnavailable):
            await stores.database.ping()
        await pooler.start()
        await asyncio.gather(*(stores.database.ping() for _ in range(4)))


async def test_the_bot_asks_for_nothing_at_the_start_of_a_session(postgres_server: str, postgres_url: str) -> None:
    """A pooler that refuses every startup parameter it does not know lets the bot in, and so has nothing to ignore."""
    async with pgbouncer(postgres_server, pool_mode="transaction", ignore_startup_parameters="") as pooler:
        async with stored(pooler.url(postgres_url)) as stores:
            await stores.database.ping()
        assert "unsupported startup parameter" not in pooler.log


async def test_tables_are_looked_at_and_brought_up_to_date_through_a_pooler(
    postgres_server: str, empty_postgres_url: str, tmp_path: Path
) -> None:
    """Through one server connection in transaction mode, old tables are found and brought up to date."""
    Early(Form.WITHOUT_SNAPSHOTS).make(empty_postgres_url, tmp_path)
    async with pgbouncer(postgres_server, pool_mode="transaction", default_pool_size="1") as pooler:
        database = Database(parse_database_url(pooler.url(empty_postgres_url)), Clock())
        assert await database.inspect() is False
        await database.close()
        async with stored(pooler.url(empty_postgres_url)) as stores:
            assert await stores.database.inspect() is True
            assert await stores.asked(trigger="2")


async def test_a_pooler_without_transactions_is_told(postgres_server: str, postgres_url: str) -> None:
    """In statement mode, which gives no transactions, the start ends with which modes do."""
    async with pgbouncer(postgres_server, pool_mode="statement") as pooler:
        with pytest.raises(DatabaseUnusable, match="set its pool_mode to transaction or session"):
            async with stored(pooler.url(postgres_url)):
                pass
