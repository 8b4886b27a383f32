"""Reads what is new in the audit trail, each entry once.

Transactions are not committed in the order of their entries' ids: on PostgreSQL one takes its ids from a sequence, and
others that took theirs later may be committed before it. So an id that is missing below the highest one is looked for
again, until the transaction that took it is surely over. Ids of transactions that were rolled back never come.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence

from sqlalchemy import func, select

from bot.clock import Clock
from bot.requests.audit_filter import AuditFilter
from bot.requests.history import AuditEntry, Summary
from bot.store.audit_entries import entries_of
from bot.store.audit_pages import PAGE
from bot.store.audit_requests import request_keys, summaries_of
from bot.store.database import Database
from bot.store.tables import AUDIT

GIVEN_UP_AFTER = 60.0
"""Seconds after which a missing id never comes; the bot's transactions take at most some seconds."""

_LOOKED_BACK = 1_000
"""Ids before the highest one among which missing ones are looked for; a sequence may also skip many for good."""


class AuditTail:
    """What comes into the audit trail after `begin`. Every method raises DatabaseUnavailable."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock
        self._last = 0
        self._missing: dict[int, float] = {}
        """Ids that are looked for, each until a moment of the clock."""

    async def begin(self) -> None:
        """Take everything that is committed now as known."""
        async with self._database.reading() as connection:
            self._last = (await connection.execute(select(func.max(AUDIT.c.id)))).scalar() or 0
            recent = select(AUDIT.c.id).where(AUDIT.c.id.between(self._last - _LOOKED_BACK, self._last))
            ids = set((await connection.execute(recent)).scalars())
        self._miss(1, ids)

    def is_known(self, entry_id: int) -> bool:
        """Return whether this entry was there when it was last looked, so that it does not come any more."""
        return entry_id <= self._last and entry_id not in self._missing

    async def new_entries(self, asked: AuditFilter) -> AsyncIterator[list[AuditEntry]]:
        """Yield the new entries that are asked for, in pages, in the order of their ids."""
        async for ids in self._new_ids():
            async with self._database.reading() as connection:
                entries = await entries_of(connection, asked, ids)
            if entries:
                yield entries

    async def changed_requests(self, asked: AuditFilter) -> AsyncIterator[list[Summary]]:
        """Yield the requests with new entries that are asked for, in pages, each oldest first."""
        async for ids in self._new_ids():
            changed = select(AUDIT.c.request_id).distinct().where(AUDIT.c.id.in_(ids), AUDIT.c.request_id.is_not(None))
            async with self._database.reading() as connection:
                keys = await request_keys(connection, asked, (await connection.execute(changed)).scalars().all())
                requests = await summaries_of(connection, [request_id for _, request_id in keys])
            if requests:
                yield requests[::-1]

    async def _new_ids(self) -> AsyncIterator[Sequence[int]]:
        """Yield new ids in pages. A page counts as known once the next one is asked for."""
        now = self._clock.elapsed()
        since = min(self._missing, default=self._last + 1)
        async with self._database.reading(patiently=True) as connection:
            later = (await connection.execute(select(AUDIT.c.id).where(AUDIT.c.id >= since))).scalars()
            ids = sorted(entry_id for entry_id in later if not self.is_known(entry_id))
        for begin in range(0, len(ids), PAGE):
            page = ids[begin : begin + PAGE]
            yield page
            self._know(page)
        self._missing = {missing: until for missing, until in self._missing.items() if until > now}

    def _know(self, ids: Sequence[int]) -> None:
        before, self._last = self._last, max(self._last, ids[-1])
        for entry_id in ids:
            self._missing.pop(entry_id, None)
        self._miss(before + 1, set(ids))

    def _miss(self, first: int, ids: set[int]) -> None:
        """Look for what is missing of the ids from `first` to the last one."""
        until = self._clock.elapsed() + GIVEN_UP_AFTER
        looked_for = range(max(first, self._last - _LOOKED_BACK), self._last)
        self._missing |= {entry_id: until for entry_id in looked_for if entry_id not in ids}
