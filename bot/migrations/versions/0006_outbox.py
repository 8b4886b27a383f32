"""The outbox: what is to be posted about each request, as rows of their own.

The columns of `requests` that said so before stay for the version before, and say that everything is posted: while
both run, only the new code posts. What the version before changes meanwhile, `bot.store.schedule.catch_up` finds.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

_POSTED_ONCE = {
    "pointer": "pointed_at",
    "reminder": "reminded_at",
    "result at origin": "told_origin_at",
    "result": "replied_at",
    "planned list": "listed_at",
    "result list": "result_listed_at",
}
_CARDS = """
INSERT INTO deliveries (request_id, kind, revision, due_at, posted_at)
SELECT id, 'card', CASE WHEN replied_at IS NULL OR result_listed_at IS NULL THEN -1 ELSE card_revision END,
       CASE WHEN card_revision < revision THEN 0 END, card_drawn_at
FROM requests WHERE requested_at IS NOT NULL
"""
_POSTED = """
INSERT INTO deliveries (request_id, kind, revision, posted_at)
SELECT id, '{kind}', revision, {column} FROM requests WHERE requested_at IS NOT NULL AND {column} IS NOT NULL
"""
_RESULTS = """
INSERT INTO deliveries (request_id, kind, revision, due_at)
SELECT id, 'result', revision, 0 FROM requests
WHERE requested_at IS NOT NULL AND replied_at IS NULL AND state IN ('finished', 'stopped', 'rejected', 'expired')
"""
_SILENT = "card_revision = 2147483647, " + ", ".join(f"{column} = 0" for column in _POSTED_ONCE.values())


def upgrade() -> None:
    """Make the table, fill it with what was posted and what was not yet, and let older code post nothing more."""
    op.create_table(
        "deliveries",
        sa.Column("id", sa.Integer, primary_key=True, autoincrement=True),
        sa.Column("request_id", sa.Text, sa.ForeignKey("requests.id"), nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("revision", sa.Integer, nullable=False),
        sa.Column("due_at", sa.Double),
        sa.Column("posted_at", sa.Double),
        sa.Column("held_until", sa.Double),
        sa.Column("lease", sa.Text),
        sa.Column("failures", sa.Integer, nullable=False, server_default="0"),
        sa.Column("pages", sa.Integer, nullable=False, server_default="0"),
        sa.UniqueConstraint("request_id", "kind", name="one_delivery_of_a_kind"),
    )
    is_due = sa.text("due_at IS NOT NULL")
    op.create_index("deliveries_due", "deliveries", ["due_at"], postgresql_where=is_due, sqlite_where=is_due)
    op.create_index("requests_by_end", "requests", ["finished_at"])
    op.execute(_CARDS)
    for kind, column in _POSTED_ONCE.items():
        op.execute(_POSTED.format(kind=kind, column=column))
    op.execute(_RESULTS)
    op.execute(f"UPDATE requests SET {_SILENT}")  # noqa: S608 - constants of this module
    if op.get_bind().dialect.name == "postgresql":
        op.alter_column("requests", "card_revision", server_default="2147483647")
        for column in _POSTED_ONCE.values():
            op.alter_column("requests", column, server_default="0")
    else:
        op.execute(
            "CREATE TRIGGER requests_posted_by_the_outbox AFTER INSERT ON requests "  # noqa: S608 - as above
            f"BEGIN UPDATE requests SET {_SILENT} WHERE id = NEW.id; END"
        )


def downgrade() -> None:
    """Take the table away, and have older code post what it does not know to be posted."""
    if op.get_bind().dialect.name == "postgresql":
        op.alter_column("requests", "card_revision", server_default="-1")
        for column in _POSTED_ONCE.values():
            op.alter_column("requests", column, server_default=None)
    else:
        op.execute("DROP TRIGGER requests_posted_by_the_outbox")
    op.execute(
        "UPDATE requests SET card_revision = coalesce("
        "(SELECT d.revision FROM deliveries d WHERE d.request_id = requests.id AND d.kind = 'card'), -1)"
    )
    for kind, column in _POSTED_ONCE.items():
        op.execute(
            f"UPDATE requests SET {column} = (SELECT d.posted_at FROM deliveries d "  # noqa: S608 - as above
            f"WHERE d.request_id = requests.id AND d.kind = '{kind}')"
        )
    op.drop_index("requests_by_end")
    op.drop_index("deliveries_due")
    op.drop_table("deliveries")
