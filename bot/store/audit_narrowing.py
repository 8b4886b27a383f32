"""Finds the few requests that are asked for by what an index has: their model, their state, or their entries.

A listing walks all requests in the order of their times, and passes over those that are not asked for. Where only a few
are, that would read the whole history before the first line. So it is looked first whether an index knows them all.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import AsyncIterator, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, false, func, or_, select

from bot.requests.audit_filter import AuditFilter, ModelFilter
from bot.store.async_core import AsyncConnection
from bot.store.audit_conditions import of_entry, of_name, of_version, stored_states
from bot.store.tables import AUDIT, REQUESTS, TARGETS

FEW = 10_000
"""The most requests, or entries, whose places in a listing are held in memory."""

_MOST_READ = 50_000
"""The most rows of an index that are read for it."""

_MOST_MODELS = 500
"""The most models that are looked up one by one."""


async def few_requests(connection: AsyncConnection, asked: AuditFilter) -> set[str] | None:
    """Return the ids of requests among which all that are asked for are; None if they are many, or not known so."""
    if asked.request is not None:
        return {asked.request}
    async for rows in _sources(connection, asked):
        some = rows.limit(_MOST_READ + 1).subquery()
        counted = select(some.c.request_id, func.count()).group_by(some.c.request_id).limit(FEW + 1)
        found = (await connection.execute(counted)).all()
        if len(found) <= FEW and sum(count for _, count in found) <= _MOST_READ:
            return {request_id for request_id, _ in found if request_id is not None}
    return None


async def _sources(connection: AsyncConnection, asked: AuditFilter) -> AsyncIterator[Select[Any]]:
    """Yield queries for ids of requests, each of which finds all that are asked for."""
    if asked.model is not None:
        models = await _models(connection, asked.model)
        if len(models) <= _MOST_MODELS:
            yield select(TARGETS.c.request_id).where(_one_of(models), of_version(asked.model))
    if asked.states:
        yield select(REQUESTS.c.id.label("request_id")).where(REQUESTS.c.state.in_(stored_states(asked)))
    if asked.is_about_entries:
        yield select(AUDIT.c.request_id).where(of_entry(asked))


def _one_of(models: Sequence[tuple[str, str]]) -> ColumnElement[bool]:
    """Return the condition that a target is of one of these models. SQLite has no index for pairs in a list."""
    names: defaultdict[str, list[str]] = defaultdict(list)
    for owner, name in models:
        names[owner].append(name)
    owners = (and_(TARGETS.c.owner == owner, TARGETS.c.name.in_(those)) for owner, those in names.items())
    return or_(false(), *owners)


async def _models(connection: AsyncConnection, model: ModelFilter) -> list[tuple[str, str]]:
    """Return the models that requests are about and that are asked for, at most one more than are looked up."""
    found: list[tuple[str, str]] = []
    for owner in await _distinct(connection, TARGETS.c.owner, model.owner):
        names = await _distinct(connection, TARGETS.c.name, model.name, TARGETS.c.owner == owner)
        found += [(owner, name) for name in names]
    return found[: _MOST_MODELS + 1]


async def _distinct(connection: AsyncConnection, column: Any, name: str, *where: Any) -> list[str]:  # noqa: ANN401
    """Return the values of an indexed column that fit a name or glob, by going from one to the next in the index.

    Neither database does that for DISTINCT: they read every row (https://wiki.postgresql.org/wiki/Loose_indexscan).
    """
    value = select(func.min(column).label("value")).where(*where).cte("each_value", recursive=True)
    later = select(func.min(column)).where(*where, column > value.c.value).correlate(value).scalar_subquery()
    value = value.union_all(select(later).where(value.c.value.is_not(None)))
    fitting = select(value.c.value).where(value.c.value.is_not(None), of_name(value.c.value, name))
    return list((await connection.execute(fitting.limit(_MOST_MODELS + 1))).scalars())
