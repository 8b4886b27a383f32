"""The tables of known models, their runs, and how far these were read. Times are as in the other tables.

`account` and `key`, the name of a model, are in lower case: Replicate's names are the same in any case.
"""

from __future__ import annotations

from sqlalchemy import Column, Double, Index, Integer, Table, Text

from bot.store.tables import METADATA

KNOWN_MODELS = Table(
    "known_models",
    METADATA,
    Column("account", Text, primary_key=True),
    Column("key", Text, primary_key=True),
    Column("owner", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("visibility", Text),
    Column("versions", Integer),
    Column("unused_versions", Integer),
    Column("newest_at", Double),
    Column("last_run_at", Double),
    Column("used_by", Text, nullable=False, server_default=""),
    Column("description", Text, nullable=False, server_default=""),
    Column("noted_at", Double, nullable=False),
    Column("seen_at", Double),
    Column("read_at", Double),
    Column("due_at", Double, nullable=False),
    Column("gone_at", Double),
    Column("renamed_to", Text),
    Index("known_models_due", "account", "due_at"),
)
"""`seen_at`: when Replicate first showed the model; NULL for a name that was only mentioned. `due_at`: when it is to be
read next. `renamed_to` is the key of the model that Replicate shows under this name.
"""

KNOWN_MODEL_SOURCES = Table(
    "known_model_sources",
    METADATA,
    Column("account", Text, primary_key=True),
    Column("key", Text, primary_key=True),
    Column("source", Text, primary_key=True),
)

KNOWN_USES = Table(
    "known_uses",
    METADATA,
    Column("account", Text, primary_key=True),
    Column("source", Text, primary_key=True),
    Column("used_by", Text, primary_key=True),
    Column("version_id", Text, primary_key=True),
    Column("model", Text, nullable=False),
    Column("reading", Integer, nullable=False),
    Index("known_uses_by_model", "account", "model"),
)
"""Deployments and trainings with the version each needs. `reading`: the number of the reading that found it last."""

KNOWN_RUNS = Table(
    "known_runs",
    METADATA,
    Column("account", Text, primary_key=True),
    Column("version_id", Text, primary_key=True),
    Column("model", Text, primary_key=True),
    Column("runs", Integer, nullable=False),
    Column("newest_at", Double, nullable=False),
    Index("known_runs_by_model", "account", "model"),
)
"""Counts of predictions. `version_id` or `model` is empty where Replicate does not reveal it."""

SOURCE_READINGS = Table(
    "source_readings",
    METADATA,
    Column("account", Text, primary_key=True),
    Column("source", Text, primary_key=True),
    Column("reading", Integer, nullable=False),
    Column("step", Integer, nullable=False),
    Column("cursor", Text, nullable=False),
    Column("progress", Text, nullable=False),
    Column("began_at", Double),
    Column("ended_at", Double),
    Column("due_at", Double, nullable=False),
)
"""How far each source has been read.

`reading` counts readings and `step` the pages of all of them: what was read is stored only if no other process has
stored a page meanwhile. `cursor` is the address of the next page, empty for the first. `began_at` is NULL between two
readings, and `ended_at` the beginning of the last one that came to its end. `due_at`: when the next page may be read,
which is later while a process reads one.
"""
