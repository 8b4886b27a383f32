"""How far each source of known models was read, stored together with what was read.

A process claims a source for the time that one page takes. What it read is stored only if nobody has stored a page of
that source meanwhile, so that a page counts once, whoever is killed, and however long a claim lasted.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, and_, case, func, select, update

from bot.inventory.known_model import Source
from bot.inventory.run_reading import PageRead, RunReading
from bot.inventory.uses import Use
from bot.refs import ModelRef
from bot.store.async_core import AsyncConnection
from bot.store.database import Database
from bot.store.known_model_rows import account_key, lock_models, note_models, own_refs, unnoted
from bot.store.known_run_rows import add_runs, run_reading_of, stored_run_reading
from bot.store.known_tables import SOURCE_READINGS
from bot.store.known_use_rows import forget_other_uses, write_uses
from bot.store.tables import REQUESTS, TARGETS

CLAIM = 120.0
"""Seconds for which a source is claimed; then another process may read the same page."""

EVERY = 24 * 3600.0
"""Seconds between the beginnings of two readings of one source."""


@dataclass(frozen=True, slots=True)
class SourceClaim:
    """A source claimed for its next page: `cursor` is the page's address, empty for the first of a reading.

    `runs` is how far predictions were read. Of any other list it has the `pages` of this reading, and nothing else.
    """

    account: str
    source: Source
    reading: int
    step: int
    cursor: str
    runs: RunReading
    claimed_at: float


class SourceReadingStore:
    """Claims sources and stores what was read of them. Every method raises DatabaseUnavailable."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def begin(self, account: str, sources: Iterable[Source]) -> None:
        """Let these sources be read; those that already are stay as they are."""
        new = {"reading": 0, "step": 0, "cursor": "", "progress": "", "due_at": self._database.now}
        rows = [{"account": account_key(account), "source": source} | new for source in sources]
        async with self._database.single() as connection:
            await connection.execute(self._database.insert(SOURCE_READINGS).values(rows).on_conflict_do_nothing())

    async def claim(self, account: str, sources: Collection[Source]) -> SourceClaim | None:
        """Claim the next page of one of these sources, of the one that is due for longest; None if none is due."""
        now, row = self._database.now, SOURCE_READINGS.c
        due = and_(row.account == account_key(account), row.source.in_(sources), self._due_at() <= now)
        next_one = select(row.source).where(due).order_by(row.due_at, row.source).limit(1)
        async with self._database.reading() as connection:
            if (await connection.execute(next_one)).first() is None:
                return None
        claiming = (
            update(SOURCE_READINGS)
            .where(row.account == account_key(account))
            .where(row.source == next_one.with_for_update(skip_locked=True).scalar_subquery())
            .values(
                due_at=now + CLAIM,
                began_at=func.coalesce(row.began_at, now),
                reading=case((row.began_at.is_(None), row.reading + 1), else_=row.reading),
            )
            .returning(*row, now.label("now"))
        )
        async with self._database.single() as connection:
            found = (await connection.execute(claiming)).one_or_none()
        if found is None:
            return None
        runs = run_reading_of(found.progress)
        return SourceClaim(
            found.account, Source(found.source), found.reading, found.step, found.cursor, runs, found.now
        )

    async def until_due(self, account: str) -> float | None:
        """Return in how many seconds a page of any source may be read, or None if none was ever begun."""
        return await self._database.seconds(
            self._database.until(self._due_at(), SOURCE_READINGS.c.account == account_key(account))
        )

    async def put_off(self, claim: SourceClaim, seconds: float, *, forget_page: bool = False) -> None:
        """Let the next page be read after so many seconds; `forget_page`: its address is of no use any more.

        Predictions then go on by their dates, and any other list begins again.
        """
        changes: dict[str, object] = {"due_at": self._database.now + seconds}
        if forget_page:
            changes["cursor"] = ""
            if claim.source is not Source.PREDICTION:
                changes["progress"] = ""
        async with self._database.single() as connection:
            await connection.execute(update(SOURCE_READINGS).where(_is_still(claim)).values(changes))

    async def record_uses(
        self, claim: SourceClaim, refs: Iterable[ModelRef], uses: Sequence[Use], next_page: str | None
    ) -> bool:
        """Store a page of deployments or trainings; False if somebody else has stored it.

        `refs` are the models it names. At the end of the list, uses that are no longer listed are forgotten.
        """
        pages = 0 if next_page is None else claim.runs.pages + 1
        async with self._database.writing() as connection:
            if not await self._advance(connection, claim, next_page, RunReading(pages=pages)):
                return False
            await self._note(connection, claim, refs)
            await write_uses(connection, self._database, claim.account, claim.reading, uses)
            if next_page is None:
                await forget_other_uses(connection, claim.account, claim.source, claim.reading)
        return True

    async def record_runs(
        self, claim: SourceClaim, refs: Iterable[ModelRef], page: PageRead, next_page: str | None
    ) -> bool:
        """Store a page of predictions; False if somebody else has stored it. `refs` are the models it names."""
        next_page = None if page.has_ended else next_page
        async with self._database.writing() as connection:
            if not await self._advance(connection, claim, next_page, page.reading):
                return False
            await self._note(connection, claim, refs)
            await add_runs(connection, self._database, claim.account, page.tallies)
        return True

    async def record_requests(self, claim: SourceClaim) -> bool:
        """Note the models in the account's requests; False if somebody else has."""
        models = (
            select(TARGETS.c.owner, TARGETS.c.name)
            .join(REQUESTS)
            .where(func.lower(REQUESTS.c.account) == claim.account)
            .distinct()
        )
        async with self._database.writing() as connection:
            if not await self._advance(connection, claim, None):
                return False
            refs = [ModelRef(row.owner, row.name) for row in await connection.execute(models)]
            await self._note(connection, claim, refs)
        return True

    def _due_at(self) -> ColumnElement[float]:
        return self._database.unless_far_ahead(SOURCE_READINGS.c.due_at, EVERY)

    async def _advance(
        self, connection: AsyncConnection, claim: SourceClaim, next_page: str | None, runs: RunReading | None = None
    ) -> bool:
        """Move the source to its next page, or to the end of this reading; False if somebody else has."""
        now, began_at = self._database.now, SOURCE_READINGS.c.began_at
        ended = {"began_at": None, "ended_at": began_at, "due_at": began_at + EVERY}
        changes: dict[str, object] = {"step": claim.step + 1, "cursor": next_page or "", "due_at": now}
        if runs is not None:
            changes["progress"] = stored_run_reading(runs)
        if next_page is None:
            changes |= ended
        result = await connection.execute(update(SOURCE_READINGS).where(_is_still(claim)).values(changes))
        return result.rowcount == 1

    async def _note(self, connection: AsyncConnection, claim: SourceClaim, refs: Iterable[ModelRef]) -> None:
        own = own_refs(claim.account, refs)
        await lock_models(connection, self._database, claim.account, own)
        is_shown = claim.source.is_proof
        new = await unnoted(connection, claim.account, own, claim.source, is_shown=is_shown)
        await note_models(connection, self._database, claim.account, new, claim.source, is_shown=is_shown)


def _is_still(claim: SourceClaim) -> ColumnElement[bool]:
    """Whether nobody has stored a page since the claim."""
    same = and_(SOURCE_READINGS.c.account == claim.account, SOURCE_READINGS.c.source == claim.source)
    return and_(same, SOURCE_READINGS.c.step == claim.step)
