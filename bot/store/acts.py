"""What people with rights did: read in pages, and told in their order in their server's log channel.

An act is due until it was told. Whoever takes it on puts it off first, so a crash leaves it due again, and
marked as one that may have been told already.
"""

from __future__ import annotations

from dataclasses import asdict, fields
from typing import TYPE_CHECKING, Final

import sqlalchemy as sa

from bot.acts import ActPage, DueActs, LogTrouble, RecordedAct
from bot.store.community import acts, log_troubles, servers
from bot.store.operations import Operations, upsert

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime, timedelta

    from sqlalchemy import RowMapping
    from sqlalchemy.ext.asyncio import AsyncConnection

#: The most acts that are told together.
_TOGETHER: Final = 20


class Acts(Operations):
    """Reading acts, and telling them."""

    async def acts_of(
        self, guild_id: int, *, at_most: int, before: int | None = None, after: int | None = None
    ) -> ActPage:
        """Return the newest acts of a server, or those next to the act with that number, newest first."""
        of_guild = acts.c.guild_id == guild_id
        if before is not None:
            page = sa.select(acts).where(of_guild, acts.c.id < before).order_by(acts.c.id.desc())
        elif after is not None:
            page = sa.select(acts).where(of_guild, acts.c.id > after).order_by(acts.c.id)
        else:
            page = sa.select(acts).where(of_guild).order_by(acts.c.id.desc())
        async with self._database.reading() as connection:
            found = await connection.execute(page.limit(at_most))
            shown = sorted((_to_act(row) for row in found.mappings()), key=lambda act: -act.id)
            if not shown:
                return ActPage()
            ends = await connection.execute(
                sa.select(sa.func.min(acts.c.id), sa.func.max(acts.c.id)).where(of_guild)
            )
            oldest, newest = ends.one()
        return ActPage(acts=tuple(shown), has_older=shown[-1].id > oldest, has_newer=shown[0].id < newest)

    async def claim_acts(
        self, *, lease: timedelta, fitting: Callable[[Sequence[RecordedAct]], int]
    ) -> DueActs | None:
        """Take on the oldest acts of a server that are due, as many as are `fitting` into one message.

        Nobody else takes on any of that server's while the lease lasts, so they are told in their order. What
        was taken on before comes back as it was. Those of a server without a log channel count as told at
        once; those of a channel that took nothing lately are put off until it is tried again.
        """
        now = self._clock.now()
        due = sa.and_(acts.c.due_at.is_not(None), acts.c.due_at <= now)
        async with self._database.writing() as connection:
            logging = sa.select(servers.c.guild_id).where(servers.c.log_channel_id.is_not(None))
            await connection.execute(
                sa.update(acts).where(due, acts.c.guild_id.not_in(logging)).values(due_at=None)
            )
            await _put_off_troubled(connection, due, now=now)
            found = await connection.execute(
                sa.select(acts, servers.c.log_channel_id)
                .join(servers, servers.c.guild_id == acts.c.guild_id)
                .where(due, _is_next())
                .order_by(acts.c.id)
                .limit(1)
                .with_for_update(of=acts, skip_locked=True),
            )
            row = found.mappings().first()
            if row is None:
                return None
            taken = [_to_act(row), *await _beside(connection, row)]
            if row["tried_at"] is None:
                taken = taken[: fitting(taken)]
            await connection.execute(
                sa.update(acts)
                .where(acts.c.id.in_([act.id for act in taken]))
                .values(due_at=now + lease, tried_at=now),
            )
            return DueActs(
                acts=tuple(taken), channel_id=row["log_channel_id"], retold=row["tried_at"] is not None
            )

    async def next_act_due(self) -> datetime | None:
        """Return when the next act is to be told, None if all were."""
        async with self._database.reading() as connection:
            found = await connection.execute(
                sa.select(acts.c.due_at).where(_is_next()).order_by(acts.c.due_at).limit(1)
            )
            return found.scalar()

    async def mark_told(self, due: DueActs) -> bool:
        """Write down that acts were told; whether their log channel had taken nothing before."""
        async with self._database.writing() as connection:
            told = acts.c.id.in_([act.id for act in due.acts])
            await connection.execute(sa.update(acts).where(told).values(due_at=None))
            return await _forget_trouble(connection, due.guild_id)

    async def leave_untold(self, guild_id: int, *, before: datetime) -> int:
        """Write down that a server's acts of that moment and before will not be told any more.

        They stay in the list of acts. Returns how many that were.
        """
        async with self._database.writing() as connection:
            left = await connection.execute(
                sa.update(acts)
                .where(acts.c.due_at.is_not(None), acts.c.guild_id == guild_id, acts.c.at <= before)
                .values(due_at=None)
            )
            return left.rowcount

    async def try_log_again(self, guild_id: int) -> None:
        """Forget why a server's log channel took nothing; what is still to be told is due at once."""
        async with self._database.writing() as connection:
            await _forget_trouble(connection, guild_id)
            await _due_from(connection, guild_id, self._clock.now())

    async def tell_later(self, guild_id: int, *, due_at: datetime) -> None:
        """Put off all that is to be told in a server, so that it is told in its order."""
        async with self._database.writing() as connection:
            await _due_from(connection, guild_id, due_at)

    async def log_trouble(self, guild_id: int) -> LogTrouble | None:
        """Return why a server's log channel takes nothing, None if all is well as far as is known."""
        async with self._database.reading() as connection:
            found = await connection.execute(
                sa.select(log_troubles).where(log_troubles.c.guild_id == guild_id)
            )
            row = found.mappings().first()
        return LogTrouble(**row) if row else None

    async def note_log_trouble(self, trouble: LogTrouble, *, forget: bool) -> LogTrouble:
        """Write down that a log channel takes nothing; with `forget` it is the server's no longer.

        An earlier trouble of the same channel keeps its beginning. Returns what is written.
        """
        async with self._database.writing() as connection:
            columns = asdict(trouble)
            since = sa.case(
                (log_troubles.c.channel_id == trouble.channel_id, log_troubles.c.at), else_=trouble.at
            )
            written = await connection.execute(
                upsert(connection, log_troubles)
                .values(**columns)
                .on_conflict_do_update(
                    index_elements=[log_troubles.c.guild_id], set_={**columns, "at": since}
                )
                .returning(log_troubles),
            )
            row = written.mappings().one()
            if forget:
                await connection.execute(
                    sa.update(servers)
                    .where(
                        servers.c.guild_id == trouble.guild_id,
                        servers.c.log_channel_id == trouble.channel_id,
                    )
                    .values(log_channel_id=None),
                )
            return LogTrouble(**row)


def _is_next() -> sa.ColumnElement[bool]:
    """Return the condition that an act is the oldest of its server that is still to be told."""
    # By the bare column SQLite would walk through the index of all acts there ever were.
    server = acts.c.guild_id + sa.literal_column("0")
    oldest = sa.select(sa.func.min(acts.c.id)).where(acts.c.due_at.is_not(None)).group_by(server)
    return acts.c.id.in_(oldest)


async def _beside(connection: AsyncConnection, first: RowMapping) -> list[RecordedAct]:
    """Return what can be told together with an act: what was tried with it, or what was not tried yet."""
    found = await connection.execute(
        sa.select(acts)
        .where(
            acts.c.due_at.is_not(None),
            acts.c.guild_id == first["guild_id"],
            acts.c.id > first["id"],
            acts.c.tried_at.is_not_distinct_from(first["tried_at"]),
        )
        .order_by(acts.c.id)
        .limit(_TOGETHER - 1)
    )
    return [_to_act(row) for row in found.mappings()]


async def _due_from(connection: AsyncConnection, guild_id: int, due_at: datetime) -> None:
    """Have all that is to be told in a server due from one moment on, so that it is told in its order."""
    await connection.execute(
        sa.update(acts).where(acts.c.due_at.is_not(None), acts.c.guild_id == guild_id).values(due_at=due_at)
    )


async def _forget_trouble(connection: AsyncConnection, guild_id: int) -> bool:
    forgotten = await connection.execute(sa.delete(log_troubles).where(log_troubles.c.guild_id == guild_id))
    return forgotten.rowcount > 0


async def _put_off_troubled(
    connection: AsyncConnection, due: sa.ColumnElement[bool], *, now: datetime
) -> None:
    """Make acts whose log channel took nothing lately due when it is tried again."""
    troubled = (
        sa.select(log_troubles.c.guild_id, log_troubles.c.until)
        .join(servers, servers.c.guild_id == log_troubles.c.guild_id)
        .where(log_troubles.c.channel_id == servers.c.log_channel_id, log_troubles.c.until > now)
    )
    for guild_id, until in (await connection.execute(troubled)).all():
        await connection.execute(sa.update(acts).where(due, acts.c.guild_id == guild_id).values(due_at=until))


def _to_act(row: RowMapping) -> RecordedAct:
    return RecordedAct(**{field.name: row[field.name] for field in fields(RecordedAct)})
