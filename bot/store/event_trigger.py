"""The trigger that notes each entry of the audit trail as an event to be sent, in the transaction that writes it.

Being in the database, it also notes what the version before writes during a rolling update, and what a process writes
that sends no events itself. The migration of the tables makes it; this makes it again where it is missing, for example
in a copy of a database that left it out.

An entry of a request takes the lock of that request's row in `event_streams` until it is committed. So the entries of
one request are numbered in the order in which they are committed, although their ids are not. Nothing here can fail
because of rows that are there, as that would keep the entry from being written.
"""

from __future__ import annotations

from sqlalchemy import Connection, text

EVENT_TRIGGER = "audit_noted_as_event"

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
    f"DROP TRIGGER IF EXISTS {EVENT_TRIGGER} ON audit",
    f"CREATE TRIGGER {EVENT_TRIGGER} AFTER INSERT ON audit FOR EACH ROW EXECUTE FUNCTION audit_noted_as_event()",
)
_SQLITE = (
    f"DROP TRIGGER IF EXISTS {EVENT_TRIGGER}",
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


def make_event_trigger(connection: Connection) -> None:
    """Make the trigger anew: one of the same name may be disabled or do something else."""
    for statement in _POSTGRES if connection.dialect.name == "postgresql" else _SQLITE:
        connection.execute(text(statement))
