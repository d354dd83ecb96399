"""Which thread is a member's studio in a channel.

A row is a memory, not a promise: the thread may have been deleted since, and then it is forgotten.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import sqlalchemy as sa

from bot.jobs import Place
from bot.store.operations import Operations, upsert
from bot.store.tables import jobs, studios

if TYPE_CHECKING:
    from collections.abc import Collection

    from sqlalchemy.ext.asyncio import AsyncConnection

    from bot.wishes import NewBatch


class Studios(Operations):
    """The memory of studio threads."""

    async def studio(self, *, guild_id: int, channel_id: int, member_id: int) -> int | None:
        """Return the thread that is the member's studio in the channel, if one is remembered."""
        async with self._database.reading() as connection:
            return await _studio(connection, guild_id, channel_id, member_id)

    async def opened_studio(
        self, *, channel_id: int, member_id: int, thread_ids: Collection[int]
    ) -> int | None:
        """Return which of these threads starts from a card of the member's in the channel, the newest first.

        One that was meant for a single command is no studio.
        """
        card = jobs.c.card_message_id
        async with self._database.reading() as connection:
            found = await connection.execute(
                sa.select(card)
                .where(
                    card.is_not(None),
                    card.in_(thread_ids),
                    jobs.c.card_channel_id == channel_id,
                    jobs.c.member_id == member_id,
                    sa.not_(jobs.c.own_thread),
                )
                .order_by(card.desc())
                .limit(1)
            )
            return found.scalar_one_or_none()

    async def remember_studio(
        self, *, guild_id: int, channel_id: int, member_id: int, thread_id: int
    ) -> None:
        """Remember a thread as the member's studio in the channel, in place of any other."""
        async with self._database.writing() as connection:
            changes = {"thread_id": thread_id, "updated_at": self._clock.now()}
            await connection.execute(
                upsert(connection, studios)
                .values(guild_id=guild_id, channel_id=channel_id, member_id=member_id, **changes)
                .on_conflict_do_update(index_elements=list(studios.primary_key.columns), set_=changes),
            )

    async def forget_studio(self, thread_id: int) -> None:
        """Forget a thread that is gone."""
        async with self._database.writing() as connection:
            await connection.execute(sa.delete(studios).where(studios.c.thread_id == thread_id))


async def in_known_studio(connection: AsyncConnection, batch: NewBatch) -> NewBatch:
    """Return the batch with the thread of the studio that it goes to, if one is remembered."""
    if batch.place is not Place.STUDIO or batch.guild_id is None or batch.own_thread:
        return batch
    thread_id = await _studio(connection, batch.guild_id, batch.channel_id, batch.member_id)
    return replace(batch, thread_id=thread_id)


async def _studio(connection: AsyncConnection, guild_id: int, channel_id: int, member_id: int) -> int | None:
    found = await connection.execute(
        sa.select(studios.c.thread_id).where(
            studios.c.guild_id == guild_id,
            studios.c.channel_id == channel_id,
            studios.c.member_id == member_id,
        ),
    )
    return found.scalar_one_or_none()
