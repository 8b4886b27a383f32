"""Indexes by which the audit trail is listed: requests and entries by time, and what one person did."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the indexes. Code that does not know them works as before."""
    op.create_index("requests_by_time", "requests", [sa.text("coalesce(requested_at, created_at)"), "id"])
    op.create_index("audit_by_time", "audit", ["at", "id"])
    is_a_person = sa.text("user_id IS NOT NULL")
    op.create_index(
        "audit_by_user", "audit", ["user_id", "at", "id"], postgresql_where=is_a_person, sqlite_where=is_a_person
    )


def downgrade() -> None:
    """Take them away again."""
    op.drop_index("audit_by_user", "audit")
    op.drop_index("audit_by_time", "audit")
    op.drop_index("requests_by_time", "requests")
