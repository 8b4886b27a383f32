"""The models that an account is known to have: noted, searched and listed."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from sqlalchemy import ColumnElement, Select, and_, func, or_, select

from bot.inventory.known_model import KnownModel, Source
from bot.inventory.search import fitting, near_misses, ranked
from bot.refs import ModelRef
from bot.store.database import Database
from bot.store.known_model_rows import (
    IS_KNOWN,
    AccountNames,
    account_keys,
    key_of,
    known_models_of,
    lock_models,
    note_models,
    own_refs,
    unnoted,
)
from bot.store.known_tables import KNOWN_MODELS
from bot.store.notify import Topic

_PUBLIC = "public"


class KnownModelStore:
    """Stores which models an account has. Every method but `accounts` takes its name; all raise DatabaseUnavailable.

    What people look at is also read of several accounts together.

    A name counts as known once Replicate has shown the model. Those that are gone are in no list but `gone`, and a
    renamed model is known under its new name.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    async def note(
        self, account: str, refs: Iterable[ModelRef], source: Source, *, is_shown: bool | None = None
    ) -> None:
        """Remember these names; those of other owners are left out. They are read in the background soon.

        `is_shown`: whether Replicate has just shown the models; if it is not given, the source decides.
        """
        own = own_refs(account, refs)
        proved = source.is_proof if is_shown is None else is_shown
        async with self._database.reading() as connection:
            new = await unnoted(connection, account, own, source, is_shown=proved)
        if not new:
            return
        async with self._database.writing() as connection:
            await lock_models(connection, self._database, account, new)
            await note_models(connection, self._database, account, new, source, is_shown=proved)
        self._database.changes.publish(Topic.MODELS)

    async def accounts(self) -> tuple[str, ...]:
        """Return the accounts that models are known of, in lower case, also those that the bot has no token of now."""
        statement = select(KNOWN_MODELS.c.account).distinct().order_by(KNOWN_MODELS.c.account)
        async with self._database.reading() as connection:
            return tuple((await connection.execute(statement)).scalars())

    async def count(self, account: AccountNames) -> int:
        """Return how many models the account has at least, public ones included."""
        statement = select(func.count()).select_from(KNOWN_MODELS).where(_of(account), IS_KNOWN)
        async with self._database.reading() as connection:
            return int((await connection.execute(statement)).scalar_one())

    async def count_stale(self, account: AccountNames) -> int:
        """Return how many models `stalest` lists altogether."""
        statement = select(func.count()).select_from(KNOWN_MODELS).where(_of(account), IS_KNOWN, _IS_DELETABLE)
        async with self._database.reading() as connection:
            return int((await connection.execute(statement)).scalar_one())

    async def get(self, account: str, refs: Iterable[ModelRef]) -> dict[ModelRef, KnownModel]:
        """Return those of these models that Replicate has ever shown, also gone ones; renamed ones as they are now."""
        wanted = {key_of(ref): ref for ref in own_refs(account, refs)}
        rows = select(KNOWN_MODELS.c.key, KNOWN_MODELS.c.renamed_to).where(_of(account), KNOWN_MODELS.c.key.in_(wanted))
        async with self._database.reading() as connection:
            names = {row.key: row.renamed_to or row.key for row in await connection.execute(rows)}
            was_seen = or_(KNOWN_MODELS.c.seen_at.is_not(None), KNOWN_MODELS.c.gone_at.is_not(None))
            found = await known_models_of(
                connection, _select(account, KNOWN_MODELS.c.key.in_(set(names.values())), was_seen)
            )
        by_key = {key_of(model.ref): model for model in found}
        return {wanted[key]: by_key[name] for key, name in names.items() if name in by_key}

    async def search(self, account: AccountNames, words: str, limit: int = 100) -> tuple[KnownModel, ...]:
        """Return the models that fit typed letters, the best first; near misses where nothing fits."""
        names = await self._names(account)
        best = ranked(words, names, limit) or near_misses(words, names, limit)
        return await self._named(account, best)

    async def matching(self, account: str, globs: Iterable[str]) -> tuple[KnownModel, ...]:
        """Return all models that one of these globs over `owner/name` fits, in alphabetical order."""
        return await self._named(account, fitting(globs, await self._names(account)))

    async def stalest(self, account: AccountNames, limit: int, offset: int = 0) -> tuple[KnownModel, ...]:
        """Return the models that are not public, those that have not been run for longest first.

        Those of which no run is known come first of all, the one whose newest version is oldest before the others.
        """
        order = (
            func.coalesce(KNOWN_MODELS.c.last_run_at, 0.0),
            func.coalesce(KNOWN_MODELS.c.newest_at, 0.0),
            KNOWN_MODELS.c.key,
            KNOWN_MODELS.c.account,
        )
        statement = _select(account, IS_KNOWN, _IS_DELETABLE).order_by(*order).limit(limit).offset(offset)
        return await self._read(statement)

    async def gone(self, account: AccountNames, limit: int, since: float = 0.0) -> tuple[KnownModel, ...]:
        """Return the models that vanished at or after `since`, the latest first."""
        statement = _select(account, KNOWN_MODELS.c.gone_at >= since, KNOWN_MODELS.c.renamed_to.is_(None))
        latest = (KNOWN_MODELS.c.gone_at.desc(), KNOWN_MODELS.c.key, KNOWN_MODELS.c.account)
        return await self._read(statement.order_by(*latest).limit(limit))

    async def _names(self, account: AccountNames) -> list[str]:
        statement = select(KNOWN_MODELS.c.owner, KNOWN_MODELS.c.name).where(_of(account), IS_KNOWN)
        async with self._database.reading() as connection:
            return [f"{row.owner}/{row.name}" for row in await connection.execute(statement)]

    async def _named(self, account: AccountNames, names: Sequence[str]) -> tuple[KnownModel, ...]:
        """Return the models of these names, in this order."""
        if not names:
            return ()
        places = {name.lower(): place for place, name in enumerate(names)}
        keys = {name.partition("/")[2] for name in places}
        found = await self._read(_select(account, IS_KNOWN, KNOWN_MODELS.c.key.in_(keys)))
        # Several accounts may have models of the same name, of which one alone is among these.
        asked = (model for model in found if str(model.ref).lower() in places)
        return tuple(sorted(asked, key=lambda model: places[str(model.ref).lower()]))

    async def _read(self, statement: Select[tuple[object, ...]]) -> tuple[KnownModel, ...]:
        async with self._database.reading() as connection:
            return await known_models_of(connection, statement)


_IS_DELETABLE = func.coalesce(KNOWN_MODELS.c.visibility, "") != _PUBLIC
"""As far as is known: others than private models cannot be deleted."""


def _of(account: AccountNames) -> ColumnElement[bool]:
    return KNOWN_MODELS.c.account.in_(account_keys(account))


def _select(account: AccountNames, *which: ColumnElement[bool]) -> Select[tuple[object, ...]]:
    return select(KNOWN_MODELS).where(and_(_of(account), *which))
