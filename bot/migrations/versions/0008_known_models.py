"""The models that the account is known to have, their runs, and how far reading them has come."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables; code that does not know them leaves them alone."""
    op.create_table(
        "known_models",
        sa.Column("account", sa.Text, primary_key=True),
        sa.Column("key", sa.Text, primary_key=True),
        sa.Column("owner", sa.Text, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("visibility", sa.Text),
        sa.Column("versions", sa.Integer),
        sa.Column("unused_versions", sa.Integer),
        sa.Column("newest_at", sa.Double),
        sa.Column("last_run_at", sa.Double),
        sa.Column("used_by", sa.Text, nullable=False, server_default=""),
        sa.Column("description", sa.Text, nullable=False, server_default=""),
        sa.Column("noted_at", sa.Double, nullable=False),
        sa.Column("seen_at", sa.Double),
        sa.Column("read_at", sa.Double),
        sa.Column("due_at", sa.Double, nullable=False),
        sa.Column("gone_at", sa.Double),
        sa.Column("renamed_to", sa.Text),
    )
    op.create_index("known_models_due", "known_models", ["account", "due_at"])
    op.create_table(
        "known_model_sources",
        sa.Column("account", sa.Text, primary_key=True),
        sa.Column("key", sa.Text, primary_key=True),
        sa.Column("source", sa.Text, primary_key=True),
    )
    op.create_table(
        "known_uses",
        sa.Column("account", sa.Text, primary_key=True),
        sa.Column("source", sa.Text, primary_key=True),
        sa.Column("used_by", sa.Text, primary_key=True),
        sa.Column("version_id", sa.Text, primary_key=True),
        sa.Column("model", sa.Text, nullable=False),
        sa.Column("reading", sa.Integer, nullable=False),
    )
    op.create_index("known_uses_by_model", "known_uses", ["account", "model"])
    op.create_table(
        "known_runs",
        sa.Column("account", sa.Text, primary_key=True),
        sa.Column("version_id", sa.Text, primary_key=True),
        sa.Column("model", sa.Text, primary_key=True),
        sa.Column("runs", sa.Integer, nullable=False),
        sa.Column("newest_at", sa.Double, nullable=False),
    )
    op.create_index("known_runs_by_model", "known_runs", ["account", "model"])
    op.create_table(
        "source_readings",
        sa.Column("account", sa.Text, primary_key=True),
        sa.Column("source", sa.Text, primary_key=True),
        sa.Column("reading", sa.Integer, nullable=False),
        sa.Column("step", sa.Integer, nullable=False),
        sa.Column("cursor", sa.Text, nullable=False),
        sa.Column("progress", sa.Text, nullable=False),
        sa.Column("began_at", sa.Double),
        sa.Column("ended_at", sa.Double),
        sa.Column("due_at", sa.Double, nullable=False),
    )


def downgrade() -> None:
    """Take them away again."""
    op.drop_table("source_readings")
    op.drop_index("known_runs_by_model")
    op.drop_table("known_runs")
    op.drop_index("known_uses_by_model")
    op.drop_table("known_uses")
    op.drop_table("known_model_sources")
    op.drop_index("known_models_due")
    op.drop_table("known_models")
