"""What a bot costs that has nothing to do, while requests wait for somebody's decision.

CPU time is the process's own, on SQLite and on PostgreSQL. Statements are counted by the PostgreSQL server,
which logs every one; those that only begin or end a transaction, or look whether a connection is alive, apart.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import psycopg
from sqlalchemy import insert, literal, make_url, select, update

from bot.refs import ModelRef
from bot.requests.deliveries import DeliveryKind
from bot.requests.policy import Approvers
from bot.requests.request import State, Target
from bot.requests.terms import Terms
from bot.store.database import Database
from bot.store.draft import Draft
from bot.store.requests import RequestStore
from bot.store.tables import DELIVERIES, REQUESTS
from tests.bench.places import on_postgres, on_sqlite
from tests.bench.running import Running, connected
from tests.scenarios.stage import ANA, LEADS, OPS, Stage

_SETTLES = 5.0
"""Seconds until a bot that has started is at rest."""

_A_DAY = 86_400.0


@dataclass(frozen=True, slots=True)
class Idle:
    """So many requests waited; CPU as a share of one core, statements a second.

    `queries` are the statements that ask or change something, `around` those around them.
    """

    waiting: int
    cpu_on_sqlite: float
    cpu_on_postgres: float
    queries: float
    around: float


async def idle_costs(server: str, counts: Sequence[int], seconds: float) -> list[Idle]:
    """Let two bots, on SQLite and on PostgreSQL, wait beside each other for every one of `counts`."""
    log = log_statements(server)
    async with contextlib.AsyncExitStack() as stack:
        bots: list[tuple[int, Running, Running, str]] = []
        for waiting in counts:
            on_file = await stack.enter_async_context(on_sqlite())
            on_server = await stack.enter_async_context(on_postgres(server))
            for stage in (on_file, on_server):
                await _let_wait(stage, waiting)
            beside = await stack.enter_async_context(connected(on_file))
            bot = await stack.enter_async_context(connected(on_server))
            bots.append((waiting, beside, bot, str(make_url(on_server.database_url).database)))
        await asyncio.sleep(_SETTLES)
        before = [
            (file.cpu_seconds, bot.cpu_seconds, _count(log, name, "execute"), _count(log, name, "statement"))
            for _, file, bot, name in bots
        ]
        await asyncio.sleep(seconds)
        return [
            Idle(
                waiting,
                (file.cpu_seconds - cpu_file) / seconds,
                (bot.cpu_seconds - cpu_bot) / seconds,
                (_count(log, name, "execute") - queries) / seconds,
                (_count(log, name, "statement") - around) / seconds,
            )
            for (waiting, file, bot, name), (cpu_file, cpu_bot, queries, around) in zip(bots, before, strict=True)
        ]


async def _let_wait(stage: Stage, count: int) -> None:
    """Put requests into the database that wait for approval, their cards drawn."""
    database = Database(stage.settings().database_url, stage.clock)
    await database.open()
    requests = RequestStore(database)
    for number in range(count):
        await requests.save_draft(_draft(number))
    async with database.writing() as connection:
        await connection.execute(
            update(REQUESTS).values(
                state=State.AWAITING,
                requested_at=database.now,
                expires_at=database.now + _A_DAY,
                card_channel=OPS,
                card_ts="1.0",
            )
        )
        shown = select(REQUESTS.c.id, literal(DeliveryKind.CARD.value), REQUESTS.c.revision, database.now)
        await connection.execute(insert(DELIVERIES).from_select(["request_id", "kind", "revision", "posted_at"], shown))
    await database.close()


def _draft(number: int) -> Draft:
    return Draft(
        trigger=f"waiting-{number}",
        requester=ANA,
        team_id="T0SANDBOX",
        origin_channel=OPS,
        account="acme",
        terms=Terms(1, Approvers.parse(LEADS)),
        targets=(Target(0, ModelRef("acme", f"model-{number}")),),
    )


def log_statements(server: str) -> Path:
    """Have the server log every statement with its database's name; return the log."""
    with psycopg.connect(server, autocommit=True) as connection:
        for setting in ("log_statement = 'all'", "log_line_prefix = '[%d] '"):
            connection.execute(f"ALTER SYSTEM SET {setting}")
        connection.execute("SELECT pg_reload_conf()")
        (folder,) = connection.execute("SHOW data_directory").fetchone() or ("",)
    return Path(folder) / "log"


def statements_logged(log: Path, database: str) -> int:
    """Return how many statements were logged that ask or change something in a database of this name."""
    return _count(log, database, "execute")


def _count(log: Path, database: str, kind: str) -> int:
    """Return how many statements of a kind were logged: `execute` with parameters, `statement` bare words."""
    mark = f"[{database}] LOG:  {kind}"
    return sum(line.startswith(mark) for line in log.read_text(errors="replace").splitlines())
