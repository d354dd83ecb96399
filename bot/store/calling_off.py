"""Calling a job off, at any moment of its way: what became of it is decided in one transaction.

Not sent yet, it is cancelled and refunded. Sent already, its result is discarded and its credits stay spent,
because the provider has no way to stop a task; the job ends as cancelled when its result is known, and
until then counts as in flight. A discarded job that fails is refunded as any other.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

import sqlalchemy as sa

from bot.errors import BeingPostedError, CancelledJobError, JobOverError, TooLateError, UnknownJobError
from bot.jobs import IN_FLIGHT_STATES, Job, JobState
from bot.store.operations import FREE, Operations
from bot.store.rows import to_job
from bot.store.tables import in_states, jobs

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy.ext.asyncio import AsyncConnection

    from bot.acts import Act

_FINISHED: Final = (JobState.READY, JobState.HELD)


class CallingOff(Operations):
    """The way out of the queue and of everything after it."""

    async def call_off(self, job_id: str, *, by: int, actor: str, reason: str, act: Act | None = None) -> Job:
        """Call a job off for the person with the id `by`; `act` is recorded with it, if it is one.

        The job that comes back says which it was: `discarded_at` is set if it had been sent. Errors:
        `UnknownJobError`, `JobOverError`, `CancelledJobError`, and `BeingPostedError` at the very last.
        """
        async with self._database.writing() as connection:
            found = await connection.execute(sa.select(jobs).where(jobs.c.id == job_id).with_for_update())
            row = found.mappings().first()
            if row is None:
                raise UnknownJobError(job=job_id)
            _refuse_what_is_over(to_job(row))
            changed = await self._called_off(connection, to_job(row), by=by, actor=actor, reason=reason)
            if act:
                detail = "already sent, credits stay spent" if changed.discarded_at else "refunded"
                await self._record(connection, replace(act, detail=detail))
            return changed

    async def call_off_unsent(self, batch_id: str, *, by: int, actor: str, reason: str) -> list[Job]:
        """Cancel what a command asked for, as a whole and refunded, while nothing of it was sent.

        Errors: `TooLateError` if something was, and nothing is cancelled then; `CancelledJobError` if all
        of it is cancelled already.
        """
        async with self._database.writing() as connection:
            cancelled = await self._move(
                connection,
                source=JobState.QUEUED,
                target=JobState.CANCELLED,
                which=jobs.c.batch_id == batch_id,
                actor=actor,
                reason=reason,
                changes=called_off(self._clock.now(), by=by),
            )
            states = await connection.execute(sa.select(jobs.c.state).where(jobs.c.batch_id == batch_id))
            if set(states.scalars()) != {JobState.CANCELLED}:
                raise TooLateError
            if not cancelled:
                raise CancelledJobError
            return cancelled

    async def _called_off(
        self, connection: AsyncConnection, job: Job, *, by: int, actor: str, reason: str
    ) -> Job:
        if job.state in IN_FLIGHT_STATES:
            return await self._discard(connection, job, by=by, actor=actor, reason=reason)
        now = self._clock.now()
        changes = called_off(now, by=by)
        if job.state in _FINISHED:
            changes |= {"discarded_at": now, "result_urls": (), "credits": job.credits}
        (cancelled,) = await self._move(
            connection,
            source=job.state,
            target=JobState.CANCELLED,
            which=jobs.c.id == job.id,
            actor=actor,
            reason=reason,
            changes=changes,
        )
        return cancelled

    async def _discard(
        self, connection: AsyncConnection, job: Job, *, by: int, actor: str, reason: str
    ) -> Job:
        """Have the result of a job that the provider may have already thrown away; it stays where it is."""
        changed = await connection.execute(
            sa.update(jobs)
            .where(jobs.c.id == job.id, in_states({job.state}), jobs.c.discarded_at.is_(None))
            .values(discarded_at=self._clock.now(), cancelled_by=by)
            .returning(jobs),
        )
        discarded = to_job(changed.mappings().one())
        await self._note(
            connection, [discarded], source=job.state, target=job.state, actor=actor, reason=reason
        )
        return discarded


def called_off(now: datetime, *, by: int | None) -> dict[str, Any]:
    """Return the columns of a job that is called off before it was sent; due at once, for its card."""
    return {"credits": 0, "cancelled_by": by, "due_at": now, "finished_at": now, "wait_reason": None, **FREE}


def _refuse_what_is_over(job: Job) -> None:
    if job.is_called_off:
        raise CancelledJobError(job=job.id)
    if job.state is JobState.DELIVERING:
        raise BeingPostedError(job=job.id)
    if job.state.is_final:
        raise JobOverError(job=job.id)
