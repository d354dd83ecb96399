"""Ending a job without a picture; its credits go back in the same statement.

Because usage is the sum of the jobs' credits, a refund is nothing but setting them to 0.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bot.errors import IllegalTransitionError
from bot.jobs import Failure, Job, JobState
from bot.store.operations import FREE, Operations
from bot.store.rows import failure_columns

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

    async def cancel(self, job: Job, *, actor: str, reason: str) -> Job:
        """Call off a job that was not sent yet, refunded; it is due at once so that its card is redrawn."""
        if job.state is not JobState.QUEUED:
            raise IllegalTransitionError(source=job.state, target=JobState.CANCELLED)
        return await self._move_one(
            job,
            JobState.CANCELLED,
            actor=actor,
            reason=reason,
            **called_off(self._clock.now()),
        )


def called_off(now: datetime) -> dict[str, Any]:
    """Return the columns of a job that is called off at this moment."""
    return {"credits": 0, "due_at": now, "finished_at": now, "wait_reason": None, **FREE}
