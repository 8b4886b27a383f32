"""The turns of cleanup rules: which of them is due, and which process evaluates it.

A turn begins at a time of the rule's schedule, or when an evaluation that failed is to be tried again, and one process
has it, under a lease. It ends in one transaction with all that it brings about, so that a process which dies in it has
done nothing, and another one takes the turn. Times that were missed, as nothing ran, are one turn.
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from sqlalchemy import ColumnElement, Row, insert, literal, select, update

from bot.cleanup.notices import Standing, to_json
from bot.cleanup.rule import CleanupRule
from bot.cleanup.schedule import next_after
from bot.cleanup.turn import MAX_DELAY, Turn, TurnEnd
from bot.store.async_core import AsyncConnection
from bot.store.database import Database
from bot.store.notify import Topic
from bot.store.proposal_tables import CLEANUP_NOTICES, CLEANUP_RULES, CLEANUP_SCHEDULES

LEASE = 120.0
"""Seconds for which a process has a turn. It renews that while it reads, which may take hours."""

_FAR_AHEAD = 86_400.0
"""Seconds. A time that was dealt with cannot be further ahead, unless the database's clock was set back."""


class TurnLost(Exception):
    """Another process has the turn by now, and nothing was written for this one."""


class RuleTurnStore:
    """Hands out turns. Every method raises DatabaseUnavailable, and what is written for a lost turn TurnLost."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self.renew_every = LEASE / 3

    async def ready_in(self, rules: Sequence[CleanupRule]) -> dict[str, float]:
        """Return in how many seconds a turn of each of these rules can be claimed, by name; 0 for now."""
        if not rules:
            return {}
        names = [rule.name for rule in rules]
        async with self._database.reading() as connection:
            now: float = (await connection.execute(select(self._database.now))).scalar_one()
            found = await connection.execute(select(CLEANUP_RULES).where(CLEANUP_RULES.c.name.in_(names)))
            rows = {row.name: row for row in found}
            done = await _done_until(connection, CLEANUP_SCHEDULES.c.rule.in_(names))
        ready: dict[str, float] = {}
        for rule in rules:
            row, until = rows.get(rule.name), done.get((rule.name, rule.schedule))
            # A schedule without a row, or with one by a clock that was ahead, begins once its rule was looked at.
            if row is None or until is None or _is_from_ahead(until, now):
                ready[rule.name] = 0.0
            else:
                ready[rule.name] = max(0.0, _ready_at(rule, row, until, now) - now)
        return ready

    async def next_times(self, rules: Sequence[CleanupRule]) -> dict[str, float]:
        """Return when each of these rules has its next turn, by name, in seconds since 1970."""
        async with self._database.reading() as connection:
            now: float = (await connection.execute(select(self._database.now))).scalar_one()
            rows = {row.name: row for row in await connection.execute(select(CLEANUP_RULES))}
            done = await _done_until(connection)
        return {
            rule.name: _due_at(rule, rows.get(rule.name), done.get((rule.name, rule.schedule), now), now)
            for rule in rules
        }

    async def claim(self, rule: CleanupRule) -> Turn | None:
        """Claim the rule's turn, or return None if it has none now; a rule that is new begins with its next time."""
        async with self._database.writing() as connection:
            row, until = await self._locked(connection, rule)
            is_ready = _ready_at(rule, row, until, row.now) <= row.now
            return await self._taken(connection, rule, row, _due_at(rule, row, until, row.now)) if is_ready else None

    async def renew(self, turn: Turn) -> None:
        """Keep a turn for as long again."""
        async with self._database.writing() as connection:
            await self._require(connection, turn, held_until=self._database.now + LEASE)

    async def end(self, turn: Turn, end: TurnEnd) -> None:
        """End a turn in which nothing is proposed."""
        async with self._database.writing() as connection:
            await self.end_within(connection, turn, end)
        self._database.changes.publish(Topic.CARDS)

    async def hold(self, connection: AsyncConnection, turn: Turn) -> None:
        """Lock a turn's row in the transaction of a caller, so that no other process ends a turn of this rule."""
        await self._require(connection, turn, lease=turn.lease)

    async def end_within(self, connection: AsyncConnection, turn: Turn, end: TurnEnd) -> None:
        """End a turn in the transaction of a caller."""
        again = end.again_in is not None
        spoken = (
            {}
            if end.standing is None
            else {"standing": json.dumps(asdict(end.standing)), "spoke_at": self._database.now}
        )
        await self._require(
            connection,
            turn,
            lease=None,
            held_until=None,
            failures=turn.failures + 1 if again else 0,
            retry_at=None if end.again_in is None else self._database.now + min(end.again_in, MAX_DELAY),
            told=json.dumps(sorted(end.told)),
            **spoken,
        )
        if not again:
            # Every schedule of the rule: one that comes back, having been replaced for a while, has missed nothing.
            done = self._database.later_of(self._database.now, literal(turn.due_at))
            of_rule = update(CLEANUP_SCHEDULES).where(CLEANUP_SCHEDULES.c.rule == turn.rule.name)
            await connection.execute(of_rule.values(done_until=done))
        rows = [{"recipient": to, "notice": to_json(notice)} for to, notice in end.notices]
        if rows:
            await connection.execute(insert(CLEANUP_NOTICES).values(due_at=self._database.now), rows)

    async def _locked(self, connection: AsyncConnection, rule: CleanupRule) -> tuple[Row[Any], float]:
        """Lock the rule's row, made if there is none; return it, and until when its schedule is dealt with."""
        adding = self._database.insert(CLEANUP_RULES).values(name=rule.name)
        same = {"name": rule.name}
        locked = adding.on_conflict_do_update(index_elements=["name"], set_=same)
        row = (await connection.execute(locked.returning(*CLEANUP_RULES.c, self._database.now.label("now")))).one()
        first = {"rule": rule.name, "schedule": rule.schedule, "done_until": row.now}
        await connection.execute(self._database.insert(CLEANUP_SCHEDULES).values(first).on_conflict_do_nothing())
        mine = (CLEANUP_SCHEDULES.c.rule == rule.name, CLEANUP_SCHEDULES.c.schedule == rule.schedule)
        # Else its next time would be that after now, whenever that is, until the clock has caught up.
        ahead = update(CLEANUP_SCHEDULES).where(*mine, CLEANUP_SCHEDULES.c.done_until > row.now + _FAR_AHEAD)
        await connection.execute(ahead.values(done_until=row.now))
        done = await _done_until(connection, *mine)
        return row, done[rule.name, rule.schedule]

    @staticmethod
    async def _taken(connection: AsyncConnection, rule: CleanupRule, row: Row[Any], due_at: float) -> Turn:
        """Give this process the turn of a rule whose row is locked."""
        lease = secrets.token_hex(8)
        taking = update(CLEANUP_RULES).where(CLEANUP_RULES.c.name == rule.name)
        await connection.execute(taking.values(lease=lease, held_until=row.now + LEASE))
        standing = Standing(**json.loads(row.standing)) if row.standing else None
        return Turn(rule, lease, due_at, row.now, row.failures, frozenset(json.loads(row.told)), standing, row.spoke_at)

    async def _require(self, connection: AsyncConnection, turn: Turn, **changes: object) -> None:
        """Write these changes, if no other process has the turn. Raises TurnLost otherwise."""
        held = (CLEANUP_RULES.c.name == turn.rule.name, CLEANUP_RULES.c.lease == turn.lease)
        changing = update(CLEANUP_RULES).where(*held).values(changes).returning(CLEANUP_RULES.c.name)
        if (await connection.execute(changing)).first() is None:
            raise TurnLost(turn.rule.name)


async def _done_until(connection: AsyncConnection, *which: ColumnElement[bool]) -> dict[tuple[str, str], float]:
    rows = await connection.execute(select(CLEANUP_SCHEDULES).where(*which))
    return {(row.rule, row.schedule): row.done_until for row in rows}


def _due_at(rule: CleanupRule, row: Row[Any] | None, done_until: float, now: float) -> float:
    """Return when the rule's turn begins, or began. Times beyond what can be are from before a clock was set back."""
    if row is not None and row.retry_at is not None:
        return row.retry_at if row.retry_at <= now + MAX_DELAY else 0.0
    return next_after(rule.every, rule.timezone, now if _is_from_ahead(done_until, now) else done_until)


def _is_from_ahead(done_until: float, now: float) -> bool:
    """Whether the clock was ahead when the times of a schedule were dealt with until then."""
    return done_until > now + _FAR_AHEAD


def _ready_at(rule: CleanupRule, row: Row[Any], done_until: float, now: float) -> float:
    return max(_due_at(rule, row, done_until, now), _held_until(row, now))


def _held_until(row: Row[Any], now: float) -> float:
    """Return until when another process has the turn; 0 if none has."""
    is_held = row.lease is not None and row.held_until is not None and row.held_until <= now + LEASE
    return row.held_until if is_held else 0.0
