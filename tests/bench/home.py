"""How long it takes from opening the Home tab to its being published, with many requests and known models."""

from __future__ import annotations

import itertools
import time
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from statistics import median

from sqlalchemy import insert

from bot.clock import Clock
from bot.database_url import parse_database_url
from bot.requests.request import State
from bot.store.database import Database
from bot.store.known_tables import KNOWN_MODELS
from bot.store.tables import DECISIONS, REQUESTS, TARGETS
from tests.bench.places import on_postgres, on_sqlite
from tests.scenarios.stage import BEN, DAN, LEADS, OPS, Stage

_OPEN = 20
"""Requests that wait for approval, among all; 20 more are under way, and the rest has ended."""

_UNDER_WAY = 20
_AT_ONCE = 500
"""Rows that are stored in one transaction: a database that takes longer than some seconds counts as frozen."""

_VERSIONS = 12


@dataclass(frozen=True, slots=True)
class Drawing:
    """Seconds from opening Home to its being published, the median and the longest of several."""

    requests: int
    models: int
    on_sqlite: float
    on_postgres: float
    longest: float


async def drawn(server: str, requests: int, models: int, times: int) -> Drawing:
    """Draw a Home on each kind of database."""
    sqlite = await _timed(on_sqlite(), requests, models, times)
    postgres = await _timed(on_postgres(server), requests, models, times)
    return Drawing(requests, models, median(sqlite), median(postgres), max(*sqlite, *postgres))


async def _timed(place: AbstractAsyncContextManager[Stage], requests: int, models: int, times: int) -> list[float]:
    async with place as stage, stage.bot():
        await _fill(stage, requests, models)
        return [seconds async for seconds in _openings(stage, times)]


async def _openings(stage: Stage, times: int) -> AsyncIterator[float]:
    for turn in range(times + 1):
        before = len(_published(stage))
        began = time.perf_counter()
        await stage.slack.open_home(BEN)
        await stage.slack.until(lambda seen=before: len(_published(stage)) > seen)  # type: ignore[misc]
        if turn:  # The first one asks Slack who may decide, and the others remember it.
            yield time.perf_counter() - began


def _published(stage: Stage) -> list[object]:
    return [call for call in stage.slack.calls if call.method == "views.publish"]


async def _fill(stage: Stage, requests: int, models: int) -> None:
    """Store so many requests of 12 versions each, and so many known models."""
    clock = Clock()
    database = Database(parse_database_url(stage.database_url), clock)
    await database.open()
    now = clock.now()
    ids = [f"R-{n:05}" for n in range(requests)]
    targets = (_target(one, n) for one in ids for n in range(_VERSIONS))
    for table, rows in (
        (REQUESTS, (_request(n, now) for n in range(requests))),
        (TARGETS, targets),
        (DECISIONS, (_decision(one, now) for one in ids[_OPEN:])),
        (KNOWN_MODELS, (_model(n, now) for n in range(models))),
    ):
        while some := list(itertools.islice(rows, _AT_ONCE)):
            async with database.writing() as connection:
                await connection.execute(insert(table), some)
    await database.close()


def _request(number: int, now: float) -> dict[str, object]:
    is_open, is_under_way = number < _OPEN, _OPEN <= number < _OPEN + _UNDER_WAY
    state = State.AWAITING if is_open else State.DELETING if is_under_way else State.FINISHED
    decided = None if is_open else now - number
    return {
        "id": f"R-{number:05}",
        "state": state,
        "revision": 3,
        "trigger": str(number),
        "requester": DAN,
        "team_id": "T1",
        "origin_channel": OPS,
        "account": "acme",
        "approvals_required": 1,
        "approvers": LEADS,
        "self_approval": False,
        "digest": "",
        "left_out": "[]",
        "created_at": now - number,
        "expires_at": now + 86_400,
        "requested_at": now - number,
        "decided_at": decided,
        "finished_at": decided if state is State.FINISHED else None,
        # Claimed by another process, so that the bot does not begin to delete.
        "worker": "bench" if is_under_way else None,
        "worker_until": now + 86_400 if is_under_way else None,
        "card_channel": OPS,
        "card_ts": f"{now:.6f}",
        "target_count": _VERSIONS,
    }


def _target(request_id: str, number: int) -> dict[str, object]:
    return {
        "request_id": request_id,
        "position": number,
        "owner": "acme",
        "name": f"model-{request_id}",
        "version_id": f"{number:064x}",
        "is_latest": False,
        "state": "planned",
        "reason": "",
    }


def _decision(request_id: str, now: float) -> dict[str, object]:
    return {
        "request_id": request_id,
        "user_id": BEN,
        "team_id": "T1",
        "choice": "approve",
        "reason": "",
        "decided_at": now,
    }


def _model(number: int, now: float) -> dict[str, object]:
    return {
        "account": "acme",
        "key": f"model-{number}",
        "owner": "acme",
        "name": f"model-{number}",
        "visibility": "private",
        "versions": 20,
        "unused_versions": 18,
        "last_run_at": now - number * 3_600,
        "noted_at": now,
        "seen_at": now,
        "due_at": now + 86_400,
    }
