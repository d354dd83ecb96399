"""Tells what people with rights did, one line for each act, in the log channel that their server has chosen.

An act stays due until it was told. A passing fault is tried again; a channel that takes nothing is left
alone for a growing while, and one that does not exist any more is forgotten. Of both a note is kept for the
server's admins. Nothing is told twice: Discord checks the nonce, and a line that may be there is looked for.
"""

from __future__ import annotations

import logging
from datetime import timedelta
from typing import TYPE_CHECKING, Final

import aiohttp
import discord

from bot.acts import LogTrouble
from bot.engine.ladder import raise_if_passing
from bot.engine.loop import Loop
from bot.engine.refusals import UNKNOWN_CHANNEL
from bot.errors import PostponedError
from bot.presentation.moderation import act_line, act_mark

if TYPE_CHECKING:
    from datetime import datetime

    from bot.acts import DueAct
    from bot.engine.workplace import Workplace
    from bot.presentation.wording import Catalogue

log = logging.getLogger(__name__)

#: How many acts one turn tells; the next turn follows at once.
_AT_ONCE: Final = 5
_SHORTEST_PAUSE: Final = timedelta(seconds=15)
_LONGEST_PAUSE: Final = timedelta(hours=1)
#: Each pause is this share of the time that the act or the trouble has lasted.
_GROWTH: Final = 0.25
#: How long an act waits for a channel that takes nothing; the list of acts has it in any case.
_PATIENCE: Final = timedelta(days=7)
#: How many of the channel's newest messages are looked through for a line that may be there.
_LOOK_BACK: Final = 100
#: Discord's clock and ours may differ by this much.
_SKEW: Final = timedelta(minutes=1)
_FALLBACK_LOCALE: Final = "en-US"


class Logbook:
    """Works off the acts that are still to be told."""

    def __init__(self, workplace: Workplace, *, client: discord.Client, catalogue: Catalogue) -> None:
        self._at = workplace
        self._client = client
        self._catalogue = catalogue
        self.loop = Loop("logbook", self._turn, clock=workplace.clock, metrics=workplace.metrics)

    async def _turn(self) -> datetime | None:
        """Tell a few acts, one after the other; the first fault ends the turn."""
        for _ in range(_AT_ONCE):
            due_at = await self._at.store.next_act_due()
            if due_at is None or due_at > self._at.clock.now():
                return due_at
            due = await self._at.store.claim_act(lease=self._at.lease)
            if due is None or not await self._tell(due):
                break
        return await self._at.store.next_act_due()

    async def _tell(self, due: DueAct) -> bool:
        """Tell an act; whether it was told."""
        try:
            if not (due.retold and await self._is_there(due)):
                await self._send(due)
        except PostponedError as error:
            await self._postpone(due, error)
            return False
        except discord.HTTPException as error:
            await self._refused(due, error)
            return False
        self._at.metrics.log_line("told")
        if await self._at.store.mark_told(due.act):
            log.info("The log channel of server %d takes lines again", due.act.guild_id)
        return True

    async def _send(self, due: DueAct) -> None:
        channel = self._client.get_partial_messageable(due.channel_id, guild_id=due.act.guild_id)
        try:
            await channel.send(
                act_line(self._catalogue, self._locale(due.act.guild_id), due.act),
                nonce=f"act-{due.act.id}",
                allowed_mentions=discord.AllowedMentions.none(),
                suppress_embeds=True,
            )
        except discord.HTTPException as error:
            self._at.metrics.discord_error(error.code)
            raise_if_passing(error)
            raise
        except discord.RateLimited as error:
            raise PostponedError(str(error), retry_after=error.retry_after) from error
        except (aiohttp.ClientError, OSError) as error:
            raise PostponedError(str(error)) from error

    async def _is_there(self, due: DueAct) -> bool:
        """Look for the line of an act that an earlier try may have told; unreadable counts as not there."""
        channel = self._client.get_partial_messageable(due.channel_id, guild_id=due.act.guild_id)
        own = self._client.user
        mark = act_mark(due.act)
        try:
            async for message in channel.history(limit=_LOOK_BACK):
                if message.created_at < due.act.at - _SKEW:
                    return False
                if own and message.author.id == own.id and message.content.endswith(mark):
                    return True
        except discord.RateLimited as error:
            raise PostponedError(str(error), retry_after=error.retry_after) from error
        except (aiohttp.ClientError, OSError) as error:
            raise PostponedError(str(error)) from error
        except discord.HTTPException as error:
            raise_if_passing(error)
        return False

    async def _postpone(self, due: DueAct, error: PostponedError) -> None:
        now = self._at.clock.now()
        pause = max(_pause(now - due.act.at), timedelta(seconds=error.retry_after or 0))
        self._at.metrics.log_line("failed")
        log.info("Act %d could not be told now, it is tried again: %s", due.act.id, error)
        await self._at.store.tell_later(due.act.guild_id, due_at=now + pause)

    async def _refused(self, due: DueAct, error: discord.HTTPException) -> None:
        """Keep a note of a channel that takes nothing, and leave it alone for a while, or forget it."""
        now, act = self._at.clock.now(), due.act
        gone = error.code == UNKNOWN_CHANNEL
        earlier = await self._at.store.log_trouble(act.guild_id)
        since = earlier.at if earlier and earlier.channel_id == due.channel_id else now
        trouble = LogTrouble(
            guild_id=act.guild_id,
            channel_id=due.channel_id,
            code=error.code,
            at=since,
            until=now + _pause(now - since),
        )
        await self._at.store.note_log_trouble(trouble, forget=gone)
        self._at.metrics.log_line("refused")
        if since == now:
            log.warning(
                "The log channel %d of server %d %s (Discord's code %d)",
                due.channel_id,
                act.guild_id,
                "is gone and forgotten" if gone else "takes nothing and is left alone for a while",
                error.code,
            )
        if now - act.at >= _PATIENCE:
            self._at.metrics.log_line("left")
            log.warning("Act %d of server %d is not told any more", act.id, act.guild_id)
            await self._at.store.leave_untold(act)
        else:
            await self._at.store.tell_later(act.guild_id, due_at=trouble.until if not gone else now)

    def _locale(self, guild_id: int) -> str:
        guild = self._client.get_guild(guild_id)
        return str(guild.preferred_locale) if guild else _FALLBACK_LOCALE


def _pause(lasted: timedelta) -> timedelta:
    return min(max(lasted * _GROWTH, _SHORTEST_PAUSE), _LONGEST_PAUSE)
