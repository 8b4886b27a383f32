"""The tables of the events that are sent out. Times are as in the other tables.

A trigger fills them (`event_trigger.py`). The entries themselves are in the audit trail: these rows say which of them
are still to be sent, and go once they were.
"""

from __future__ import annotations

from sqlalchemy import Column, Double, Index, Integer, Table, Text

from bot.store.tables import METADATA

EVENT_FEED = Table(
    "event_feed",
    METADATA,
    Column("name", Text, primary_key=True),
    Column("source", Text, nullable=False),
    Column("wanted_until", Double, nullable=False),
    Column("failing_since", Double),
    Column("given_up", Integer, nullable=False, server_default="0"),
)
"""One row, made by the first process that sends events.

`source` names the database in each event, and `given_up` counts the events that no receiver took in time. Entries of
the audit trail are noted until `wanted_until`, which every process that sends events puts off again and again.
`failing_since` is NULL while the receiver accepts what it is sent.
"""

EVENT_STREAMS = Table(
    "event_streams",
    METADATA,
    Column("request_id", Text, primary_key=True),
    Column("last_sequence", Integer, nullable=False),
    Column("due_at", Double),
    Column("held_until", Double),
    Column("lease", Text),
    Column("failures", Integer, nullable=False, server_default="0"),
    Column("idle_since", Double),
)
"""The events of one request, or with an empty id those of none; one process sends them at a time, in their order.

`last_sequence` is the number of the latest entry. `due_at` is NULL if nothing is to be sent, since `idle_since`.
"""

EVENT_OUTBOX = Table(
    "event_outbox",
    METADATA,
    Column("audit_id", Integer, primary_key=True, autoincrement=False),
    Column("request_id", Text, nullable=False),
    Column("sequence", Integer, nullable=False),
    Column("at", Double, nullable=False),
    Index("event_outbox_by_request", "request_id", "sequence"),
)
"""The entries that are still to be sent: `sequence` counts those of one request, from 1."""
