"""Snapshots: what is stored of models and versions before they are deleted. Pure.

Versions with the same schema share one stored copy, whose key is the digest of the schema's canonical JSON.
Every field of arbitrary length is bounded here.
"""

from __future__ import annotations

import hashlib
import json
import math
import zlib
from collections.abc import Mapping
from dataclasses import dataclass

from bot.refs import ModelRef

MAX_FIELD_CHARS = 64_000
"""The most characters of JSON for one field of a model's metadata; of a longer field only the length is stored."""

MAX_README_CHARS = 500_000
"""The most characters of a readme that are stored."""

_ZLIB_LEVEL = 6
"""Compresses such JSON as well as level 9, in half the time."""


@dataclass(frozen=True, slots=True)
class ModelSnapshot:
    """A model as Replicate described it: `metadata` is JSON with every field of the answer about the model.

    `readme` is None if the model has none, or if it could not be read; `readme_problem` says why.
    """

    ref: ModelRef
    metadata: str
    readme: str | None = None
    readme_problem: str = ""


@dataclass(frozen=True, slots=True)
class VersionSnapshot:
    """A version: `created_at` in seconds since 1970, `schema_digest` None if Replicate gave no schema."""

    ref: ModelRef
    version_id: str
    created_at: float
    cog_version: str | None
    schema_digest: str | None


@dataclass(frozen=True, slots=True)
class StoredSchema:
    """An OpenAPI schema: its canonical JSON, compressed with zlib."""

    digest: str
    body: bytes

    @property
    def text(self) -> str:
        """The schema's JSON."""
        return zlib.decompress(self.body).decode()


def canonical(schema: object) -> bytes:
    """Return a schema's canonical JSON: sorted keys, no whitespace, so that equal schemas have equal bytes."""
    return _json(schema, sort_keys=True, separators=(",", ":")).encode()


def digest_of_schema(canonical_json: bytes) -> str:
    """Return the SHA-256 of a schema's canonical JSON, in hexadecimal."""
    return hashlib.sha256(canonical_json).hexdigest()


def compressed(digest: str, canonical_json: bytes) -> StoredSchema:
    """Return the schema compressed for storage."""
    return StoredSchema(digest, zlib.compress(canonical_json, _ZLIB_LEVEL))


def metadata_text(fields: Mapping[str, object]) -> str:
    """Return a model's metadata as JSON, without the values of fields longer than MAX_FIELD_CHARS."""
    return _json({name: _bounded(value) for name, value in fields.items()})


def readme_text(readme: str) -> str:
    """Return a readme; one longer than MAX_README_CHARS is cut, with a note of its full length."""
    if len(readme) <= MAX_README_CHARS:
        return readme
    return f"{readme[:MAX_README_CHARS]}\n\n[cut here: {len(readme)} characters in all]"


def _bounded(value: object) -> object:
    length = len(_json(value))
    return value if length <= MAX_FIELD_CHARS else {"not kept": f"{length} characters of JSON"}


def _json(value: object, *, sort_keys: bool = False, separators: tuple[str, str] | None = None) -> str:
    """Return a value as JSON that every reader takes, which knows neither NaN nor infinite numbers (RFC 8259, 6)."""
    try:
        return json.dumps(value, allow_nan=False, sort_keys=sort_keys, separators=separators)
    except ValueError:
        return json.dumps(_finite(value), allow_nan=False, sort_keys=sort_keys, separators=separators)


def _finite(value: object) -> object:
    """Return the value with `"nan"`, `"inf"` and `"-inf"` for the numbers that are not finite."""
    match value:
        case float() if not math.isfinite(value):
            return str(value)
        case list():
            return [_finite(item) for item in value]
        case dict():
            return {name: _finite(item) for name, item in value.items()}
        case _:
            return value
