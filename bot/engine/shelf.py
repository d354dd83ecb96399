"""Shows kept pictures to their members again: previews for a page, one whole, or posted anew for everybody.

An archive that is off or out of reach leaves pages without previews and never without their words. A picture
is posted anew once for each press: its nonce follows from its history, which the posting adds a line to.
"""

from __future__ import annotations

import asyncio
import io
import logging
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final

import aiohttp
import discord

from bot.engine.faults import passing_faults
from bot.engine.keeping import Original, Spell
from bot.engine.refusals import UNKNOWN_CHANNEL, UNKNOWN_MESSAGE
from bot.errors import (
    ArchiveError,
    ArchiveMissingError,
    NotPostedError,
    PictureError,
    RemovedJobError,
    StaleJobError,
)
from bot.images import check, fit, preview
from bot.jobids import picture_filename
from bot.jobs import JobState, Rung
from bot.presentation.cards import PictureMessage, smaller_note
from bot.presentation.gallery import again_note
from bot.presses import Presses
from bot.service.gallery import ShelfTrouble

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bot.archive import Archive
    from bot.clock import Clock
    from bot.engine.cards import Cards
    from bot.jobs import Job
    from bot.metrics import Metrics
    from bot.presentation.wording import Catalogue
    from bot.store import Store
    from bot.wishes import Origin

log = logging.getLogger(__name__)

#: Pixels of the longer side of a preview; apps show it at a quarter of that.
PREVIEW_SIDE: Final = 320
#: Pictures that are fetched and decoded at once: each may need some 150 megabytes for a moment.
_AT_ONCE: Final = 2
_SMALLEST_LIMIT: Final = discord.utils.DEFAULT_FILE_SIZE_LIMIT_BYTES


@dataclass(frozen=True, slots=True, kw_only=True)
class Previews:
    """Small pictures by the ids of their jobs, and why there are not more."""

    pictures: dict[str, bytes] = field(default_factory=dict)
    trouble: ShelfTrouble | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """A job as it stands after a look at its message and its copy, and the copy if it could be had.

    A copy that is missing is left out of `job` as well.
    """

    job: Job
    picture: bytes | None = None
    suffix: str = ""
    trouble: ShelfTrouble | None = None


class Shelf:
    """The way from the archive back to a member; `keeps` says that pictures are kept at all."""

    def __init__(
        self,
        *,
        client: discord.Client,
        store: Store,
        archive: Archive,
        keeps: bool,
        cards: Cards,
        catalogue: Catalogue,
        clock: Clock,
        metrics: Metrics,
    ) -> None:
        self._client = client
        self._store = store
        self._archive = archive
        self._keeps = keeps
        self._cards = cards
        self._catalogue = catalogue
        self._clock = clock
        self._metrics = metrics
        self._fetching = Spell("fetch", clock=clock, metrics=metrics)
        self._hands = asyncio.Semaphore(_AT_ONCE)
        self._presses = Presses(clock)

    async def previews(self, jobs: Sequence[Job]) -> Previews:
        """Return small pictures of those jobs whose pictures are kept."""
        if not self._keeps:
            return Previews(trouble=ShelfTrouble.OFF)
        kept = [job for job in jobs if job.archive_key and job.removed_at is None]
        made = await asyncio.gather(*(self._preview(job) for job in kept))
        pictures = {job.id: one for job, one in zip(kept, made, strict=True) if isinstance(one, bytes)}
        trouble = next((one for one in made if isinstance(one, ShelfTrouble)), None)
        return Previews(pictures=pictures, trouble=trouble)

    async def _preview(self, job: Job) -> bytes | ShelfTrouble | None:
        async with self._hands:
            if self._fetching.resting:
                return ShelfTrouble.OUT_OF_REACH
            try:
                return await preview(await self._fetch(job), side=PREVIEW_SIDE)
            except (ArchiveMissingError, PictureError) as error:
                log.info("There is no preview of job %s: %s", job.id, error)
                return None
            except ArchiveError:
                return ShelfTrouble.OUT_OF_REACH

    async def find(self, job: Job) -> Found:
        """Look for a picture's message and its copy; the copy comes as large as Discord takes it."""
        job = await self._with_message(job)
        if job.archive_key is None or job.removed_at is not None:
            return Found(job=job)
        if not self._keeps:
            return Found(job=replace(job, archive_key=None), trouble=ShelfTrouble.OFF)
        if self._fetching.resting:
            return Found(job=job, trouble=ShelfTrouble.OUT_OF_REACH)
        try:
            async with self._hands:
                data = await self._fetch(job)
                data, info = await fit(data, await check(data), limit=_SMALLEST_LIMIT)
        except (ArchiveMissingError, PictureError) as error:
            log.info("The copy of job %s is of no use: %s", job.id, error)
            return Found(job=replace(job, archive_key=None))
        except ArchiveError:
            return Found(job=job, trouble=ShelfTrouble.OUT_OF_REACH)
        return Found(job=job, picture=data, suffix=info.suffix)

    async def post_again(self, job: Job, origin: Origin) -> Job:
        """Post a kept picture where its member asks, and write down its newest message.

        Raises `PressedTwiceError` for a second press within moments, `ArchiveError` without the copy,
        `NotPostedError` if Discord refuses the place, `PostponedError` for a passing fault of Discord's, and
        `RemovedJobError` if it was deleted meanwhile.
        """
        with self._presses.once((job.id, origin.member_id)):
            async with self._hands:
                data = await self._fetch(job)
                original = Original(data=data, info=await check(data))
            sent = await self._send(job, origin, original)
            try:
                posted = await self._store.mark_posted_again(
                    job,
                    channel_id=sent.channel.id,
                    message_id=sent.id,
                    rung=Rung.CHANNEL if origin.thread_id is None else Rung.THREAD,
                    actor=f"member:{origin.member_id}",
                )
            except StaleJobError as error:
                await sent.delete()
                raise RemovedJobError from error
            self._cards.redraw_soon(posted)
            return posted

    async def _fetch(self, job: Job) -> bytes:
        try:
            data = await self._archive.fetch(job.archive_key or "")
        except ArchiveMissingError:
            self._metrics.archive("fetch", "missing")
            raise
        except ArchiveError as error:
            self._fetching.failed(error)
            raise
        self._fetching.worked()
        return data

    async def _send(self, job: Job, origin: Origin, original: Original) -> discord.Message:
        guild = self._client.get_guild(origin.guild_id or 0)
        limit = guild.filesize_limit if guild else _SMALLEST_LIMIT
        data, info = await fit(original.data, original.info, limit=limit)
        filename = picture_filename(job.id, info.suffix)
        message = PictureMessage(
            self._catalogue,
            job,
            filename=filename,
            note=again_note(self._catalogue, job),
            remark="" if data is original.data else smaller_note(self._catalogue, job, self._clock.now()),
        )
        place = origin.channel_id if origin.thread_id is None else origin.thread_id
        channel = self._client.get_partial_messageable(place, guild_id=origin.guild_id)
        # A press that is repeated because nothing was written down has the same history, so the same nonce.
        nonce = f"{job.id}-{len(await self._store.events(job.id))}"
        try:
            with passing_faults(self._metrics):
                return await channel.send(
                    view=message, file=discord.File(io.BytesIO(data), filename=filename), nonce=nonce
                )
        except discord.HTTPException as error:
            raise NotPostedError(str(error), code=error.code) from error

    async def _with_message(self, job: Job) -> Job:
        """Return the job as it is after Discord was asked for its message; what is not known stays."""
        if job.state is not JobState.DELIVERED or job.message_id is None or job.message_channel_id is None:
            return job
        channel = self._client.get_partial_messageable(job.message_channel_id, guild_id=job.guild_id)
        try:
            await channel.get_partial_message(job.message_id).fetch()
        except discord.HTTPException as error:
            if error.code not in {UNKNOWN_CHANNEL, UNKNOWN_MESSAGE}:
                log.info("Could not look for the message of job %s: %s", job.id, error)
                return job
        except (discord.RateLimited, aiohttp.ClientError, OSError) as error:
            log.info("Could not look for the message of job %s: %s", job.id, error)
            return job
        else:
            return job
        try:
            return await self._store.mark_message_gone(job)
        except StaleJobError:
            return await self._store.job(job.id)
