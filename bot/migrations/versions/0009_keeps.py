"""Keeps: models and versions that somebody took out of a request, and that must not be deleted."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables; code that does not know them reads a target that is kept as one that was skipped.

    The triggers that keep `keeps` append-only are made after the migrations, as they are where they were lost.
    """
    op.add_column("targets", sa.Column("kept_by", sa.Text))
    op.add_column("targets", sa.Column("kept_until", sa.Double))
    op.create_table(
        "keeps",
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("account", sa.Text, nullable=False),
        sa.Column("owner", sa.Text, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("version_id", sa.Text),
        sa.Column("kept_by", sa.Text, nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("until", sa.Double),
        sa.Column("placed_at", sa.Double, nullable=False),
        sa.Column("request_id", sa.Text, sa.ForeignKey("requests.id"), nullable=False),
    )
    op.create_table(
        "keep_lifts",
        sa.Column("id", sa.Text, primary_key=True),
        sa.Column("keep_id", sa.Text, sa.ForeignKey("keeps.id"), nullable=False),
        sa.Column("asked_by", sa.Text, nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("approved_by", sa.Text, nullable=False),
        sa.Column("decided_by", sa.Text, nullable=False, server_default=""),
        sa.Column("asked_at", sa.Double, nullable=False),
        sa.Column("expires_at", sa.Double, nullable=False),
        sa.Column("channel", sa.Text, nullable=False),
        sa.Column("message_ts", sa.Text),
    )
    op.create_index("lifts_by_keep", "keep_lifts", ["keep_id"])


def downgrade() -> None:
    """Take them away again, with every keep."""
    op.drop_table("keep_lifts")
    op.drop_table("keeps")
    op.drop_column("targets", "kept_until")
    op.drop_column("targets", "kept_by")
