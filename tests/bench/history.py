"""Fills a database with requests that have ended, by SQL in the database itself: a million take minutes.

Everything is there that such requests leave behind: targets, decisions, the audit trail, what was posted, snapshots.
"""

# ruff: noqa: S608 - the statements are made of the words below

from __future__ import annotations

from sqlalchemy import Connection, NullPool, create_engine, text

from bot.clock import Clock
from bot.database_url import parse_database_url
from bot.store.database import Database

TARGETS_EACH = 10
_AT_ONCE = 20_000
"""Requests that are stored in one transaction."""

_MODELS = 1_999
"""Models that the requests are about, so each was asked for many times, and each request of it ended in another way."""

_STATE = """CASE n.i % 20 WHEN 0 THEN 'rejected' WHEN 1 THEN 'withdrawn' WHEN 2 THEN 'expired' WHEN 3 THEN 'expired'
  WHEN 4 THEN 'stopped' ELSE 'finished' END"""
_CARRIED_OUT = "n.i % 20 >= 4"
_CONFIRMED = "(n.i % 20 <> 2 OR n.i <= :count - 8000)"
"""The others are drafts that nobody confirmed in time, of the last days only: the bot removes older ones."""

_ENDED_AT = "(:now - 7200.0 - (:count - n.i) * 60.0)"
"""One a minute, the last two hours ago."""

_STATEMENTS = (
    f"""INSERT INTO requests (id, state, revision, trigger, requester, team_id, origin_channel, account,
  approvals_required, approvers, self_approval, digest, left_out, left_out_count, reason, created_at, expires_at,
  requested_at, decided_at, finished_at, claimed_at, attempts, card_channel, card_ts, target_count)
SELECT 'R-H' || n.i, {_STATE}, 5, 'history-' || n.i, 'UOLD' || (n.i % 300), 'T0SANDBOX', 'COPS', 'acme', 1, 'UBEN',
  false, '', '[]', 0, 'no longer used', {_ENDED_AT} - 3600, {_ENDED_AT} + 82800,
  CASE WHEN {_CONFIRMED} THEN {_ENDED_AT} - 3500 END, CASE WHEN {_CARRIED_OUT} THEN {_ENDED_AT} - 600 END,
  {_ENDED_AT}, CASE WHEN {_CARRIED_OUT} THEN {_ENDED_AT} - 590 END, 0,
  CASE WHEN {_CONFIRMED} THEN 'COPS' END, CASE WHEN {_CONFIRMED} THEN n.i || '.000100' END, {TARGETS_EACH}
FROM numbers n""",
    f"""INSERT INTO targets (request_id, position, owner, name, version_id, version_created_at, is_latest, state,
  reason, sent_at, accepted_at, ended_at)
SELECT 'R-H' || n.i, p.i, 'acme', 'model-' || (n.i % {_MODELS}), 'version-' || n.i || '-' || p.i, {_ENDED_AT} - 9e6,
  false, CASE WHEN {_CARRIED_OUT} THEN CASE WHEN p.i = 9 AND n.i % 50 = 7 THEN 'refused' ELSE 'deleted' END
  ELSE 'planned' END, '', CASE WHEN {_CARRIED_OUT} THEN {_ENDED_AT} - 500 END,
  CASE WHEN {_CARRIED_OUT} THEN {_ENDED_AT} - 490 END, CASE WHEN {_CARRIED_OUT} THEN {_ENDED_AT} - 60 END
FROM numbers n CROSS JOIN positions p""",
    f"""INSERT INTO decisions (request_id, user_id, team_id, choice, reason, decided_at)
SELECT 'R-H' || n.i, 'UBEN', 'T0SANDBOX', CASE WHEN {_CARRIED_OUT} THEN 'approve' ELSE 'reject' END, '',
  {_ENDED_AT} - 600 FROM numbers n WHERE {_CARRIED_OUT} OR n.i % 20 = 0""",
    *(
        f"""INSERT INTO audit (at, request_id, event, user_id, team_id, channel, detail)
SELECT {_ENDED_AT} - {before}, 'R-H' || n.i, '{event}', {who}, '{detail}' FROM numbers n WHERE {which}"""
        for event, before, who, detail, which in (
            ("asked", 3500, "'UOLD' || (n.i % 300), 'T0SANDBOX', 'COPS'", "10 targets", _CONFIRMED),
            ("approved", 600, "'UBEN', 'T0SANDBOX', 'COPS'", "", _CARRIED_OUT),
            ("started", 590, "NULL, NULL, NULL", "attempt 1", _CARRIED_OUT),
            ("kept", 580, "NULL, NULL, NULL", "10 snapshots", _CARRIED_OUT),
        )
    ),
    f"""INSERT INTO audit (at, request_id, event, detail)
SELECT {_ENDED_AT} - 60, 'R-H' || n.i, 'target ended', 'acme/model-' || (n.i % {_MODELS}) || ':' || 'version-' || n.i
  || '-' || p.i || ': deleted' FROM numbers n CROSS JOIN positions p WHERE {_CARRIED_OUT}""",
    f"""INSERT INTO audit (at, request_id, event, detail)
SELECT {_ENDED_AT}, 'R-H' || n.i, {_STATE}, '' FROM numbers n""",
    *(
        f"""INSERT INTO deliveries (request_id, kind, revision, due_at, posted_at, failures, pages)
SELECT 'R-H' || n.i, '{kind}', 5, NULL, {_ENDED_AT}, 0, 0 FROM numbers n WHERE {which}"""
        for kind, which in (("card", _CONFIRMED), ("card check", _CONFIRMED), ("result", _CARRIED_OUT))
    ),
    f"""INSERT INTO kept_models (request_id, owner, name, kept_at, metadata, readme, readme_problem)
SELECT 'R-H' || n.i, 'acme', 'model-' || (n.i % {_MODELS}), {_ENDED_AT} - 580, '{{"visibility": "private"}}', '', ''
FROM numbers n WHERE {_CARRIED_OUT}""",
    f"""INSERT INTO kept_versions (request_id, owner, name, version_id, created_at, cog_version, schema_digest)
SELECT 'R-H' || n.i, 'acme', 'model-' || (n.i % {_MODELS}), 'version-' || n.i || '-' || p.i, {_ENDED_AT} - 9e6, '0.9.4',
  NULL FROM numbers n CROSS JOIN positions p WHERE {_CARRIED_OUT}""",
)


async def make_tables(url: str) -> None:
    """Make the tables in a new database."""
    async with Database(parse_database_url(url), Clock()) as database:
        await database.open()


_BEGIN = """INSERT INTO audit_links (position, kind, entry_id, entry_digest, linked_at, digest)
VALUES (1, 'begin', 0, :none, 0, :digest)"""

_LINKS = """INSERT INTO audit_links (position, kind, entry_id, entry_digest, linked_at, digest)
SELECT audit.id + 1, 'entry', audit.id, {digest}, audit.at, {digest} FROM audit
WHERE audit.id > (SELECT max(entry_id) FROM audit_links)"""
"""A link for each entry, as large as a real one. It would not verify, which takes as long whatever the digests are."""


def fill(url: str, count: int, now: float) -> None:
    """Store so many requests that ended before `now`, in a database whose tables are made and that no bot uses yet.

    `url` is a `DATABASE_URL`. Afterwards the planner's statistics are those of what is stored, as a while later.
    """
    engine = create_engine(url.replace("postgresql:", "postgresql+psycopg:"), poolclass=NullPool)
    with engine.begin() as connection:
        connection.execute(text(_BEGIN), {"none": b"", "digest": bytes(32)})
    for first in range(1, count + 1, _AT_ONCE):
        with engine.begin() as connection:
            _make_quick(connection)
            span = {"first": first, "last": min(first + _AT_ONCE - 1, count), "now": now, "count": count}
            for statement in _STATEMENTS:
                connection.execute(text(f"{_numbers(connection)} {statement}"), span)
            connection.execute(text(_LINKS.format(digest=_digest(connection))))
    if count:
        with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            if connection.dialect.name == "postgresql":
                connection.execute(text("VACUUM (ANALYZE)"))
    engine.dispose()


def _make_quick(connection: Connection) -> None:
    """Do without what protects against a failure or a mistake, neither of which matters here."""
    if connection.dialect.name == "postgresql":
        connection.execute(text("SET LOCAL session_replication_role = replica"))
        connection.execute(text("SET LOCAL synchronous_commit = off"))


def _digest(connection: Connection) -> str:
    """Return an expression for 32 bytes that differ from entry to entry."""
    return "sha256(int8send(audit.id))" if connection.dialect.name == "postgresql" else "randomblob(32)"


def _numbers(connection: Connection) -> str:
    """Return the beginning of a statement: the tables `numbers`, from `first` to `last`, and `positions` of targets."""
    last = TARGETS_EACH - 1
    if connection.dialect.name == "postgresql":
        return (
            "WITH numbers AS (SELECT i FROM generate_series(CAST(:first AS int), CAST(:last AS int)) i), "
            f"positions AS (SELECT i FROM generate_series(0, {last}) i)"
        )
    return (
        "WITH RECURSIVE numbers(i) AS (SELECT :first UNION ALL SELECT i + 1 FROM numbers WHERE i < :last), "
        f"positions(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM positions WHERE i < {last})"
    )
