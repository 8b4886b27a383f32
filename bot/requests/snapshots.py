"""What is kept of models and versions that are about to be deleted. Pure.

A schema is stored once, however many versions share it: by the digest of its JSON in one canonical form.
What Replicate or people could make arbitrarily long is bounded here.
"""

from __future__ import annotations

import hashlib
import json
import zlib
from collections.abc import Mapping
from dataclasses import dataclass

from bot.refs import ModelRef

MAX_FIELD_CHARS = 64_000
"""Characters of JSON that one field of a model's metadata may take; of a longer one its length is kept."""

MAX_README_CHARS = 500_000
"""Characters of a readme that are kept."""

_LEVEL = 6
"""As small as 9 for such JSON, in half the time."""


@dataclass(frozen=True, slots=True)
class ModelSnapshot:
    """A model as Replicate described it: `metadata` is JSON, every field of the model's own answer.

    `readme` is None where it has none, or where `readme_problem` says why it could not be read.
    """

    ref: ModelRef
    metadata: str
    readme: str | None = None
    readme_problem: str = ""


@dataclass(frozen=True, slots=True)
class VersionSnapshot:
    """A version: `created_at` in seconds since 1970, the digest None where Replicate gave no schema."""

    ref: ModelRef
    version_id: str
    created_at: float
    cog_version: str | None
    schema_digest: str | None


@dataclass(frozen=True, slots=True)
class StoredSchema:
    """An OpenAPI schema, compressed: canonical JSON through zlib."""

    digest: str
    body: bytes

    @property
    def text(self) -> str:
        """The schema's JSON."""
        return zlib.decompress(self.body).decode()


def canonical(schema: object) -> bytes:
    """Return a schema's JSON in the one form that is the same wherever the schema is."""
    return json.dumps(schema, sort_keys=True, separators=(",", ":")).encode()


def digest_of_schema(canonical_json: bytes) -> str:
    """Return what tells this schema from every other."""
    return hashlib.sha256(canonical_json).hexdigest()


def compressed(digest: str, canonical_json: bytes) -> StoredSchema:
    """Return a schema as it is stored."""
    return StoredSchema(digest, zlib.compress(canonical_json, _LEVEL))


def metadata_text(fields: Mapping[str, object]) -> str:
    """Return a model's metadata as JSON, whole but for fields longer than MAX_FIELD_CHARS."""
    return json.dumps({name: _bounded(value) for name, value in fields.items()})


def readme_text(readme: str) -> str:
    """Return a readme, of one longer than MAX_README_CHARS its beginning and how long it was."""
    if len(readme) <= MAX_README_CHARS:
        return readme
    return f"{readme[:MAX_README_CHARS]}\n\n[cut here: {len(readme)} characters in all]"


def _bounded(value: object) -> object:
    length = len(json.dumps(value))
    return value if length <= MAX_FIELD_CHARS else {"not kept": f"{length} characters of JSON"}
