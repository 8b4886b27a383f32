"""Writes names of models, and reads known models, in the transaction of a caller."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Any, TypeVar

from sqlalchemy import Row, Select, and_, case, func, or_, select, true, update

from bot.inventory.known_model import KnownModel, Source
from bot.refs import ModelRef
from bot.requests.outcomes import Outcome
from bot.requests.request import TargetState
from bot.store.advisory_locks import AdvisoryLock
from bot.store.async_core import AsyncConnection
from bot.store.database import Database
from bot.store.known_tables import KNOWN_MODEL_SOURCES, KNOWN_MODELS
from bot.store.tables import REQUESTS

Some = TypeVar("Some")

AccountNames = str | Sequence[str]
"""The name of one account, or those of several, of which together is asked."""

IS_KNOWN = and_(
    KNOWN_MODELS.c.seen_at.is_not(None), KNOWN_MODELS.c.gone_at.is_(None), KNOWN_MODELS.c.renamed_to.is_(None)
)
"""Whether Replicate has shown the model, and it is not known to be gone or to have another name now."""

_DELETED = (TargetState.DELETED, TargetState.ALREADY_GONE)

_AFTER_DELETIONS = 60.0
"""Seconds until a model is read again of which versions were deleted; others may follow within them."""

_AT_ONCE = 500
"""Names or rows in one statement; both databases limit its parameters."""


def account_key(account: str) -> str:
    """Return the name of an account as rows have it; Replicate's names are the same in any case."""
    return account.lower()


def account_keys(accounts: AccountNames) -> list[str]:
    """Return the names of one or several accounts as rows have them."""
    return [account_key(account) for account in ([accounts] if isinstance(accounts, str) else accounts)]


def key_of(ref: ModelRef) -> str:
    """Return the key of a model of a given account."""
    return ref.name.lower()


def own_refs(account: str, refs: Iterable[ModelRef]) -> list[ModelRef]:
    """Return those that the account owns, each once, in an order in which no two transactions wait for each other."""
    own = {key_of(ref): ref for ref in refs if account and account_key(ref.owner) == account_key(account)}
    return [own[key] for key in sorted(own)]


async def unnoted(
    connection: AsyncConnection, account: str, refs: Sequence[ModelRef], source: Source, *, is_shown: bool
) -> list[ModelRef]:
    """Return those not known from this source yet, and those believed to be gone, which are to be looked at again.

    Of models that Replicate has just shown also those that were only mentioned before.
    """
    noted: set[str] = set()
    for some in portions(refs):
        statement = (
            select(KNOWN_MODEL_SOURCES.c.key)
            .join(KNOWN_MODELS, _SAME_MODEL)
            .where(
                KNOWN_MODELS.c.account == account_key(account),
                KNOWN_MODELS.c.key.in_([key_of(ref) for ref in some]),
                KNOWN_MODEL_SOURCES.c.source == source,
                KNOWN_MODELS.c.gone_at.is_(None),
                KNOWN_MODELS.c.seen_at.is_not(None) if is_shown else true(),
            )
        )
        noted.update((await connection.execute(statement)).scalars())
    return [ref for ref in refs if key_of(ref) not in noted]


async def note_models(
    connection: AsyncConnection,
    database: Database,
    account: str,
    own: Sequence[ModelRef],
    source: Source,
    *,
    is_shown: bool,
) -> None:
    """Remember these `own_refs` as known from this source; `is_shown`: Replicate shows them."""
    for some in portions(own):
        rows = [
            {"account": account_key(account), "key": key_of(ref), "owner": ref.owner, "name": ref.name}
            | {"noted_at": database.now, "due_at": database.now, "seen_at": database.now if is_shown else None}
            for ref in some
        ]
        known = KNOWN_MODELS.c
        changes: dict[str, object] = {"due_at": case((known.gone_at.is_not(None), database.now), else_=known.due_at)}
        if is_shown:
            changes |= {"seen_at": func.coalesce(known.seen_at, database.now), "gone_at": None}
        noting = database.insert(KNOWN_MODELS).values(rows)
        await connection.execute(noting.on_conflict_do_update(index_elements=["account", "key"], set_=changes))
        sources = [{"account": row["account"], "key": row["key"], "source": source} for row in rows]
        await connection.execute(database.insert(KNOWN_MODEL_SOURCES).values(sources).on_conflict_do_nothing())


async def lock_models(connection: AsyncConnection, database: Database, account: str, refs: Iterable[ModelRef]) -> None:
    """Lock these models, and those they are called now, until the transaction ends.

    Every transaction that changes several models begins with it, so that no two wait for each other.
    """
    if not database.is_postgres:
        return  # a transaction that writes is the only one
    await database.lock(connection, AdvisoryLock.NOTING)
    known, keys = KNOWN_MODELS.c, [key_of(ref) for ref in refs]
    of_account = known.account == account_key(account)
    renamed = select(known.renamed_to).where(of_account, known.key.in_(keys))
    which = or_(known.key.in_(keys), known.key.in_(renamed))
    await connection.execute(select(known.key).where(of_account, which).order_by(known.key).with_for_update())


async def note_deleted(
    connection: AsyncConnection, database: Database, request_id: str, ends: Iterable[Outcome]
) -> None:
    """Mark models that a request has deleted as gone, and let those that lost versions be read again soon."""
    account = select(func.lower(REQUESTS.c.account)).where(REQUESTS.c.id == request_id).scalar_subquery()
    changes: dict[str, dict[str, object]] = {}
    for target in (end.target for end in ends if end.state in _DELETED):
        change = changes.setdefault(key_of(target.ref), {"due_at": database.now + _AFTER_DELETIONS})
        change |= {"gone_at": database.now} if target.version_id is None else {}
    # One after the other, in the order in which `lock_models` locks them.
    for key, change in sorted(changes.items()):
        which = (KNOWN_MODELS.c.account == account, KNOWN_MODELS.c.key == key)
        await connection.execute(update(KNOWN_MODELS).where(*which).values(change))


async def known_models_of(connection: AsyncConnection, statement: Select[tuple[object, ...]]) -> tuple[KnownModel, ...]:
    """Return the models of the rows of KNOWN_MODELS that this statement selects, in its order."""
    rows = (await connection.execute(statement)).all()
    sources: defaultdict[tuple[str, str], set[Source]] = defaultdict(set)
    accounts = {row.account for row in rows}
    for some in portions([row.key for row in rows]):
        which = (KNOWN_MODEL_SOURCES.c.account.in_(accounts), KNOWN_MODEL_SOURCES.c.key.in_(some))
        for row in await connection.execute(select(KNOWN_MODEL_SOURCES).where(*which)):
            sources[row.account, row.key].add(Source(row.source))
    return tuple(_model(row, frozenset(sources[row.account, row.key])) for row in rows)


def _model(row: Row[Any], sources: frozenset[Source]) -> KnownModel:
    return KnownModel(
        ref=ModelRef(row.owner, row.name),
        sources=sources,
        visibility=row.visibility,
        versions=row.versions,
        unused_versions=row.unused_versions,
        newest_at=row.newest_at,
        last_run_at=row.last_run_at,
        used_by=row.used_by,
        description=row.description,
        read_at=row.read_at,
        gone_at=row.gone_at,
    )


_SAME_MODEL = and_(
    KNOWN_MODELS.c.account == KNOWN_MODEL_SOURCES.c.account, KNOWN_MODELS.c.key == KNOWN_MODEL_SOURCES.c.key
)


def portions(items: Sequence[Some]) -> Iterable[Sequence[Some]]:
    """Return the items in portions of a size that one statement can take."""
    return (items[start : start + _AT_ONCE] for start in range(0, len(items), _AT_ONCE))
