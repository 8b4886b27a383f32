"""Where a message about a request is that has to go again, as a reminder once the request has ended."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the columns; what code posts that does not know them stays, as before."""
    op.add_column("deliveries", sa.Column("message_channel", sa.Text))
    op.add_column("deliveries", sa.Column("message_ts", sa.Text))


def downgrade() -> None:
    """Take them away again."""
    op.drop_column("deliveries", "message_ts")
    op.drop_column("deliveries", "message_channel")
