"""Bringing finished pictures to their members, and telling them of those that will not come.

`delivering` is written before the message is posted, so a crash leaves a row that says "perhaps posted":
whoever takes it over looks for the message first.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import sqlalchemy as sa

from bot.jobs import Job, JobState, Rung
from bot.store.operations import FREE, Operations, is_free
from bot.store.tables import ANNOUNCED_STATES, in_states, jobs

if TYPE_CHECKING:
    from datetime import datetime, timedelta

#: The states in which something is still to be posted for a job.
_WAITING_FOR_DISCORD: Final = (JobState.READY, JobState.DELIVERING, JobState.FAILED)


class Delivery(Operations):
    """The way of a job from a finished picture to its thread."""

    async def claim_ready(self, *, owner: str, lease: timedelta, at_most: int) -> list[Job]:
        """Take finished jobs that are due, under a lease, to fetch and post their pictures."""
        return await self._lease({JobState.READY}, owner=owner, lease=lease, at_most=at_most)

    async def retry_ready(self, job: Job, *, due_at: datetime, reason: str) -> Job:
        """Give a finished job back whose picture could not be had; it is tried again from `due_at` on."""
        return await self._keep(job, reason=reason, due_at=due_at, **FREE)

    async def begin_delivery(self, job: Job) -> Job:
        """Write down that the picture is about to be posted; the lease stays with its owner."""
        return await self._move_one(job, JobState.DELIVERING, reason="about to be posted")

    async def claim_orphaned_deliveries(self, *, owner: str, lease: timedelta, at_most: int) -> list[Job]:
        """Take over deliveries whose worker was lost: their message may or may not have been posted."""
        return await self._lease({JobState.DELIVERING}, owner=owner, lease=lease, at_most=at_most)

    async def step_down(self, job: Job, *, rung: Rung, discord_code: int | None) -> Job:
        """Write down that the picture is about to be posted on a lower rung, and why not on a higher one.

        Whoever takes an interrupted delivery over then knows how far down to look for its message.
        """
        return await self._keep(job, reason=f"next rung ({rung.value})", rung=rung, discord_code=discord_code)

    async def leave_in_doubt(self, job: Job, *, due_at: datetime, reason: str) -> Job:
        """Give a delivery back whose message may or may not have been posted; it is looked for first."""
        return await self._keep(job, reason=reason, due_at=due_at, **FREE)

    async def hurry(self, guild_id: int) -> int:
        """Make every outcome that waits for a better time in this server due now; return how many."""
        now = self._clock.now()
        async with self._database.writing() as connection:
            hurried = await connection.execute(
                sa.update(jobs)
                .where(
                    in_states(_WAITING_FOR_DISCORD),
                    jobs.c.guild_id == guild_id,
                    jobs.c.due_at > now,
                    is_free(now),
                )
                .values(due_at=now),
            )
            return hurried.rowcount

    async def mark_delivered(
        self,
        job: Job,
        *,
        channel_id: int,
        message_id: int | None,
        rung: Rung,
        discord_code: int | None = None,
    ) -> Job:
        """Write down where the picture was posted; `discord_code` is why not on an earlier rung.

        Without a `message_id` it was posted and somebody has deleted it since. The job is due at once
        so that its card is redrawn.
        """
        now = self._clock.now()
        return await self._move_one(
            job,
            JobState.DELIVERED,
            reason=f"posted ({rung.value})",
            message_channel_id=channel_id,
            message_id=message_id,
            rung=rung,
            discord_code=discord_code,
            due_at=now,
            finished_at=now,
            **FREE,
        )

    async def put_back(self, job: Job, *, due_at: datetime, reason: str) -> Job:
        """Make a job ready again because posting it did not work now; it is tried again from `due_at` on."""
        return await self._move_one(
            job, JobState.READY, reason=reason, due_at=due_at, rung=None, discord_code=None, **FREE
        )

    async def mark_undeliverable(self, job: Job, *, reason: str, discord_code: int | None = None) -> Job:
        """Write down that no place takes the picture; it stays its member's, and paid."""
        now = self._clock.now()
        return await self._move_one(
            job,
            JobState.UNDELIVERABLE,
            reason=reason,
            rung=None,
            discord_code=discord_code,
            due_at=now,
            finished_at=now,
            **FREE,
        )

    async def claim_announcements(self, *, owner: str, lease: timedelta, at_most: int) -> list[Job]:
        """Take jobs that ended and whose outcome is still to be told, under a lease."""
        return await self._lease(ANNOUNCED_STATES, owner=owner, lease=lease, at_most=at_most)

    async def mark_explained(
        self,
        job: Job,
        *,
        channel_id: int | None = None,
        message_id: int | None = None,
        discord_code: int | None = None,
    ) -> Job:
        """Write down which message tells why there is no picture; the lease stays.

        With `discord_code` instead: that no place took such a message.
        """
        return await self._keep(
            job, message_channel_id=channel_id, message_id=message_id, discord_code=discord_code
        )

    async def mark_announced(self, job: Job) -> Job:
        """Write down that the outcome was told, or that it cannot be."""
        return await self._keep(job, due_at=None, **FREE)

    async def announce_later(self, job: Job, *, due_at: datetime) -> Job:
        """Give an ended job back because its member could not be told now."""
        return await self._keep(job, due_at=due_at, **FREE)
