"""A database that refuses to be written for a while, as a full disk does."""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from bot.store import Store


@asynccontextmanager
async def unwritable(store: Store) -> AsyncIterator[None]:
    """Refuse every write meanwhile."""
    await refuse_writes(store, refuse=True)
    try:
        yield
    finally:
        await refuse_writes(store, refuse=False)


async def refuse_writes(store: Store, *, refuse: bool) -> None:
    """Refuse every write from now on, or take them again."""
    async with store._database._writer.connect() as connection:
        raw: Any = (await connection.get_raw_connection()).driver_connection
        await raw.execute(f"PRAGMA query_only = {'ON' if refuse else 'OFF'}")
