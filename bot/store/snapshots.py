"""What is kept of models and versions before they are deleted: rows that are only ever added."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import ScalarSelect, func, insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.refs import ModelRef
from bot.requests.history import snapshot_detail
from bot.requests.request import Event
from bot.requests.snapshots import ModelSnapshot, StoredSchema, VersionSnapshot
from bot.store.audit_writer import record
from bot.store.database import Database
from bot.store.tables import MODEL_SNAPSHOTS, SCHEMA_SNAPSHOTS, VERSION_SNAPSHOTS
from bot.untrusted_text import clean


class SnapshotStore:
    """What is kept. Storing something twice changes nothing, so it takes no lease to do it."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def keep_schemas(self, schemas: Sequence[StoredSchema]) -> None:
        """Store those schemas that are not stored yet, from whichever request."""
        if not schemas:
            return
        rows = [{"digest": schema.digest, "body": schema.body} for schema in sorted(schemas, key=lambda s: s.digest)]
        async with self._database.writing() as connection:
            await connection.execute(self._database.insert(SCHEMA_SNAPSHOTS).on_conflict_do_nothing(), rows)

    async def keep_models(self, request_id: str, models: Sequence[ModelSnapshot]) -> None:
        """Store models with their request, and an entry for each; the first that came stays."""
        if not models:
            return
        async with self._database.writing() as connection:
            for model in models:
                versions = await self._keep_new(connection, request_id, model)
                if versions is not None:
                    detail = snapshot_detail(model, versions)
                    await record(connection, self._database, request_id, Event.KEPT, detail=detail)

    async def _keep_new(self, connection: AsyncConnection, request_id: str, model: ModelSnapshot) -> int | None:
        """Store a model and return how many of its versions are kept, or None where the model was kept before."""
        row = _model_row(request_id, model) | {"kept_at": self._database.now}
        versions = _versions_kept(request_id, model.ref)
        added = self._database.insert(MODEL_SNAPSHOTS).values(row).on_conflict_do_nothing().returning(versions)
        return (await connection.execute(added)).scalar_one_or_none()


async def insert_versions(connection: AsyncConnection, request_id: str, versions: Sequence[VersionSnapshot]) -> None:
    """Store versions with their request, in the transaction that makes it. Their schemas have to be stored before."""
    if versions:
        await connection.execute(insert(VERSION_SNAPSHOTS), [_version_row(request_id, version) for version in versions])


def model_of(row: Any) -> ModelSnapshot:  # noqa: ANN401 - a row of kept_models
    """Return the model that a row is about."""
    return ModelSnapshot(ModelRef(row.owner, row.name), row.metadata, row.readme, row.readme_problem)


def version_of(row: Any) -> VersionSnapshot:  # noqa: ANN401 - a row of kept_versions
    """Return the version that a row is about."""
    return VersionSnapshot(
        ModelRef(row.owner, row.name), row.version_id, row.created_at, row.cog_version, row.schema_digest
    )


def _versions_kept(request_id: str, ref: ModelRef) -> ScalarSelect[int]:
    table = VERSION_SNAPSHOTS
    theirs = (table.c.request_id == request_id, table.c.owner == ref.owner, table.c.name == ref.name)
    return select(func.count()).select_from(table).where(*theirs).scalar_subquery()


def _model_row(request_id: str, model: ModelSnapshot) -> dict[str, Any]:
    return {
        "request_id": request_id,
        "owner": model.ref.owner,
        "name": model.ref.name,
        "metadata": model.metadata,
        "readme": None if model.readme is None else clean(model.readme),
        "readme_problem": clean(model.readme_problem),
    }


def _version_row(request_id: str, version: VersionSnapshot) -> dict[str, object]:
    return {
        "request_id": request_id,
        "owner": version.ref.owner,
        "name": version.ref.name,
        "version_id": version.version_id,
        "created_at": version.created_at,
        "cog_version": version.cog_version,
        "schema_digest": version.schema_digest,
    }
