"""Proposals: cleanup rules with their schedules, what they proposed, and what is told of them."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables, which code that does not know rules leaves alone."""
    op.create_table(
        "cleanup_rules",
        sa.Column("name", sa.Text, primary_key=True),
        sa.Column("lease", sa.Text),
        sa.Column("held_until", sa.Double),
        sa.Column("failures", sa.Integer, nullable=False, server_default="0"),
        sa.Column("retry_at", sa.Double),
        sa.Column("told", sa.Text, nullable=False, server_default="[]"),
        sa.Column("standing", sa.Text, nullable=False, server_default=""),
        sa.Column("spoke_at", sa.Double),
    )
    op.create_table(
        "cleanup_schedules",
        sa.Column("rule", sa.Text, primary_key=True),
        sa.Column("schedule", sa.Text, primary_key=True),
        sa.Column("done_until", sa.Double, nullable=False),
    )
    op.create_table(
        "proposals",
        sa.Column("request_id", sa.Text, sa.ForeignKey("requests.id"), primary_key=True),
        sa.Column("rule", sa.Text, nullable=False),
        sa.Column("owner", sa.Text, nullable=False),
        sa.Column("not_found", sa.Text, nullable=False),
    )
    op.create_index("proposals_by_rule", "proposals", ["rule"])
    op.create_table(
        "cleanup_notices",
        sa.Column("id", sa.Integer, primary_key=True, autoincrement=True),
        sa.Column("recipient", sa.Text, nullable=False),
        sa.Column("notice", sa.Text, nullable=False),
        sa.Column("due_at", sa.Double),
        sa.Column("posted_at", sa.Double),
        sa.Column("held_until", sa.Double),
        sa.Column("lease", sa.Text),
        sa.Column("failures", sa.Integer, nullable=False, server_default="0"),
    )
    is_due = sa.text("due_at IS NOT NULL")
    op.create_index("cleanup_notices_due", "cleanup_notices", ["due_at"], postgresql_where=is_due, sqlite_where=is_due)


def downgrade() -> None:
    """Take them away again; the requests that rules proposed stay."""
    op.drop_table("cleanup_notices")
    op.drop_table("proposals")
    op.drop_table("cleanup_schedules")
    op.drop_table("cleanup_rules")
