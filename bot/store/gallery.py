"""A member's own pictures, newest first, and what is written down when one is shown somewhere anew.

Pages are found by the id that they begin after, so the last page costs what the first does. Words are looked
for outside the database: SQLite knows upper and lower case of ASCII alone.
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import sqlalchemy as sa

from bot.errors import StaleJobError
from bot.jobs import Job, JobState
from bot.store.operations import FREE, Operations, in_order, upsert
from bot.store.rows import to_job
from bot.store.tables import PICTURE_STATES, earlier_messages, in_states, is_left, is_somebodys, jobs

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy.ext.asyncio import AsyncConnection

    from bot.jobs import Rung
    from bot.wishes import Origin

#: How many prompts are read at once while words are looked for; between two readings others get a turn.
_READ_AT_ONCE: Final = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Spot:
    """Where in the list a page is: after a picture of this id (`older`), before it, or at the newest."""

    job_id: str | None = None
    older: bool = True


class Gallery(Operations):
    """The pictures of one member in one server, or in all of them (None), as far as anything is left."""

    async def pictures_of(
        self, member_id: int, guild_id: int | None, *, spot: Spot, words: Sequence[str] = (), at_most: int
    ) -> list[Job]:
        """Return a member's pictures from a place on, the nearest to it first.

        With `words`, those only whose prompt has all of them, in capital letters or not.
        """
        own = _own(member_id, guild_id)
        async with self._database.reading() as connection:
            if words:
                ids = await _ids_with(connection, own, spot, [folded(word) for word in words], at_most)
                found = await connection.execute(sa.select(jobs).where(jobs.c.id.in_(ids)))
                return in_order(ids, (to_job(row) for row in found.mappings()))
            found = await connection.execute(_from(sa.select(jobs).where(own), spot).limit(at_most))
            return [to_job(row) for row in found.mappings()]

    async def count_pictures_of(
        self, member_id: int, guild_id: int | None, *, newer_than: str
    ) -> tuple[int, int]:
        """Return how many of a member's pictures are newer than this job, and how many there are."""
        counting = sa.select(
            sa.func.coalesce(sa.func.sum(sa.case((jobs.c.id > newer_than, 1), else_=0)), 0), sa.func.count()
        ).where(_own(member_id, guild_id))
        async with self._database.reading() as connection:
            newer, all_of_them = (await connection.execute(counting)).one()
        return int(newer), int(all_of_them)

    async def mark_posted_again(
        self, job: Job, *, channel_id: int, message_id: int, rung: Rung, actor: str
    ) -> Job:
        """Write down the newest message of a picture; the one before it is remembered and stays.

        Raises `StaleJobError` if the picture was deleted meanwhile.
        """
        async with self._database.writing() as connection:
            before = await _existing(connection, job)
            if before.message_id == message_id:
                return before
            if before.message_id is not None and before.message_channel_id is not None:
                await connection.execute(
                    upsert(connection, earlier_messages)
                    .values(job_id=job.id, message_id=before.message_id, channel_id=before.message_channel_id)
                    .on_conflict_do_nothing(),
                )
            changes = {"message_channel_id": channel_id, "message_id": message_id, "rung": rung}
            return await self._rewrite(connection, before, changes, actor=actor, reason="posted again")

    async def mark_message_gone(self, job: Job) -> Job:
        """Write down that the message of a picture is gone, though nobody asked the bot to delete it."""
        async with self._database.writing() as connection:
            before = await _existing(connection, job)
            if before.message_id is None or before.message_id != job.message_id:
                return before
            reason = "its message is gone"
            return await self._rewrite(
                connection, before, {"message_id": None}, actor="discord", reason=reason
            )

    async def earlier_messages(self, job_id: str) -> list[tuple[int, int]]:
        """Return the channel and the id of each message that brought a picture before its newest one."""
        async with self._database.reading() as connection:
            found = await connection.execute(
                sa.select(earlier_messages.c.channel_id, earlier_messages.c.message_id)
                .where(earlier_messages.c.job_id == job_id)
                .order_by(earlier_messages.c.message_id),
            )
            return [(row.channel_id, row.message_id) for row in found]

    async def claim_undeliverable(self, job: Job, origin: Origin) -> Job:
        """Have a picture that no place took delivered to where its member is now; it is due at once.

        Whoever delivers it looks first whether it is there already, as after an interruption. The tries
        count from now on. Raises `StaleJobError` if it was claimed or deleted meanwhile.
        """
        now = self._clock.now()
        async with self._database.writing() as connection:
            moved = await self._move(
                connection,
                source=JobState.UNDELIVERABLE,
                target=JobState.DELIVERING,
                which=sa.and_(jobs.c.id == job.id, jobs.c.removed_at.is_(None)),
                actor=f"member:{origin.member_id}",
                reason="claimed by its member",
                changes={
                    "channel_id": origin.channel_id,
                    "thread_id": origin.thread_id,
                    "private": origin.private,
                    "place": origin.place,
                    "place_note": None,
                    "rung": None,
                    "discord_code": None,
                    "due_at": now,
                    "finished_at": now,
                    **FREE,
                },
            )
            if not moved:
                raise StaleJobError("it is not to be claimed any more", job=job.id)
            return moved[0]

    async def _rewrite(
        self,
        connection: AsyncConnection,
        before: Job,
        changes: dict[str, object],
        *,
        actor: str,
        reason: str,
    ) -> Job:
        changed = await connection.execute(
            sa.update(jobs)
            .where(jobs.c.id == before.id, in_states({before.state}))
            .values(**changes)
            .returning(jobs),
        )
        job = to_job(changed.mappings().one())
        await self._note(connection, [job], source=job.state, target=job.state, actor=actor, reason=reason)
        return job


def _own(member_id: int, guild_id: int | None) -> sa.ColumnElement[bool]:
    own = sa.and_(in_states(PICTURE_STATES), is_left(), jobs.c.member_id == member_id)
    # Without a server the index of everything that is somebody's has the order in which they are read.
    return sa.and_(own, is_somebodys() if guild_id is None else jobs.c.guild_id == guild_id)


def folded(text: str) -> str:
    """Return the text as it is compared: without difference of case and of ways to write a letter."""
    return unicodedata.normalize("NFKC", text).casefold()


async def _existing(connection: AsyncConnection, job: Job) -> Job:
    """Return a delivered picture as it stands, held against everybody else; `StaleJobError` if deleted."""
    found = await connection.execute(
        sa.select(jobs)
        .where(jobs.c.id == job.id, in_states({JobState.DELIVERED}), jobs.c.removed_at.is_(None))
        .with_for_update(),
    )
    row = found.mappings().first()
    if row is None:
        raise StaleJobError("its picture is deleted", job=job.id)
    return to_job(row)


def _from(asking: sa.Select[tuple[object, ...]], spot: Spot) -> sa.Select[tuple[object, ...]]:
    """Return the question, for what comes from a place on and in the order of its direction."""
    if spot.job_id is not None:
        there = jobs.c.id < spot.job_id if spot.older else jobs.c.id > spot.job_id
        asking = asking.where(there)
    return asking.order_by(jobs.c.id.desc() if spot.older else jobs.c.id)


async def _ids_with(
    connection: AsyncConnection,
    own: sa.ColumnElement[bool],
    spot: Spot,
    words: Sequence[str],
    at_most: int,
) -> list[str]:
    """Return the ids of those whose prompt has all of the words."""
    found: list[str] = []
    while len(found) < at_most:
        asking = sa.select(jobs.c.id, jobs.c.prompt).where(own)
        rows = (await connection.execute(_from(asking, spot).limit(_READ_AT_ONCE))).all()
        found += [row.id for row in rows if all(word in folded(row.prompt) for word in words)]
        if len(rows) < _READ_AT_ONCE:
            break
        spot = Spot(job_id=rows[-1].id, older=spot.older)
    return found[:at_most]
