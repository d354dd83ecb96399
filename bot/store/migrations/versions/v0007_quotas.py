"""Jobs remember their price and the server's limit on jobs at once; caps have rows to be held by.

Revises: 0006
Date: 2026-11-26
Reason: quotas are kept by server, role and member, itemised, and caps hold for several processes.

Names and words stand here as they were on that day; the present ones are in `bot.store.tables`.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the columns and the table, and make the queue's index anew with the limit in it."""
    op.add_column("jobs", sa.Column("price", sa.Integer))
    op.add_column("jobs", sa.Column("concurrent_jobs", sa.BigInteger))
    op.create_table(
        "spending_circles", sa.Column("circle_id", sa.BigInteger, primary_key=True, autoincrement=False)
    )
    queued = sa.text("state = 'queued'")
    op.drop_index("jobs_queued", "jobs")
    op.create_index(
        "jobs_queued",
        "jobs",
        ["due_at", "id", "state", "member_id", "guild_id", "concurrent_jobs"],
        sqlite_where=queued,
        postgresql_where=queued,
    )
