"""What each server has decided, changed together with the act that says who did it.

A server without a row has decided nothing, so the defaults hold; the row comes with the first decision.
"""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING

import sqlalchemy as sa

from bot.servers import ServerSettings, as_decided
from bot.store.community import server_places, servers
from bot.store.operations import Operations, upsert

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlalchemy.ext.asyncio import AsyncConnection

    from bot.acts import Act
    from bot.wishes import NewBatch


class Servers(Operations):
    """The decisions of servers."""

    async def server_settings(self, guild_id: int) -> ServerSettings:
        """Return what a server has decided."""
        async with self._database.reading() as connection:
            return await settings_of(connection, guild_id)

    async def change_server_settings(
        self, guild_id: int, change: Callable[[ServerSettings], ServerSettings], *, act: Act
    ) -> ServerSettings:
        """Put what `change` makes of a server's decisions in their place, and write down the act.

        No other process changes them between the two; where nothing changes, nothing is written.
        """
        async with self._database.writing() as connection:
            before = await settings_of(connection, guild_id)
            after = change(before)
            if after != before:
                await _write(connection, before, after)
                await self._record(connection, act)
            return after


async def settings_of(connection: AsyncConnection, guild_id: int) -> ServerSettings:
    """Return what a server has decided, as a transaction sees it."""
    found = await connection.execute(sa.select(servers).where(servers.c.guild_id == guild_id))
    row = found.mappings().first()
    if row is None:
        return ServerSettings(guild_id=guild_id)
    places = await connection.execute(
        sa.select(server_places.c.place_id).where(server_places.c.guild_id == guild_id)
    )
    return ServerSettings(**row, places=frozenset(places.scalars()))


async def as_server_decided(connection: AsyncConnection, batch: NewBatch) -> NewBatch:
    """Return the batch as its server wants it at this moment of the transaction, or raise its refusal."""
    if batch.guild_id is None:
        return batch
    return as_decided(await settings_of(connection, batch.guild_id), batch)


async def _write(connection: AsyncConnection, before: ServerSettings, after: ServerSettings) -> None:
    columns = {name: value for name, value in asdict(after).items() if name not in {"guild_id", "places"}}
    await connection.execute(
        upsert(connection, servers)
        .values(guild_id=after.guild_id, **columns)
        .on_conflict_do_update(index_elements=[servers.c.guild_id], set_=columns),
    )
    gone, new = before.places - after.places, after.places - before.places
    if gone:
        await connection.execute(
            sa.delete(server_places).where(
                server_places.c.guild_id == after.guild_id, server_places.c.place_id.in_(gone)
            )
        )
    if new:
        rows = [{"guild_id": after.guild_id, "place_id": place} for place in sorted(new)]
        await connection.execute(sa.insert(server_places), rows)
