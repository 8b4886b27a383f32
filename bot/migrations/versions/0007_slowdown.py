"""How far Replicate's refusals slow requests down."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the columns; code that does not know them sends at the full rate, as before."""
    op.add_column("slots", sa.Column("per_minute", sa.Double))
    op.add_column("slots", sa.Column("slowed_at", sa.Double))


def downgrade() -> None:
    """Take them away again."""
    op.drop_column("slots", "slowed_at")
    op.drop_column("slots", "per_minute")
