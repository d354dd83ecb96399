"""Changes messages of threads that sleep: Discord lets nobody edit or delete anything in an archived thread.

Whoever may write in a thread may open it, unless it is locked; it goes back to sleep by itself. A message
that is sent opens the thread without being asked, so this is for everything else.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

import discord

from bot.engine.refusals import THREAD_ARCHIVED

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

_Result = TypeVar("_Result")


async def awake(client: discord.Client, channel_id: int, deed: Callable[[], Awaitable[_Result]]) -> _Result:
    """Do something in a channel or thread; if that is archived, open it first. Raises what Discord says."""
    try:
        return await deed()
    except discord.HTTPException as error:
        if error.code != THREAD_ARCHIVED:
            raise
    await change_thread(client, channel_id, archived=False)
    return await deed()


async def change_thread(client: discord.Client, thread_id: int, **fields: object) -> None:
    """Change a thread that need not be in the client's cache."""
    route = discord.http.Route("PATCH", "/channels/{channel_id}", channel_id=thread_id)
    await client.http.request(route, json=fields)
