"""What is known of the targets of a request beside what they are: when they were run, and what a model is for."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables; requests of code that does not know them have no rows in them."""
    op.create_table(
        "run_reaches",
        sa.Column("request_id", sa.Text, sa.ForeignKey("requests.id"), primary_key=True),
        sa.Column("since", sa.Double),
        sa.Column("is_complete", sa.Boolean, nullable=False),
        sa.Column("runs_seen", sa.Integer, nullable=False),
        sa.Column("missing_since", sa.Double),
    )
    op.create_table(
        "target_facts",
        sa.Column("request_id", sa.Text, sa.ForeignKey("requests.id"), primary_key=True),
        sa.Column("position", sa.Integer, primary_key=True),
        sa.Column("last_run_at", sa.Double),
        sa.Column("runs", sa.Integer, nullable=False),
        sa.Column("hidden_run_at", sa.Double),
        sa.Column("description", sa.Text, nullable=False),
        sa.Column("run_count", sa.Integer),
        sa.Column("versions", sa.Integer),
    )


def downgrade() -> None:
    """Take them away again."""
    op.drop_table("target_facts")
    op.drop_table("run_reaches")
