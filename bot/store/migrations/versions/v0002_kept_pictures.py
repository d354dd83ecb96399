"""Kept pictures: where the archive has a job's picture, and since when.

Revises: 0001
Date: 2026-11-23
Reason: a picture that was fetched once is kept, so that a later delivery does not depend on its old address.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the columns and their index; without a constraint among them no table has to be built anew."""
    op.add_column("jobs", sa.Column("archive_key", sa.Text))
    op.add_column("jobs", sa.Column("archived_at", sa.BigInteger))
    kept = sa.text("archive_key IS NOT NULL")
    op.create_index("jobs_archived", "jobs", ["finished_at", "id"], sqlite_where=kept, postgresql_where=kept)
