"""At which moment the backup ends that was restored while a request was open."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column; what code without it writes has none."""
    op.add_column("requests", sa.Column("restored_to", sa.Double))


def downgrade() -> None:
    """Take it away again."""
    op.drop_column("requests", "restored_to")
