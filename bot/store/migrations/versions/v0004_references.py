"""Edits: the pictures that a job starts from, and the job that it came from.

Revises: 0003
Date: 2026-11-23
Reason: a picture can be made from other pictures, and from another job.

Names and words stand here as they were on that day; the present ones are in `bot.store.tables`.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Let the new kind in and add the columns; on SQLite this builds the table anew, with all its rules."""
    with op.batch_alter_table("jobs") as jobs:
        jobs.add_column(sa.Column("parent_id", sa.String(16)))
        jobs.add_column(sa.Column("references", sa.Text, nullable=False, server_default="[]"))
        jobs.add_column(sa.Column("references_sent", sa.Integer))
        jobs.drop_constraint("jobs_kind_known", type_="check")
        jobs.create_check_constraint("jobs_kind_known", "kind IN ('imagine', 'edit')")
