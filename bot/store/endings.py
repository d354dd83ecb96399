"""Ending a job without a picture; its credits go back in the same statement.

Because usage is the sum of the jobs' credits, a refund is nothing but setting them to 0.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bot.errors import IllegalTransitionError
from bot.jobs import Failure, Job, JobState
from bot.store.operations import FREE, Operations, stale
from bot.store.rows import failure_columns
from bot.store.tables import jobs

if TYPE_CHECKING:
    from datetime import datetime


class Endings(Operations):
    """The ways in which a job ends early."""

    async def fail(self, job: Job, failure: Failure) -> Job:
        """End a job as failed, refunded; it is due at once so that its member is told.

        Errors: `IllegalTransitionError` from a state that cannot fail, `StaleJobError` if it moved on.
        """
        now = self._clock.now()
        return await self._move_one(
            job,
            JobState.FAILED,
            reason=" ".join(part for part in (failure.cause.value, failure.code) if part),
            credits=0,
            due_at=now,
            finished_at=now,
            wait_reason=None,
            **failure_columns(failure),
            **FREE,
        )

    async def cancel(self, job: Job, *, actor: str, reason: str) -> list[Job]:
        """Call off all pictures of a job's command, refunded, if none of them was sent yet.

        They are due at once so that their card is redrawn. Errors: `IllegalTransitionError` if this one was
        sent, `StaleJobError` if another was or this one moved on; then all stay as they are.
        """
        if job.state is not JobState.QUEUED:
            raise IllegalTransitionError(source=job.state, target=JobState.CANCELLED)
        async with self._database.writing() as connection:
            cancelled = await self._move(
                connection,
                source=JobState.QUEUED,
                target=JobState.CANCELLED,
                which=jobs.c.batch_id == job.batch_id,
                actor=actor,
                reason=reason,
                changes=called_off(self._clock.now()),
            )
            if len(cancelled) < job.batch_size:
                raise stale(job)
            return cancelled


def called_off(now: datetime) -> dict[str, Any]:
    """Return the columns of a job that is called off at this moment."""
    return {"credits": 0, "due_at": now, "finished_at": now, "wait_reason": None, **FREE}
