"""How many entries a second the audit trail takes, each linked into the chain, from several writers at once.

The same number of entries is written without links beside, as the release before the chain wrote them.
"""

from __future__ import annotations

import asyncio
import tempfile
import time
import uuid
from dataclasses import dataclass
from pathlib import Path

import psycopg
from sqlalchemy import insert, make_url

from bot.clock import Clock
from bot.database_url import parse_database_url
from bot.requests.audit_chain import ADOPTS_FOR
from bot.requests.request import Event
from bot.store.audit_writer import record_all
from bot.store.database import Database
from bot.store.tables import AUDIT

WRITERS = 4
"""Tasks that write at once, each with a connection of its own."""

_DETAIL = "acme/flux:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef: deleted"


@dataclass(frozen=True, slots=True)
class Recording:
    """Entries a second that the trail took, `together` in each transaction."""

    together: int
    on_sqlite: float
    on_postgres: float
    unlinked_on_sqlite: float
    unlinked_on_postgres: float


async def recorded(server: str, together: int, entries: int) -> Recording:
    """Write about so many entries into new databases of both kinds, with links and without."""
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        on_file = [f"sqlite:///{Path(folder) / name}" for name in ("linked", "unlinked")]
        on_server = [_created(server), _created(server)]
        return Recording(
            together,
            await _rate(on_file[0], together, entries, linked=True),
            await _rate(on_server[0], together, entries, linked=True),
            await _rate(on_file[1], together, entries, linked=False),
            await _rate(on_server[1], together, entries, linked=False),
        )


async def _rate(url: str, together: int, entries: int, *, linked: bool) -> float:
    clock = Clock()
    async with Database(parse_database_url(url), clock) as database:
        await database.open()
        write = _write if linked else _write_unlinked
        turns = max(entries // together // WRITERS, 1)
        await write(database, together, 1)
        # For its first day a chain also looks for entries of an older release.
        clock.shift += ADOPTS_FOR
        began = time.monotonic()
        await asyncio.gather(*(write(database, together, turns) for _ in range(WRITERS)))
        return together * turns * WRITERS / (time.monotonic() - began)


async def _write(database: Database, together: int, turns: int) -> None:
    for _ in range(turns):
        async with database.writing() as connection:
            await record_all(connection, database, "R-BENCH", [(Event.TARGET_ENDED, _DETAIL)] * together)


async def _write_unlinked(database: Database, together: int, turns: int) -> None:
    row = {"request_id": "R-BENCH", "event": Event.TARGET_ENDED, "detail": _DETAIL}
    entry = insert(AUDIT).values(at=database.now)
    for _ in range(turns):
        async with database.writing() as connection:
            await connection.execute(entry, [row] * together)


def _created(server: str) -> str:
    name = f"bench_{uuid.uuid4().hex}"
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}")
    return make_url(server).set(database=name).render_as_string(hide_password=False)
