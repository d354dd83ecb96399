"""What is under way, of a member or in a server, and whose turn comes when.

The order of turns is that of `bot.store.submission`, asked over the whole queue: it reads what waits and
what is in flight, never the history.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import sqlalchemy as sa

from bot.jobs import IN_FLIGHT_STATES, Job, JobState
from bot.store.operations import Operations
from bot.store.rows import to_job
from bot.store.submission import turns_of
from bot.store.tables import WORKING_STATES, in_states, jobs

if TYPE_CHECKING:
    from collections.abc import Collection


@dataclass(frozen=True, slots=True, kw_only=True)
class Turns:
    """Where jobs stand in the queue: `places` counts from 1, `in_flight` is how many each member has."""

    places: dict[str, int]
    waiting: int
    in_flight: dict[int, int]


class Queue(Operations):
    """What can be asked about the jobs under way."""

    async def under_way_of(self, member_id: int, *, guild_id: int) -> list[Job]:
        """Return a member's jobs in a server that are neither at their end nor called off, the oldest first."""
        return await self._under_way(jobs.c.member_id == member_id, jobs.c.guild_id == guild_id)

    async def under_way_in(self, guild_id: int) -> list[Job]:
        """Return a server's jobs that are neither at their end nor called off, the oldest first."""
        return await self._under_way(jobs.c.guild_id == guild_id)

    async def turns(self, job_ids: Collection[str], *, members: Collection[int]) -> Turns:
        """Return the places of these queued jobs, and how much these members have in flight.

        A job that is not due this moment has its place as well: it is that in which it comes once it is.
        """
        turns = turns_of(in_states({JobState.QUEUED}), name="turns")
        ranked = sa.select(
            turns.c.id,
            sa.func.row_number()
            .over(order_by=(turns.c.member_turn, turns.c.community_turn, turns.c.id))
            .label("place"),
        ).subquery("ranked")
        wanted = sa.select(ranked.c.id, ranked.c.place).where(ranked.c.id.in_(job_ids))
        waiting = sa.select(sa.func.count()).select_from(jobs).where(in_states({JobState.QUEUED}))
        counted = (
            sa.select(jobs.c.member_id, sa.func.count().label("had"))
            .where(in_states(IN_FLIGHT_STATES), jobs.c.member_id.in_(members))
            .group_by(jobs.c.member_id)
        )
        async with self._database.reading() as connection:
            places = {row.id: row.place for row in await connection.execute(wanted)} if job_ids else {}
            in_flight = {row.member_id: row.had for row in await connection.execute(counted)}
            total = (await connection.execute(waiting)).scalar_one()
        return Turns(places=places, waiting=total, in_flight=in_flight)

    async def _under_way(self, *whose: sa.ColumnElement[bool]) -> list[Job]:
        async with self._database.reading() as connection:
            found = await connection.execute(
                sa.select(jobs)
                .where(in_states(WORKING_STATES), *whose, jobs.c.discarded_at.is_(None))
                .order_by(jobs.c.id),
            )
            return [to_job(row) for row in found.mappings()]
