"""Calling off: a job that was sent already is discarded, and keeps its credits when it ends as cancelled.

Revises: 0007
Date: 2026-11-26
Reason: a member or a moderator can call a job off at any time, and the provider has no way to stop a task.

Names and words stand here as they were on that day; the present ones are in `bot.store.tables`.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

_MAY_KEEP_CREDITS = (
    "credits = 0 OR (state NOT IN ('failed', 'rejected') "
    "AND (state <> 'cancelled' OR discarded_at IS NOT NULL))"
)
_WORKING = "'delivering', 'held', 'queued', 'ready', 'running', 'submitting', 'unconfirmed'"


def upgrade() -> None:
    """Add the columns and change the rule; on SQLite this builds the table anew, with all its rules.

    Two indices find what is under way of a member, and in a server.
    """
    _refuse_to_lose_the_history()
    with op.batch_alter_table("jobs") as jobs:
        jobs.add_column(sa.Column("discarded_at", sa.BigInteger))
        jobs.add_column(sa.Column("cancelled_by", sa.BigInteger))
        jobs.drop_constraint("jobs_refunded", type_="check")
        jobs.create_check_constraint("jobs_refunded", _MAY_KEEP_CREDITS)
    where = sa.text(f"state IN ({_WORKING})")
    for name, columns in {
        "jobs_open_of_member": ["member_id", "guild_id", "id"],
        "jobs_open_in_guild": ["guild_id", "id"],
    }.items():
        op.create_index(name, "jobs", columns, sqlite_where=where, postgresql_where=where)


def _refuse_to_lose_the_history() -> None:
    """Stop where dropping the old table would take along what refers to it."""
    connection = op.get_bind()
    if connection.dialect.name != "sqlite":
        return
    if connection.exec_driver_sql("PRAGMA foreign_keys").scalar_one():
        msg = "this step needs a connection that does not enforce foreign keys"
        raise RuntimeError(msg)
