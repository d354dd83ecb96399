"""The first tables: jobs, their history, members and studios.

Revises: nothing
Date: 2026-11-23
Reason: the main job needs a memory that survives the process.

Names and words stand here as they were on that day; the present ones are in `bot.store.tables`.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

_STATES = (
    "'queued', 'submitting', 'unconfirmed', 'running', 'ready', 'held', 'delivering', "
    "'delivered', 'failed', 'cancelled', 'rejected', 'undeliverable'"
)
_IN_FLIGHT = "state IN ('running', 'submitting', 'unconfirmed')"
_TO_ANNOUNCE = (
    "state IN ('cancelled', 'delivered', 'failed', 'rejected', 'undeliverable') AND due_at IS NOT NULL"
)


def upgrade() -> None:
    """Make the tables."""
    op.create_table("jobs", *_what_was_asked(), *_what_became_of_it(), *_what_must_hold())
    _index_the_work()
    _index_the_history()
    _make_events()
    _make_members_and_studios()


def _what_was_asked() -> list[sa.Column[object]]:
    return [
        sa.Column("id", sa.String(16), primary_key=True),
        sa.Column("batch_id", sa.String(16), nullable=False),
        sa.Column("batch_index", sa.Integer, nullable=False),
        sa.Column("batch_size", sa.Integer, nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("guild_id", sa.BigInteger),
        sa.Column("channel_id", sa.BigInteger, nullable=False),
        sa.Column("thread_id", sa.BigInteger),
        sa.Column("private", sa.Boolean, nullable=False),
        sa.Column("place", sa.String(16), nullable=False),
        sa.Column("place_note", sa.String(16)),
        sa.Column("member_id", sa.BigInteger, nullable=False),
        sa.Column("member_name", sa.Text, nullable=False),
        sa.Column("locale", sa.Text, nullable=False),
        sa.Column("mode", sa.String(16), nullable=False),
        sa.Column("aspect_ratio", sa.String(16), nullable=False),
        sa.Column("output_format", sa.String(16), nullable=False),
        sa.Column("credits", sa.Integer, nullable=False),
    ]


def _what_became_of_it() -> list[sa.Column[object]]:
    return [
        sa.Column("attempts", sa.Integer, nullable=False),
        sa.Column("created_at", sa.BigInteger, nullable=False),
        sa.Column("due_at", sa.BigInteger),
        sa.Column("lease_owner", sa.Text),
        sa.Column("lease_until", sa.BigInteger),
        sa.Column("wait_reason", sa.String(16)),
        sa.Column("task_id", sa.Text),
        sa.Column("submitted_at", sa.BigInteger),
        sa.Column("late_told_at", sa.BigInteger),
        sa.Column("cost_ms", sa.BigInteger),
        sa.Column("completed_at", sa.BigInteger),
        sa.Column("finished_at", sa.BigInteger),
        sa.Column("card_channel_id", sa.BigInteger),
        sa.Column("card_message_id", sa.BigInteger),
        sa.Column("card_token", sa.Text),
        sa.Column("card_token_until", sa.BigInteger),
        sa.Column("message_channel_id", sa.BigInteger),
        sa.Column("message_id", sa.BigInteger),
        sa.Column("rung", sa.String(16)),
        sa.Column("discord_code", sa.Integer),
        sa.Column("failure_cause", sa.String(16)),
        sa.Column("failure_code", sa.Text),
        sa.Column("failure_detail", sa.Text),
        sa.Column("result_urls", sa.Text, nullable=False),
        sa.Column("prompt", sa.Text, nullable=False),
    ]


def _what_must_hold() -> list[sa.CheckConstraint]:
    known = {
        "kind": "'imagine'",
        "state": _STATES,
        "place": "'thread', 'studio', 'channel', 'direct'",
        "place_note": "'no_permission', 'not_possible', 'rate_limited', 'failed'",
        "mode": "'pro', 'max'",
        "aspect_ratio": "'21:9', '16:9', '4:3', '1:1', '3:4', '9:16'",
        "output_format": "'jpeg', 'png'",
        "wait_reason": "'service_paused', 'service_busy'",
        "rung": "'thread', 'channel', 'direct'",
        "failure_cause": (
            "'content', 'prompt', 'image', 'balance', 'access', 'provider', 'picture', 'late', "
            "'unconfirmed', 'unknown'"
        ),
    }
    rules = {
        "batch_index_in_size": "batch_index >= 0 AND batch_index < batch_size",
        "credits_not_negative": "credits >= 0",
        "attempts_not_negative": "attempts >= 0",
        "lease_whole": "(lease_owner IS NULL) = (lease_until IS NULL)",
        "card_whole": "(card_channel_id IS NULL) = (card_message_id IS NULL)",
        "failure_told": "(failure_cause IS NOT NULL) = (state = 'failed')",
        "refunded": "credits = 0 OR state NOT IN ('cancelled', 'failed', 'rejected')",
    }
    return [
        *(
            sa.CheckConstraint(f"{name} IN ({words})", name=f"jobs_{name}_known")
            for name, words in known.items()
        ),
        *(sa.CheckConstraint(rule, name=f"jobs_{name}") for name, rule in rules.items()),
    ]


def _partial_index(name: str, columns: list[str], where: str) -> None:
    op.create_index(name, "jobs", columns, sqlite_where=sa.text(where), postgresql_where=sa.text(where))


def _index_the_work() -> None:
    for state in ("submitting", "unconfirmed", "running", "ready", "held", "delivering"):
        _partial_index(f"jobs_{state}", ["due_at", "id", "state"], f"state = '{state}'")
    _partial_index("jobs_queued", ["due_at", "id", "state", "member_id", "guild_id"], "state = 'queued'")
    _partial_index("jobs_in_flight", ["member_id", "guild_id", "state"], _IN_FLIGHT)
    _partial_index("jobs_to_announce", ["due_at", "id"], _TO_ANNOUNCE)
    _partial_index("jobs_leased", ["lease_owner"], "lease_owner IS NOT NULL")


def _index_the_history() -> None:
    op.create_index("jobs_of_batch", "jobs", ["batch_id", "batch_index"], unique=True)
    _partial_index("jobs_spent_by_member", ["member_id", "created_at", "credits"], "credits > 0")
    _partial_index("jobs_spent_in_guild", ["guild_id", "created_at", "credits"], "credits > 0")
    _partial_index("jobs_spent", ["created_at", "credits"], "credits > 0")
    _partial_index("jobs_completed", ["mode", "completed_at"], "completed_at IS NOT NULL")


def _make_events() -> None:
    op.create_table(
        "job_events",
        # SQLite counts up by itself only in a column that is an INTEGER, and a BIGINT is not one.
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), primary_key=True),
        sa.Column(
            "job_id",
            sa.String(16),
            sa.ForeignKey("jobs.id", name="job_events_job", ondelete="CASCADE"),
            nullable=False,
        ),
        sa.Column("at", sa.BigInteger, nullable=False),
        sa.Column("source", sa.String(16)),
        sa.Column("target", sa.String(16), nullable=False),
        sa.Column("actor", sa.Text, nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.CheckConstraint(f"source IN ({_STATES})", name="job_events_source_known"),
        sa.CheckConstraint(f"target IN ({_STATES})", name="job_events_target_known"),
    )
    op.create_index("job_events_of_job", "job_events", ["job_id", "id"])


def _make_members_and_studios() -> None:
    op.create_table(
        "members",
        sa.Column("member_id", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("first_seen_at", sa.BigInteger, nullable=False),
    )
    op.create_table(
        "studios",
        sa.Column("guild_id", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("channel_id", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("member_id", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("thread_id", sa.BigInteger, nullable=False),
        sa.Column("updated_at", sa.BigInteger, nullable=False),
    )
    op.create_index("studios_of_thread", "studios", ["thread_id"])
