"""The shared budget: what the account may ask of the image service, and why nothing is sent.

Revises: 0002
Date: 2026-11-23
Reason: limits hold for the account, so for all processes together and across restarts.

Names and words stand here as they were on that day; the present ones are in `bot.store.tables`.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the two tables; they are empty until the first request, and until the first pause."""
    op.create_table(
        "request_budget",
        sa.Column("id", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("tokens", sa.Double, nullable=False),
        sa.Column("counted_at", sa.BigInteger, nullable=False),
        sa.Column("pace", sa.Double, nullable=False),
        sa.Column("era", sa.Integer, nullable=False),
        sa.Column("raised_at", sa.BigInteger, nullable=False),
        sa.Column("held_until", sa.BigInteger),
        sa.CheckConstraint("id = 1", name="request_budget_is_one"),
    )
    op.create_table(
        "service_pause",
        sa.Column("id", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("reason", sa.String(16), nullable=False),
        sa.Column("call", sa.String(16), nullable=False),
        sa.Column("since", sa.BigInteger, nullable=False),
        sa.Column("closed_at", sa.BigInteger, nullable=False),
        sa.Column("reopens_at", sa.BigInteger),
        sa.Column("failed_probes", sa.Integer, nullable=False),
        sa.CheckConstraint("id = 1", name="service_pause_is_one"),
        sa.CheckConstraint(
            "reason IN ('key', 'balance', 'busy', 'outage')", name="service_pause_reason_known"
        ),
        sa.CheckConstraint("call IN ('submit', 'look')", name="service_pause_call_known"),
    )
