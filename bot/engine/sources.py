"""Finds the pictures that an edit is to start from: given, on a named message, or the newest one here.

A named message must be one that the member can see, in this server. What others posted is found only where
Discord lets the bot read it; its own pictures always. Whose picture it is is found out as well. Nothing is
downloaded here.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

import discord
from yarl import URL

from bot.drafts import FoundPicture
from bot.engine.faults import ANY_FAULT, passing_faults
from bot.errors import BadReferenceError, PictureFault, UnknownJobError
from bot.intake import message_link
from bot.jobids import before_of, job_of_picture, picture_filename
from bot.jobs import ReferenceSource

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from bot.jobs import Job
    from bot.store import Store

#: How many messages back the newest picture is looked for: one request at Discord.
_LOOK_BACK: Final = 50
#: Where Discord keeps what was attached to messages, and how the names end of what an edit can start from.
_ATTACHMENTS: Final = "/attachments/"
_STILL_PICTURES: Final = frozenset({".jpg", ".jpeg", ".png", ".webp"})

_Readable = discord.TextChannel | discord.VoiceChannel | discord.StageChannel | discord.Thread


class Sources:
    """Looks at Discord; `reads_others` says whether it shows the bot what others post."""

    def __init__(self, *, client: discord.Client, store: Store, reads_others: bool) -> None:
        self._client = client
        self._store = store
        self._reads_others = reads_others

    async def find(
        self,
        interaction: discord.Interaction[Any],
        *,
        given: Sequence[discord.Attachment | None],
        link: str,
    ) -> list[FoundPicture]:
        """Return what was given, else the pictures of the named message, else the newest one here.

        Raises `BadReferenceError` if there is none, or the message is of no use, and `PostponedError` for a
        passing fault.
        """
        attached = [_attached(file, interaction.user.id) for file in given if file is not None]
        if attached:
            return attached
        if link:
            return await self._linked(interaction, link)
        return [await self._newest(interaction)]

    async def _linked(self, interaction: discord.Interaction[Any], link: str) -> list[FoundPicture]:
        where = message_link(link, guild_id=interaction.guild_id or 0, channel_id=interaction.channel_id or 0)
        channel = await _channel(interaction.guild, where.channel_id)
        if channel is None or not _may_see(interaction, channel):
            raise BadReferenceError(PictureFault.UNSEEN)
        try:
            with passing_faults():
                message = await channel.fetch_message(where.message_id)
        except discord.Forbidden as error:
            raise BadReferenceError(PictureFault.CLOSED) from error
        except discord.HTTPException as error:
            # There is none, or the number cannot be one.
            raise BadReferenceError(PictureFault.GONE) from error
        found = await self.on_message(message, ReferenceSource.LINKED)
        if not found:
            # Where the bot may not read, Discord leaves out the words as well.
            readable = self._reads_others or self._is_own(message) or bool(message.content)
            raise BadReferenceError(why_none(message) if readable else PictureFault.CLOSED)
        return found

    async def _newest(self, interaction: discord.Interaction[Any]) -> FoundPicture:
        """Return the newest picture where the member asked, else in their studio of this channel."""
        here = interaction.channel_id or 0
        studio = await self._store.studio(
            guild_id=interaction.guild_id or 0, channel_id=here, member_id=interaction.user.id
        )
        for channel_id in (here, studio):
            if channel_id is not None and (found := await self._newest_in(channel_id, interaction.guild_id)):
                return found
        raise BadReferenceError(PictureFault.NOWHERE)

    async def _newest_in(self, channel_id: int, guild_id: int | None) -> FoundPicture | None:
        channel = self._client.get_partial_messageable(channel_id, guild_id=guild_id)
        try:
            with passing_faults():
                messages = [message async for message in channel.history(limit=_LOOK_BACK)]
        except discord.HTTPException:
            return None
        for message in messages:
            own = self._is_own(message)
            # A card shows what an edit started from, which is not what somebody wants to go on with.
            if (own and message.embeds) or not (own or self._reads_others):
                continue
            for found in await self.on_message(message, ReferenceSource.NEWEST):
                if _is_promising(found):
                    return found
        return None

    async def on_message(self, message: discord.Message, source: ReferenceSource) -> list[FoundPicture]:
        """Return the pictures of a message; of one that brings a finished picture, only that.

        What was made from shows beside it, and is not what somebody wants to go on with.
        """
        found = list(pictures_of(message, source))
        if not self._is_own(message):
            return found
        made = [each for each in found if job_of_picture(each.filename)]
        return [await self._with_owner(each) for each in made or found]

    async def of_job(self, job: Job, message: discord.Message | None) -> FoundPicture:
        """Return a finished picture as this message shows it, else as its own message does.

        Its address is empty where neither shows it: then only the archive may have it.
        """
        for seen in (message, await self._posted(job) if message is None else None):
            for each in pictures_of(seen, ReferenceSource.CHOSEN) if seen else ():
                if job_of_picture(each.filename) == job.id:
                    hidden = each.spoiler or job.spoiler
                    return replace(each, owner_id=job.member_id, job_id=job.id, spoiler=hidden)
        return FoundPicture(
            source=ReferenceSource.CHOSEN,
            url="",
            filename=picture_filename(job.id, ""),
            channel_id=job.message_channel_id,
            message_id=job.message_id,
            owner_id=job.member_id,
            job_id=job.id,
            spoiler=job.spoiler,
        )

    async def _posted(self, job: Job) -> discord.Message | None:
        if job.message_channel_id is None or job.message_id is None:
            return None
        channel = self._client.get_partial_messageable(job.message_channel_id, guild_id=job.guild_id)
        try:
            return await channel.fetch_message(job.message_id)
        except ANY_FAULT:
            return None

    async def _with_owner(self, found: FoundPicture) -> FoundPicture:
        """Say who asked for a picture that the bot posted, or whose it is that a card or a result shows."""
        job_id, before = job_of_picture(found.filename), before_of(found.filename)
        try:
            if job_id:
                job = await self._store.job(job_id)
                return replace(found, owner_id=job.member_id, job_id=job.id)
            if before:
                for job in await self._store.batch(before.batch_id):
                    owners = [reference.owner_id for reference in job.references]
                    return replace(
                        found, owner_id=owners[before.place] if before.place < len(owners) else None
                    )
        except UnknownJobError:
            return found
        return found

    def _is_own(self, message: discord.Message) -> bool:
        return self._client.user is not None and message.author.id == self._client.user.id


def pictures_of(message: discord.Message, source: ReferenceSource) -> Iterator[FoundPicture]:
    """Yield the pictures that a message holds itself, in the order in which it shows them."""
    here = FoundPicture(
        source=source,
        url="",
        filename="",
        channel_id=message.channel.id,
        message_id=message.id,
        author_id=message.author.id,
        owner_id=message.author.id,
    )
    seen = set()
    for url, spoiler in _shown(message):
        seen.add(URL(url).path)
        yield replace(here, url=url, filename=URL(url).name, spoiler=spoiler)
    for file in message.attachments:
        # A file that is shown by its address, as after its alt text was changed, is an attachment as well.
        if (file.content_type or "").startswith("image/") and URL(file.url).path not in seen:
            yield replace(
                here, url=file.url, filename=file.filename, size=file.size, spoiler=file.is_spoiler()
            )


def why_none(message: discord.Message) -> PictureFault:
    """Return why a message that can be read holds no picture itself."""
    reference = message.reference
    forwarded = reference is not None and reference.type is discord.MessageReferenceType.forward
    return PictureFault.FORWARDED if forwarded else PictureFault.EMPTY


def shown_urls(message: discord.Message) -> Iterator[str]:
    """Yield the addresses of files that a message shows in an embed or a gallery.

    Such files are not among its attachments (Discord's documentation, "Message Object"), and what an embed
    shows need not be a file of the message.
    """
    yield from (url for url, _ in _shown(message))


def _shown(message: discord.Message) -> Iterator[tuple[str, bool]]:
    """Yield those addresses, and whether the file is hidden behind a click."""
    for embed in message.embeds:
        if embed.type == "rich" and embed.image.url:
            yield embed.image.url, False
    for part in _every_part(message.components):
        if isinstance(part, discord.MediaGalleryComponent):
            yield from ((item.media.url, item.spoiler) for item in part.items)


def _every_part(parts: Sequence[Any]) -> Iterator[Any]:
    for part in parts:
        yield part
        yield from _every_part(getattr(part, "children", ()))


def _attached(file: discord.Attachment, member_id: int) -> FoundPicture:
    return FoundPicture(
        source=ReferenceSource.GIVEN,
        url=file.url,
        filename=file.filename,
        size=file.size,
        author_id=member_id,
        owner_id=member_id,
        spoiler=file.is_spoiler(),
    )


def _is_promising(found: FoundPicture) -> bool:
    """Whether a picture that nobody named is worth a try: a still one, and a file of Discord's."""
    url = URL(found.url)
    return _ATTACHMENTS in url.path and url.suffix.lower() in _STILL_PICTURES


async def _channel(guild: discord.Guild | None, channel_id: int) -> _Readable | None:
    """Return a channel of this server that holds messages; an archived thread has to be asked for."""
    if guild is None:
        return None
    channel = guild.get_channel_or_thread(channel_id)
    if channel is None:
        try:
            with passing_faults():
                channel = await guild.fetch_channel(channel_id)
        except (discord.HTTPException, discord.InvalidData):
            return None
    return channel if isinstance(channel, _Readable) else None


def _may_see(interaction: discord.Interaction[Any], channel: _Readable) -> bool:
    """Whether the member can read this channel, by the roles that came with the interaction."""
    member = interaction.user
    if not isinstance(member, discord.Member):
        return False
    try:
        allowed = channel.permissions_for(member)
    except discord.ClientException:
        # The channel that the thread belongs to is not one that the bot sees.
        return False
    if isinstance(channel, discord.Thread) and channel.is_private():
        # Who is in a private thread is not known here; where they ask from, they are.
        return channel.id == interaction.channel_id or allowed.manage_threads
    return allowed.view_channel and allowed.read_message_history
