"""The rungs of the delivery ladder.

Pure but for opening a direct conversation. Climbing down is `posting`'s business, looking for what was
posted before is `lookback`'s.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import discord

from bot.engine.faults import lost_answers
from bot.jobs import Place, Rung

if TYPE_CHECKING:
    from bot.jobs import Job


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


async def direct_channel(client: discord.Client, job: Job) -> discord.DMChannel:
    """Return the direct conversation with the job's member; nothing is written into it.

    Raises `PostponedError` or discord.py's `HTTPException`.
    """
    with lost_answers():
        return await client.create_dm(discord.Object(job.member_id))
