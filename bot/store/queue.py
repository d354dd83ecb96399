"""What is under way, of a member or in a server, and whose turn comes when.

The order of turns is that of `bot.store.submission`, asked over the whole queue: it reads what waits and
what is in flight, never the history.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from bot.jobs import IN_FLIGHT_STATES, Job, JobState
from bot.store.operations import Operations
from bot.store.rows import to_job
from bot.store.submission import candidates_of, turns_of
from bot.store.tables import WORKING_STATES, in_states, jobs

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """Where a queued job stands: its `place` in the whole queue, from 1, and how many of its member's
    jobs are in flight (`own_running`), or come before it as well (`own_before`).

    Under a rule of its server, `limit` at once, only those in that server count; without one `limit` is None,
    and `own_elsewhere` of those in flight are in other servers.
    """

    place: int
    own_before: int
    own_running: int
    own_elsewhere: int
    limit: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Turns:
    """Where jobs stand in the queue, how many wait there, and how many are in flight."""

    turns: dict[str, Turn]
    waiting: int
    in_flight: int


class Queue(Operations):
    """What can be asked about the jobs under way."""

    async def under_way_of(
        self, member_id: int, *, guild_id: int | None, skip: int = 0, at_most: int
    ) -> tuple[list[Job], int]:
        """Return a member's jobs that are not at their end, oldest first, and their number.

        Without a server (None) they are those of all.
        """
        here = () if guild_id is None else (jobs.c.guild_id == guild_id,)
        return await self._under_way(jobs.c.member_id == member_id, *here, skip=skip, at_most=at_most)

    async def under_way_in(self, guild_id: int, *, skip: int = 0, at_most: int) -> tuple[list[Job], int]:
        """Return a server's jobs that are not at their end, the oldest first, and their number."""
        return await self._under_way(jobs.c.guild_id == guild_id, skip=skip, at_most=at_most)

    async def ahead_of(self, job: Job) -> int:
        """Return how many of its member's other jobs are sent before it, or are in flight.

        Under a rule of its server only those in that server count, as for its turn.
        """
        which = [
            in_states(WORKING_STATES),
            in_states({JobState.QUEUED, *IN_FLIGHT_STATES}),
            jobs.c.member_id == job.member_id,
            jobs.c.id < job.id,
            jobs.c.batch_id != job.batch_id,
        ]
        if job.concurrent_jobs is not None:
            which.append(jobs.c.guild_id == job.guild_id)
        async with self._database.reading() as connection:
            counted = await connection.execute(sa.select(sa.func.count()).select_from(jobs).where(*which))
            return counted.scalar_one()

    async def turns(self, job_ids: Collection[str]) -> Turns:
        """Return where these queued jobs stand.

        A job that is not due this moment has its place as well: it is that in which it comes once it is.
        """
        turns = turns_of(candidates_of(in_states({JobState.QUEUED})))
        ranked = sa.select(
            turns,
            sa.func.row_number()
            .over(order_by=(turns.c.member_turn, turns.c.community_turn, turns.c.id))
            .label("place"),
            sa.func.count().over().label("waiting"),
        ).subquery("ranked")
        wanted = (
            sa.select(ranked, jobs.c.member_id, jobs.c.guild_id)
            .join(jobs, jobs.c.id == ranked.c.id)
            .where(ranked.c.id.in_(job_ids))
        )
        counted = (
            sa.select(jobs.c.member_id, jobs.c.guild_id, sa.func.count().label("had"))
            .where(in_states(IN_FLIGHT_STATES))
            .group_by(jobs.c.member_id, jobs.c.guild_id)
        )
        async with self._database.reading() as connection:
            rows = (await connection.execute(wanted)).all()
            in_flight = (await connection.execute(counted)).all()
        return Turns(
            turns={row.id: _turn(row, in_flight) for row in rows},
            waiting=rows[0].waiting if rows else 0,
            in_flight=sum(each.had for each in in_flight),
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


def _turn(row: sa.Row[Any], in_flight: Sequence[sa.Row[Any]]) -> Turn:
    ruled = row.concurrent_jobs is not None
    own = [each for each in in_flight if each.member_id == row.member_id]
    here = sum(each.had for each in own if each.guild_id == row.guild_id)
    elsewhere = 0 if ruled else sum(each.had for each in own) - here
    return Turn(
        place=row.place,
        own_before=(row.turn_here if ruled else row.member_turn) - 1,
        own_running=here + elsewhere,
        own_elsewhere=elsewhere,
        limit=row.concurrent_jobs,
    )
