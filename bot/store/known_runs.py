"""What the account's predictions tell about its versions, as far as they were read."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from typing import NamedTuple

from sqlalchemy import ColumnElement, Select, func, select

from bot.inventory.known_model import Source
from bot.inventory.known_runs import KnownRuns, StoredRuns
from bot.inventory.run_reading import RunReading
from bot.refs import ModelRef
from bot.store.async_core import AsyncConnection
from bot.store.database import Database
from bot.store.known_model_rows import account_key, key_of, own_refs, portions
from bot.store.known_run_rows import run_reading_of
from bot.store.known_tables import KNOWN_MODELS, KNOWN_RUNS, SOURCE_READINGS


class KnownRunStore:
    """Reads what is known of an account's runs. Every method raises DatabaseUnavailable."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def of(self, account: str, version_ids: Collection[str]) -> KnownRuns:
        """Return what is known of the runs of these versions, by their full ids."""
        async with self._database.reading() as connection:
            runs = await _of_versions(connection, account, version_ids)
            return _known(runs, await _progress(connection, account))

    async def of_models(self, account: str, refs: Iterable[ModelRef]) -> KnownRuns:
        """Return the same summed over each of these models, by `owner/name`, with its runs under earlier names."""
        async with self._database.reading() as connection:
            runs = await _of_models(connection, account, refs)
            return _known(runs, await _progress(connection, account))

    async def stored(self, account: str, version_ids: Collection[str], refs: Collection[ModelRef]) -> StoredRuns:
        """Return what is known of these versions and models, all of it as of one state of reading predictions."""
        while True:  # until no page of predictions was stored meanwhile
            async with self._database.reading() as connection:
                before = await _progress(connection, account)
                versions = await _of_versions(connection, account, version_ids)
                models = await _of_models(connection, account, refs)
                hidden = await _hidden(connection, account, refs)
                now = await _progress(connection, account)
            if before == now:
                return StoredRuns(now.reading, _known(versions, now), _known(models, now), hidden)


@dataclass(frozen=True, slots=True)
class _Progress:
    """How far predictions were read; `ended_at`: when the last reading that came to its end began."""

    reading: RunReading = field(default_factory=RunReading)
    ended_at: float | None = None


class _Runs(NamedTuple):
    """The time of the newest run and the number of runs of each version or model that was run."""

    newest: dict[str, float]
    counts: dict[str, int]


async def _progress(connection: AsyncConnection, account: str) -> _Progress:
    """Return how far predictions were read."""
    which = (SOURCE_READINGS.c.account == account_key(account), SOURCE_READINGS.c.source == Source.PREDICTION)
    row = (await connection.execute(select(SOURCE_READINGS).where(*which))).one_or_none()
    return _Progress() if row is None else _Progress(run_reading_of(row.progress), row.ended_at)


def _known(runs: _Runs, progress: _Progress) -> KnownRuns:
    reading = progress.reading
    return KnownRuns(
        reading.known_since, reading.is_complete, reading.runs_seen, runs.newest, runs.counts, progress.ended_at
    )


async def _of_versions(connection: AsyncConnection, account: str, version_ids: Collection[str]) -> _Runs:
    found = _Runs({}, {})
    for some in portions(sorted(version_ids)):
        for version_id, runs, at in await connection.execute(_summed(account, KNOWN_RUNS.c.version_id, some)):
            found.newest[version_id], found.counts[version_id] = at, runs
    return found


async def _of_models(connection: AsyncConnection, account: str, refs: Iterable[ModelRef]) -> _Runs:
    wanted = {key_of(ref): str(ref) for ref in own_refs(account, refs)}
    found = _Runs({}, {})
    for some in portions(sorted(wanted)):
        names = await _names(connection, account, some)
        for name, runs, at in await connection.execute(_summed(account, KNOWN_RUNS.c.model, names)):
            for ref in (wanted[key] for key in names[name]):
                found.newest[ref] = max(at, found.newest.get(ref, at))
                found.counts[ref] = found.counts.get(ref, 0) + runs
    return found


async def _hidden(connection: AsyncConnection, account: str, refs: Iterable[ModelRef]) -> dict[str, float]:
    """Return the newest run of each model whose version is not revealed; empty names mean that neither is it."""
    wanted = {"": ""} | {key_of(ref): str(ref) for ref in own_refs(account, refs)}
    newest = func.max(KNOWN_RUNS.c.newest_at)
    which = (KNOWN_RUNS.c.account == account_key(account), KNOWN_RUNS.c.version_id == "")
    hidden: dict[str, float] = {}
    for some in portions(sorted(wanted)):
        among = select(KNOWN_RUNS.c.model, newest).where(*which, KNOWN_RUNS.c.model.in_(some))
        for name, at in await connection.execute(among.group_by(KNOWN_RUNS.c.model)):
            hidden[wanted[name]] = at
    return hidden


async def _names(connection: AsyncConnection, account: str, keys: Collection[str]) -> dict[str, set[str]]:
    """Return the names under which these models have run, each with the keys that it stands for."""
    renamed = select(KNOWN_MODELS.c.key, KNOWN_MODELS.c.renamed_to).where(
        KNOWN_MODELS.c.account == account_key(account), KNOWN_MODELS.c.renamed_to.in_(keys)
    )
    names: defaultdict[str, set[str]] = defaultdict(set, {key: {key} for key in keys})
    for row in await connection.execute(renamed):
        names[row.key].add(row.renamed_to)
    return names


def _summed(account: str, column: ColumnElement[str], among: Collection[str]) -> Select[str, int, float]:
    which = (KNOWN_RUNS.c.account == account_key(account), column.in_(among))
    sums = (func.sum(KNOWN_RUNS.c.runs), func.max(KNOWN_RUNS.c.newest_at))
    return select(column, *sums).where(*which).group_by(column)
