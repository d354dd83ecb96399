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
class Turn:
    """Where a queued job stands: its `place` in the whole queue, from 1, and how many of its member's
    jobs are in flight or come before it.
    """

    place: int
    own_before: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Turns:
    """Where jobs stand in the queue, how many wait there, and how many are in flight: all, and by member."""

    turns: dict[str, Turn]
    waiting: int
    in_flight: int
    in_flight_of: dict[int, int]


class Queue(Operations):
    """What can be asked about the jobs under way."""

    async def under_way_of(
        self, member_id: int, *, guild_id: int, skip: int = 0, at_most: int
    ) -> tuple[list[Job], int]:
        """Return a member's jobs in a server that are not at their end, oldest first, and their number."""
        mine = (jobs.c.member_id == member_id, jobs.c.guild_id == guild_id)
        return await self._under_way(*mine, skip=skip, at_most=at_most)

    async def under_way_in(self, guild_id: int, *, skip: int = 0, at_most: int) -> tuple[list[Job], int]:
        """Return a server's jobs that are not at their end, the oldest first, and their number."""
        return await self._under_way(jobs.c.guild_id == guild_id, skip=skip, at_most=at_most)

    async def turns(self, job_ids: Collection[str]) -> Turns:
        """Return where these queued jobs stand.

        A job that is not due this moment has its place as well: it is that in which it comes once it is.
        """
        turns = turns_of(in_states({JobState.QUEUED}), name="turns")
        ranked = sa.select(
            turns.c.id,
            (turns.c.member_turn - 1).label("own_before"),
            sa.func.row_number()
            .over(order_by=(turns.c.member_turn, turns.c.community_turn, turns.c.id))
            .label("place"),
            sa.func.count().over().label("waiting"),
        ).subquery("ranked")
        wanted = sa.select(ranked).where(ranked.c.id.in_(job_ids))
        counted = (
            sa.select(jobs.c.member_id, sa.func.count().label("had"))
            .where(in_states(IN_FLIGHT_STATES))
            .group_by(jobs.c.member_id)
        )
        async with self._database.reading() as connection:
            rows = (await connection.execute(wanted)).all()
            in_flight_of = {row.member_id: row.had for row in await connection.execute(counted)}
        return Turns(
            turns={row.id: Turn(place=row.place, own_before=row.own_before) for row in rows},
            waiting=rows[0].waiting if rows else 0,
            in_flight=sum(in_flight_of.values()),
            in_flight_of=in_flight_of,
        )

    async def _under_way(
        self, *whose: sa.ColumnElement[bool], skip: int, at_most: int
    ) -> tuple[list[Job], int]:
        which = (in_states(WORKING_STATES), *whose)
        async with self._database.reading() as connection:
            total = await connection.execute(sa.select(sa.func.count()).select_from(jobs).where(*which))
            found = await connection.execute(
                sa.select(jobs).where(*which).order_by(jobs.c.id).offset(skip).limit(at_most),
            )
            return [to_job(row) for row in found.mappings()], total.scalar_one()
