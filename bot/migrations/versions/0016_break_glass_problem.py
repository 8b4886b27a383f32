"""Why a request that was carried out without approvals could not be told to the approvers so far."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column; what code without it writes has the default."""
    op.add_column("requests", sa.Column("glass_problem", sa.Text, nullable=False, server_default=""))


def downgrade() -> None:
    """Take it away again."""
    op.drop_column("requests", "glass_problem")
