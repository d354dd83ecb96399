"""A member's pictures are found without those of which nothing is left.

Revises: 0012
Date: 2026-11-26
Reason: what its member had erased is no picture to look through any more.

Names and words stand here as they were on that day; the present ones are in `bot.store.tables`.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the index anew; it holds fewer pictures than before."""
    op.drop_index("jobs_of_member", "jobs")
    left = sa.text("state IN ('delivered', 'undeliverable') AND (erased_at IS NULL OR removed_at IS NULL)")
    op.create_index(
        "jobs_of_member",
        "jobs",
        ["member_id", "guild_id", "id", "state", "erased_at", "removed_at"],
        sqlite_where=left,
        postgresql_where=left,
    )
