"""Events: what is still to be sent of the audit trail, and the trigger that notes it."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None

_POSTGRES = (
    """
CREATE OR REPLACE FUNCTION audit_noted_as_event() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  stream text := coalesce(NEW.request_id, '');
  number integer;
BEGIN
  IF NOT EXISTS (SELECT 1 FROM event_feed WHERE wanted_until > NEW.at) THEN
    RETURN NULL;
  END IF;
  UPDATE event_streams SET last_sequence = last_sequence + 1, due_at = coalesce(due_at, NEW.at)
    WHERE request_id = stream RETURNING last_sequence INTO number;
  IF NOT FOUND THEN
    INSERT INTO event_streams AS s (request_id, last_sequence, due_at)
      VALUES (stream, 1 + CASE WHEN NEW.request_id IS NULL
        THEN (SELECT count(*) FROM audit WHERE request_id IS NULL AND id < NEW.id)
        ELSE (SELECT count(*) FROM audit WHERE request_id = NEW.request_id AND id < NEW.id) END, NEW.at)
      ON CONFLICT (request_id) DO UPDATE
        SET last_sequence = s.last_sequence + 1, due_at = coalesce(s.due_at, excluded.due_at)
      RETURNING last_sequence INTO number;
  END IF;
  INSERT INTO event_outbox (audit_id, request_id, sequence, at) VALUES (NEW.id, stream, number, NEW.at)
    ON CONFLICT (audit_id) DO UPDATE
      SET request_id = excluded.request_id, sequence = excluded.sequence, at = excluded.at;
  RETURN NULL;
END $$
""",
    "DROP TRIGGER IF EXISTS audit_noted_as_event ON audit",
    "CREATE TRIGGER audit_noted_as_event AFTER INSERT ON audit FOR EACH ROW EXECUTE FUNCTION audit_noted_as_event()",
)
_SQLITE = (
    "DROP TRIGGER IF EXISTS audit_noted_as_event",
    """
CREATE TRIGGER audit_noted_as_event AFTER INSERT ON audit
WHEN EXISTS (SELECT 1 FROM event_feed WHERE wanted_until > NEW.at)
BEGIN
  INSERT INTO event_streams (request_id, last_sequence)
    SELECT coalesce(NEW.request_id, ''), (SELECT count(*) FROM audit WHERE request_id IS NEW.request_id AND id < NEW.id)
    WHERE NOT EXISTS (SELECT 1 FROM event_streams WHERE request_id = coalesce(NEW.request_id, ''));
  UPDATE event_streams SET last_sequence = last_sequence + 1, due_at = coalesce(due_at, NEW.at)
    WHERE request_id = coalesce(NEW.request_id, '');
  INSERT OR REPLACE INTO event_outbox (audit_id, request_id, sequence, at)
    SELECT NEW.id, request_id, last_sequence, NEW.at FROM event_streams
    WHERE request_id = coalesce(NEW.request_id, '');
END
""",
)


def upgrade() -> None:
    """Make the tables and the trigger. Nothing is noted until a process says that it sends events."""
    op.create_table(
        "event_feed",
        sa.Column("name", sa.Text, primary_key=True),
        sa.Column("source", sa.Text, nullable=False),
        sa.Column("wanted_until", sa.Double, nullable=False),
        sa.Column("failing_since", sa.Double),
        sa.Column("given_up", sa.Integer, nullable=False, server_default="0"),
    )
    op.create_table(
        "event_streams",
        sa.Column("request_id", sa.Text, primary_key=True),
        sa.Column("last_sequence", sa.Integer, nullable=False),
        sa.Column("due_at", sa.Double),
        sa.Column("held_until", sa.Double),
        sa.Column("lease", sa.Text),
        sa.Column("failures", sa.Integer, nullable=False, server_default="0"),
        sa.Column("idle_since", sa.Double),
    )
    is_due = sa.text("due_at IS NOT NULL")
    op.create_index("event_streams_due", "event_streams", ["due_at"], postgresql_where=is_due, sqlite_where=is_due)
    op.create_table(
        "event_outbox",
        sa.Column("audit_id", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("request_id", sa.Text, nullable=False),
        sa.Column("sequence", sa.Integer, nullable=False),
        sa.Column("at", sa.Double, nullable=False),
    )
    op.create_index("event_outbox_by_request", "event_outbox", ["request_id", "sequence"])
    for statement in _POSTGRES if op.get_bind().dialect.name == "postgresql" else _SQLITE:
        op.execute(statement)


def downgrade() -> None:
    """Take them away again; the audit trail stays as it is."""
    is_postgres = op.get_bind().dialect.name == "postgresql"
    op.execute("DROP TRIGGER audit_noted_as_event" + (" ON audit" if is_postgres else ""))
    if is_postgres:
        op.execute("DROP FUNCTION audit_noted_as_event()")
    op.drop_table("event_outbox")
    op.drop_table("event_streams")
    op.drop_table("event_feed")
