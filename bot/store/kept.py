"""What is kept of models and versions before they are deleted: rows that are only ever added."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

from sqlalchemy import Table
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.kept import KeptModel, KeptSchema, KeptVersion
from bot.references import ModelRef
from bot.requests import Event
from bot.store.audit import record, storable
from bot.store.database import Database
from bot.store.tables import KEPT_MODELS, KEPT_SCHEMAS, KEPT_VERSIONS


async def insert_schemas(connection: AsyncConnection, database: Database, schemas: Sequence[KeptSchema]) -> None:
    """Store those schemas that are not stored yet, from whichever request."""
    if schemas:
        rows = [{"digest": schema.digest, "body": schema.body} for schema in sorted(schemas, key=lambda s: s.digest)]
        await connection.execute(_insert(database, KEPT_SCHEMAS), rows)


async def insert_snapshot(
    connection: AsyncConnection,
    database: Database,
    request_id: str,
    models: Sequence[KeptModel],
    versions: Sequence[KeptVersion],
) -> None:
    """Store models and versions with their request, and an entry for each model; the first that came stays."""
    if versions:
        await connection.execute(_insert(database, KEPT_VERSIONS), [_version_row(request_id, v) for v in versions])
    counts = Counter(version.ref for version in versions)
    for model in models:
        row = _model_row(request_id, model) | {"kept_at": database.now}
        added = _insert(database, KEPT_MODELS).values(row).returning(KEPT_MODELS.c.name)
        if (await connection.execute(added)).first() is not None:
            await record(connection, database, request_id, Event.KEPT, detail=_detail(model, counts[model.ref]))


def model_of(row: Any) -> KeptModel:  # noqa: ANN401 - a row of kept_models
    """Return the model that a row is about."""
    return KeptModel(ModelRef(row.owner, row.name), row.metadata, row.readme, row.readme_problem)


def version_of(row: Any) -> KeptVersion:  # noqa: ANN401 - a row of kept_versions
    """Return the version that a row is about."""
    return KeptVersion(
        ModelRef(row.owner, row.name), row.version_id, row.created_at, row.cog_version, row.schema_digest
    )


def _insert(database: Database, table: Table) -> Any:  # noqa: ANN401 - of either dialect
    dialect = postgresql if database.is_postgres else sqlite
    return dialect.insert(table).on_conflict_do_nothing()


def _model_row(request_id: str, model: KeptModel) -> dict[str, Any]:
    return {
        "request_id": request_id,
        "owner": model.ref.owner,
        "name": model.ref.name,
        "metadata": model.metadata,
        "readme": None if model.readme is None else storable(model.readme),
        "readme_problem": storable(model.readme_problem),
    }


def _version_row(request_id: str, version: KeptVersion) -> dict[str, object]:
    return {
        "request_id": request_id,
        "owner": version.ref.owner,
        "name": version.ref.name,
        "version_id": version.version_id,
        "created_at": version.created_at,
        "cog_version": version.cog_version,
        "schema_digest": version.schema_digest,
    }


def _detail(model: KeptModel, versions: int) -> str:
    readme = f"a readme of {len(model.readme)} characters" if model.readme is not None else "no readme"
    if model.readme_problem:
        readme = f"no readme, as it could not be read: {model.readme_problem}"
    return f"{model.ref}: its metadata, {readme}, {versions} version{'' if versions == 1 else 's'}"
