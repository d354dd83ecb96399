"""Who removed a picture, which message is whose, and how telling an act went.

Revises: 0008
Date: 2026-11-26
Reason: moderators name a message and want to know who made it, and the log channel may refuse.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add columns, a table and two indices by which a message leads to its job."""
    op.add_column("jobs", sa.Column("removed_by", sa.BigInteger))
    op.add_column("acts", sa.Column("tried_at", sa.BigInteger))
    op.create_table(
        "log_troubles",
        sa.Column("guild_id", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("channel_id", sa.BigInteger, nullable=False),
        sa.Column("code", sa.Integer, nullable=False),
        sa.Column("at", sa.BigInteger, nullable=False),
        sa.Column("until", sa.BigInteger, nullable=False),
    )
    posted = sa.text("message_id IS NOT NULL")
    op.create_index("jobs_of_message", "jobs", ["message_id"], sqlite_where=posted, postgresql_where=posted)
    carded = sa.text("card_message_id IS NOT NULL")
    op.create_index(
        "jobs_of_card",
        "jobs",
        ["card_message_id", "batch_index"],
        sqlite_where=carded,
        postgresql_where=carded,
    )
