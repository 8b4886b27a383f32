"""Databases as earlier versions of the bot made them, with rows of their time.

The first migration was changed in place four times before it had to stay. Each earlier form is the last one without the
lines that were added to it later.
"""

from __future__ import annotations

import enum
import hashlib
import re
import shutil
from dataclasses import dataclass
from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, NullPool, create_engine, text

import bot.migrations

MIGRATIONS = Path(bot.migrations.__file__).parent
FIRST = "0001_requests.py"


class Form(enum.Enum):
    """The forms of the first migration, each by what it lacks of the next one."""

    WITHOUT_SNAPSHOTS = 1
    WITHOUT_PICKERS = 2
    WITHOUT_ORIGINS = 3
    WITHOUT_CLAIM_TIMES = 4
    LAST = 5


_COLUMNS = {
    Form.WITHOUT_SNAPSHOTS: (
        *("target_count", "listed_at", "result_listed_at", "list_until", "list_pages", "list_failures", "stopping"),
    ),
    Form.WITHOUT_ORIGINS: ("told_origin_at",),
    Form.WITHOUT_CLAIM_TIMES: ("left_out_count", "claimed_at"),
}
_TABLES = {
    Form.WITHOUT_SNAPSHOTS: ("kept_schemas", "kept_models", "kept_versions"),
    Form.WITHOUT_PICKERS: ("pickings",),
}


def first_migration(form: Form) -> str:
    """Return the first migration's text in an earlier form."""
    source = (MIGRATIONS / "versions" / FIRST).read_text()
    for later in (one for one in Form if one.value >= form.value):
        for column in _COLUMNS.get(later, ()):
            source = _without(source, rf'        sa\.Column\("{column}",.*\n')
        for table in _TABLES.get(later, ()):
            source = _without(source, rf'    op\.create_table\(\n        "{table}",\n(?:        .*\n)+    \)\n')
    if form is Form.WITHOUT_SNAPSHOTS:
        source = _without(source, r'    "kept_\w+": .*\n', count=3)
        source = _without(source, r"        # INSERT OR REPLACE (?:.*\n){6}")
        source = source.replace("_no_{change.lower()} ", "_no_{change} ")
    return source


def _without(source: str, pattern: str, count: int = 1) -> str:
    rest, found = re.subn(pattern, "", source)
    assert found == count, pattern
    return rest


@dataclass(frozen=True)
class Early:
    """A database that an earlier version made: the form of its first migration, and how far it was migrated since."""

    form: Form
    revision: str = "0001"

    def __str__(self) -> str:
        return f"{self.form.name.lower()} at {self.revision}"

    def make(self, url: str, folder: Path) -> None:
        """Make its tables in an empty database, and put rows of the time into them."""
        migrations = folder / "migrations"
        shutil.copytree(MIGRATIONS, migrations, ignore=shutil.ignore_patterns("__pycache__"))
        (migrations / "versions" / FIRST).write_text(first_migration(self.form))
        config = Config()
        config.set_main_option("script_location", str(migrations))
        engine = create_engine(url.replace("postgresql:", "postgresql+psycopg:"), poolclass=NullPool)
        with engine.begin() as connection:
            config.attributes["connection"] = connection
            command.upgrade(config, "0001")
            for table, rows in ROWS.items():
                for row in rows:
                    _insert(connection, table, self._as_then(table, row))
            command.upgrade(config, self.revision)

    def _as_then(self, table: str, row: dict[str, object]) -> dict[str, object]:
        if table != "requests":
            return row
        left_out = {Form.WITHOUT_SNAPSHOTS: '[["acme/old", "it is public", ""]]', Form.LAST: "[]"}
        since = {"target_count": 1} if self.form is not Form.WITHOUT_SNAPSHOTS else {}
        return {**row, **since, "left_out": left_out.get(self.form, '[["acme/old", "they are deployed", "", 3]]')}


def _insert(connection: Connection, table: str, row: dict[str, object]) -> None:
    names, values = ", ".join(row), ", ".join(f":{name}" for name in row)
    connection.execute(text(f"INSERT INTO {table} ({names}) VALUES ({values})"), row)  # noqa: S608 - ours


_REQUEST = {
    "requester": "UANA",
    "team_id": "TACME",
    "origin_channel": "COPS",
    "card_channel": "COPS",
    "card_ts": "1.0",
    "account": "acme",
    "approvals_required": 1,
    "approvers": "UBEN,UCHLOE",
    "self_approval": False,
    "digest": hashlib.sha256(b"acme/flux").hexdigest(),
    "created_at": 1.0,
    "requested_at": 1.0,
    "expires_at": 4e9,
    "revision": 1,
    "card_revision": 1,
    "card_drawn_at": 2.0,
}
ROWS: dict[str, list[dict[str, object]]] = {
    "requests": [
        {**_REQUEST, "id": "R-DONE2", "trigger": "t1", "state": "finished", "decided_at": 2.0, "finished_at": 3.0}
        | {"replied_at": 3.0},
        {**_REQUEST, "id": "R-WAIT2", "trigger": "t2", "state": "awaiting"},
    ],
    "targets": [
        {"request_id": "R-DONE2", "position": 0, "owner": "acme", "name": "gone", "version_id": "v1"}
        | {"version_created_at": 1.0, "is_latest": False, "state": "deleted", "reason": "", "ended_at": 3.0},
        {"request_id": "R-WAIT2", "position": 0, "owner": "acme", "name": "flux", "is_latest": False}
        | {"state": "planned", "reason": ""},
    ],
    "decisions": [
        {"request_id": "R-DONE2", "user_id": "UBEN", "team_id": "TACME", "choice": "approve", "decided_at": 2.0},
    ],
    "audit": [
        {"at": 1.0, "request_id": "R-DONE2", "event": "asked", "user_id": "UANA", "detail": ""},
        {"at": 3.0, "request_id": "R-DONE2", "event": "finished", "detail": ""},
    ],
    "slots": [{"name": "replicate", "next_free": 1.0}],
}
