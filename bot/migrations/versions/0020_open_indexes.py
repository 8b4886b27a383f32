"""Indexes of what is still open, which stay small however long the history is.

Revision ID: 0020
Revises: 0016
"""

from __future__ import annotations

from alembic import op
from sqlalchemy import text

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None

_TO_REVIEW = text("glass_broken_by <> '' AND glass_reviewed_by = ''")
_TO_REGARD = text("state IN ('planned', 'accepted', 'refused')")


def upgrade() -> None:
    """Add the indexes."""
    op.create_index(
        "requests_to_review", "requests", ["finished_at"], postgresql_where=_TO_REVIEW, sqlite_where=_TO_REVIEW
    )
    op.create_index(
        "targets_to_regard",
        "targets",
        ["owner", "name", "request_id", "state"],
        postgresql_where=_TO_REGARD,
        sqlite_where=_TO_REGARD,
    )


def downgrade() -> None:
    """Remove them."""
    op.drop_index("targets_to_regard", "targets")
    op.drop_index("requests_to_review", "requests")
