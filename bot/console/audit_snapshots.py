"""What the audit trail has of models and versions from before their deletion, as text and as fields of JSON. Pure."""

from __future__ import annotations

import json
from collections.abc import Iterator

from bot.moments import iso_milliseconds
from bot.requests.history import Story
from bot.requests.snapshots import ModelSnapshot, StoredSchema, VersionSnapshot
from bot.untrusted_text import on_one_line


def schema_line(schema: StoredSchema) -> str:
    """Return a schema, which several versions may share, as a line of JSON."""
    return f'{{"kind": "schema", "digest": {json.dumps(schema.digest)}, "schema": {schema.text}}}'


def kept_lines(story: Story) -> Iterator[str]:
    """Yield a line for each model, and one for each of its versions."""
    for model in story.models:
        yield _model_line(model)
        yield from (f"  {_version_line(version)}" for version in story.versions if version.ref == model.ref)


def model_fields(model: ModelSnapshot) -> dict[str, object]:
    """Return a model as fields of JSON."""
    return {
        "model": str(model.ref),
        "metadata": json.loads(model.metadata),
        "readme": model.readme,
        "readme_problem": model.readme_problem,
    }


def version_fields(version: VersionSnapshot) -> dict[str, object]:
    """Return a version as fields of JSON; its schema is told by its digest."""
    return {
        "model": str(version.ref),
        "version": version.version_id,
        "created_at": iso_milliseconds(version.created_at),
        "cog_version": version.cog_version,
        "schema_digest": version.schema_digest,
    }


def _model_line(model: ModelSnapshot) -> str:
    fields = json.loads(model.metadata)
    readme = f"readme of {len(model.readme)} characters" if model.readme is not None else "no readme"
    if model.readme_problem:
        readme = f"readme not read: {on_one_line(model.readme_problem)}"
    parts = [str(fields.get("visibility")), f"run count {fields.get('run_count')}", readme]
    if fields.get("description"):
        parts.append(on_one_line(str(fields["description"])))
    return f"{model.ref}: {', '.join(parts)}"


def _version_line(version: VersionSnapshot) -> str:
    cog = f"Cog {on_one_line(version.cog_version)}" if version.cog_version else "no Cog version"
    schema = f"schema {version.schema_digest}" if version.schema_digest else "no schema"
    return f"{version.version_id}  {iso_milliseconds(version.created_at)}  {cog}  {schema}"
