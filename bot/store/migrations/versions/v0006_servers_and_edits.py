"""Servers decide, members say no, moderators act; pictures have spoilers and words of their own.

Revises: 0005
Date: 2026-11-26
Reason: quotas, blocks and rules are kept for each server, and a form for an edit outlives a restart.

Names and words stand here as they were on that day; the present ones are in `bot.store.tables` and
`bot.store.community`.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the columns and make the tables; all are empty, so nothing changes for anybody."""
    op.add_column("jobs", sa.Column("spoiler", sa.Boolean, nullable=False, server_default="0"))
    op.add_column("jobs", sa.Column("alt_text", sa.Text))
    op.add_column("members", sa.Column("edits_allowed", sa.Boolean, nullable=False, server_default="1"))
    _make_tables_of_servers()
    _make_tables_of_members()
    op.create_index("credit_grants_of_member", "credit_grants", ["guild_id", "member_id", "at"])
    op.create_index("acts_of_guild", "acts", ["guild_id", "id"])
    due = sa.text("due_at IS NOT NULL")
    op.create_index("acts_to_tell", "acts", ["due_at", "id"], sqlite_where=due, postgresql_where=due)
    op.create_index("drafts_by_age", "drafts", ["created_at"])


def _make_tables_of_servers() -> None:
    op.create_table(
        "servers",
        sa.Column("guild_id", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("spoiler", sa.Boolean, nullable=False),
        sa.Column("own_pictures_only", sa.Boolean, nullable=False),
        sa.Column("thread_mode", _words(), nullable=False),
        sa.Column("log_channel_id", sa.BigInteger),
        sa.Column("daily_credits", sa.BigInteger),
        sa.Column("member_daily_credits", sa.BigInteger),
        sa.Column("member_concurrent_jobs", sa.BigInteger),
        sa.CheckConstraint(
            "thread_mode IN ('per-member', 'per-job', 'inline')", name="servers_thread_mode_known"
        ),
    )
    op.create_table(
        "server_places",
        sa.Column("guild_id", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("place_id", sa.BigInteger, primary_key=True, autoincrement=False),
    )
    op.create_table(
        "role_quotas",
        sa.Column("guild_id", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("role_id", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("daily_credits", sa.BigInteger),
        sa.Column("concurrent_jobs", sa.BigInteger),
    )


def _make_tables_of_members() -> None:
    op.create_table(
        "member_quotas",
        sa.Column("guild_id", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("member_id", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("daily_credits", sa.BigInteger),
        sa.Column("concurrent_jobs", sa.BigInteger),
        sa.Column("reset_at", sa.BigInteger),
    )
    op.create_table(
        "credit_grants",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), primary_key=True),
        sa.Column("guild_id", sa.BigInteger, nullable=False),
        sa.Column("member_id", sa.BigInteger, nullable=False),
        sa.Column("credits", sa.BigInteger, nullable=False),
        sa.Column("at", sa.BigInteger, nullable=False),
    )
    op.create_table(
        "blocks",
        sa.Column("guild_id", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("member_id", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("until", sa.BigInteger),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("actor_id", sa.BigInteger, nullable=False),
        sa.Column("at", sa.BigInteger, nullable=False),
    )
    op.create_table(
        "acts",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), primary_key=True),
        sa.Column("at", sa.BigInteger, nullable=False),
        sa.Column("guild_id", sa.BigInteger, nullable=False),
        sa.Column("actor_id", sa.BigInteger, nullable=False),
        sa.Column("kind", _words(), nullable=False),
        sa.Column("member_id", sa.BigInteger),
        sa.Column("job_id", sa.String(16)),
        sa.Column("detail", sa.Text, nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("due_at", sa.BigInteger),
    )
    op.create_table(
        "drafts",
        sa.Column("id", sa.String(16), primary_key=True),
        sa.Column("created_at", sa.BigInteger, nullable=False),
        sa.Column("guild_id", sa.BigInteger, nullable=False),
        sa.Column("member_id", sa.BigInteger, nullable=False),
        sa.Column("pictures", sa.Text, nullable=False),
    )


def _words() -> sa.String:
    return sa.String(16)
