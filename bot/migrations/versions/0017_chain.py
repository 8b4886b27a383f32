"""The chain over the audit trail: its links, and the digests of entries that are removed."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables; code that does not know them goes on adding entries, which the next newer writer links.

    The triggers that keep the tables append-only are made after the migrations, as they are where they were lost.
    """
    op.create_table(
        "audit_links",
        sa.Column("position", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("entry_id", sa.Integer, nullable=False),
        sa.Column("entry_digest", sa.LargeBinary, nullable=False),
        sa.Column("linked_at", sa.Double, nullable=False),
        sa.Column("digest", sa.LargeBinary, nullable=False),
    )
    op.create_index("audit_links_by_entry", "audit_links", ["entry_id"])
    is_seal = sa.text("kind = 'seal'")
    op.create_index("audit_links_of_seals", "audit_links", ["entry_id"], postgresql_where=is_seal, sqlite_where=is_seal)
    op.create_table(
        "removed_entries",
        sa.Column("entry_id", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("request_id", sa.Text, nullable=False),
        sa.Column("entry_digest", sa.LargeBinary, nullable=False),
    )


def downgrade() -> None:
    """Take them away again; the entries themselves stay."""
    op.drop_table("removed_entries")
    op.drop_table("audit_links")
