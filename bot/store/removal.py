"""Writing down that a picture was deleted: its message, its kept copy, and by whom.

The job itself stays, because what it cost and who asked for it is still true. A delivered job without a
message is one whose picture is gone.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import sqlalchemy as sa

from bot.errors import StaleJobError, UnknownJobError
from bot.jobs import Job, JobState
from bot.store.operations import Operations
from bot.store.rows import to_job
from bot.store.tables import in_states, jobs

if TYPE_CHECKING:
    from bot.acts import Act


class Removal(Operations):
    """What is known of pictures that somebody deleted."""

    async def mark_removed(
        self, job: Job, *, actor: str, reason: str, by: int | None = None, act: Act | None = None
    ) -> Job:
        """Write down that a posted picture's message is gone; the lease stays with whoever has it.

        `by` is who deleted it, and `act` what is told of it if that was somebody with rights. Raises
        `StaleJobError` if the job has no posted picture any more; no act is written then.
        """
        async with self._database.writing() as connection:
            changed = await connection.execute(
                sa.update(jobs)
                .where(jobs.c.id == job.id, in_states({JobState.DELIVERED}), jobs.c.message_id.is_not(None))
                .values(message_id=None, removed_by=by)
                .returning(jobs),
            )
            row = changed.mappings().first()
            if row is None:
                raise StaleJobError("its picture is gone already", job=job.id)
            removed = to_job(row)
            await self._note(
                connection,
                [removed],
                source=JobState.DELIVERED,
                target=JobState.DELIVERED,
                actor=actor,
                reason=reason,
            )
            if act is not None:
                await self._record(connection, act)
            return removed

    async def describe(self, job_id: str, words: str | None) -> Job:
        """Remember a picture's own words for those who cannot see it; None brings the prompt back."""
        async with self._database.writing() as connection:
            changed = await connection.execute(
                sa.update(jobs).where(jobs.c.id == job_id).values(alt_text=words).returning(jobs)
            )
            row = changed.mappings().first()
        if row is None:
            raise UnknownJobError(job=job_id)
        return to_job(row)

    async def mark_not_kept_any_more(self, job: Job) -> None:
        """Write down that the archive does not have a job's picture any more."""
        async with self._database.writing() as connection:
            await connection.execute(
                sa.update(jobs)
                .where(jobs.c.id == job.id, jobs.c.archive_key == job.archive_key)
                .values(archive_key=None),
            )
