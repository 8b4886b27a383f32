"""Who holds the lease of a card and of a list, so that what is written can prove it."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the columns; code that does not know them goes on working."""
    op.add_column("requests", sa.Column("card_lease", sa.Text))
    op.add_column("requests", sa.Column("list_lease", sa.Text))


def downgrade() -> None:
    """Take them away again."""
    op.drop_column("requests", "list_lease")
    op.drop_column("requests", "card_lease")
