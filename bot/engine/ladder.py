"""The rungs of the delivery ladder, and what an answer of Discord says about climbing on.

Pure but for opening a direct conversation. Climbing down is `posting`'s business, looking for what was
posted before is `lookback`'s.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import aiohttp
import discord

from bot.errors import PostponedError
from bot.jobs import Place, Rung

if TYPE_CHECKING:
    from bot.jobs import Job

#: A refused token and a rate limit say nothing about the place.
_PASSING_STATUSES: Final = frozenset({401, 429})
#: Direct messages opened too fast; Discord overloaded.
_PASSING_CODES: Final = frozenset({40003, 130000})
_PAUSE_SECONDS: Final = 60.0


def server_rungs(job: Job) -> list[tuple[Rung, int]]:
    """Return the rungs inside the job's server, each with the id of its channel or thread.

    Nothing of a private thread may be told outside of it, so there it has no other.
    """
    rungs: list[tuple[Rung, int]] = []
    if job.thread_id is not None:
        rungs.append((Rung.THREAD, job.thread_id))
    if not job.private and job.place is not Place.DIRECT:
        rungs.append((Rung.CHANNEL, job.channel_id))
    return rungs


def rungs_tried(job: Job) -> list[tuple[Rung, int | None]]:
    """Return the rungs on which an interrupted delivery may have posted; a direct message has no id yet."""
    rungs: list[tuple[Rung, int | None]] = [*server_rungs(job), (Rung.DIRECT, None)]
    lowest = next((index for index, (rung, _) in enumerate(rungs) if rung is job.rung), 0)
    return rungs[: lowest + 1]


def raise_if_passing(error: discord.HTTPException) -> None:
    """Raise `PostponedError` for a fault that passes; a refusal that stays is left to the caller."""
    if error.status >= 500:
        # Discord may have done it and failed only afterwards.
        raise PostponedError(str(error), doubtful=True) from error
    if error.code in _PASSING_CODES:
        raise PostponedError(str(error), retry_after=_PAUSE_SECONDS) from error
    if error.status in _PASSING_STATUSES:
        raise PostponedError(str(error)) from error


async def direct_channel(client: discord.Client, job: Job) -> discord.DMChannel:
    """Return the direct conversation with the job's member; nothing is written into it.

    Raises `PostponedError` or discord.py's `HTTPException`.
    """
    try:
        return await client.create_dm(discord.Object(job.member_id))
    except discord.RateLimited as error:
        raise PostponedError(str(error), retry_after=error.retry_after) from error
    except (aiohttp.ClientError, OSError) as error:
        raise PostponedError(str(error)) from error
