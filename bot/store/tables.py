"""The tables, as they stand after the newest migration.

A test holds this file and the migrations together; a change here needs a migration beside it. Every
working state has a partial index, so that what a worker asks costs the same however long the history is.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import sqlalchemy as sa

from bot.jobs import (
    FINAL_STATES,
    IN_FLIGHT_STATES,
    REFUNDED_STATES,
    AspectRatio,
    FailureCause,
    JobState,
    Kind,
    Mode,
    OutputFormat,
    Place,
    PlaceNote,
    Reference,
    Rung,
    WaitReason,
)
from bot.store.columns import Moment, RecordList, TextList, quoted, word
from bot.store.pause import PauseReason, ProviderCall

if TYPE_CHECKING:
    from collections.abc import Iterable
    from enum import StrEnum


def _one_of(column: str, words: type[StrEnum]) -> sa.CheckConstraint:
    return sa.CheckConstraint(f"{column} IN ({quoted(words)})", name=f"jobs_{column}_known")


def in_states(states: Iterable[JobState]) -> sa.ColumnElement[bool]:
    """Return the condition that a job is in one of the states.

    The states stand in the statement itself, not as bound parameters: a partial index is used
    only where the database can see that the statement implies the condition of the index.
    """
    words = [sa.literal_column(f"'{state.value}'", sa.String) for state in sorted(states)]
    state = sa.type_coerce(jobs.c.state, sa.String)
    return state == words[0] if len(words) == 1 else state.in_(words)


def is_due_some_time(state: JobState) -> sa.ColumnElement[bool]:
    """Return the condition that a job is in this state and has a time when it is due."""
    due = jobs.c.due_at.is_not(None)
    if state not in ANNOUNCED_STATES:
        return sa.and_(in_states({state}), due)
    # Implied by the other condition, but SQLite does not see that and would read the whole history.
    return sa.and_(in_states(ANNOUNCED_STATES), in_states({state}), due)


def has_cost() -> sa.ColumnElement[bool]:
    """Return the condition that a job still costs something, in the words of the usage indices."""
    return jobs.c.credits > sa.literal_column("0")


def is_somebodys() -> sa.ColumnElement[bool]:
    """Return the condition that it is known whose a job is, in the words of the index of members' jobs.

    What does not say so cannot go through that index: the queue, above all, has a better one.
    """
    return jobs.c.member_id != sa.literal_column("0")


def is_left() -> sa.ColumnElement[bool]:
    """Return the condition that something is left of a picture, in the words of the index of pictures."""
    return sa.or_(jobs.c.erased_at.is_(None), jobs.c.removed_at.is_(None))


metadata = sa.MetaData()

jobs = sa.Table(
    "jobs",
    metadata,
    sa.Column("id", sa.String(16), primary_key=True),
    sa.Column("batch_id", sa.String(16), nullable=False),
    sa.Column("batch_index", sa.Integer, nullable=False),
    sa.Column("batch_size", sa.Integer, nullable=False),
    sa.Column("kind", word(Kind), nullable=False),
    sa.Column("state", word(JobState), nullable=False),
    sa.Column("guild_id", sa.BigInteger),
    sa.Column("channel_id", sa.BigInteger, nullable=False),
    sa.Column("thread_id", sa.BigInteger),
    sa.Column("private", sa.Boolean(create_constraint=False), nullable=False),
    sa.Column("place", word(Place), nullable=False),
    sa.Column("place_note", word(PlaceNote)),
    sa.Column("member_id", sa.BigInteger, nullable=False),
    sa.Column("member_name", sa.Text, nullable=False),
    sa.Column("locale", sa.Text, nullable=False),
    sa.Column("mode", word(Mode), nullable=False),
    sa.Column("aspect_ratio", word(AspectRatio), nullable=False),
    sa.Column("output_format", word(OutputFormat), nullable=False),
    sa.Column("credits", sa.Integer, nullable=False),
    sa.Column("attempts", sa.Integer, nullable=False),
    sa.Column("created_at", Moment, nullable=False),
    sa.Column("due_at", Moment),
    sa.Column("lease_owner", sa.Text),
    sa.Column("lease_until", Moment),
    sa.Column("wait_reason", word(WaitReason)),
    sa.Column("task_id", sa.Text),
    sa.Column("submitted_at", Moment),
    sa.Column("late_told_at", Moment),
    sa.Column("cost_ms", sa.BigInteger),
    sa.Column("completed_at", Moment),
    sa.Column("finished_at", Moment),
    sa.Column("card_channel_id", sa.BigInteger),
    sa.Column("card_message_id", sa.BigInteger),
    sa.Column("card_token", sa.Text),
    sa.Column("card_token_until", Moment),
    sa.Column("message_channel_id", sa.BigInteger),
    sa.Column("message_id", sa.BigInteger),
    sa.Column("rung", word(Rung)),
    sa.Column("discord_code", sa.Integer),
    sa.Column("failure_cause", word(FailureCause)),
    sa.Column("failure_code", sa.Text),
    # The long texts come last: SQLite walks through everything that stands before a column to read it.
    sa.Column("failure_detail", sa.Text),
    sa.Column("result_urls", TextList, nullable=False),
    sa.Column("prompt", sa.Text, nullable=False),
    # Younger than the table; a column that is added stands last.
    sa.Column("archive_key", sa.Text),
    sa.Column("archived_at", Moment),
    sa.Column("parent_id", sa.String(16)),
    sa.Column("references", RecordList(Reference), nullable=False, server_default="[]"),
    sa.Column("references_sent", sa.Integer),
    sa.Column("spoiler", sa.Boolean(create_constraint=False), nullable=False, server_default="0"),
    sa.Column("alt_text", sa.Text),
    sa.Column("removed_by", sa.BigInteger),
    sa.Column("own_thread", sa.Boolean(create_constraint=False), nullable=False, server_default="0"),
    sa.Column("removed_at", Moment),
    sa.Column("erased_at", Moment),
    sa.Column("discarded_at", Moment),
    sa.Column("cancelled_by", sa.BigInteger),
    # What it cost when it was asked for: `credits` forgets that with a refund.
    sa.Column("price", sa.Integer),
    sa.Column("concurrent_jobs", sa.BigInteger),
    _one_of("kind", Kind),
    _one_of("state", JobState),
    _one_of("place", Place),
    _one_of("place_note", PlaceNote),
    _one_of("mode", Mode),
    _one_of("aspect_ratio", AspectRatio),
    _one_of("output_format", OutputFormat),
    _one_of("wait_reason", WaitReason),
    _one_of("rung", Rung),
    _one_of("failure_cause", FailureCause),
    sa.CheckConstraint("batch_index >= 0 AND batch_index < batch_size", name="jobs_batch_index_in_size"),
    sa.CheckConstraint("credits >= 0", name="jobs_credits_not_negative"),
    sa.CheckConstraint("attempts >= 0", name="jobs_attempts_not_negative"),
    sa.CheckConstraint("(lease_owner IS NULL) = (lease_until IS NULL)", name="jobs_lease_whole"),
    sa.CheckConstraint("(card_channel_id IS NULL) = (card_message_id IS NULL)", name="jobs_card_whole"),
    sa.CheckConstraint("(failure_cause IS NOT NULL) = (state = 'failed')", name="jobs_failure_told"),
    sa.CheckConstraint(
        f"credits = 0 OR (state NOT IN ({quoted(sorted(REFUNDED_STATES))}) "
        "AND (state <> 'cancelled' OR discarded_at IS NOT NULL))",
        name="jobs_refunded",
    ),
)

job_events = sa.Table(
    "job_events",
    metadata,
    # SQLite counts up by itself only in a column that is an INTEGER, and a BIGINT is not one.
    sa.Column("id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), primary_key=True),
    sa.Column(
        "job_id",
        sa.String(16),
        sa.ForeignKey("jobs.id", name="job_events_job", ondelete="CASCADE"),
        nullable=False,
    ),
    sa.Column("at", Moment, nullable=False),
    sa.Column("source", word(JobState)),
    sa.Column("target", word(JobState), nullable=False),
    sa.Column("actor", sa.Text, nullable=False),
    sa.Column("reason", sa.Text, nullable=False),
    sa.CheckConstraint(f"source IN ({quoted(JobState)})", name="job_events_source_known"),
    sa.CheckConstraint(f"target IN ({quoted(JobState)})", name="job_events_target_known"),
    sa.Index("job_events_of_job", "job_id", "id"),
)

#: Where a job's picture was posted before it was posted again; those messages are still there.
earlier_messages = sa.Table(
    "earlier_messages",
    metadata,
    sa.Column(
        "job_id",
        sa.String(16),
        sa.ForeignKey("jobs.id", name="earlier_messages_job", ondelete="CASCADE"),
        primary_key=True,
    ),
    sa.Column("message_id", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("channel_id", sa.BigInteger, nullable=False),
)

#: Its row is what an admission locks, so that two of them cannot spend the same credits.
members = sa.Table(
    "members",
    metadata,
    sa.Column("member_id", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("first_seen_at", Moment, nullable=False),
    sa.Column("edits_allowed", sa.Boolean(create_constraint=False), nullable=False, server_default="1"),
)

#: A row for each server with a cap, and one (0) for the whole bot: what an admission locks after the member,
#: so that two members cannot spend the last credits of everybody.
spending_circles = sa.Table(
    "spending_circles",
    metadata,
    sa.Column("circle_id", sa.BigInteger, primary_key=True, autoincrement=False),
)

studios = sa.Table(
    "studios",
    metadata,
    sa.Column("guild_id", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("channel_id", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("member_id", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("thread_id", sa.BigInteger, nullable=False),
    sa.Column("updated_at", Moment, nullable=False),
    sa.Index("studios_of_thread", "thread_id"),
    sa.Index("studios_of_member", "member_id"),
)

#: Who wants what is kept of them erased; the row stays for a while after it was done.
erasures = sa.Table(
    "erasures",
    metadata,
    sa.Column("member_id", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("asked_at", Moment, nullable=False),
    sa.Column("due_at", Moment, nullable=False),
    sa.Column("done_at", Moment),
    sa.Column("left_behind", sa.Integer, nullable=False),
    sa.Index("erasures_by_due", "due_at"),
)

#: One row: the budget of requests of the whole account, see `bot.store.bucket`.
request_budget = sa.Table(
    "request_budget",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("tokens", sa.Double, nullable=False),
    sa.Column("counted_at", Moment, nullable=False),
    sa.Column("pace", sa.Double, nullable=False),
    sa.Column("era", sa.Integer, nullable=False),
    sa.Column("raised_at", Moment, nullable=False),
    sa.Column("held_until", Moment),
    sa.CheckConstraint("id = 1", name="request_budget_is_one"),
)

#: One row, or none while everything is sent: why nothing is, see `bot.store.pause`.
service_pause = sa.Table(
    "service_pause",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("reason", word(PauseReason), nullable=False),
    sa.Column("call", word(ProviderCall), nullable=False),
    sa.Column("since", Moment, nullable=False),
    sa.Column("closed_at", Moment, nullable=False),
    sa.Column("reopens_at", Moment),
    sa.Column("failed_probes", sa.Integer, nullable=False),
    sa.CheckConstraint("id = 1", name="service_pause_is_one"),
    sa.CheckConstraint(f"reason IN ({quoted(PauseReason)})", name="service_pause_reason_known"),
    sa.CheckConstraint(f"call IN ({quoted(ProviderCall)})", name="service_pause_call_known"),
)

#: One row, or none: what a command asks of the running bot, see `bot.store.draining`.
drain = sa.Table(
    "drain",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("asked_at", Moment, nullable=False),
    sa.Column("seen_at", Moment),
    sa.Column("done_at", Moment),
    sa.CheckConstraint("id = 1", name="drain_is_one"),
)

#: The states in which something is still to be done with a job, each with an index of its own.
WORKING_STATES: Final = tuple(state for state in JobState if not state.is_final)
#: The states whose outcome is still to be told (the card redrawn, a failure explained) while `due_at` is set.
ANNOUNCED_STATES: Final = FINAL_STATES
#: The states of jobs that have, or had, a picture for their member.
PICTURE_STATES: Final = frozenset({JobState.DELIVERED, JobState.UNDELIVERABLE})


def _partial(name: str, *columns: Any, where: sa.ColumnElement[bool]) -> sa.Index:
    return sa.Index(name, *columns, sqlite_where=where, postgresql_where=where)


for _state in WORKING_STATES:
    # What turns and counts are made from stands in the index, so they never touch the fat rows; older
    # versions of SQLite look the state up in the row although the index implies it.
    _more = (jobs.c.member_id, jobs.c.guild_id, jobs.c.concurrent_jobs) if _state is JobState.QUEUED else ()
    _partial(
        f"jobs_{_state.value}", jobs.c.due_at, jobs.c.id, jobs.c.state, *_more, where=in_states({_state})
    )

sa.Index("jobs_of_batch", jobs.c.batch_id, jobs.c.batch_index, unique=True)
_partial("jobs_in_flight", jobs.c.member_id, jobs.c.guild_id, jobs.c.state, where=in_states(IN_FLIGHT_STATES))
_partial(
    "jobs_to_announce",
    jobs.c.due_at,
    jobs.c.id,
    where=sa.and_(in_states(ANNOUNCED_STATES), jobs.c.due_at.is_not(None)),
)
_partial("jobs_open_of_member", jobs.c.member_id, jobs.c.guild_id, jobs.c.id, where=in_states(WORKING_STATES))
_partial("jobs_open_in_guild", jobs.c.guild_id, jobs.c.id, where=in_states(WORKING_STATES))
_partial("jobs_leased", jobs.c.lease_owner, where=jobs.c.lease_owner.is_not(None))
_partial("jobs_spent_by_member", jobs.c.member_id, jobs.c.created_at, jobs.c.credits, where=has_cost())
_partial("jobs_spent_in_guild", jobs.c.guild_id, jobs.c.created_at, jobs.c.credits, where=has_cost())
_partial("jobs_spent", jobs.c.created_at, jobs.c.credits, where=has_cost())
_partial("jobs_completed", jobs.c.mode, jobs.c.completed_at, where=jobs.c.completed_at.is_not(None))
_partial("jobs_archived", jobs.c.finished_at, jobs.c.id, where=jobs.c.archive_key.is_not(None))
_partial("jobs_of_message", jobs.c.message_id, where=jobs.c.message_id.is_not(None))
_partial(
    "jobs_of_card", jobs.c.card_message_id, jobs.c.batch_index, where=jobs.c.card_message_id.is_not(None)
)
# What the condition names stands in it as well, for the counts, see above.
_partial(
    "jobs_of_member",
    jobs.c.member_id,
    jobs.c.guild_id,
    jobs.c.id,
    jobs.c.state,
    jobs.c.erased_at,
    jobs.c.removed_at,
    where=sa.and_(in_states(PICTURE_STATES), is_left()),
)
# The server stands in it so that a page of somebody's jobs in one server is found without their rows.
_partial("jobs_of_person", jobs.c.member_id, jobs.c.id, jobs.c.guild_id, where=is_somebodys())
_partial(
    "jobs_personal",
    jobs.c.finished_at,
    jobs.c.id,
    where=jobs.c.erased_at.is_(None),
)
