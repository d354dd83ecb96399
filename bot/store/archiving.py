"""Which pictures are kept, and which may go.

A job's row names its picture only after the picture was written, and loses the name only after the
picture is gone, so a crash in between leaves a step to be done again and never a name without a picture.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import sqlalchemy as sa

from bot.jobs import FINAL_STATES, Job
from bot.store.operations import FREE, Operations
from bot.store.tables import in_states, jobs

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from datetime import datetime, timedelta


class Archiving(Operations):
    """What is known of the archive."""

    async def mark_archived(self, job: Job, key: str) -> Job:
        """Write down under which key a job's picture is kept; the lease stays."""
        return await self._keep(job, archive_key=key, archived_at=self._clock.now())

    async def mark_not_archived(self, job: Job, *, reason: str) -> Job:
        """Write into a job's history why its picture could not be kept; the lease stays."""
        return await self._keep(
            job, reason=f"its picture is not kept: {reason}", archive_key=None, archived_at=None
        )

    async def claim_prunable(
        self, *, owner: str, lease: timedelta, before: datetime, at_most: int
    ) -> list[Job]:
        """Take jobs that ended by that moment and whose pictures are still kept, under a lease.

        Those of a job that is not at its end are never among them: it counts from its last end.
        """
        ended = sa.and_(
            jobs.c.archive_key.is_not(None), jobs.c.finished_at <= before, in_states(FINAL_STATES)
        )
        return await self._lease_where(ended, jobs.c.finished_at, owner=owner, lease=lease, at_most=at_most)

    async def mark_pruned(self, claimed: Sequence[Job], *, removed: Collection[str]) -> None:
        """Give back what was claimed to be pruned; the pictures of jobs in `removed`, by id, are gone."""
        async with self._database.writing() as connection:
            for job in claimed:
                gone = {"archive_key": None} if job.id in removed else {}
                await connection.execute(
                    sa.update(jobs)
                    .where(jobs.c.id == job.id, jobs.c.lease_owner == job.lease_owner)
                    .values(**gone, **FREE),
                )

    async def archive_keys(self, job_ids: Collection[str]) -> set[str]:
        """Return the keys under which pictures of these jobs are kept; ids of no job give none."""
        async with self._database.reading() as connection:
            found = await connection.execute(
                sa.select(jobs.c.archive_key).where(jobs.c.id.in_(job_ids), jobs.c.archive_key.is_not(None)),
            )
            return set(found.scalars())
