"""The team's own reference of a request, and when a deleted target was seen to be gone in which place.

`confirm_at` is when a place is to be asked again that has not said so yet. Targets that ended before have none of
these times: nobody knows them.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None

_TIMES = ("list_gone_at", "address_gone_at", "confirm_at")


def upgrade() -> None:
    """Add the columns, and an index of what is still to be confirmed, which is empty where nothing is."""
    for table in ("requests", "pickings"):
        op.add_column(table, sa.Column("reference", sa.Text))
    for name in _TIMES:
        op.add_column("targets", sa.Column(name, sa.Double))
    open_ones = sa.text("confirm_at IS NOT NULL")
    op.create_index("targets_to_confirm", "targets", ["confirm_at"], postgresql_where=open_ones, sqlite_where=open_ones)


def downgrade() -> None:
    """Take them away again."""
    op.drop_index("targets_to_confirm", "targets")
    for name in _TIMES:
        op.drop_column("targets", name)
    for table in ("pickings", "requests"):
        op.drop_column(table, "reference")
