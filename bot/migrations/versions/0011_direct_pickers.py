"""Pickers that were opened in no channel."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column; code that does not know it answers in the channel, as before."""
    op.add_column("pickings", sa.Column("is_direct", sa.Boolean, nullable=False, server_default=sa.false()))


def downgrade() -> None:
    """Take it away again."""
    op.drop_column("pickings", "is_direct")
