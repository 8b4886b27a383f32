"""Stores pickers: what was read for them, and which versions are selected."""

from __future__ import annotations

import json
import secrets
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Row, delete, select, update

from bot.errors import NotInDatabase, NotNow
from bot.picker.changes import PickerChange
from bot.picker.state import Picker
from bot.planning.drafts import DRAFT_LIFE
from bot.refs import ModelRef
from bot.store.async_core import AsyncConnection
from bot.store.database import Database
from bot.store.picker_rows import FACTS_FORMAT, changed_columns, picker_of
from bot.store.picker_tables import PICKERS
from bot.untrusted_text import clean

_RETENTION = 24 * 3600
"""Seconds for which the row of an expired picker is kept."""


@dataclass(frozen=True, slots=True)
class Opening:
    """What opens a picker; `trigger` identifies it, so that what is delivered twice opens one picker.

    `is_direct`: answers go to the person's direct messages, and not to the channel.
    """

    trigger: str
    user_id: str
    team_id: str
    channel_id: str
    model: ModelRef
    reason: str = ""
    reference: str = ""
    is_direct: bool = False


class PickerStore:
    """Stores pickers. Every method raises DatabaseUnavailable.

    `expired` is the message of NotNow for a picker that has ended, `outdated` for one with facts in another format.
    """

    def __init__(self, database: Database, *, expired: str, outdated: str) -> None:
        self._database = database
        self._expired = expired
        self._outdated = outdated

    async def begin(self, opening: Opening) -> str | None:
        """Store a picker for 30 minutes and return its id, or None if this command has one already."""
        now = self._database.now
        statement = (
            self._database.insert(PICKERS)
            .values(
                id=secrets.token_hex(8),
                trigger=opening.trigger,
                user_id=opening.user_id,
                team_id=opening.team_id,
                channel_id=opening.channel_id,
                owner=opening.model.owner,
                name=opening.model.name,
                reason=clean(opening.reason),
                reference=clean(opening.reference),
                is_direct=opening.is_direct,
                picked="[]",
                created_at=now,
                expires_at=now + DRAFT_LIFE,
            )
            .on_conflict_do_nothing()
            .returning(PICKERS.c.id)
        )
        async with self._database.writing() as connection:
            await connection.execute(delete(PICKERS).where(PICKERS.c.expires_at < now - _RETENTION))
            picker_id: str | None = (await connection.execute(statement)).scalar_one_or_none()
            return picker_id

    async def get(self, picker_id: str, user_id: str) -> Picker:
        """Return the user's picker. Raises NotNow if it has ended or is another's, NotInDatabase if there is none."""
        statement = select(*self._columns).where(*self._open(picker_id, user_id))
        async with self._database.reading() as connection:
            row = (await connection.execute(statement)).one_or_none()
            return await self._opened(connection, row, picker_id)

    async def revision(self, picker_id: str) -> int | None:
        """Return how often the picker was changed, or None if there is none."""
        statement = select(PICKERS.c.revision).where(PICKERS.c.id == picker_id)
        async with self._database.reading() as connection:
            return (await connection.execute(statement)).scalar_one_or_none()

    async def change(self, picker_id: str, user_id: str, step: PickerChange) -> Picker:
        """Apply `step` to the user's picker under its row's lock and return the result. Raises NotNow as `get` does."""
        lock = (
            update(PICKERS)
            .where(*self._open(picker_id, user_id))
            .values(revision=PICKERS.c.revision + 1)
            .returning(*self._columns)
        )
        async with self._database.writing() as connection:
            row = (await connection.execute(lock)).one_or_none()
            before = await self._opened(connection, row, picker_id)
            after = step(before)
            changed = update(PICKERS).where(PICKERS.c.id == picker_id).values(changed_columns(before, after))
            await connection.execute(changed)
        return after

    async def still_reading(self, picker_id: str) -> None:
        """Confirm that the picker is still being read, and let its 30 minutes start again.

        After READING_LEASE seconds without this, the process that was reading it is considered dead.
        """
        renewed = update(PICKERS).where(PICKERS.c.id == picker_id).values(expires_at=self._database.now + DRAFT_LIFE)
        async with self._database.writing() as connection:
            await connection.execute(renewed)

    @property
    def _columns(self) -> tuple[ColumnElement[Any], ...]:
        confirmed_at = PICKERS.c.expires_at - DRAFT_LIFE
        return (*PICKERS.c, (self._database.now - confirmed_at).label("unconfirmed_for"))

    def _open(self, picker_id: str, user_id: str) -> tuple[Any, ...]:
        return (
            PICKERS.c.id == picker_id,
            PICKERS.c.user_id == user_id,
            PICKERS.c.expires_at > self._database.now,
        )

    async def _opened(self, connection: AsyncConnection, row: Row[Any] | None, picker_id: str) -> Picker:
        """Return the picker of the row of one that this user may go on with.

        Raises NotInDatabase if there is no picker with this id, NotNow if this user may not go on with it, or its facts
        are in another format. One that has expired is kept for a day, which is longer than people look at a window.
        """
        if row is None:
            kept = (await connection.execute(select(PICKERS.c.id).where(PICKERS.c.id == picker_id))).first()
            raise NotNow(self._expired) if kept else NotInDatabase("What this window is about")
        facts = json.loads(row.facts) if row.facts else None
        if facts is not None and facts.get("shape") != FACTS_FORMAT:
            raise NotNow(self._outdated)
        return picker_of(row, facts)
