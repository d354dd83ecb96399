"""What is kept of one member: counted, listed, and read through page by page.

Nothing here changes anything; taking it away stands in `bot.store.erasing`.
"""

from __future__ import annotations

from dataclasses import fields
from typing import TYPE_CHECKING, Any, TypeVar

import sqlalchemy as sa

from bot.jobs import JobState
from bot.mydata import Erasure, JobCounts, KeptAct, KeptBlock, KeptData, KeptGrant, KeptQuota, KeptStudio
from bot.store.community import acts, blocks, credit_grants, drafts, member_quotas
from bot.store.operations import Operations
from bot.store.rows import to_event, to_job
from bot.store.tables import (
    WORKING_STATES,
    earlier_messages,
    erasures,
    in_states,
    is_somebodys,
    job_events,
    jobs,
    members,
    studios,
)

if TYPE_CHECKING:
    from collections.abc import Collection

    from sqlalchemy.ext.asyncio import AsyncConnection

    from bot.jobs import Job, JobEvent

_Kept = TypeVar("_Kept")


class MyData(Operations):
    """What a member may ask about themselves."""

    async def kept_of(self, member_id: int) -> KeptData:
        """Return all that is kept of a member, the jobs as counts."""
        async with self._database.reading() as connection:
            row = (
                await connection.execute(sa.select(members).where(members.c.member_id == member_id))
            ).first()
            erasure = await _all(connection, Erasure, erasures, member_id)
            return KeptData(
                member_id=member_id,
                since=row.first_seen_at if row else None,
                edits_allowed=row.edits_allowed if row else True,
                counts=await _counts(connection, member_id),
                open_forms=await _number(connection, drafts, member_id),
                studios=await _all(connection, KeptStudio, studios, member_id),
                blocks=await _all(connection, KeptBlock, blocks, member_id),
                quotas=await _all(connection, KeptQuota, member_quotas, member_id),
                grants=await _all(connection, KeptGrant, credit_grants, member_id),
                acts=await _all(connection, KeptAct, acts, member_id),
                erasure=erasure[0] if erasure else None,
            )

    async def jobs_of_member(self, member_id: int, *, after: str = "", at_most: int) -> list[Job]:
        """Return a member's jobs in the order of their ids, those after the id `after`."""
        async with self._database.reading() as connection:
            found = await connection.execute(
                sa.select(jobs)
                .where(jobs.c.member_id == member_id, is_somebodys(), jobs.c.id > after)
                .order_by(jobs.c.id)
                .limit(at_most),
            )
            return [to_job(row) for row in found.mappings()]

    async def histories(self, job_ids: Collection[str]) -> dict[str, list[JobEvent]]:
        """Return the history of each of these jobs, the oldest line first."""
        async with self._database.reading() as connection:
            found = await connection.execute(
                sa.select(job_events).where(job_events.c.job_id.in_(job_ids)).order_by(job_events.c.id),
            )
            histories: dict[str, list[JobEvent]] = {job_id: [] for job_id in job_ids}
            for row in found.mappings():
                histories[row["job_id"]].append(to_event(row))
            return histories

    async def earlier_messages_of(self, job_ids: Collection[str]) -> dict[str, list[tuple[int, int]]]:
        """Return of each of these jobs the channels and ids of the messages before its newest one."""
        async with self._database.reading() as connection:
            found = await connection.execute(
                sa.select(earlier_messages)
                .where(earlier_messages.c.job_id.in_(job_ids))
                .order_by(earlier_messages.c.message_id),
            )
            messages: dict[str, list[tuple[int, int]]] = {job_id: [] for job_id in job_ids}
            for row in found:
                messages[row.job_id].append((row.channel_id, row.message_id))
            return messages


async def _counts(connection: AsyncConnection, member_id: int) -> JobCounts:
    """Count without reading more of a row than the index and its fixed part hold."""

    def number(name: str, *which: sa.ColumnElement[bool]) -> sa.ColumnElement[int]:
        return sa.func.count(sa.case((sa.and_(*which), 1))).label(name)

    counted = await connection.execute(
        sa.select(
            sa.func.count().label("jobs"),
            number("wordless", jobs.c.erased_at.is_not(None)),
            number("unfinished", in_states(WORKING_STATES)),
            number("posted", in_states({JobState.DELIVERED}), jobs.c.message_id.is_not(None)),
            number("kept_pictures", jobs.c.archive_key.is_not(None)),
            number("with_references", sa.type_coerce(jobs.c.references, sa.Text) != "[]"),
        ).where(jobs.c.member_id == member_id, is_somebodys()),
    )
    return JobCounts(**counted.mappings().one())


async def _number(connection: AsyncConnection, table: sa.Table, member_id: int) -> int:
    counting = sa.select(sa.func.count()).select_from(table).where(table.c.member_id == member_id)
    return int((await connection.execute(counting)).scalar_one())


async def _all(
    connection: AsyncConnection, record: type[_Kept], table: sa.Table, member_id: int
) -> tuple[_Kept, ...]:
    """Return the rows of a table that are about a member, in the order of its key."""
    names = [field.name for field in fields(record)]  # type: ignore[arg-type]
    columns: list[Any] = [table.c[name] for name in names]
    found = await connection.execute(
        sa.select(*columns).where(table.c.member_id == member_id).order_by(*table.primary_key.columns),
    )
    return tuple(record(**row) for row in found.mappings())
