"""${message}.

Revises: ${down_revision or "nothing"}
Date: ${create_date.date()}
Reason: say here why the tables change, and what happens to the rows that exist.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = ${repr(up_revision)}
down_revision = ${repr(down_revision)}
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Bring the tables one step forward."""
    ${upgrades if upgrades else "pass"}
