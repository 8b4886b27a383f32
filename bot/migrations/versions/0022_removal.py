"""Which requests were removed, and room for triggers that let what was recorded of these be deleted."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None

_GUARDED = ("audit", "keeps", "kept_models", "kept_versions", "kept_schemas")


def upgrade() -> None:
    """Add the table, indexes over what is looked for when a request is removed, and drop the triggers against deleting.

    The start makes them anew, as it does where they were lost: they then let rows of removed requests be deleted.
    """
    op.create_table(
        "removed_requests",
        sa.Column("request_id", sa.Text, primary_key=True),
        sa.Column("removed_at", sa.Double, nullable=False),
    )
    never_asked = sa.text("requested_at IS NULL")
    op.create_index(
        "requests_never_asked", "requests", ["finished_at"], postgresql_where=never_asked, sqlite_where=never_asked
    )
    op.create_index("kept_versions_by_schema", "kept_versions", ["schema_digest"])
    op.create_index("keeps_by_request", "keeps", ["request_id"])
    is_postgres = op.get_bind().dialect.name == "postgresql"
    for table in _GUARDED:
        name = f"{table}_append_only ON {table}" if is_postgres else f"{table}_no_delete"
        op.execute(f"DROP TRIGGER IF EXISTS {name}")


def downgrade() -> None:
    """Take them away again, and the triggers, which the start of older code makes anew."""
    is_postgres = op.get_bind().dialect.name == "postgresql"
    for table in _GUARDED:
        op.execute(f"DROP TRIGGER IF EXISTS {table}_no_delete" + (f" ON {table}" if is_postgres else ""))
        if is_postgres:
            op.execute(f"DROP FUNCTION IF EXISTS {table}_no_delete()")
            op.execute(f"DROP TRIGGER IF EXISTS {table}_append_only ON {table}")
    op.drop_index("keeps_by_request", "keeps")
    op.drop_index("kept_versions_by_schema", "kept_versions")
    op.drop_index("requests_never_asked", "requests")
    op.drop_table("removed_requests")
    if is_postgres:
        op.execute("DROP FUNCTION IF EXISTS removed_requests_no_delete()")
        op.execute("DROP FUNCTION IF EXISTS removed_requests_only_ended()")
