"""What the picker lists and in which order, and its checkboxes."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

_COLUMNS = (
    ("sort_order", sa.Text, "newest"),
    ("shown", sa.Text, "all"),
    ("shown_at", sa.Double, "0"),
    ("drawings", sa.Text, "[]"),
    ("cleared", sa.Integer, "0"),
)


def upgrade() -> None:
    """Add the columns; code that does not know them goes on with the pickers that it has opened."""
    for name, kind, default in _COLUMNS:
        op.add_column("pickings", sa.Column(name, kind, nullable=False, server_default=default))


def downgrade() -> None:
    """Take them away again."""
    for name, _, _ in reversed(_COLUMNS):
        op.drop_column("pickings", name)
