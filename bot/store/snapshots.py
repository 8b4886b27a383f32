"""Stores snapshots of models and versions before their deletion. The tables are append-only."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import ScalarSelect, func, insert, select

from bot.refs import ModelRef
from bot.requests.history import snapshot_detail
from bot.requests.request import Event
from bot.requests.snapshots import ModelSnapshot, StoredSchema, VersionSnapshot
from bot.store.async_core import AsyncConnection
from bot.store.audit_writer import record
from bot.store.database import Database
from bot.store.tables import MODEL_SNAPSHOTS, SCHEMA_SNAPSHOTS, VERSION_SNAPSHOTS
from bot.untrusted_text import clean


class SnapshotStore:
    """Stores snapshots. Storing is idempotent, so it takes no lease."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def store_schemas(self, schemas: Sequence[StoredSchema]) -> None:
        """Store the schemas that are not stored yet. Requests share them."""
        if not schemas:
            return
        # In a fixed order, so that two processes that store the same schemas cannot deadlock.
        rows = [{"digest": schema.digest, "body": schema.body} for schema in sorted(schemas, key=lambda s: s.digest)]
        async with self._database.writing() as connection:
            await connection.execute(self._database.insert(SCHEMA_SNAPSHOTS).on_conflict_do_nothing(), rows)

    async def store_models(self, request_id: str, models: Sequence[ModelSnapshot]) -> None:
        """Store a request's models, with an audit entry for each; a model that is stored already stays as it is."""
        if not models:
            return
        async with self._database.writing() as connection:
            for model in models:
                versions = await self._insert_new(connection, request_id, model)
                if versions is not None:
                    detail = snapshot_detail(model, versions)
                    await record(connection, self._database, request_id, Event.KEPT, detail=detail)

    async def _insert_new(self, connection: AsyncConnection, request_id: str, model: ModelSnapshot) -> int | None:
        """Store a model and return how many of its versions are stored, or None if the model was stored before."""
        row = _model_row(request_id, model) | {"kept_at": self._database.now}
        versions = _count_versions(request_id, model.ref)
        added = self._database.insert(MODEL_SNAPSHOTS).values(row).on_conflict_do_nothing().returning(versions)
        return (await connection.execute(added)).scalar_one_or_none()


async def insert_versions(connection: AsyncConnection, request_id: str, versions: Sequence[VersionSnapshot]) -> None:
    """Store a request's versions, in the transaction that creates it. Their schemas have to be stored already."""
    if versions:
        await connection.execute(insert(VERSION_SNAPSHOTS), [_version_row(request_id, version) for version in versions])


def model_of(row: Any) -> ModelSnapshot:  # noqa: ANN401 - a row of kept_models
    """Return the model of a row."""
    return ModelSnapshot(ModelRef(row.owner, row.name), row.metadata, row.readme, row.readme_problem)


def version_of(row: Any) -> VersionSnapshot:  # noqa: ANN401 - a row of kept_versions
    """Return the version of a row."""
    return VersionSnapshot(
        ModelRef(row.owner, row.name), row.version_id, row.created_at, row.cog_version, row.schema_digest
    )


def _count_versions(request_id: str, ref: ModelRef) -> ScalarSelect[int]:
    table = VERSION_SNAPSHOTS
    of_model = (table.c.request_id == request_id, table.c.owner == ref.owner, table.c.name == ref.name)
    return select(func.count()).select_from(table).where(*of_model).scalar_subquery()


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
