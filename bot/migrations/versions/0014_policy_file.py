"""What a policy file adds to requests: further terms, the time to undo, rules as requesters, and break-glass."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

_TEXTS = ("terms", "proposed_by", "undone_by", "glass_broken_by", "glass_reason", "glass_reviewed_by")
_MOMENTS = ("begins_at", "glass_posted_at")


def upgrade() -> None:
    """Add the columns; requests of code that does not know them have the defaults."""
    for name in _TEXTS:
        op.add_column("requests", sa.Column(name, sa.Text, nullable=False, server_default=""))
    for name in _MOMENTS:
        op.add_column("requests", sa.Column(name, sa.Double))
    op.add_column("decisions", sa.Column("counts_for", sa.Text, nullable=False, server_default=""))


def downgrade() -> None:
    """Take them away again."""
    op.drop_column("decisions", "counts_for")
    for name in (*_TEXTS, *_MOMENTS):
        op.drop_column("requests", name)
