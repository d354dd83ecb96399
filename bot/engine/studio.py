"""Gives a member's jobs their place: a thread of that channel, or the channel itself.

A studio is opened from a member's first card and used again afterwards, even when Discord has archived it;
a command with a thread of its own opens that from its own card. One that was opened and not remembered is
found again. Where no thread can be had, the picture comes as a reply in the channel and the job says why.
"""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING, Final
from weakref import WeakValueDictionary

import aiohttp
import discord

from bot.engine.faults import ANY_FAULT
from bot.jobs import Place, PlaceNote
from bot.presentation.cards import studio_name, thread_name

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bot.engine.answers import Answers
    from bot.jobs import Card, Job
    from bot.metrics import Metrics
    from bot.presentation.wording import Catalogue
    from bot.store import Store

log = logging.getLogger(__name__)

_THREAD_EXISTS: Final = 160004
#: Minutes without a message after which Discord folds the thread away; a week is its longest.
_AUTO_ARCHIVE: Final = 10080


class Studios:
    """Opens and remembers studio threads."""

    def __init__(
        self,
        *,
        client: discord.Client,
        store: Store,
        answers: Answers,
        catalogue: Catalogue,
        metrics: Metrics,
    ) -> None:
        self._client = client
        self._answers = answers
        self._store = store
        self._catalogue = catalogue
        self._metrics = metrics
        self._locks: WeakValueDictionary[tuple[int, int], asyncio.Lock] = WeakValueDictionary()

    async def _known(self, jobs: Sequence[Job]) -> list[Job]:
        """Give the jobs the member's existing studio, if there is one; no request to Discord is made."""
        first = jobs[0]
        if not _wants_studio(first) or first.guild_id is None or first.own_thread:
            return list(jobs)
        thread_id = await self._store.studio(
            guild_id=first.guild_id,
            channel_id=first.channel_id,
            member_id=first.member_id,
        )
        if thread_id is None:
            return list(jobs)
        return await self._store.place(first.batch_id, thread_id=thread_id, place=Place.STUDIO, note=None)

    async def settle(self, jobs: Sequence[Job]) -> list[Job]:
        """Make sure that the jobs have their place, opening a thread from their card where none is known.

        Two commands of one member at once share one studio.
        """
        first = jobs[0]
        if not _wants_studio(first):
            return list(jobs)
        async with self._lock(first):
            placed = await (self._store.batch(first.batch_id) if first.own_thread else self._known(jobs))
            if not _wants_studio(placed[0]):
                return placed
            return await self._open(placed)

    def _lock(self, job: Job) -> asyncio.Lock:
        return self._locks.setdefault((job.channel_id, job.member_id), asyncio.Lock())

    async def _open(self, jobs: Sequence[Job]) -> list[Job]:
        first = jobs[0]
        if self._client.get_guild(first.guild_id or 0) is None:
            # The bot is not in the server now; should it come back, the studio is opened then.
            return list(jobs)
        channel = self._client.get_channel(first.channel_id)
        card = first.card or await self._lost_card(first)
        if card is None or not isinstance(channel, discord.TextChannel):
            return await self._stay(jobs, PlaceNote.FAILED)
        opened: int | PlaceNote | None = await self._forgotten(first, channel)
        if opened is None:
            opened = (
                await self._thread_on(card, first, channel)
                if _may_open_threads(channel)
                else PlaceNote.NO_PERMISSION
            )
        if isinstance(opened, PlaceNote):
            return await self._stay(jobs, opened)
        return await self._remember(jobs, opened)

    async def _lost_card(self, job: Job) -> Card | None:
        """Return the card of a job whose process was killed while it showed it, if that came to be."""
        try:
            return await self._answers.find(job)
        except ANY_FAULT as error:
            log.info("The card of job %s could not be asked for: %s", job.id, error)
            return None

    async def _forgotten(self, first: Job, channel: discord.TextChannel) -> int | None:
        """Return the studio that was opened and never remembered: the bot died, or Discord's answer was lost.

        Only threads that the client knows are looked at, so this asks Discord nothing.
        """
        me = channel.guild.me.id
        ours = [thread.id for thread in channel.threads if thread.owner_id == me]
        if first.own_thread or not ours:
            return None
        return await self._store.opened_studio(
            channel_id=channel.id, member_id=first.member_id, thread_ids=ours
        )

    async def _thread_on(self, card: Card, first: Job, channel: discord.TextChannel) -> int | PlaceNote:
        """Open a thread on the card and return its id, or why there is none."""
        try:
            thread = await channel.get_partial_message(card.message_id).create_thread(
                name=(thread_name if first.own_thread else studio_name)(self._catalogue, first),
                auto_archive_duration=_AUTO_ARCHIVE,
            )
        except discord.RateLimited:
            return PlaceNote.RATE_LIMITED
        except discord.Forbidden as error:
            self._metrics.discord_error(error.code)
            return PlaceNote.NO_PERMISSION
        except discord.HTTPException as error:
            if error.code == _THREAD_EXISTS:
                return card.message_id  # a thread has the id of the message it starts from
            self._metrics.discord_error(error.code)
            log.warning("Discord opened no thread in channel %d: %s", first.channel_id, error)
            return PlaceNote.FAILED
        except (aiohttp.ClientError, OSError) as error:
            log.warning("Discord could not be reached to open a thread: %s", error)
            return PlaceNote.FAILED
        return thread.id

    async def _remember(self, jobs: Sequence[Job], thread_id: int) -> list[Job]:
        first = jobs[0]
        if not first.own_thread:
            await self._store.remember_studio(
                guild_id=first.guild_id or 0,
                channel_id=first.channel_id,
                member_id=first.member_id,
                thread_id=thread_id,
            )
        return await self._store.place(first.batch_id, thread_id=thread_id, place=Place.STUDIO, note=None)

    async def _stay(self, jobs: Sequence[Job], note: PlaceNote) -> list[Job]:
        first = jobs[0]
        return await self._store.place(first.batch_id, thread_id=None, place=Place.CHANNEL, note=note)


def _may_open_threads(channel: discord.TextChannel) -> bool:
    """Whether the bot may open a thread on its card, by the client's cache.

    In an announcement channel the same call and the same permissions open an announcement thread.
    """
    allowed = channel.permissions_for(channel.guild.me)
    return allowed.view_channel and allowed.create_public_threads and allowed.read_message_history


def _wants_studio(job: Job) -> bool:
    return job.place is Place.STUDIO and job.thread_id is None
