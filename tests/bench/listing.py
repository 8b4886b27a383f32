"""How soon `python -m bot audit` prints its first line, and all of them, with a long history."""

from __future__ import annotations

import asyncio
import contextlib
import sys
import time
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass

import psutil  # type: ignore[import-untyped]
from sqlalchemy import text

from bot.clock import Clock
from bot.database_url import parse_database_url
from bot.store.database import Database
from tests.bench.places import on_postgres, on_sqlite
from tests.scenarios.stage import Stage, _inherited

TARGETS_EACH = 10
"""Targets of each request."""

_NUMBERED = "WITH RECURSIVE numbered(n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM numbered WHERE n < :requests - 1)"
_ID = "'R-' || CAST(1000000 + n AS TEXT)"
_AT = "1700000000.0 + n * 40.0"

_REQUESTS = f"""
INSERT INTO requests (id, state, revision, trigger, requester, team_id, origin_channel, account, approvals_required,
  approvers, self_approval, digest, left_out, created_at, expires_at, requested_at, decided_at, finished_at,
  target_count)
{_NUMBERED}
SELECT {_ID}, CASE n % 50 WHEN 0 THEN 'rejected' ELSE 'finished' END, 5, CAST(n AS TEXT),
  'U' || CAST(n % 20 AS TEXT), 'T1', 'C1', 'acme', 1, 'U1,U2', FALSE, 'digest', '[]', {_AT}, {_AT} + 86400.0,
  {_AT} + 5.0, {_AT} + 60.0, {_AT} + 90.0, {TARGETS_EACH}
FROM numbered
"""  # noqa: S608 - nothing of it comes from outside

_TARGETS = f"""
INSERT INTO targets (request_id, position, owner, name, version_id, is_latest, state, reason)
{_NUMBERED}, each(p) AS (SELECT 0 UNION ALL SELECT p + 1 FROM each WHERE p < {TARGETS_EACH} - 1)
SELECT {_ID}, p, 'acme', 'model-' || CAST(n % 1000 AS TEXT), 'version-' || CAST(n * {TARGETS_EACH} + p AS TEXT), FALSE,
  CASE n % 50 WHEN 0 THEN 'planned' ELSE 'deleted' END, ''
FROM numbered CROSS JOIN each
"""  # noqa: S608 - nothing of it comes from outside

_ENTRIES = f"""
INSERT INTO audit (at, request_id, event, user_id, team_id, channel, detail)
{_NUMBERED}, each(p, event, who) AS (
  SELECT 0, 'asked', 1 UNION ALL SELECT 1, 'approved', 1 UNION ALL SELECT 2, 'started', 0 UNION ALL
  SELECT 3, 'kept', 0 UNION ALL SELECT 4, 'finished', 0)
SELECT {_AT} + 5.0 + 10.0 * p, {_ID}, event, CASE who WHEN 1 THEN 'U' || CAST((n + 7 * p) % 20 AS TEXT) END,
  CASE who WHEN 1 THEN 'T1' END, CASE who WHEN 1 THEN 'C1' END, 'what was done'
FROM numbered CROSS JOIN each
ORDER BY 1
"""  # noqa: S608 - nothing of it comes from outside


@dataclass(frozen=True, slots=True)
class Listing:
    """Seconds until the first line and until the last one, and the most memory, in MiB, of a list of all requests.

    `start` is the time until the first line of a database without requests: what a start takes by itself.
    """

    requests: int
    place: str
    start: float
    first_line: float
    of_one_model: float
    whole: float
    memory_mib: float


async def listed(server: str, requests: int) -> list[Listing]:
    """List so many requests on each kind of database."""
    return [
        await _measured("SQLite", on_sqlite(), requests),
        await _measured("PostgreSQL", on_postgres(server), requests),
    ]


async def _measured(name: str, place: AbstractAsyncContextManager[Stage], requests: int) -> Listing:
    async with place as stage:
        await fill(stage.database_url, 0)
        start = min([(await _run(stage, "--format", "csv"))[0] for _ in range(3)])
        await fill(stage.database_url, requests)
        first = min([(await _run(stage, until_first=True))[0] for _ in range(3)])
        model = min([(await _run(stage, "--model", "acme/model-7", until_first=True))[0] for _ in range(3)])
        _, whole, memory = await _run(stage)
        return Listing(requests, name, start, first, model, whole, memory)


async def _run(stage: Stage, *arguments: str, until_first: bool = False) -> tuple[float, float, float]:
    """Run it; return when its first and its last line came, in seconds, and the most memory that it took, in MiB."""
    began = time.perf_counter()
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "bot", "audit", *arguments),
        env={**_inherited(), **stage.environment},
        stdout=asyncio.subprocess.PIPE,
    )
    assert process.stdout is not None
    await process.stdout.readline()
    first = time.perf_counter() - began
    memory = 0.0
    if until_first:
        process.terminate()
    watched = psutil.Process(process.pid)
    while await process.stdout.read(1 << 20):
        with contextlib.suppress(psutil.Error):
            memory = max(memory, watched.memory_info().rss / 2**20)
    await process.wait()
    return first, time.perf_counter() - began, memory


async def fill(url: str, requests: int) -> None:
    """Make the tables, and so many ended requests by SQL."""
    database = Database(parse_database_url(url), Clock())
    await database.open()
    async with database._connection(database._writer) as connection, connection.begin():
        for statement in (_REQUESTS, _TARGETS, _ENTRIES) if requests else ():
            await connection.execute(text(statement), {"requests": requests})
        await connection.execute(text("ANALYZE")) if database.is_postgres else None
    await database.close()
