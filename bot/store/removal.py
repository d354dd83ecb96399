"""Writing down that a picture was deleted: its message, its kept copy, and by whom.

The job itself stays, because what it cost and who asked for it is still true. A job with `removed_at` is one
whose picture was deleted; a delivered job that has only lost its message can be posted again.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import sqlalchemy as sa

from bot.errors import StaleJobError, UnknownJobError
from bot.store.operations import Operations
from bot.store.rows import to_job
from bot.store.tables import PICTURE_STATES, earlier_messages, in_states, jobs

if TYPE_CHECKING:
    from bot.acts import Act
    from bot.jobs import Job


class Removal(Operations):
    """What is known of pictures that somebody deleted."""

    async def mark_removed(
        self, job: Job, *, actor: str, reason: str, by: int | None = None, act: Act | None = None
    ) -> Job:
        """Write down that a picture was deleted, posted or not; the lease stays with whoever has it.

        `by` is who deleted it, and `act` what is told of it if that was somebody with rights. Raises
        `StaleJobError` if the job has no picture, or not any more, or if that was posted again meanwhile; no
        act is written then.
        """
        async with self._database.writing() as connection:
            changed = await connection.execute(
                sa.update(jobs)
                .where(
                    jobs.c.id == job.id,
                    in_states(PICTURE_STATES),
                    jobs.c.removed_at.is_(None),
                    # Another message than the deleted one would be left in Discord, and be known to nobody.
                    jobs.c.message_id.is_not_distinct_from(job.message_id),
                )
                .values(message_id=None, removed_by=by, removed_at=self._clock.now())
                .returning(jobs),
            )
            row = changed.mappings().first()
            if row is None:
                raise StaleJobError("its picture is gone already", job=job.id)
            removed = to_job(row)
            await connection.execute(
                sa.delete(earlier_messages).where(earlier_messages.c.job_id == removed.id)
            )
            await self._note(
                connection,
                [removed],
                source=removed.state,
                target=removed.state,
                actor=actor,
                reason=reason,
            )
            if act is not None:
                await self._record(connection, act)
            return removed

    async def describe(self, job_id: str, words: str | None) -> Job:
        """Remember a picture's own words for those who cannot see it; None brings the prompt back.

        Raises `UnknownJobError` if there is no such job, or nothing in it tells of its member any more.
        """
        async with self._database.writing() as connection:
            changed = await connection.execute(
                sa.update(jobs)
                .where(jobs.c.id == job_id, jobs.c.erased_at.is_(None))
                .values(alt_text=words)
                .returning(jobs)
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
