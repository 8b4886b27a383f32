"""The last release: its commit, its code where the history is at hand, and a database that it made."""

from __future__ import annotations

import json
import sqlite3
import subprocess
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import pytest

from tests.sandbox.replicate.things import Model, Version
from tests.scenarios.stage import CHECKOUT, Stage

COMMIT = "4463701"
"""The last release, of 2026-11-27. A release that follows changes it, and makes last_release.sql anew."""

_DUMP = Path(__file__).with_name("last_release.sql")


@dataclass(frozen=True)
class LastRelease:
    """What was open when the last release's bot was stopped: ids of versions; `now` was its time."""

    now: float
    waiting: str
    undoable: str
    kept: str
    stopped: tuple[str, ...]
    sent: tuple[str, ...]
    models: dict[str, list[tuple[str, str]]]

    def put_into(self, stage: Stage) -> None:
        """Set a stage's clock to the end of that bot, and give its Replicate what was left there."""
        stage.clock.shift += self.now - stage.clock.now()
        for ref, versions in self.models.items():
            owner, _, name = ref.partition("/")
            model = Model(owner, name, "private", "", datetime.fromisoformat("2026-01-01T00:00:00+00:00"))
            model.versions = [Version(version_id, datetime.fromisoformat(at)) for version_id, at in versions]
            stage.replicate.models[ref] = model


def last_release(database: Path) -> LastRelease:
    """Fill an empty SQLite file with the last release's database, and return what was open in it."""
    first, sql = _DUMP.read_text().split("\n", 1)
    with sqlite3.connect(database) as connection:
        connection.executescript(sql)
        # The stand-in for Slack counts its commands from 1 again, and a command makes one request.
        connection.execute("UPDATE requests SET trigger = 'earlier ' || trigger")
    connection.close()
    told = json.loads(first.removeprefix("-- "))
    models = {ref: [(version_id, at) for version_id, at in versions] for ref, versions in told.pop("models").items()}
    return LastRelease(**{**told, "stopped": tuple(told["stopped"]), "sent": tuple(told["sent"])}, models=models)


def code_of_last_release(folder: Path) -> Path:
    """Put the last release's code into a folder, and return it; the test is skipped where there is no history."""
    archived = subprocess.run(  # noqa: S603 - our own words
        ["git", "-C", CHECKOUT, "archive", COMMIT],  # noqa: S607 - any of them
        capture_output=True,
        check=False,
    )
    if archived.returncode:
        pytest.skip("the last release's code is not in this checkout's history")
    subprocess.run(["tar", "-x", "-C", folder], input=archived.stdout, check=True)  # noqa: S603, S607 - likewise
    return folder
