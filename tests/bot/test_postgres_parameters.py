"""The parameters that other programs write into a PostgreSQL URL."""

from __future__ import annotations

from urllib.parse import parse_qsl

import psycopg
import pytest
from psycopg import pq

from bot.database_url import PostgresServer, parse_database_url
from bot.postgres_parameters import LIBPQ, SECRETS, libpq_parameters


def read(query: str) -> dict[str, str]:
    return libpq_parameters(parse_qsl(query, keep_blank_values=True))


def test_the_parameters_are_those_of_the_libpq_in_use() -> None:
    """The list holds what libpq knows, but for what makes another kind of connection; its secrets are libpq's."""
    known = {option.keyword.decode(): option.dispchar for option in pq.Conninfo.get_defaults()}
    assert known.keys() - {"replication"} == LIBPQ
    assert {name for name, shown in known.items() if shown == b"*"} <= SECRETS


@pytest.mark.parametrize(
    "query",
    [
        "pgbouncer=true&connection_limit=1&pool_timeout=10&statement_cache_size=0&socket_timeout=5",  # Prisma
        "schema=public&sslaccept=accept_invalid_certs",  # Prisma
        "pool=5&prepared_statements=false&advisory_locks=false&checkout_timeout=5&encoding=unicode",  # Rails
        "conn_max_age=600&conn_health_checks=true",  # Django
        "serverVersion=16&charset=utf8",  # Doctrine
        "prepareThreshold=0&reWriteBatchedInserts=true&socketTimeout=30&currentSchema=public",  # JDBC
        "max=20&idle_timeout=30&uselibpqcompat=true",  # node-postgres
        "pool_max_conns=10&default_query_exec_mode=simple_protocol",  # pgx
        "supa=base-pooler.x&workaround=supabase-pooler.vercel",
        "client_encoding=latin1",
    ],
)
def test_what_concerns_other_clients_alone_changes_nothing(query: str) -> None:
    """Pools, prepared statements and encodings of other programs are no matter here, so a URL may have them."""
    assert read(query) == {}


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("ssl=true", {"sslmode": "require"}),
        ("ssl=0", {"sslmode": "disable"}),
        ("ssl=verify-full", {"sslmode": "verify-full"}),
        ("sslmode=no-verify", {"sslmode": "require"}),
        ("sslmode=VERIFY_CA", {"sslmode": "verify-ca"}),
        ("sslmode=verify-full&ssl=true", {"sslmode": "verify-full"}),
        ("connectTimeout=3&ApplicationName=bots&tcpKeepAlive=true", None),
        ("targetServerType=master", {"target_session_attrs": "primary"}),
        ("loadBalanceHosts=true", {"load_balance_hosts": "random"}),
        ("schema=bots", {"options": "-c search_path=bots"}),
        ("schema=My%20Bots", {"options": r'-c search_path="My\ Bots"'}),
        ("currentSchema=bots,public", {"options": "-c search_path=bots,public"}),
        ("options=-c%20a.b%3D1&search_path=bots", {"options": "-c a.b=1 -c search_path=bots"}),
        ("statement_timeout=5000", {"options": "-c statement_timeout=5000"}),
    ],
)
def test_parameters_of_other_programs_become_libpqs(query: str, found: dict[str, str] | None) -> None:
    """What JDBC, Prisma, node-postgres, pgx and Rails call otherwise is said in libpq's words."""
    assert read(query) == (found or {"connect_timeout": "3", "application_name": "bots", "keepalives": "1"})


@pytest.mark.parametrize(
    ("query", "told"),
    [
        ("sslmode=strict", "sslmode should be one of disable, allow, prefer, require, verify-ca, verify-full"),
        ("sslaccept=strict", "write sslmode=verify-full instead"),
        ("target_session_attrs=standby", "target_session_attrs should be one of any, read-write, primary"),
        ("targetServerType=preferSecondary", "targetServerType should be one of"),
        ("connect_timeout=10s", "connect_timeout should be a whole number"),
        ("replication=database", "replication is no parameter of PostgreSQL's; leave it out"),
        ("foo=1&Bar=2", "foo, Bar are no parameters of PostgreSQL's; leave them out"),
    ],
)
def test_what_is_not_understood_is_named_in_one_line(query: str, told: str) -> None:
    """A parameter that nobody knows, or that cannot be in force here, is named; nothing is left for libpq to refuse."""
    with pytest.raises(ValueError, match=told) as refused:
        read(query)
    assert "\n" not in str(refused.value)


async def test_several_hosts_and_a_schema_reach_the_server(postgres_url: str) -> None:
    """Of several hosts the first that answers and can be written to is used, with the schema that the URL names."""
    folder = parse_database_url(postgres_url)
    assert isinstance(folder, PostgresServer)
    given = folder.connection_parameters()
    hosts = f"host=127.0.0.1:1&host={given['host']}"
    server = parse_database_url(
        f"postgresql://{given['user']}@/{given['dbname']}?{hosts}&schema=my bots&target_session_attrs=read-write"
    )
    assert isinstance(server, PostgresServer)
    async with await psycopg.AsyncConnection.connect(**server.connection_parameters()) as connection:  # type: ignore[arg-type]  # by their names
        row = await (await connection.execute("SHOW search_path")).fetchone()
    assert row == ('"my bots"',)
