"""The rules that selected a request's versions, and finding targets by their model."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column and the index; code that does not know them goes on working."""
    op.add_column("requests", sa.Column("rules", sa.Text, nullable=False, server_default=""))
    op.create_index("targets_by_model", "targets", ["owner", "name"])


def downgrade() -> None:
    """Take them away again."""
    op.drop_index("targets_by_model", "targets")
    op.drop_column("requests", "rules")
