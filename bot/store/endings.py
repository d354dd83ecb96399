"""Ending a job that failed; its credits go back in the same statement.

Because usage is the sum of the jobs' credits, a refund is nothing but setting them to 0. Calling a job off
is done in `bot.store.calling_off`.
"""

from __future__ import annotations

from bot.jobs import Failure, Job, JobState
from bot.store.operations import FREE, Operations
from bot.store.rows import failure_columns


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
