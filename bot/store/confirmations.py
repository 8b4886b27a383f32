"""Stores when each place at Replicate said that a deleted target is gone, and which are to be asked again."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, and_, case, func, select, tuple_, update

from bot.requests.gone_from import EVERYWHERE, GoneFrom
from bot.requests.outcomes import Outcome
from bot.requests.request import Target, TargetState
from bot.store.database import Database
from bot.store.rows import target_of
from bot.store.tables import REQUESTS, TARGETS

CONFIRM_AFTER = 60.0
"""Seconds after the end of a target when the places are asked that have not said that it is gone."""

AGAIN_AFTER = 600.0
"""Seconds until a place is asked again that did not say so, or gave no answer."""

GIVE_UP_AFTER = 86_400.0
"""Seconds after the end of a target from which on nobody asks any more."""

_AT_ONCE = 200
_TIMES = {GoneFrom.LIST: TARGETS.c.list_gone_at, GoneFrom.ADDRESS: TARGETS.c.address_gone_at}


@dataclass(frozen=True, slots=True)
class ToConfirm:
    """Deleted targets of one request, each with the places that have not said yet that it is gone."""

    request_id: str
    account: str
    missing: Mapping[Target, frozenset[GoneFrom]]


def gone_columns(outcome: Outcome, now: ColumnElement[float]) -> dict[str, Any]:
    """Return the columns that say from where a target is gone; where a place has not said so, it is asked later."""
    if outcome.state is not TargetState.DELETED:
        return {}
    said = {_TIMES[place].name: now for place in outcome.gone_from}
    return said if outcome.gone_from == EVERYWHERE else said | {"confirm_at": now + CONFIRM_AFTER}


class ConfirmationStore:
    """Stores what was found out about deleted targets. Raises DatabaseUnavailable."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def take(self, accounts: Collection[str]) -> ToConfirm | None:
        """Return some targets of one request of these accounts that are to be asked about now, or None.

        Until AGAIN_AFTER seconds later no other process gets them.
        """
        now = self._database.now
        due = and_(TARGETS.c.confirm_at <= now, self._of(accounts))
        first = select(TARGETS.c.request_id).join(REQUESTS).where(due).order_by(TARGETS.c.confirm_at).limit(1)
        some = (
            select(TARGETS.c.request_id, TARGETS.c.position)
            .where(TARGETS.c.request_id == first.scalar_subquery(), TARGETS.c.confirm_at <= now)
            .limit(_AT_ONCE)
            .with_for_update(skip_locked=True)
        )
        taking = (
            update(TARGETS)
            .where(tuple_(TARGETS.c.request_id, TARGETS.c.position).in_(some))
            .values(confirm_at=case((TARGETS.c.ended_at > now - GIVE_UP_AFTER, now + AGAIN_AFTER)))
            .returning(*TARGETS.c)
        )
        async with self._database.writing() as connection:
            rows = (await connection.execute(taking)).all()
            if not rows:
                return None
            of_request = select(REQUESTS.c.account).where(REQUESTS.c.id == rows[0].request_id)
            account = (await connection.execute(of_request)).scalar_one()
        missing = {
            target_of(row): frozenset(place for place, at in _TIMES.items() if getattr(row, at.name) is None)
            for row in rows
        }
        return ToConfirm(rows[0].request_id, account, missing)

    async def gone(self, request_id: str, found: Mapping[GoneFrom, Iterable[Target]]) -> None:
        """Store that these targets are gone from these places, as of now; a time that is stored already stays."""
        async with self._database.writing() as connection:
            for place, targets in found.items():
                column, positions = _TIMES[place], [target.position for target in targets]
                of_request = and_(TARGETS.c.request_id == request_id, TARGETS.c.position.in_(positions))
                is_new = and_(of_request, column.is_(None))
                await connection.execute(update(TARGETS).where(is_new).values({column.name: self._database.now}))
                known = [at.is_not(None) for at in _TIMES.values()]
                await connection.execute(update(TARGETS).where(of_request, *known).values(confirm_at=None))

    async def wait(self, accounts: Collection[str]) -> float | None:
        """Return in how many seconds the next target of these accounts is to be asked about, or None without any."""
        moment = select(func.min(TARGETS.c.confirm_at) - self._database.now).join(REQUESTS).where(self._of(accounts))
        async with self._database.reading() as connection:
            seconds: float | None = (await connection.execute(moment)).scalar()
        return seconds

    def _of(self, accounts: Collection[str]) -> ColumnElement[bool]:
        names = sorted({account.lower() for account in accounts})
        return and_(TARGETS.c.confirm_at.is_not(None), func.lower(REQUESTS.c.account).in_(names))
