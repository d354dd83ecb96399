"""Reference pictures: taken in and checked before anything is spent, with a fresh address when they are sent.

A file given with a command vanishes at Discord after a time that nobody names, so it is downloaded at once
and posted again with the job's card. The provider gets the address of that copy, whose signature ends: it
is read anew from the card when little of its time is left.
"""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final

import discord
from yarl import URL

from bot import images
from bot.drafts import FoundPicture
from bot.engine.faults import ANY_FAULT
from bot.engine.sources import shown_urls
from bot.errors import (
    ArchiveError,
    BadReferenceError,
    PictureError,
    PictureFault,
    PostponedError,
    ReferenceGoneError,
    UnknownJobError,
)
from bot.jobs import Reference, ReferenceSource
from bot.presentation.cards import reference_filename

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bot.archive import Archive
    from bot.clock import Clock
    from bot.jobs import Job
    from bot.provider.pictures import PictureFetcher
    from bot.store import Store

log = logging.getLogger(__name__)

#: The provider's page: at most 10 MB each.
MAX_REFERENCE_BYTES: Final = 10_000_000
#: Discord's documentation names 25 MiB for a whole request, and the card brings all of them in one.
MAX_TOGETHER_BYTES: Final = 24_000_000
#: Where Discord keeps the files of messages.
_DISCORD_HOSTS: Final = frozenset({"cdn.discordapp.com", "media.discordapp.net"})
#: An address with less time left is renewed: the provider may fetch it late.
_ENOUGH: Final = timedelta(hours=1)
_A_MOMENT: Final = timedelta(minutes=1)
_MILLION: Final = 1_000_000
#: Pixels; a gallery shows two pictures side by side at about half of this.
_PREVIEW_SIDE: Final = 1024
#: A gallery, and a message, holds ten pictures, and one of them is the finished one.
_MOST_PREVIEWS: Final = 9
#: Seconds that a finished picture waits for what it was made from.
_PREVIEW_PATIENCE: Final = 10.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """A checked reference picture with its bytes; `job_id` is the job that made it, if one did."""

    reference: Reference
    data: bytes
    job_id: str | None = None


class References:
    """Takes reference pictures in and keeps their addresses fresh; `limit` is the most for one edit."""

    def __init__(
        self,
        *,
        client: discord.Client,
        store: Store,
        archive: Archive,
        clock: Clock,
        fetcher: PictureFetcher,
        limit: int,
    ) -> None:
        self._client = client
        self._store = store
        self._archive = archive
        self._clock = clock
        self._fetcher = fetcher
        self.limit = limit
        # A large picture takes some hundred megabytes while it is looked at.
        self._one_at_a_time = asyncio.Lock()

    async def gather(self, found: Sequence[FoundPicture]) -> list[Picture]:
        """Download and check the pictures of one edit, or raise the `RefusedError` that says why."""
        if len(found) > self.limit:
            raise BadReferenceError(PictureFault.TOO_MANY, count=len(found), limit=self.limit)
        for each in found:
            if each.size is not None and each.size > MAX_REFERENCE_BYTES:
                raise _refusal(PictureFault.TOO_LARGE, each)
        pictures = [await self._take_in(each) for each in found]
        if sum(picture.reference.size for picture in pictures) > MAX_TOGETHER_BYTES:
            raise BadReferenceError(PictureFault.TOO_LARGE_TOGETHER, limit=MAX_TOGETHER_BYTES // _MILLION)
        return pictures

    async def _take_in(self, found: FoundPicture) -> Picture:
        data = b""
        try:
            data = await self._fetch(found)
            async with self._one_at_a_time:
                info = await images.check(data)
        except PictureError as error:
            log.info("A reference picture is refused: %s", error)
            raise _refusal(error.fault, found, kind=images.other_type(data)) from error
        width, height = (info.height, info.width) if info.turned else (info.width, info.height)
        reference = Reference(
            source=found.source,
            url=found.url,
            url_until=end_of(found.url),
            content_type=info.content_type,
            size=info.size,
            width=width,
            height=height,
            origin_channel_id=found.channel_id,
            origin_message_id=found.message_id,
            author_id=found.author_id,
            owner_id=found.owner_id,
        )
        return Picture(reference=reference, data=data, job_id=found.job_id)

    async def _fetch(self, found: FoundPicture) -> bytes:
        """Return a found file; one that the bot made is in the archive too, until somebody deletes it."""
        job = await self._maker(found)
        if job is not None and job.removed_at is not None:
            # A form may be open for longer, and Discord hands out a deleted file for some time.
            message = "somebody had it deleted"
            raise PictureError(message, fault=PictureFault.NOT_KEPT)
        try:
            if not found.url:
                message = "no message shows it any more"
                raise PictureError(message)
            return await self._fetcher.fetch_file(await self._fresh_address(found.url))
        except PictureError as error:
            if found.source is ReferenceSource.AGAIN and not error.transient:
                raise PictureError(str(error), fault=PictureFault.CARD_GONE) from error
            if found.job_id is None:
                raise
            try:
                if job is not None and job.archive_key is not None:
                    return await self._archive.fetch(job.archive_key)
            except ArchiveError as lost:
                log.info("A finished picture is not in the archive either: %s", lost)
            raise PictureError(str(error), fault=PictureFault.NOT_KEPT) from error

    async def _maker(self, found: FoundPicture) -> Job | None:
        """Return the job that made a found picture, if one did that is still known."""
        if found.job_id is None:
            return None
        try:
            return await self._store.job(found.job_id)
        except UnknownJobError:
            return None

    async def _fresh_address(self, url: str) -> str:
        """Return an address that works now, for a file of a message that may be somebody else's.

        Discord renews signed addresses for whoever has an old one; it does not document the call, so without
        an answer the old address is tried.
        """
        until = end_of(url)
        if until is None or until > self._clock.now() + _A_MOMENT:
            return url
        route = discord.http.Route("POST", "/attachments/refresh-urls")
        try:
            answer = await self._client.http.request(route, json={"attachment_urls": [url]})
            return str(answer["refreshed_urls"][0]["refreshed"])
        except ANY_FAULT as error:
            log.info("An address could not be renewed: %s", error)
        except (KeyError, IndexError, TypeError) as error:
            log.warning("Discord's answer to a renewed address makes no sense: %r", error)
        return url

    async def anew(self, job: Job) -> list[FoundPicture]:
        """Return what a job started from, to start another one from it.

        Raises `BadReferenceError` if its card is gone, and what `fresh_urls` raises for a passing fault.
        """
        try:
            urls = await self.fresh_urls(job)
        except ReferenceGoneError as error:
            raise BadReferenceError(PictureFault.CARD_GONE) from error
        return [
            FoundPicture(
                source=ReferenceSource.AGAIN,
                url=url,
                filename=reference_filename(job, index),
                channel_id=reference.origin_channel_id,
                message_id=reference.origin_message_id,
                author_id=reference.author_id,
                owner_id=reference.owner_id,
            )
            for index, (url, reference) in enumerate(zip(urls, job.references, strict=True))
        ]

    async def previews(self, job: Job) -> list[bytes]:
        """Return small copies of what a job started from, to show beside what became of it.

        Where they cannot be had there are none: a picture is posted without them.
        """
        if not job.references:
            return []
        try:
            async with asyncio.timeout(_PREVIEW_PATIENCE):
                urls = await self.fresh_urls(job)
                return [await self._preview(url) for url in urls[:_MOST_PREVIEWS]]
        except (ReferenceGoneError, PostponedError, PictureError, TimeoutError) as error:
            log.info("What job %s started from is not shown beside its picture: %s", job.id, error)
            return []

    async def _preview(self, url: str) -> bytes:
        data = await self._fetcher.fetch_file(url)
        async with self._one_at_a_time:
            return await images.preview(data, side=_PREVIEW_SIDE)

    async def fresh_urls(self, job: Job) -> tuple[str, ...]:
        """Return addresses of the job's references that last, in their order.

        Raises `ReferenceGoneError` if there are none any more, and `PostponedError` if Discord cannot be
        asked now and what is known has ended.
        """
        references = job.references
        now = self._clock.now()
        if not all(_lasts(each, now + _ENOUGH) for each in references):
            references = await self._renewed(job)
        return tuple(each.url for each in references)

    async def _renewed_unread(self, job: Job) -> tuple[Reference, ...]:
        """Return the references with newer addresses from Discord, which may not show the card; or none."""
        urls = [await self._fresh_address(each.url) for each in job.references]
        renewed = tuple(
            each if url == each.url else replace(each, url=url, url_until=end_of(url))
            for each, url in zip(job.references, urls, strict=True)
        )
        if not all(_lasts(each, self._clock.now()) for each in renewed):
            return ()
        await self._store.renew_references(job.batch_id, renewed)
        return renewed

    async def _renewed(self, job: Job) -> tuple[Reference, ...]:
        usable = all(_lasts(each, self._clock.now()) for each in job.references)
        first = job.references[0]
        if first.channel_id is None or first.message_id is None:
            if usable:
                return job.references
            raise ReferenceGoneError("the card never came, and the address has ended", job=job.id)
        try:
            channel = self._client.get_partial_messageable(first.channel_id)
            message = await channel.fetch_message(first.message_id)
        except (discord.NotFound, discord.Forbidden) as error:
            if usable:
                return job.references
            if isinstance(error, discord.Forbidden) and (renewed := await self._renewed_unread(job)):
                return renewed
            raise ReferenceGoneError("its card is gone", job=job.id) from error
        except ANY_FAULT as error:
            if usable:
                return job.references
            raise PostponedError(str(error)) from error
        references = placed(job, message)
        if not all(each.attachment_id for each in references):
            if usable:
                return job.references
            raise ReferenceGoneError("its card has lost the picture", job=job.id)
        await self._store.renew_references(job.batch_id, references)
        return references


def file_hosts(api_url: str, *, private: bool) -> frozenset[str]:
    """Return the hosts that hold the files of messages; a Discord on the same machine holds its own."""
    return _DISCORD_HOSTS | {URL(api_url).host or ""} if private else _DISCORD_HOSTS


def placed(job: Job, card: discord.Message) -> tuple[Reference, ...]:
    """Return the job's references with their place on the card that shows them, as far as it does."""
    # What an embed shows is not among the message's attachments.
    urls = {URL(url).name: url for url in (*shown_urls(card), *(file.url for file in card.attachments))}
    return tuple(
        _placed(reference, card, urls.get(reference_filename(job, index)))
        for index, reference in enumerate(job.references)
    )


def _placed(reference: Reference, card: discord.Message, url: str | None) -> Reference:
    if url is None:
        return replace(reference, attachment_id=None)
    return replace(
        reference,
        url=url,
        url_until=end_of(url),
        channel_id=card.channel.id,
        message_id=card.id,
        attachment_id=int(URL(url).parts[-2]),
    )


def end_of(url: str) -> datetime | None:
    """Return when a signed address ends; None if it does not say.

    `ex` is the second since 1970 in hex (Discord's documentation, "Signed Attachment CDN URLs").
    """
    try:
        return datetime.fromtimestamp(int(URL(url).query["ex"], 16), tz=UTC)
    except (KeyError, ValueError, OverflowError, OSError):
        return None


def _lasts(reference: Reference, until: datetime) -> bool:
    return reference.url_until is None or reference.url_until > until


def _refusal(fault: PictureFault, found: FoundPicture, *, kind: str = "") -> BadReferenceError:
    limits = {PictureFault.TOO_LARGE: MAX_REFERENCE_BYTES, PictureFault.TOO_MANY_PIXELS: images.MAX_PIXELS}
    return BadReferenceError(fault, name=found.filename, type=kind, limit=limits.get(fault, 0) // _MILLION)
