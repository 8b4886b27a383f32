"""The tables. Times are seconds since 1970 in UTC, from the database's clock."""

from __future__ import annotations

from sqlalchemy import (
    Boolean,
    Column,
    Double,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
    UniqueConstraint,
    false,
)

METADATA = MetaData()

REQUESTS = Table(
    "requests",
    METADATA,
    Column("id", Text, primary_key=True),
    Column("state", Text, nullable=False),
    Column("revision", Integer, nullable=False),
    Column("trigger", Text, nullable=False, unique=True),
    Column("requester", Text, nullable=False),
    Column("team_id", Text, nullable=False),
    Column("origin_channel", Text, nullable=False),
    Column("account", Text, nullable=False),
    Column("approvals_required", Integer, nullable=False),
    Column("approvers", Text, nullable=False),
    Column("self_approval", Boolean, nullable=False),
    Column("digest", Text, nullable=False),
    Column("left_out", Text, nullable=False),
    Column("left_out_count", Integer, nullable=False, server_default="0"),
    Column("reason", Text, nullable=False, server_default=""),
    Column("rules", Text, nullable=False, server_default=""),
    Column("created_at", Double, nullable=False),
    Column("expires_at", Double, nullable=False),
    Column("requested_at", Double),
    Column("remind_at", Double),
    Column("decided_at", Double),
    Column("finished_at", Double),
    Column("claimed_at", Double),
    Column("worker", Text),
    Column("worker_until", Double),
    Column("attempts", Integer, nullable=False, server_default="0"),
    Column("not_before", Double),
    Column("card_channel", Text),
    Column("card_ts", Text),
    Column("card_problem", Text),
    Column("target_count", Integer, nullable=False),
    Column("stopping", Boolean, nullable=False, server_default=false()),
    Column("stopped_by", Text, nullable=False, server_default=""),
    Column("terms", Text, nullable=False, server_default=""),
    Column("proposed_by", Text, nullable=False, server_default=""),
    Column("begins_at", Double),
    Column("undone_by", Text, nullable=False, server_default=""),
    Column("glass_broken_by", Text, nullable=False, server_default=""),
    Column("glass_reason", Text, nullable=False, server_default=""),
    Column("glass_posted_at", Double),
    Column("glass_reviewed_by", Text, nullable=False, server_default=""),
    Column("glass_problem", Text, nullable=False, server_default=""),
    Column("reference", Text),
    Column("restored_to", Double),
    Index("requests_by_state", "state", "expires_at"),
    Index("requests_by_end", "finished_at"),
)

DELIVERIES = Table(
    "deliveries",
    METADATA,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("request_id", Text, ForeignKey("requests.id"), nullable=False),
    Column("kind", Text, nullable=False),
    Column("revision", Integer, nullable=False),
    Column("due_at", Double),
    Column("posted_at", Double),
    Column("held_until", Double),
    Column("lease", Text),
    Column("failures", Integer, nullable=False, server_default="0"),
    Column("pages", Integer, nullable=False, server_default="0"),
    Column("message_channel", Text),
    Column("message_ts", Text),
    UniqueConstraint("request_id", "kind", name="one_delivery_of_a_kind"),
)
"""The outbox. `due_at` is NULL if nothing is to be posted; `revision` is the revision of the request to show.

`message_channel` and `message_ts` say where the message is, for a kind that is taken back later.
"""

TARGETS = Table(
    "targets",
    METADATA,
    Column("request_id", Text, ForeignKey("requests.id"), primary_key=True),
    Column("position", Integer, primary_key=True),
    Column("owner", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("version_id", Text),
    Column("version_created_at", Double),
    Column("is_latest", Boolean, nullable=False),
    Column("state", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("sent_at", Double),
    Column("accepted_at", Double),
    Column("ended_at", Double),
    Column("kept_by", Text),
    Column("kept_until", Double),
    Column("list_gone_at", Double),
    Column("address_gone_at", Double),
    Column("confirm_at", Double),
    Index("targets_by_model", "owner", "name"),
)
"""A target that is kept has the state `skipped` and `kept_by`: the version before knows no other state for it.

`confirm_at` is when it is to be looked at again, and NULL if nothing is to be found out any more.
"""

DECISIONS = Table(
    "decisions",
    METADATA,
    Column("request_id", Text, ForeignKey("requests.id"), primary_key=True),
    Column("user_id", Text, primary_key=True),
    Column("team_id", Text, nullable=False),
    Column("choice", Text, nullable=False),
    Column("reason", Text, nullable=False, server_default=""),
    Column("decided_at", Double, nullable=False),
    Column("counts_for", Text, nullable=False, server_default=""),
)

AUDIT = Table(
    "audit",
    METADATA,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("at", Double, nullable=False),
    Column("request_id", Text),
    Column("event", Text, nullable=False),
    Column("user_id", Text),
    Column("team_id", Text),
    Column("channel", Text),
    Column("detail", Text, nullable=False),
    Index("audit_by_request", "request_id", "id"),
)
"""Every column is part of an entry's digest, so one that is added has to be NULL in the entries from before."""

MODEL_SNAPSHOTS = Table(
    "kept_models",
    METADATA,
    Column("request_id", Text, ForeignKey("requests.id"), primary_key=True),
    Column("owner", Text, primary_key=True),
    Column("name", Text, primary_key=True),
    Column("kept_at", Double, nullable=False),
    Column("metadata", Text, nullable=False),
    Column("readme", Text),
    Column("readme_problem", Text, nullable=False),
)

VERSION_SNAPSHOTS = Table(
    "kept_versions",
    METADATA,
    Column("request_id", Text, ForeignKey("requests.id"), primary_key=True),
    Column("owner", Text, primary_key=True),
    Column("name", Text, primary_key=True),
    Column("version_id", Text, primary_key=True),
    Column("created_at", Double, nullable=False),
    Column("cog_version", Text),
    Column("schema_digest", Text, ForeignKey("kept_schemas.digest")),
    Index("kept_versions_by_schema", "schema_digest"),
)

SCHEMA_SNAPSHOTS = Table(
    "kept_schemas",
    METADATA,
    Column("digest", Text, primary_key=True),
    Column("body", LargeBinary, nullable=False),
)

KEEPS = Table(
    "keeps",
    METADATA,
    Column("id", Text, primary_key=True),
    Column("account", Text, nullable=False),
    Column("owner", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("version_id", Text),
    Column("kept_by", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("until", Double),
    Column("placed_at", Double, nullable=False),
    Column("request_id", Text, ForeignKey("requests.id"), nullable=False),
    Index("keeps_by_request", "request_id"),
)

LIFTS = Table(
    "keep_lifts",
    METADATA,
    Column("id", Text, primary_key=True),
    Column("keep_id", Text, ForeignKey("keeps.id"), nullable=False),
    Column("asked_by", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("approved_by", Text, nullable=False),
    Column("decided_by", Text, nullable=False, server_default=""),
    Column("asked_at", Double, nullable=False),
    Column("expires_at", Double, nullable=False),
    Column("channel", Text, nullable=False),
    Column("message_ts", Text),
    Index("lifts_by_keep", "keep_id"),
)

REMOVED = Table(
    "removed_requests",
    METADATA,
    Column("request_id", Text, primary_key=True),
    Column("removed_at", Double, nullable=False),
)
"""The requests that were removed from the other tables. Their ids are not given again: cards in Slack name them."""
