"""The tables of cleanup rules, and of what they have proposed. Times are as in the other tables."""

from __future__ import annotations

from sqlalchemy import Column, Double, ForeignKey, Index, Integer, Table, Text

from bot.store.tables import METADATA

CLEANUP_RULES = Table(
    "cleanup_rules",
    METADATA,
    Column("name", Text, primary_key=True),
    Column("lease", Text),
    Column("held_until", Double),
    Column("failures", Integer, nullable=False, server_default="0"),
    Column("retry_at", Double),
    Column("told", Text, nullable=False, server_default="[]"),
    Column("standing", Text, nullable=False, server_default=""),
    Column("spoke_at", Double),
)
"""A rule, by its name. `lease` is the process that evaluates it, and `retry_at` when that is tried again.

`told` lists the problems that its owner was told of and that last. `standing` is how it stood when its channel last
heard of it, at `spoke_at`.
"""

CLEANUP_SCHEDULES = Table(
    "cleanup_schedules",
    METADATA,
    Column("rule", Text, primary_key=True),
    Column("schedule", Text, primary_key=True),
    Column("done_until", Double, nullable=False),
)
"""Until when the times of a schedule are dealt with; a schedule that is new begins when it is first seen.

There is a row for each schedule that the rule has had, so that two processes with different policy files for a while do
not take each other's times away.
"""

PROPOSALS = Table(
    "proposals",
    METADATA,
    Column("request_id", Text, ForeignKey("requests.id"), primary_key=True),
    Column("rule", Text, nullable=False),
    Column("owner", Text, nullable=False),
    Column("not_found", Text, nullable=False),
    Index("proposals_by_rule", "rule"),
)

CLEANUP_NOTICES = Table(
    "cleanup_notices",
    METADATA,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("recipient", Text, nullable=False),
    Column("notice", Text, nullable=False),
    Column("due_at", Double),
    Column("posted_at", Double),
    Column("held_until", Double),
    Column("lease", Text),
    Column("failures", Integer, nullable=False, server_default="0"),
)
"""The outbox of what is told of rules. `recipient` is a channel or a user; `due_at` is NULL once it is posted."""
