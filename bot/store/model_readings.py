"""Reads of known models: which one is due, and what was read of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, and_, case, delete, func, select, update

from bot.inventory.known_model import Source
from bot.inventory.uses import Use
from bot.refs import ModelRef
from bot.store.async_core import AsyncConnection
from bot.store.database import Database
from bot.store.known_model_rows import account_key, key_of, lock_models
from bot.store.known_tables import KNOWN_MODEL_SOURCES, KNOWN_MODELS
from bot.store.known_use_rows import uses_of
from bot.store.source_readings import CLAIM, EVERY
from bot.untrusted_text import clean

RARELY = 7 * EVERY
"""Seconds between two reads of a name under which there is no model any more."""

_ONLY_MENTIONED = (Source.TYPED,)
"""What does not prove that there ever was such a model."""

_MAX_DESCRIPTION = 500


@dataclass(frozen=True, slots=True)
class ModelClaim:
    """A model that is to be read now, and what needs its versions."""

    account: str
    ref: ModelRef
    claimed_at: float
    uses: tuple[Use, ...]

    @property
    def key(self) -> str:
        """The key of its row."""
        return key_of(self.ref)


@dataclass(frozen=True, slots=True)
class ModelReading:
    """What Replicate says about a model; `versions` and `unused` are None if it has no list of versions."""

    ref: ModelRef
    visibility: str
    description: str
    versions: int | None
    unused: int | None
    newest_at: float | None
    used_by: str


class ModelReadingStore:
    """Claims known models and stores what was read of them. Every method raises DatabaseUnavailable."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def claim(self, account: str, *, never_read: bool = False) -> ModelClaim | None:
        """Claim the model that is due for longest, or return None; `never_read`: only one that never was."""
        now, models = self._database.now, KNOWN_MODELS.c
        due = and_(models.account == account_key(account), self._due_at() <= now)
        if never_read:
            due = and_(due, models.read_at.is_(None))
        next_one = select(models.key).where(due).order_by(models.due_at, models.key).limit(1)
        async with self._database.reading() as connection:
            if (await connection.execute(next_one)).first() is None:
                return None
        statement = (
            update(KNOWN_MODELS)
            .where(models.account == account_key(account))
            .where(models.key == next_one.with_for_update(skip_locked=True).scalar_subquery())
            .values(due_at=now + CLAIM)
            .returning(models.account, models.owner, models.name, now.label("now"))
        )
        async with self._database.writing() as connection:
            row = (await connection.execute(statement)).one_or_none()
            if row is None:
                return None
            ref = ModelRef(row.owner, row.name)
            uses = await uses_of(connection, row.account, key_of(ref))
            return ModelClaim(row.account, ref, row.now, uses)

    async def until_due(self, account: str) -> float | None:
        """Return in how many seconds the next model is due, or None if none is known."""
        return await self._database.seconds(
            self._database.until(self._due_at(), KNOWN_MODELS.c.account == account_key(account))
        )

    async def put_off(self, claim: ModelClaim, seconds: float) -> None:
        """Let the model be read after so many seconds."""
        await self._update(claim, due_at=self._database.now + seconds)

    async def record(self, claim: ModelClaim, found: ModelReading) -> None:
        """Store what was read. A model that was gone is known again, unless the bot deleted it meanwhile."""
        now, models = self._database.now, KNOWN_MODELS.c
        await self._update(
            claim,
            owner=found.ref.owner,
            name=found.ref.name,
            visibility=clean(found.visibility),
            description=clean(found.description)[:_MAX_DESCRIPTION],
            versions=found.versions,
            unused_versions=found.unused,
            newest_at=found.newest_at,
            used_by=found.used_by,
            seen_at=func.coalesce(models.seen_at, now),
            read_at=now,
            due_at=now + EVERY,
            gone_at=case((models.gone_at > claim.claimed_at, models.gone_at), else_=None),
            renamed_to=None,
        )

    async def record_absence(self, claim: ModelClaim) -> None:
        """Store that there is no such model. A name that was only mentioned is forgotten."""
        now, models = self._database.now, KNOWN_MODELS.c
        existed = (
            select(KNOWN_MODEL_SOURCES.c.key)
            .where(KNOWN_MODEL_SOURCES.c.account == claim.account, KNOWN_MODEL_SOURCES.c.key == claim.key)
            .where(KNOWN_MODEL_SOURCES.c.source.not_in(_ONLY_MENTIONED))
        )
        gone_at = func.coalesce(models.gone_at, now)
        often = case((gone_at > now - RARELY, EVERY), else_=RARELY)
        async with self._database.writing() as connection:
            never_was = and_(_is(claim), models.seen_at.is_(None), models.gone_at.is_(None), ~existed.exists())
            if (await connection.execute(delete(KNOWN_MODELS).where(never_was))).rowcount:
                of_it = (KNOWN_MODEL_SOURCES.c.account == claim.account, KNOWN_MODEL_SOURCES.c.key == claim.key)
                await connection.execute(delete(KNOWN_MODEL_SOURCES).where(*of_it))
                return
            changes = {"gone_at": gone_at, "renamed_to": None, "read_at": now, "due_at": now + often}
            await connection.execute(update(KNOWN_MODELS).where(_is(claim)).values(changes))

    async def record_new_name(self, claim: ModelClaim, new: ModelRef) -> None:
        """Store that Replicate shows the model under a new name, under which it is to be read soon."""
        async with self._database.writing() as connection:
            await lock_models(connection, self._database, claim.account, [claim.ref, new])
            await self._copy_to(connection, claim, new)
            now, models = self._database.now, KNOWN_MODELS.c
            changes = {"renamed_to": key_of(new), "gone_at": None, "read_at": now, "due_at": now + RARELY}
            earlier = and_(models.account == claim.account, models.renamed_to == claim.key)
            await connection.execute(update(KNOWN_MODELS).where(earlier).values(renamed_to=key_of(new)))
            await connection.execute(update(KNOWN_MODELS).where(_is(claim)).values(changes))

    async def _copy_to(self, connection: AsyncConnection, claim: ModelClaim, new: ModelRef) -> None:
        """Know the model under its new name from the same sources, and when it was last run."""
        now = self._database.now
        old = (await connection.execute(select(KNOWN_MODELS).where(_is(claim)))).one_or_none()
        values = {"account": claim.account, "key": key_of(new), "owner": new.owner, "name": new.name}
        times = {
            "noted_at": now,
            "seen_at": now,
            "due_at": now,
            "last_run_at": None if old is None else old.last_run_at,
        }
        known = KNOWN_MODELS.c
        adding = self._database.insert(KNOWN_MODELS).values(values | times)
        changes = {
            "seen_at": func.coalesce(known.seen_at, now),
            "due_at": now,
            "gone_at": None,
            "renamed_to": None,
            "last_run_at": self._later(known.last_run_at, adding.excluded.last_run_at),
        }
        await connection.execute(adding.on_conflict_do_update(index_elements=["account", "key"], set_=changes))
        sources = KNOWN_MODEL_SOURCES.c
        of_it = (sources.account == claim.account, sources.key == claim.key)
        found: Sequence[str] = (await connection.execute(select(sources.source).where(*of_it))).scalars().all()
        rows = [{"account": claim.account, "key": key_of(new), "source": source} for source in sorted(found)]
        if rows:
            await connection.execute(self._database.insert(KNOWN_MODEL_SOURCES).values(rows).on_conflict_do_nothing())

    def _later(self, one: ColumnElement[float], other: ColumnElement[float]) -> ColumnElement[float]:
        """The later of two moments, each of which may be NULL."""
        return self._database.later_of(func.coalesce(one, other), func.coalesce(other, one))

    def _due_at(self) -> ColumnElement[float]:
        return self._database.unless_far_ahead(KNOWN_MODELS.c.due_at, RARELY)

    async def _update(self, claim: ModelClaim, **changes: object) -> None:
        async with self._database.single() as connection:
            await connection.execute(update(KNOWN_MODELS).where(_is(claim)).values(changes))


def _is(claim: ModelClaim) -> ColumnElement[bool]:
    return and_(KNOWN_MODELS.c.account == claim.account, KNOWN_MODELS.c.key == claim.key)
