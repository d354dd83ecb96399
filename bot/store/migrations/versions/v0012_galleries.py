"""A member's own pictures, newest first; which were deleted on purpose, and where they were posted before.

Revises: 0011
Date: 2026-11-26
Reason: a picture whose message went with its thread can be posted again, a deleted one never.

Names and words stand here as they were on that day; the present ones are in `bot.store.tables`.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the table, the column and the index; a picture that has lost its message counts as deleted."""
    op.add_column("jobs", sa.Column("removed_at", sa.BigInteger))
    op.execute(
        "UPDATE jobs SET removed_at = finished_at WHERE state = 'delivered' AND message_id IS NULL",
    )
    op.create_table(
        "earlier_messages",
        sa.Column(
            "job_id",
            sa.String(16),
            sa.ForeignKey("jobs.id", name="earlier_messages_job", ondelete="CASCADE"),
            primary_key=True,
        ),
        sa.Column("message_id", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("channel_id", sa.BigInteger, nullable=False),
    )
    pictures = sa.text("state IN ('delivered', 'undeliverable')")
    op.create_index(
        "jobs_of_member",
        "jobs",
        ["member_id", "guild_id", "id", "state"],
        sqlite_where=pictures,
        postgresql_where=pictures,
    )
