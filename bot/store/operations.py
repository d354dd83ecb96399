"""What every operation of the store is made of: one guarded change, one lease, one line of history.

A job changes its state in `Operations._move` and nowhere else. The operations themselves, named as the
domain speaks, stand in the modules beside this one.
"""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any, Final

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from bot.errors import StaleJobError
from bot.jobs import Job, JobState, check_transition
from bot.store.community import acts
from bot.store.moves import Move
from bot.store.rows import to_job
from bot.store.tables import in_states, job_events, jobs

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime, timedelta

    from sqlalchemy.ext.asyncio import AsyncConnection

    from bot.acts import Act
    from bot.clock import Clock
    from bot.store.engine import Database

#: Who did it, in a job's history, where no worker had the job in hand.
SYSTEM: Final = "easel"
#: The columns of a job that nobody works on at the moment.
FREE: Final[dict[str, Any]] = {"lease_owner": None, "lease_until": None}


def is_free(now: datetime) -> sa.ColumnElement[bool]:
    """Return the condition that no worker holds a job: it has no lease, or one that ran out."""
    return sa.or_(jobs.c.lease_until.is_(None), jobs.c.lease_until <= now)


def is_as_held(job: Job) -> sa.ColumnElement[bool]:
    """Return the condition that the stored job is this one, in its state and in the same worker's hands.

    A worker that lost its lease therefore cannot finish what has become somebody else's turn. A job
    that was read without a lease is bound by its state only.
    """
    held = sa.and_(jobs.c.id == job.id, in_states({job.state}))
    return held if job.lease_owner is None else sa.and_(held, jobs.c.lease_owner == job.lease_owner)


class Operations:
    """The base of all groups of operations: a database and a clock."""

    def __init__(self, *, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def _move(
        self,
        connection: AsyncConnection,
        *,
        source: JobState,
        target: JobState,
        which: sa.ColumnElement[bool],
        actor: str,
        reason: str,
        changes: dict[str, Any],
    ) -> list[Job]:
        """Change the state of those of the chosen jobs that are still in `source`; return them, by id."""
        check_transition(source, target)
        moved = await connection.execute(
            sa.update(jobs).where(which, in_states({source})).values(state=target, **changes).returning(jobs),
        )
        rows = [to_job(row) for row in moved.mappings()]
        rows.sort(key=lambda job: job.id)
        await self._tell(connection, rows, source=source)
        await self._note(connection, rows, source=source, target=target, actor=actor, reason=reason)
        return rows

    async def _tell(self, connection: AsyncConnection, moved: list[Job], *, source: JobState) -> None:
        """Have the moves told to whoever watches, with the time that the jobs were in the state they left."""
        if not moved or not self._database.is_watched:
            return
        came = await connection.execute(
            sa.select(job_events.c.job_id, sa.func.max(job_events.c.at).label("at"))
            .where(
                job_events.c.job_id.in_([job.id for job in moved]),
                job_events.c.source.is_distinct_from(job_events.c.target),
            )
            .group_by(job_events.c.job_id),
        )
        now = self._clock.now()
        since = {row.job_id: row.at for row in came}
        for job in moved:
            lasted = now - since.get(job.id, now)
            self._database.moved(connection, Move(job=job, source=source, lasted=lasted))

    async def _move_one(
        self,
        job: Job,
        target: JobState,
        *,
        reason: str,
        actor: str | None = None,
        **changes: Any,
    ) -> Job:
        """Change the state of one job; raise `StaleJobError` if somebody else moved it or took it over."""
        async with self._database.writing() as connection:
            return await self._move_held(connection, job, target, reason=reason, actor=actor, changes=changes)

    async def _move_held(
        self,
        connection: AsyncConnection,
        job: Job,
        target: JobState,
        *,
        reason: str,
        changes: dict[str, Any],
        actor: str | None = None,
    ) -> Job:
        """Do the same within a transaction of the caller's."""
        moved = await self._move(
            connection,
            source=job.state,
            target=target,
            which=is_as_held(job),
            actor=actor or job.lease_owner or SYSTEM,
            reason=reason,
            changes=changes,
        )
        if not moved:
            raise stale(job)
        return moved[0]

    async def _keep(self, job: Job, *, reason: str | None = None, **changes: Any) -> Job:
        """Change something about a job that stays in its state; a `reason` goes into its history."""
        async with self._database.writing() as connection:
            kept = await connection.execute(
                sa.update(jobs).where(is_as_held(job)).values(**changes).returning(jobs),
            )
            row = kept.mappings().first()
            if row is None:
                raise stale(job)
            if reason is not None:
                await self._note(
                    connection,
                    [job],
                    source=job.state,
                    target=job.state,
                    actor=job.lease_owner or SYSTEM,
                    reason=reason,
                )
            return to_job(row)

    async def _lease(
        self, states: Iterable[JobState], *, owner: str, lease: timedelta, at_most: int
    ) -> list[Job]:
        """Hand the jobs in these states that are due and free to `owner`, the longest due first."""
        due = sa.and_(in_states(states), jobs.c.due_at <= self._clock.now())
        return await self._lease_where(due, jobs.c.due_at, owner=owner, lease=lease, at_most=at_most)

    async def _lease_where(
        self,
        which: sa.ColumnElement[bool],
        first: sa.ColumnElement[Any],
        *,
        owner: str,
        lease: timedelta,
        at_most: int,
    ) -> list[Job]:
        """Hand those of the chosen jobs that are free to `owner`, in the order of the column `first`."""
        now = self._clock.now()
        if at_most <= 0:
            return []
        async with self._database.writing() as connection:
            found = await connection.execute(
                sa.select(jobs.c.id)
                .where(which, is_free(now))
                .order_by(first, jobs.c.id)
                .limit(at_most)
                .with_for_update(skip_locked=True),
            )
            ids = list(found.scalars())
            if not ids:
                return []
            leased = await connection.execute(
                sa.update(jobs)
                .where(jobs.c.id.in_(ids))
                .values(lease_owner=owner, lease_until=now + lease)
                .returning(jobs),
            )
            return in_order(ids, (to_job(row) for row in leased.mappings()))

    async def _note(
        self,
        connection: AsyncConnection,
        moved: Iterable[Job],
        *,
        source: JobState | None,
        target: JobState,
        actor: str,
        reason: str,
    ) -> None:
        """Write one line of history for each job."""
        at = self._clock.now()
        lines = [
            {"job_id": job.id, "at": at, "source": source, "target": target, "actor": actor, "reason": reason}
            for job in moved
        ]
        if lines:
            await connection.execute(sa.insert(job_events), lines)

    async def _record(self, connection: AsyncConnection, act: Act) -> None:
        """Write down an act; it is due at once, to be told in the server's log channel."""
        now = self._clock.now()
        await connection.execute(sa.insert(acts).values(**asdict(act), at=now, due_at=now))


def upsert(connection: AsyncConnection, table: sa.Table) -> postgresql.Insert | sqlite.Insert:
    """Return an INSERT that can say what to do on a conflict; SQL's own standard has none."""
    return postgresql.insert(table) if connection.dialect.name == "postgresql" else sqlite.insert(table)


def in_order(ids: list[str], found: Iterable[Job]) -> list[Job]:
    """Return the jobs in the order of the ids, which RETURNING does not keep."""
    by_id = {job.id: job for job in found}
    return [by_id[job_id] for job_id in ids]


def stale(job: Job) -> StaleJobError:
    """Return the error of a job that somebody else moved first."""
    return StaleJobError("somebody else moved the job first", job=job.id, state=job.state.value)
