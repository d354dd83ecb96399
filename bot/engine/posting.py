"""Puts messages where they belong, once each, and says by which step of the ladder.

The ladder: the thread; the parent channel with a mention (never for a private thread); a direct message.
discord.py already repeats what is worth repeating and waits out rate limits, so nothing here tries again:
a passing fault is reported as such, and the caller's lease brings the job back.
"""

from __future__ import annotations

import io
import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import aiohttp
import discord

from bot.errors import NowhereError, PostponedError
from bot.jobs import Job, Place, Rung
from bot.presentation.buttons import Action, custom_id
from bot.presentation.cards import PictureMessage, elsewhere_note, failure_notice

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from bot.metrics import Metrics
    from bot.presentation.wording import Catalogue

log = logging.getLogger(__name__)

#: Discord's code when the nonce is known but its message was deleted since.
_UNKNOWN_MESSAGE: Final = 10008
#: A refused token and a rate limit say nothing about the place.
_PASSING: Final = frozenset({401, 429})
_LOOK_BACK: Final = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class Posted:
    """Where a message went; `code` is Discord's for the refusal that led to a lower rung, if any.

    `message_id` is None if the message was there and somebody has deleted it since.
    """

    channel_id: int
    message_id: int | None
    rung: Rung
    code: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Upload:
    """A picture ready to be attached."""

    data: bytes
    filename: str


class Poster:
    """Posts pictures and notices with the bot's own token, which does not run out."""

    def __init__(self, *, client: discord.Client, catalogue: Catalogue, metrics: Metrics) -> None:
        self._client = client
        self._catalogue = catalogue
        self._metrics = metrics

    async def post_picture(self, job: Job, picture: Upload) -> Posted:
        """Post the finished picture.

        Raises `PostponedError` for a passing fault, `NowhereError` if no place takes it.
        """

        def message(rung: Rung) -> dict[str, Any]:
            note = "" if rung is Rung.THREAD else elsewhere_note(self._catalogue, job)
            return {
                "view": PictureMessage(self._catalogue, job, filename=picture.filename, note=note),
                "file": discord.File(io.BytesIO(picture.data), filename=picture.filename),
            }

        return await self._climb_down(job, message)

    async def post_failure(self, job: Job, sentence: str) -> Posted:
        """Tell the member why there is no picture; raises as `post_picture` does."""
        return await self._climb_down(
            job,
            lambda _rung: {"content": failure_notice(job, sentence), "suppress_embeds": True},
        )

    async def find_posted(self, job: Job) -> Posted | None:
        """Return the message that an earlier attempt posted for this job, if there is one.

        Looks through the newest messages of the places where it may be. Where the bot may not read the
        history, only Discord's own check of the nonce stands between the member and a second copy.
        """
        for rung, channel_id in self._places(job):
            channel = self._client.get_partial_messageable(channel_id, guild_id=job.guild_id)
            try:
                async for message in self._recent(channel):
                    if self._is_of(message, job):
                        return Posted(channel_id=channel_id, message_id=message.id, rung=rung)
            except discord.HTTPException as error:
                log.info("Could not look for job %s in channel %d: %s", job.id, channel_id, error)
            except (aiohttp.ClientError, OSError) as error:
                raise PostponedError(str(error)) from error
        return None

    def upload_limit(self, job: Job) -> int:
        """Return how many bytes a file may have where the job's picture goes."""
        guild = self._client.get_guild(job.guild_id) if job.guild_id else None
        return guild.filesize_limit if guild else discord.utils.DEFAULT_FILE_SIZE_LIMIT_BYTES

    def _recent(self, channel: discord.PartialMessageable) -> AsyncIterator[discord.Message]:
        return channel.history(limit=_LOOK_BACK)

    def _is_of(self, message: discord.Message, job: Job) -> bool:
        if self._client.user is None or message.author.id != self._client.user.id:
            return False
        return custom_id(Action.INFO, job.id) in _custom_ids(message.components)

    def _places(self, job: Job) -> list[tuple[Rung, int]]:
        places: list[tuple[Rung, int]] = []
        if job.thread_id is not None:
            places.append((Rung.THREAD, job.thread_id))
        if not job.private and job.place is not Place.DIRECT:
            places.append((Rung.CHANNEL, job.channel_id))
        return places

    async def _climb_down(self, job: Job, message: Callable[[Rung], dict[str, Any]]) -> Posted:
        code: int | None = None
        for rung, channel_id in self._places(job):
            channel = self._client.get_partial_messageable(channel_id, guild_id=job.guild_id)
            reference = _reply_to_card(job) if rung is Rung.CHANNEL else None
            try:
                return await self._send(job, channel, rung, message(rung), reference=reference, code=code)
            except discord.HTTPException as error:
                code = self._refused(job, rung, error)
        try:
            user = await self._client.create_dm(discord.Object(job.member_id))
            return await self._send(job, user, Rung.DIRECT, message(Rung.DIRECT), reference=None, code=code)
        except discord.HTTPException as error:
            raise NowhereError(self._refused(job, Rung.DIRECT, error)) from error
        except (aiohttp.ClientError, OSError) as error:
            raise PostponedError(str(error)) from error

    def _refused(self, job: Job, rung: Rung, error: discord.HTTPException) -> int:
        """Return the code of a refusal that another try will not change; raise for a passing fault."""
        self._metrics.discord_error(error.code)
        if error.status >= 500 or error.status in _PASSING:
            raise PostponedError(str(error)) from error
        log.info("Job %s could not be posted on rung %s: %s", job.id, rung, error)
        return error.code

    async def _send(
        self,
        job: Job,
        channel: discord.abc.Messageable,
        rung: Rung,
        message: dict[str, Any],
        *,
        reference: discord.MessageReference | None,
        code: int | None,
    ) -> Posted:
        """Send with the job's id as nonce, so that Discord itself refuses a second copy for some minutes."""
        channel_id = getattr(channel, "id", job.channel_id)
        if reference:
            message["reference"] = reference
        try:
            sent = await channel.send(
                nonce=job.id,
                allowed_mentions=discord.AllowedMentions(users=[discord.Object(job.member_id)]),
                **message,
            )
        except discord.NotFound as error:
            if error.code == _UNKNOWN_MESSAGE:
                return Posted(channel_id=channel_id, message_id=None, rung=rung, code=error.code)
            raise
        except discord.RateLimited as error:
            raise PostponedError(str(error), retry_after=error.retry_after) from error
        except (aiohttp.ClientError, OSError) as error:
            raise PostponedError(str(error)) from error
        self._metrics.delivery(rung.value)
        return Posted(channel_id=channel_id, message_id=sent.id, rung=rung, code=code)


def _reply_to_card(job: Job) -> discord.MessageReference | None:
    if job.card is None or job.card.channel_id != job.channel_id:
        return None
    return discord.MessageReference(
        message_id=job.card.message_id,
        channel_id=job.card.channel_id,
        fail_if_not_exists=False,
    )


def _custom_ids(components: list[Any]) -> set[str]:
    """Return the custom_ids of a message's components, at any depth."""
    found: set[str] = set()
    for component in components:
        own = getattr(component, "custom_id", None)
        if own:
            found.add(own)
        found |= _custom_ids(list(getattr(component, "children", ())))
    return found
