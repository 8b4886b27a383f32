"""What is kept of models and versions, and what keeping it costs."""

from __future__ import annotations

import hashlib
import json
from collections.abc import AsyncIterator

import pytest
from sqlalchemy import func, select

from bot.requests.request import Event, Target
from bot.requests.snapshots import (
    MAX_FIELD_CHARS,
    MAX_README_CHARS,
    ModelSnapshot,
    StoredSchema,
    VersionSnapshot,
    canonical,
    compressed,
    digest_of_schema,
    metadata_text,
    readme_text,
)
from bot.store.tables import SCHEMA_SNAPSHOTS
from tests.bot.stored import FLUX, Stored, stored

MEBIBYTE = 1024 * 1024


@pytest.fixture
async def stores(any_url: str) -> AsyncIterator[Stored]:
    async with stored(any_url) as opened:
        yield opened


def kept(schema: object) -> StoredSchema:
    written = canonical(schema)
    return compressed(digest_of_schema(written), written)


def test_field_order_makes_no_other_schema() -> None:
    """The order in which Replicate writes a schema's fields makes no other schema of it."""
    assert kept({"a": 1, "b": {"c": 2, "d": 3}}) == kept({"b": {"d": 3, "c": 2}, "a": 1})
    assert kept({"a": 1}).digest != kept({"a": 2}).digest


def test_a_schema_comes_back_whole() -> None:
    """A stored schema is read as it was, whatever characters it holds."""
    schema = {"title": "naïve \x00 😀", "paths": {"/predictions": [1, 2.5, None, True]}}
    assert json.loads(kept(schema).text) == schema


def test_every_metadata_field_is_kept_also_unknown_ones() -> None:
    """Every field of a model's metadata is kept, those that the bot does not know too."""
    fields = {"owner": "acme", "default_example": {"input": {"prompt": "a cat"}}, "new": [1, None]}
    assert json.loads(metadata_text(fields)) == fields


def test_numbers_that_json_does_not_know_are_kept_in_words() -> None:
    """Numbers that are infinite or none, which JSON does not know, are kept as strings, and the digest is stable."""
    odd: dict[str, object] = {"default_example": {"scores": [float("nan"), float("inf"), -float("inf"), 1.5]}}
    written = {"default_example": {"scores": ["nan", "inf", "-inf", 1.5]}}
    assert json.loads(metadata_text(odd), parse_constant=pytest.fail) == written
    assert kept(odd) == kept(written)


def test_only_the_length_of_overlong_metadata_is_kept() -> None:
    """Of a field that is too long its length is kept, and every other field is whole."""
    fields = {"owner": "acme", "default_example": "x" * MAX_FIELD_CHARS}
    assert json.loads(metadata_text(fields)) == {
        "owner": "acme",
        "default_example": {"not kept": f"{MAX_FIELD_CHARS + 2} characters of JSON"},
    }


def test_an_overlong_readme_is_cut_and_its_length_kept() -> None:
    """A readme is kept whole up to a length, and of a longer one its beginning and how long it was."""
    assert readme_text("x" * MAX_README_CHARS) == "x" * MAX_README_CHARS
    longer = readme_text("x" * (MAX_README_CHARS + 1))
    assert longer.startswith("x" * MAX_README_CHARS)
    assert longer.endswith(f"[cut here: {MAX_README_CHARS + 1} characters in all]")


async def test_a_resumed_request_does_not_store_a_snapshot_again(stores: Stored) -> None:
    """What a request holds already is not stored again, nor told of again, when its work is resumed."""
    versions = [VersionSnapshot(FLUX, "v1", 1.0, "0.9.4", None), VersionSnapshot(FLUX, "v2", 2.0, "0.9.4", None)]
    claim = await stores.claimed(Target(0, FLUX, "v1", 1.0), Target(1, FLUX, "v2", 2.0), versions=versions)
    await stores.snapshots.store_models(claim.request_id, [ModelSnapshot(FLUX, '{"run_count": 1}', "# first")])
    await stores.snapshots.store_models(claim.request_id, [ModelSnapshot(FLUX, '{"run_count": 2}')])
    story = await stores.trail.story(claim.request_id)
    assert story is not None
    assert story.models == (ModelSnapshot(FLUX, '{"run_count": 1}', "# first"),)
    assert set(story.versions) == set(versions)
    assert [e.detail for e in story.entries if e.event is Event.KEPT] == [
        "acme/flux: its metadata, a readme of 7 characters, 2 versions"
    ]


async def test_a_schema_is_stored_once(stores: Stored) -> None:
    """Two requests whose versions share a schema store it once between them."""
    schema = kept({"openapi": "3.0.2"})
    for name in ("v1", "v2"):
        await stores.snapshots.store_schemas([schema])
        version = VersionSnapshot(FLUX, name, 1.0, None, schema.digest)
        await stores.draft(Target(0, FLUX, name, 1.0), versions=[version], trigger=name)
    async with stores.database.reading() as connection:
        assert (await connection.execute(select(SCHEMA_SNAPSHOTS.c.digest))).scalars().all() == [schema.digest]
    assert [s async for s in stores.trail.schemas([schema.digest, "unknown"])] == [schema]


async def test_nul_in_a_readme_does_not_stop_a_request(stores: Stored) -> None:
    """A NUL in somebody's readme, which PostgreSQL cannot store, does not keep a request from its end."""
    claim = await stores.claimed(Target(0, FLUX))
    await stores.snapshots.store_models(claim.request_id, [ModelSnapshot(FLUX, "{}", "# a\x00b")])
    story = await stores.trail.story(claim.request_id)
    assert story is not None
    assert story.models[0].readme == "# a\N{REPLACEMENT CHARACTER}b"


def a_schema(number: int) -> dict[str, object]:
    """A schema of about 30 kB of JSON, much like a real one, that no other number has."""
    inputs = {
        f"input_{field}": {
            "type": "string",
            "title": f"Input {field}",
            "default": hashlib.sha256(f"{number if field == 0 else 0}/{field}".encode()).hexdigest(),
            "description": f"The {field}th thing that this model takes, described in as many words as people use.",
            "x-order": field,
        }
        for field in range(128)
    }
    return {"openapi": "3.0.2", "components": {"schemas": {"Input": {"type": "object", "properties": inputs}}}}


async def test_a_thousand_large_schemas_take_under_ten_megabytes(sqlite_url: str) -> None:
    """A thousand versions with 30 kB of schema each, all of them different, take less than ten megabytes."""
    assert 27_000 < len(canonical(a_schema(0))) < 33_000
    stored_bytes = select(func.count(), func.sum(func.length(SCHEMA_SNAPSHOTS.c.body)))
    async with stored(sqlite_url) as stores:
        for start in range(0, 1000, 250):
            await stores.snapshots.store_schemas([kept(a_schema(number)) for number in range(start, start + 250)])
        async with stores.database.reading() as connection:
            count, size = (await connection.execute(stored_bytes)).one()
    assert count == 1000
    assert size < 10 * MEBIBYTE
