"""Erasing: who wants it, and which jobs have lost what told of a person.

Revises: 0010
Date: 2026-11-26
Reason: a member's wish outlives a restart, and old prompts can go by themselves.

Names and words stand here as they were on that day; the present ones are in `bot.store.tables`.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column, the table and the indices; nothing is erased by this."""
    op.add_column("jobs", sa.Column("erased_at", sa.BigInteger))
    somebodys = sa.text("member_id != 0")
    op.create_index(
        "jobs_of_person",
        "jobs",
        ["member_id", "id", "guild_id"],
        sqlite_where=somebodys,
        postgresql_where=somebodys,
    )
    personal = sa.text("erased_at IS NULL")
    op.create_index(
        "jobs_personal", "jobs", ["finished_at", "id"], sqlite_where=personal, postgresql_where=personal
    )
    op.create_table(
        "erasures",
        sa.Column("member_id", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("asked_at", sa.BigInteger, nullable=False),
        sa.Column("due_at", sa.BigInteger, nullable=False),
        sa.Column("done_at", sa.BigInteger),
        sa.Column("left_behind", sa.Integer, nullable=False),
    )
    op.create_index("erasures_by_due", "erasures", ["due_at"])
    op.create_index("acts_about_member", "acts", ["member_id", "id"])
    op.create_index("studios_of_member", "studios", ["member_id"])
