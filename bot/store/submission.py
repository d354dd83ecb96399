"""Sending jobs to the provider: whose turn it is, and what is known after the request.

A job is sent at most once. The claim writes `submitting` before the request is made, so a crash leaves
a row that says "perhaps sent", which becomes `unconfirmed` and never `queued` again.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import sqlalchemy as sa

from bot.jobs import IN_FLIGHT_STATES, Job, JobState, WaitReason
from bot.store.blocks import block_upon
from bot.store.calling_off import called_off
from bot.store.operations import FREE, SYSTEM, Operations, in_order, is_free
from bot.store.rows import to_job
from bot.store.tables import in_states, jobs
from bot.store.usage import lock_member

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import datetime, timedelta

    from sqlalchemy.ext.asyncio import AsyncConnection


class Submission(Operations):
    """The way of a job from the queue to the provider."""

    async def claim_submissions(
        self,
        *,
        owner: str,
        lease: timedelta,
        at_most: int,
        per_member: int,
        in_flight_limit: int,
    ) -> list[Job]:
        """Take the queued jobs whose turn it is, in the order of their turns; each now has one more attempt.

        Turns go by rounds: each member's first job before anybody's second, where what a member has
        in flight counts as had; among jobs of one round, servers take turns in the same way. Nobody
        gets more in flight than a rule of their server says (there), or else than `per_member`
        (everywhere), and all together no more than `in_flight_limit`. Why a job had to wait
        (`wait_reason`) stays with it until it is sent.
        """
        now = self._clock.now()
        async with self._database.writing() as connection:
            in_flight = await _in_flight(connection)
            ids = await _next_turns(
                connection,
                now=now,
                at_most=min(at_most, in_flight_limit - in_flight),
                per_member=per_member,
                lock=True,
            )
            if not ids:
                return []
            claimed = await self._move(
                connection,
                source=JobState.QUEUED,
                target=JobState.SUBMITTING,
                which=jobs.c.id.in_(ids),
                actor=owner,
                reason="its turn came",
                changes={
                    "attempts": jobs.c.attempts + 1,
                    "lease_owner": owner,
                    "lease_until": now + lease,
                },
            )
            return in_order(ids, claimed)

    async def count_sendable(self, *, at_most: int, per_member: int, in_flight_limit: int) -> int:
        """Return how many jobs `claim_submissions` would take now."""
        async with self._database.reading() as connection:
            in_flight = await _in_flight(connection)
            ids = await _next_turns(
                connection,
                now=self._clock.now(),
                at_most=min(at_most, in_flight_limit - in_flight),
                per_member=per_member,
                lock=False,
            )
            return len(ids)

    async def mark_running(
        self, job: Job, *, task_id: str, look_at: datetime, references_sent: int | None = None
    ) -> Job:
        """Write down that the provider has the job, as its task, and when to look at it first.

        `references_sent` is how many of its references the provider got, if not all.
        """
        return await self._move_one(
            job,
            JobState.RUNNING,
            reason="the provider accepted it",
            task_id=task_id,
            submitted_at=self._clock.now(),
            due_at=look_at,
            references_sent=references_sent,
            wait_reason=None,
            **FREE,
        )

    async def requeue(
        self, job: Job, *, due_at: datetime, wait_reason: WaitReason | None, reason: str
    ) -> Job:
        """Put a job back into the queue because nothing was sent; its turn comes again from `due_at` on.

        One that was called off meanwhile, or whose member was blocked, is cancelled instead, and refunded: it
        was not sent after all.
        """
        now = self._clock.now()
        async with self._database.writing() as connection:
            await lock_member(connection, job.member_id, now=now)
            queued = await self._move_held(
                connection,
                job,
                JobState.QUEUED,
                reason=reason,
                changes={"due_at": due_at, "wait_reason": wait_reason, **FREE},
            )
            block = await block_upon(connection, job.guild_id, job.member_id, now=now)
            if queued.discarded_at is None and block is None:
                return queued
            by = queued.cancelled_by or (block.actor_id if block else None)
            return await self._move_held(
                connection,
                queued,
                JobState.CANCELLED,
                reason="called off, and nothing was sent",
                changes={**called_off(now, by=by), "discarded_at": None},
            )

    async def mark_unconfirmed(self, job: Job, *, deadline: datetime, reason: str) -> Job:
        """Write down that nobody knows whether the request arrived; at the deadline the job is to fail."""
        return await self._move_one(
            job, JobState.UNCONFIRMED, reason=reason, due_at=deadline, wait_reason=None, **FREE
        )

    async def expire_submissions(self, *, deadline: datetime, in_hand: Collection[str] = ()) -> list[Job]:
        """Make unconfirmed what a lost worker left `submitting`: its request may have been sent.

        Jobs that the caller has `in_hand` are not lost, even where their leases could not be prolonged.
        """
        async with self._database.writing() as connection:
            return await self._move(
                connection,
                source=JobState.SUBMITTING,
                target=JobState.UNCONFIRMED,
                which=sa.and_(is_free(self._clock.now()), jobs.c.id.not_in(in_hand)),
                actor=SYSTEM,
                reason="its lease ran out during the request",
                changes={"due_at": deadline, "wait_reason": None, **FREE},
            )

    async def waiting_since(self, moment: datetime, *, at_most: int = 100) -> list[Job]:
        """Return jobs that were admitted at that moment or before and are still queued, the oldest first."""
        async with self._database.reading() as connection:
            found = await connection.execute(
                sa.select(jobs)
                .where(in_states({JobState.QUEUED}), jobs.c.created_at <= moment)
                .order_by(jobs.c.created_at, jobs.c.id)
                .limit(at_most),
            )
            return [to_job(row) for row in found.mappings()]

    async def claim_unconfirmed(self, *, owner: str, lease: timedelta, at_most: int) -> list[Job]:
        """Take unconfirmed jobs whose deadline passed, under a lease, to fail them."""
        return await self._lease({JobState.UNCONFIRMED}, owner=owner, lease=lease, at_most=at_most)


async def _in_flight(connection: AsyncConnection) -> int:
    counted = await connection.execute(
        sa.select(sa.func.count()).select_from(jobs).where(in_states(IN_FLIGHT_STATES))
    )
    return int(counted.scalar_one())


def _community(table: sa.Table | sa.Alias) -> sa.ColumnElement[int]:
    """Return what servers take turns as; outside servers everybody is a server of their own."""
    return sa.func.coalesce(table.c.guild_id, -table.c.member_id)


def _had(by: sa.Label[int], *, name: str) -> sa.Subquery:
    """Return how many jobs in flight each member, or each community, has."""
    counted = sa.select(by, sa.func.count().label("had")).where(in_states(IN_FLIGHT_STATES))
    return counted.group_by(by.element).subquery(name)


def candidates_of(which: sa.ColumnElement[bool]) -> sa.Subquery:
    """Return the chosen jobs, each with its turn among those of its member in its server (`turn_here`).

    What a member has in flight there counts as had.
    """
    had = (
        sa.select(jobs.c.member_id, jobs.c.guild_id, sa.func.count().label("had"))
        .where(in_states(IN_FLIGHT_STATES))
        .group_by(jobs.c.member_id, jobs.c.guild_id)
        .subquery("had_here")
    )
    # The server comes first, or SQLite would walk through the index of everybody's history for the order.
    in_turn = sa.func.row_number().over(partition_by=(jobs.c.guild_id, jobs.c.member_id), order_by=jobs.c.id)
    return (
        sa.select(
            jobs.c.id,
            jobs.c.member_id,
            _community(jobs).label("community"),
            jobs.c.concurrent_jobs,
            (sa.func.coalesce(had.c.had, 0) + in_turn).label("turn_here"),
        )
        .outerjoin(had, sa.and_(had.c.member_id == jobs.c.member_id, had.c.guild_id == jobs.c.guild_id))
        .where(which)
        .subquery("candidates")
    )


def turns_of(candidates: sa.FromClause) -> sa.Subquery:
    """Return the rounds in which the candidates have their turns: `member_turn` and `community_turn`.

    Sorted by these two and the id they stand in the order in which they are sent, where a limit for each
    member only leaves later ones out: those come after all others of their community anyway.
    """
    by_member = _turns_of_members(candidates)
    communities_had = _had(_community(jobs).label("community"), name="communities_had")
    in_turn = sa.func.row_number().over(
        partition_by=by_member.c.community, order_by=(by_member.c.member_turn, by_member.c.id)
    )
    return (
        sa.select(
            by_member.c.id,
            by_member.c.concurrent_jobs,
            by_member.c.turn_here,
            by_member.c.member_turn,
            (sa.func.coalesce(communities_had.c.had, 0) + in_turn).label("community_turn"),
        )
        .outerjoin(communities_had, communities_had.c.community == by_member.c.community)
        .subquery("turns")
    )


def _allowed_here(candidates: sa.Subquery) -> sa.Subquery:
    """Return the candidates without those over a rule of their server, which counts what is in flight there.

    At least one at a time goes on, whatever was decided since it was admitted.
    """
    limit = sa.case((candidates.c.concurrent_jobs < 1, 1), else_=candidates.c.concurrent_jobs)
    allowed = sa.or_(candidates.c.concurrent_jobs.is_(None), candidates.c.turn_here <= limit)
    return sa.select(candidates).where(allowed).subquery("allowed_here")


def _turns_of_members(candidates: sa.FromClause) -> sa.Subquery:
    """Return the candidates with the round in which they are their member's, wherever that member asked."""
    had = _had(jobs.c.member_id.label("member_id"), name="members_had")
    in_turn = sa.func.row_number().over(partition_by=candidates.c.member_id, order_by=candidates.c.id)
    return (
        sa.select(
            candidates.c.id,
            candidates.c.community,
            candidates.c.concurrent_jobs,
            candidates.c.turn_here,
            (sa.func.coalesce(had.c.had, 0) + in_turn).label("member_turn"),
        )
        .outerjoin(had, had.c.member_id == candidates.c.member_id)
        .subquery("by_member")
    )


async def _next_turns(
    connection: AsyncConnection, *, now: datetime, at_most: int, per_member: int, lock: bool
) -> list[str]:
    """Return the ids of the jobs whose turn it is, in the order of their turns.

    Taking some at once gives the same order as taking them one by one.
    """
    if at_most <= 0:
        return []
    due = candidates_of(sa.and_(in_states({JobState.QUEUED}), jobs.c.due_at <= now))
    turns = turns_of(_allowed_here(due))
    # PostgreSQL locks no row of a query with a window function, hence the join with the table itself.
    chosen = (
        sa.select(jobs.c.id)
        .join(turns, turns.c.id == jobs.c.id)
        .where(
            in_states({JobState.QUEUED}),
            sa.or_(turns.c.concurrent_jobs.is_not(None), turns.c.member_turn <= per_member),
        )
        .order_by(turns.c.member_turn, turns.c.community_turn, jobs.c.id)
        .limit(at_most)
    )
    if lock:
        chosen = chosen.with_for_update(of=jobs, skip_locked=True)
    return list((await connection.execute(chosen)).scalars())
