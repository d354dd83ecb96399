"""Reading jobs without changing them.

Questions go through the reading connections: they never wait for a writer.
"""

from __future__ import annotations

import sqlalchemy as sa

from bot.errors import UnknownJobError
from bot.jobs import Job, JobEvent, JobState
from bot.store.operations import Operations
from bot.store.rows import to_event, to_job
from bot.store.tables import WORKING_STATES, in_states, job_events, jobs


class Questions(Operations):
    """What can be asked about jobs."""

    async def job(self, job_id: str) -> Job:
        """Return one job; `UnknownJobError` if there is none with that id."""
        async with self._database.reading() as connection:
            found = await connection.execute(sa.select(jobs).where(jobs.c.id == job_id))
            row = found.mappings().first()
        if row is None:
            raise UnknownJobError(job=job_id)
        return to_job(row)

    async def batch(self, batch_id: str) -> list[Job]:
        """Return the jobs of one command by their index; empty if there is no such batch."""
        async with self._database.reading() as connection:
            found = await connection.execute(
                sa.select(jobs).where(jobs.c.batch_id == batch_id).order_by(jobs.c.batch_index),
            )
            return [to_job(row) for row in found.mappings()]

    async def jobs_of_message(self, message_id: int) -> list[Job]:
        """Return the job whose picture or notice this message is, or those whose card it is, by index."""
        async with self._database.reading() as connection:
            for column in (jobs.c.message_id, jobs.c.card_message_id):
                found = await connection.execute(
                    sa.select(jobs).where(column == message_id).order_by(jobs.c.batch_index),
                )
                named = [to_job(row) for row in found.mappings()]
                if named:
                    return named
        return []

    async def events(self, job_id: str) -> list[JobEvent]:
        """Return a job's history, the oldest line first."""
        async with self._database.reading() as connection:
            found = await connection.execute(
                sa.select(job_events).where(job_events.c.job_id == job_id).order_by(job_events.c.id),
            )
            return [to_event(row) for row in found.mappings()]

    async def count_by_state(self, *, with_final: bool = False) -> dict[JobState, int]:
        """Return how many jobs are in each state in which something is still to be done.

        `with_final` counts the ended ones too, which takes the longer the more history there is.
        """
        if with_final:
            counting: sa.Executable = sa.select(jobs.c.state, sa.func.count().label("jobs")).group_by(
                jobs.c.state
            )
            states = tuple(JobState)
        else:
            # One query for each state, because each has an index of its own.
            counting = sa.union_all(
                *(
                    sa.select(
                        sa.literal(state, jobs.c.state.type).label("state"), sa.func.count().label("jobs")
                    )
                    .select_from(jobs)
                    .where(in_states({state}))
                    for state in WORKING_STATES
                ),
            )
            states = WORKING_STATES
        async with self._database.reading() as connection:
            counted = {row.state: row.jobs for row in await connection.execute(counting)}
        return {state: counted.get(state, 0) for state in states}

    async def oldest_by_state(self) -> dict[JobState, str]:
        """Return the id of the oldest job of each state in which something is still to be done, if any."""
        # Ids sort by time. One query for each state, because each has an index of its own.
        asking = sa.union_all(
            *(
                sa.select(
                    sa.literal(state, jobs.c.state.type).label("state"), sa.func.min(jobs.c.id).label("id")
                )
                .select_from(jobs)
                .where(in_states({state}))
                for state in WORKING_STATES
            ),
        )
        async with self._database.reading() as connection:
            return {row.state: row.id for row in await connection.execute(asking) if row.id is not None}

    async def ping(self) -> None:
        """Read something trivial; raises `StoreError` if the database does not answer."""
        async with self._database.reading() as connection:
            await connection.execute(sa.select(sa.literal(1)))
