"""Requests, targets, decisions, the audit trail, what is kept of what was deleted, picking, and the rate limits."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Create the tables."""
    op.create_table(
        "requests",
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("revision", sa.Integer, nullable=False),
        sa.Column("trigger", sa.Text, nullable=False, unique=True),
        sa.Column("requester", sa.Text, nullable=False),
        sa.Column("team_id", sa.Text, nullable=False),
        sa.Column("origin_channel", sa.Text, nullable=False),
        sa.Column("account", sa.Text, nullable=False),
        sa.Column("approvals_required", sa.Integer, nullable=False),
        sa.Column("approvers", sa.Text, nullable=False),
        sa.Column("self_approval", sa.Boolean, nullable=False),
        sa.Column("digest", sa.Text, nullable=False),
        sa.Column("left_out", sa.Text, nullable=False),
        sa.Column("left_out_count", sa.Integer, nullable=False, server_default="0"),
        sa.Column("reason", sa.Text, nullable=False, server_default=""),
        sa.Column("created_at", sa.Double, nullable=False),
        sa.Column("expires_at", sa.Double, nullable=False),
        sa.Column("requested_at", sa.Double),
        sa.Column("remind_at", sa.Double),
        sa.Column("decided_at", sa.Double),
        sa.Column("finished_at", sa.Double),
        sa.Column("claimed_at", sa.Double),
        sa.Column("worker", sa.Text),
        sa.Column("worker_until", sa.Double),
        sa.Column("attempts", sa.Integer, nullable=False, server_default="0"),
        sa.Column("not_before", sa.Double),
        sa.Column("card_channel", sa.Text),
        sa.Column("card_ts", sa.Text),
        sa.Column("card_revision", sa.Integer, nullable=False, server_default="-1"),
        sa.Column("card_drawn_at", sa.Double),
        sa.Column("card_until", sa.Double),
        sa.Column("card_failures", sa.Integer, nullable=False, server_default="0"),
        sa.Column("card_problem", sa.Text),
        sa.Column("pointed_at", sa.Double),
        sa.Column("reminded_at", sa.Double),
        sa.Column("told_origin_at", sa.Double),
        sa.Column("replied_at", sa.Double),
        sa.Column("target_count", sa.Integer, nullable=False),
        sa.Column("listed_at", sa.Double),
        sa.Column("result_listed_at", sa.Double),
        sa.Column("list_until", sa.Double),
        sa.Column("list_pages", sa.Integer, nullable=False, server_default="0"),
        sa.Column("list_failures", sa.Integer, nullable=False, server_default="0"),
        sa.Column("stopping", sa.Boolean, nullable=False, server_default=sa.false()),
    )
    op.create_index("requests_by_state", "requests", ["state", "expires_at"])
    op.create_table(
        "targets",
        sa.Column("request_id", sa.Text, sa.ForeignKey("requests.id"), primary_key=True),
        sa.Column("position", sa.Integer, primary_key=True),
        sa.Column("owner", sa.Text, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("version_id", sa.Text),
        sa.Column("version_created_at", sa.Double),
        sa.Column("is_latest", sa.Boolean, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("sent_at", sa.Double),
        sa.Column("accepted_at", sa.Double),
        sa.Column("ended_at", sa.Double),
    )
    op.create_table(
        "decisions",
        sa.Column("request_id", sa.Text, sa.ForeignKey("requests.id"), primary_key=True),
        sa.Column("user_id", sa.Text, primary_key=True),
        sa.Column("team_id", sa.Text, nullable=False),
        sa.Column("choice", sa.Text, nullable=False),
        sa.Column("reason", sa.Text, nullable=False, server_default=""),
        sa.Column("decided_at", sa.Double, nullable=False),
    )
    op.create_table(
        "audit",
        sa.Column("id", sa.Integer, primary_key=True, autoincrement=True),
        sa.Column("at", sa.Double, nullable=False),
        sa.Column("request_id", sa.Text),
        sa.Column("event", sa.Text, nullable=False),
        sa.Column("user_id", sa.Text),
        sa.Column("team_id", sa.Text),
        sa.Column("channel", sa.Text),
        sa.Column("detail", sa.Text, nullable=False),
    )
    op.create_index("audit_by_request", "audit", ["request_id", "id"])
    op.create_table(
        "kept_schemas",
        sa.Column("digest", sa.Text, primary_key=True),
        sa.Column("body", sa.LargeBinary, nullable=False),
    )
    op.create_table(
        "kept_models",
        sa.Column("request_id", sa.Text, sa.ForeignKey("requests.id"), primary_key=True),
        sa.Column("owner", sa.Text, primary_key=True),
        sa.Column("name", sa.Text, primary_key=True),
        sa.Column("kept_at", sa.Double, nullable=False),
        sa.Column("metadata", sa.Text, nullable=False),
        sa.Column("readme", sa.Text),
        sa.Column("readme_problem", sa.Text, nullable=False),
    )
    op.create_table(
        "kept_versions",
        sa.Column("request_id", sa.Text, sa.ForeignKey("requests.id"), primary_key=True),
        sa.Column("owner", sa.Text, primary_key=True),
        sa.Column("name", sa.Text, primary_key=True),
        sa.Column("version_id", sa.Text, primary_key=True),
        sa.Column("created_at", sa.Double, nullable=False),
        sa.Column("cog_version", sa.Text),
        sa.Column("schema_digest", sa.Text, sa.ForeignKey("kept_schemas.digest")),
    )
    op.create_table(
        "pickings",
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("trigger", sa.Text, nullable=False, unique=True),
        sa.Column("user_id", sa.Text, nullable=False),
        sa.Column("team_id", sa.Text, nullable=False),
        sa.Column("channel_id", sa.Text, nullable=False),
        sa.Column("owner", sa.Text, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("facts", sa.Text),
        sa.Column("last_use", sa.Text),
        sa.Column("last_use_problem", sa.Text, nullable=False, server_default=""),
        sa.Column("picked", sa.Text, nullable=False),
        sa.Column("rules", sa.Text, nullable=False, server_default=""),
        sa.Column("typed", sa.Text, nullable=False, server_default=""),
        sa.Column("notice", sa.Text, nullable=False, server_default=""),
        sa.Column("page", sa.Integer, nullable=False, server_default="0"),
        sa.Column("revision", sa.Integer, nullable=False, server_default="0"),
        sa.Column("created_at", sa.Double, nullable=False),
        sa.Column("expires_at", sa.Double, nullable=False),
    )
    op.create_table(
        "slots",
        sa.Column("name", sa.Text, primary_key=True),
        sa.Column("next_free", sa.Double, nullable=False),
    )
    make_append_only = {"sqlite": _sqlite_append_only, "postgresql": _postgres_append_only}
    make_append_only[op.get_bind().dialect.name]()


_KEYS = {
    "audit": ("id",),
    "kept_schemas": ("digest",),
    "kept_models": ("request_id", "owner", "name"),
    "kept_versions": ("request_id", "owner", "name", "version_id"),
}
"""The tables whose rows nobody may change or delete, and what tells their rows apart."""

_REASON = "the audit trail is append-only"


def _sqlite_append_only() -> None:
    for table, key in _KEYS.items():
        for change in ("UPDATE", "DELETE"):
            op.execute(
                f"CREATE TRIGGER {table}_no_{change.lower()} BEFORE {change} ON {table} "
                f"BEGIN SELECT RAISE(ABORT, '{_REASON}'); END"
            )
        # INSERT OR REPLACE deletes the old row without a DELETE trigger: https://www.sqlite.org/lang_conflict.html
        same = " AND ".join(f"{column} = NEW.{column}" for column in key)
        op.execute(
            f"CREATE TRIGGER {table}_no_replace BEFORE INSERT ON {table} "  # noqa: S608 - the names above
            f"WHEN EXISTS (SELECT 1 FROM {table} WHERE {same}) BEGIN SELECT RAISE(IGNORE); END"
        )


def _postgres_append_only() -> None:
    op.execute(
        "CREATE FUNCTION audit_is_append_only() RETURNS trigger LANGUAGE plpgsql AS "
        f"$$ BEGIN RAISE EXCEPTION '{_REASON}'; END $$"
    )
    for table in _KEYS:
        op.execute(
            f"CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON {table} "
            "FOR EACH STATEMENT EXECUTE FUNCTION audit_is_append_only()"
        )
