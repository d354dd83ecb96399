"""Tells what people with rights did, one line for each act, in the log channel that their server has chosen.

An act stays due until it was told; several share a message. A passing fault is tried again; a channel that
takes nothing is left alone for a growing while, and one that does not exist any more is forgotten. Of both a
note is kept for the server's admins. Nothing is told twice: Discord checks the nonce, and lines that may be
there are looked for.
"""

from __future__ import annotations

import logging
from datetime import timedelta
from typing import TYPE_CHECKING, Final

import discord

from bot.acts import LogTrouble
from bot.engine.faults import passing_faults
from bot.engine.loop import Loop
from bot.engine.refusals import UNKNOWN_CHANNEL
from bot.errors import PostponedError
from bot.presentation.moderation import act_line, act_mark

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from bot.acts import DueActs, RecordedAct
    from bot.engine.workplace import Workplace
    from bot.presentation.wording import Catalogue

log = logging.getLogger(__name__)

#: How many messages one turn sends; the next turn follows at once.
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
_MESSAGE_LENGTH: Final = 2000
_FALLBACK_LOCALE: Final = "en-US"


class Logbook:
    """Works off the acts that are still to be told."""

    def __init__(self, workplace: Workplace, *, client: discord.Client, catalogue: Catalogue) -> None:
        self._at = workplace
        self._client = client
        self._catalogue = catalogue
        self.loop = Loop("logbook", self._turn, clock=workplace.clock, metrics=workplace.metrics)

    async def _turn(self) -> datetime | None:
        """Tell some acts, one message after the other; the first fault ends the turn."""
        for _ in range(_AT_ONCE):
            due_at = await self._at.store.next_act_due()
            if due_at is None or due_at > self._at.clock.now():
                return due_at
            due = await self._at.store.claim_acts(lease=self._at.lease, fitting=self._fitting)
            if due is None or not await self._tell(due):
                break
        return await self._at.store.next_act_due()

    async def _tell(self, due: DueActs) -> bool:
        """Tell acts; whether they were told."""
        try:
            if not (due.retold and await self._is_there(due)):
                await self._send(due)
        except PostponedError as error:
            await self._postpone(due, error)
            return False
        except discord.HTTPException as error:
            await self._refused(due, error)
            return False
        self._at.metrics.log_line("told", len(due.acts))
        if await self._at.store.mark_told(due):
            log.info("The log channel of server %d takes lines again", due.guild_id)
        return True

    def _fitting(self, acts: Sequence[RecordedAct]) -> int:
        """Return how many of these acts one message holds."""
        for count in range(len(acts), 1, -1):
            if len(self._text(acts[:count])) <= _MESSAGE_LENGTH:
                return count
        return 1

    def _text(self, acts: Sequence[RecordedAct]) -> str:
        guild = self._client.get_guild(acts[0].guild_id)
        locale = str(guild.preferred_locale) if guild else _FALLBACK_LOCALE
        return "\n".join(act_line(self._catalogue, locale, act) for act in acts)

    async def _send(self, due: DueActs) -> None:
        channel = self._client.get_partial_messageable(due.channel_id, guild_id=due.guild_id)
        with passing_faults(self._at.metrics):
            await channel.send(
                self._text(due.acts),
                nonce=f"act-{due.acts[0].id}",
                allowed_mentions=discord.AllowedMentions.none(),
                suppress_embeds=True,
            )

    async def _is_there(self, due: DueActs) -> bool:
        """Look for the lines of acts that an earlier try may have told; unreadable counts as not there."""
        channel = self._client.get_partial_messageable(due.channel_id, guild_id=due.guild_id)
        own = self._client.user
        last = due.acts[-1]
        try:
            with passing_faults():
                async for message in channel.history(limit=_LOOK_BACK):
                    if message.created_at < last.at - _SKEW:
                        return False
                    if own and message.author.id == own.id and message.content.endswith(act_mark(last)):
                        return True
        except discord.HTTPException:
            return False
        return False

    async def _postpone(self, due: DueActs, error: PostponedError) -> None:
        now, first = self._at.clock.now(), due.acts[0]
        pause = max(_pause(now - first.at), timedelta(seconds=error.retry_after or 0))
        self._at.metrics.log_line("failed", len(due.acts))
        log.info("Act %d could not be told now, it is tried again: %s", first.id, error)
        await self._at.store.tell_later(due.guild_id, due_at=now + pause)

    async def _refused(self, due: DueActs, error: discord.HTTPException) -> None:
        """Keep a note of a channel that takes nothing, and leave it alone for a while, or forget it."""
        now = self._at.clock.now()
        gone = error.code == UNKNOWN_CHANNEL
        earlier = await self._at.store.log_trouble(due.guild_id)
        since = earlier.at if earlier and earlier.channel_id == due.channel_id else now
        trouble = LogTrouble(
            guild_id=due.guild_id,
            channel_id=due.channel_id,
            code=error.code,
            at=since,
            until=now + _pause(now - since),
        )
        await self._at.store.note_log_trouble(trouble, forget=gone)
        self._at.metrics.log_line("refused", len(due.acts))
        if since == now:
            log.warning(
                "The log channel %d of server %d %s (Discord's code %d)",
                due.channel_id,
                due.guild_id,
                "is gone and forgotten" if gone else "takes nothing and is left alone for a while",
                error.code,
            )
        left = await self._at.store.leave_untold(due.guild_id, before=now - _PATIENCE)
        if left:
            self._at.metrics.log_line("left", left)
            log.warning("%d acts of server %d are not told any more", left, due.guild_id)
        await self._at.store.tell_later(due.guild_id, due_at=now if gone else trouble.until)


def _pause(lasted: timedelta) -> timedelta:
    return min(max(lasted * _GROWTH, _SHORTEST_PAUSE), _LONGEST_PAUSE)
