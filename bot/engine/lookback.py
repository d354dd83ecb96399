"""Finds the message of an interrupted delivery among what the bot posted, so that no picture comes twice.

Only the bot's own messages with the job's own custom_id count, whatever others post. Where the bot may not
read the history, only Discord's check of the nonce stands between the member and a second copy.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

import discord

from bot.engine.faults import passing_faults
from bot.engine.ladder import direct_channel, rungs_tried
from bot.engine.refusals import Need
from bot.presentation.actions import Action, custom_id

if TYPE_CHECKING:
    from bot.engine.reach import Reach
    from bot.jobs import Job, Rung
    from bot.metrics import Metrics

#: How many of a place's newest messages are looked through; Discord hands out 100 at once.
_LOOK_BACK: Final = 300
#: Discord's clock and ours may differ by this much.
_SKEW: Final = timedelta(minutes=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """The message that brings a job's picture, and the rung on which it was posted."""

    channel_id: int
    message_id: int
    rung: Rung


class LookBack:
    """Looks through the places of a job, down to the rung that the interrupted delivery had come to."""

    def __init__(self, *, client: discord.Client, reach: Reach, metrics: Metrics) -> None:
        self._client = client
        self._reach = reach
        self._metrics = metrics

    async def find(self, job: Job) -> Found | None:
        """Return the message, if there is one; raises `PostponedError` for a passing fault."""
        for rung, channel_id in rungs_tried(job):
            try:
                with passing_faults(self._metrics):
                    found = await self._in_place(job, channel_id)
            except discord.HTTPException as error:
                if channel_id is None:
                    self._reach.refused_direct(job.member_id, Need.HISTORY, error)
                else:
                    self._reach.refused(job, channel_id, Need.HISTORY, error)
            else:
                if found is not None:
                    return Found(channel_id=found.channel.id, message_id=found.id, rung=rung)
        return None

    async def _in_place(self, job: Job, channel_id: int | None) -> discord.Message | None:
        channel: discord.abc.Messageable
        if channel_id is None:
            channel = await direct_channel(self._client, job)
        elif self._reach.refusal(job, channel_id, Need.HISTORY) is None:
            channel = self._client.get_partial_messageable(channel_id, guild_id=job.guild_id)
        else:
            return None
        since = job.created_at - _SKEW
        async for message in channel.history(limit=_LOOK_BACK):
            if message.created_at < since:
                return None
            if self._is_of(message, job):
                return message
        return None

    def _is_of(self, message: discord.Message, job: Job) -> bool:
        if self._client.user is None or message.author.id != self._client.user.id:
            return False
        return custom_id(Action.INFO, job.id) in custom_ids_of(message.components)


def custom_ids_of(components: list[Any]) -> set[str]:
    """Return the custom_ids of a message's components, at any depth."""
    found: set[str] = set()
    for component in components:
        own = getattr(component, "custom_id", None)
        if own:
            found.add(own)
        found |= custom_ids_of(list(getattr(component, "children", ())))
    return found
