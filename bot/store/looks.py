"""Watching the tasks that the provider has: when to look, and what was seen.

A look changes nothing but the time of the next one until the provider says how it ended.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import sqlalchemy as sa

from bot.jobs import Job, JobState, Mode
from bot.store.operations import FREE, Operations
from bot.store.tables import jobs

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime, timedelta


class Looks(Operations):
    """The way of a job from the provider's hands to a finished picture."""

    async def claim_looks(self, *, owner: str, lease: timedelta, at_most: int) -> list[Job]:
        """Take running jobs that are due to be looked at, under a lease; the longest due first."""
        return await self._lease({JobState.RUNNING}, owner=owner, lease=lease, at_most=at_most)

    async def look_again(self, job: Job, *, due_at: datetime) -> Job:
        """Give a running job back, to be looked at again from `due_at` on."""
        return await self._keep(job, due_at=due_at, **FREE)

    async def mark_late_told(self, job: Job) -> Job:
        """Write down that the member was told that the job is late; the lease stays."""
        return await self._keep(job, late_told_at=self._clock.now())

    async def mark_ready(
        self, job: Job, *, result_urls: Sequence[str], cost_ms: int | None, completed_at: datetime
    ) -> Job:
        """Write down where the finished picture is; it is due to be fetched at once.

        `cost_ms` is how long the provider says that it worked, in milliseconds. A job that was called off
        comes back as cancelled: its picture is discarded, and its credits stay spent.
        """
        now = self._clock.now()
        async with self._database.writing() as connection:
            ready = await self._move_held(
                connection,
                job,
                JobState.READY,
                reason="the provider finished it",
                changes={
                    "result_urls": tuple(result_urls),
                    "cost_ms": cost_ms,
                    "completed_at": completed_at,
                    "due_at": now,
                    **FREE,
                },
            )
            if ready.discarded_at is None:
                return ready
            return await self._move_held(
                connection,
                ready,
                JobState.CANCELLED,
                reason="called off, so its picture is discarded",
                changes={"result_urls": (), "finished_at": now},
            )

    async def completion_times(self, mode: Mode, limit: int = 200) -> list[int]:
        """Return how long the newest finished jobs of a mode took, in milliseconds, the newest first.

        It is the provider's own figure, or else the time from the request to the end.
        """
        between = sa.type_coerce(jobs.c.completed_at, sa.BigInteger) - sa.type_coerce(
            jobs.c.submitted_at, sa.BigInteger
        )
        took = sa.func.coalesce(jobs.c.cost_ms, between)
        async with self._database.reading() as connection:
            found = await connection.execute(
                sa.select(took)
                .where(jobs.c.mode == mode, jobs.c.completed_at.is_not(None), took.is_not(None))
                .order_by(jobs.c.completed_at.desc())
                .limit(limit),
            )
            return [int(milliseconds) for milliseconds in found.scalars()]
