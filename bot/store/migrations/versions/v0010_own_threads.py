"""A command can have a thread of its own.

Revises: 0009
Date: 2026-11-26
Reason: a server decides where its pictures come, and what was decided when one was asked for holds for it.

Names and words stand here as they were on that day; the present ones are in `bot.store.tables`.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column; threads that are there are studios."""
    op.add_column("jobs", sa.Column("own_thread", sa.Boolean, nullable=False, server_default="0"))
