"""Tells which entries of the audit trail were stored, once their transaction is committed.

What is rolled back is told to nobody. The entries of a transaction are noted at its connection, which is all that
whoever writes them has.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, bindparam, func, select

from bot.requests.decisions import Choice
from bot.requests.recorded import Recorded, Standing
from bot.requests.request import Event, State, TargetState
from bot.store.async_core import AsyncConnection
from bot.store.tables import DECISIONS, REQUESTS, TARGETS

_NOTED = "entries noted in this transaction"
_log = logging.getLogger(__name__)

Listener = Callable[[Recorded], None]


class Journal:
    """The entries that this process stores, for those who listen. `now` is the database's clock."""

    def __init__(self, now: ColumnElement[float]) -> None:
        self._listeners: list[Listener] = []
        self._asked = _asked(now)

    def subscribe(self, listener: Listener) -> None:
        """Have each entry passed to `listener` once it is stored, in the order in which they were noted."""
        self._listeners.append(listener)

    async def noted(self, connection: AsyncConnection) -> list[Recorded]:
        """Return the entries of the present transaction, before its end, with how their requests stand.

        That takes one statement, and another one where requests were carried out, which counts their targets.
        """
        entries: list[Recorded] = connection.info.pop(_NOTED, [])
        ids = {entry.request_id for entry in entries if entry.request_id}
        if not ids:
            return entries
        rows = {row.id: row for row in await connection.execute(self._asked, {"ids": list(ids)})}
        done = {entry.request_id for entry in entries if entry.event is Event.FINISHED}
        counts = await _outcomes(connection, done & rows.keys()) if done else {}
        standings = {key: _standing(row, counts.get(key, {})) for key, row in rows.items()}
        return [replace(entry, standing=standings.get(entry.request_id or "")) for entry in entries]

    def tell(self, entries: Sequence[Recorded]) -> None:
        """Pass entries on that were committed. A listener that fails is logged: what was stored stays stored."""
        for entry in entries:
            for listener in self._listeners:
                try:
                    listener(entry)
                except Exception:  # noqa: BLE001 - the change is made, and must not look as if it had failed
                    _log.exception("an entry of the audit trail could not be told")


def begin(connection: AsyncConnection) -> None:
    """Begin to note entries in a new transaction of this connection."""
    connection.info[_NOTED] = []


def note(connection: AsyncConnection, entry: Recorded) -> None:
    """Note an entry that was written in the present transaction; outside of `Database.writing` nobody hears of it."""
    connection.info.setdefault(_NOTED, []).append(entry)


def _asked(now: ColumnElement[float]) -> Select[Any]:
    approvals = (
        select(func.count())
        .where(DECISIONS.c.request_id == REQUESTS.c.id, DECISIONS.c.choice == Choice.APPROVE)
        .scalar_subquery()
    )
    requests = REQUESTS.c
    return select(
        requests.id,
        requests.state,
        requests.target_count,
        requests.created_at,
        requests.requested_at,
        requests.decided_at,
        requests.claimed_at,
        requests.finished_at,
        approvals.label("approvals"),
        now.label("now"),
    ).where(requests.id.in_(bindparam("ids", expanding=True)))


async def _outcomes(connection: AsyncConnection, ids: set[str | None]) -> dict[str, dict[TargetState, int]]:
    """Return for each of these requests the number of its targets in each state."""
    columns = (TARGETS.c.request_id, TARGETS.c.state, TARGETS.c.kept_by.is_not(None))
    asked = select(*columns, func.count()).where(TARGETS.c.request_id.in_(ids)).group_by(*columns)
    counts: dict[str, dict[TargetState, int]] = {}
    for request_id, state, is_kept, count in await connection.execute(asked):
        counts.setdefault(request_id, {})[TargetState.KEPT if is_kept else TargetState(state)] = count
    return counts


def _standing(row: Row[Any], outcomes: dict[TargetState, int]) -> Standing:
    moments = (row.created_at, row.requested_at, row.decided_at, row.claimed_at, row.finished_at)
    return Standing(State(row.state), row.target_count, row.approvals, row.now, moments, outcomes)
