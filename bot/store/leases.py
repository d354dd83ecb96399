"""Keeping, giving back and waiting for leases, whatever the state of the job.

A lease has an owner and an end; one that ran out is anybody's. Taking one belongs to the operation that
says what it is for.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, cast

import sqlalchemy as sa

from bot.jobs import JobState
from bot.store.operations import FREE, Operations
from bot.store.tables import in_states, is_due_some_time, jobs

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import datetime, timedelta

#: States in which something outside may have happened already: what is held in them is not simply
#: given back, whoever takes it over must first find out.
_NOT_GIVEN_BACK: Final = frozenset({JobState.SUBMITTING, JobState.DELIVERING})


class Leases(Operations):
    """What a worker does with all that it holds."""

    async def renew(self, owner: str, lease: timedelta, *, held: Collection[str]) -> int:
        """Prolong a worker's leases of the jobs that it still has in hand, from now; return how many.

        What it has leased and let fall runs out, and then anybody can take it up.
        """
        if not held:
            return 0
        async with self._database.writing() as connection:
            renewed = await connection.execute(
                sa.update(jobs)
                .where(jobs.c.lease_owner == owner, jobs.c.id.in_(held))
                .values(lease_until=self._clock.now() + lease),
            )
            return renewed.rowcount

    async def release(self, owner: str) -> int:
        """Give back what a worker holds, when it stops; return how many jobs that were.

        Jobs in the middle of a request to the outside keep their lease until it runs out.
        """
        async with self._database.writing() as connection:
            released = await connection.execute(
                sa.update(jobs)
                .where(jobs.c.lease_owner == owner, sa.not_(in_states(_NOT_GIVEN_BACK)))
                .values(**FREE),
            )
            return released.rowcount

    async def next_held_back(self) -> datetime | None:
        """Return when the first of the queued jobs that are held back may be sent; None if none is."""
        waiting = sa.and_(in_states({JobState.QUEUED}), jobs.c.due_at > self._clock.now())
        async with self._database.reading() as connection:
            found = await connection.execute(sa.select(sa.func.min(jobs.c.due_at)).where(waiting))
            return cast("datetime | None", found.scalar_one())

    async def next_due(self, states: Collection[JobState]) -> datetime | None:
        """Return when the next job in these states can be claimed; past if one can be now, None if none ever.

        A job that somebody holds counts from the end of its lease.
        """
        if not states:
            return None
        from_then_on = sa.case(
            (jobs.c.lease_until > jobs.c.due_at, jobs.c.lease_until),
            else_=jobs.c.due_at,
        )
        # One query for each state, because each has an index of its own.
        parts = [
            sa.select(sa.func.min(from_then_on).label("at")).where(is_due_some_time(state))
            for state in states
        ]
        together = sa.union_all(*parts).subquery()
        async with self._database.reading() as connection:
            found = await connection.execute(sa.select(sa.func.min(together.c.at)))
            return cast("datetime | None", found.scalar_one())
