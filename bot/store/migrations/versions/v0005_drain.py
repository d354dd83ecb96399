"""The drain: what a command asks of the running bot before an upgrade.

Revises: 0004
Date: 2026-11-23
Reason: the database is the one place that a command in another container shares with the bot.

Names and words stand here as they were on that day; the present ones are in `bot.store.tables`.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the table; it is empty while nothing is asked."""
    op.create_table(
        "drain",
        sa.Column("id", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("asked_at", sa.BigInteger, nullable=False),
        sa.Column("seen_at", sa.BigInteger),
        sa.Column("done_at", sa.BigInteger),
        sa.CheckConstraint("id = 1", name="drain_is_one"),
    )
