"""Who may not ask for pictures in a server: blocks that outlive restarts and end by themselves.

A block and its lifting are one transaction with the act that says who did it. An admission looks at blocks
under the same lock on the member, so nothing slips in between.
"""

from __future__ import annotations

from dataclasses import asdict, fields, replace
from typing import TYPE_CHECKING

import sqlalchemy as sa

from bot.acts import Act, ActKind, Block, BlockDetail
from bot.errors import BlockedError, NotBlockedError
from bot.jobs import Job, JobState
from bot.store.calling_off import called_off
from bot.store.community import blocks
from bot.store.operations import Operations, upsert
from bot.store.tables import jobs
from bot.store.usage import lock_member

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy.ext.asyncio import AsyncConnection

    from bot.wishes import NewBatch


class Blocks(Operations):
    """Blocking members and letting them back."""

    async def block(
        self, *, guild_id: int, member_id: int, until: datetime | None, reason: str, actor_id: int
    ) -> tuple[Block, list[Job]]:
        """Block a member, or give an earlier block a new end; return it and the jobs that were called off.

        What waits in the queue is called off and refunded with it; what was sent already goes on.
        """
        now = self._clock.now()
        block = Block(
            guild_id=guild_id, member_id=member_id, until=until, reason=reason, actor_id=actor_id, at=now
        )
        async with self._database.writing() as connection:
            await lock_member(connection, member_id, now=now)
            row = asdict(block)
            await connection.execute(
                upsert(connection, blocks)
                .values(**row)
                .on_conflict_do_update(index_elements=[blocks.c.guild_id, blocks.c.member_id], set_=row),
            )
            cancelled = await self._move(
                connection,
                source=JobState.QUEUED,
                target=JobState.CANCELLED,
                which=sa.and_(jobs.c.guild_id == guild_id, jobs.c.member_id == member_id),
                actor=f"moderator:{actor_id}",
                reason="its member was blocked",
                changes=called_off(now, by=actor_id),
            )
            act = _act(block, ActKind.BLOCK)
            detail = BlockDetail(until=until, cancelled=len(cancelled)).text()
            await self._record(connection, replace(act, detail=detail))
            return block, cancelled

    async def unblock(self, *, guild_id: int, member_id: int, reason: str, actor_id: int) -> Block:
        """Lift a block and return what it was; `NotBlockedError` if the member is not blocked now."""
        async with self._database.writing() as connection:
            block = await block_upon(connection, guild_id, member_id, now=self._clock.now())
            if block is None:
                raise NotBlockedError
            await connection.execute(
                sa.delete(blocks).where(blocks.c.guild_id == guild_id, blocks.c.member_id == member_id),
            )
            lifted = replace(block, reason=reason, actor_id=actor_id)
            await self._record(connection, _act(lifted, ActKind.UNBLOCK))
            return block

    async def block_of(self, *, guild_id: int, member_id: int) -> Block | None:
        """Return the block under which a member is in a server at this moment."""
        async with self._database.reading() as connection:
            return await block_upon(connection, guild_id, member_id, now=self._clock.now())


async def check_block(connection: AsyncConnection, batch: NewBatch, *, now: datetime) -> None:
    """Raise `BlockedError` if who asks is blocked in the server where they ask."""
    block = await block_upon(connection, batch.guild_id, batch.member_id, now=now)
    if block is not None:
        raise BlockedError(until=block.until, reason=block.reason)


async def block_upon(
    connection: AsyncConnection, guild_id: int | None, member_id: int, *, now: datetime
) -> Block | None:
    """Return the block under which a member is in a server, as a transaction sees it."""
    found = await connection.execute(
        sa.select(blocks).where(
            blocks.c.guild_id == guild_id,
            blocks.c.member_id == member_id,
            sa.or_(blocks.c.until.is_(None), blocks.c.until > now),
        ),
    )
    row = found.mappings().first()
    return Block(**{field.name: row[field.name] for field in fields(Block)}) if row else None


def _act(block: Block, kind: ActKind) -> Act:
    return Act(
        guild_id=block.guild_id,
        actor_id=block.actor_id,
        kind=kind,
        member_id=block.member_id,
        reason=block.reason,
    )
