"""Finds the jobs behind what a moderator names: a job's number, a message's link or its id.

What the database knows is enough for every message that is known to be the bot's. A message that it knows
nothing of is read, and known by the bot's own marks in it. Nothing is told here that the moderator of
another place might not know.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bot.engine.faults import ANY_FAULT
from bot.engine.lookback import custom_ids_of
from bot.engine.sources import shown_urls
from bot.errors import BadReferenceError, NoPictureOfMineError, PictureFault, UnknownJobError
from bot.intake import message_link, require_moderator_of
from bot.jobids import is_job_id, job_of_picture
from bot.presentation.actions import read_custom_id

if TYPE_CHECKING:
    import discord

    from bot.intake import MessageLink
    from bot.jobs import Job
    from bot.store import Store


class Finder:
    """Leads from a message to the jobs that it is of."""

    def __init__(self, *, client: discord.Client, store: Store) -> None:
        self._client = client
        self._store = store

    async def find(self, interaction: discord.Interaction[Any], text: str) -> list[Job]:
        """Return the named job, or all jobs of the card that was named.

        Raises `NoPictureOfMineError` if there is none in this server, and `NotModeratorError` for one in a
        place where this person is no moderator.
        """
        found = [job for job in await self._named(interaction, text) if job.guild_id == interaction.guild_id]
        if not found:
            raise NoPictureOfMineError
        require_moderator_of(interaction, found[0])
        return found

    async def _named(self, interaction: discord.Interaction[Any], text: str) -> list[Job]:
        name = text.strip().lower()
        if is_job_id(name):
            found = await self._jobs({name})
            if found:
                return found
        try:
            link = message_link(
                text, guild_id=interaction.guild_id or 0, channel_id=interaction.channel_id or 0
            )
        except BadReferenceError as error:
            if error.fault is PictureFault.NO_LINK:
                raise NoPictureOfMineError from error
            raise
        return await self._store.jobs_of_message(link.message_id) or await self._jobs(
            await self._marks(link, interaction.guild_id)
        )

    async def _jobs(self, job_ids: set[str]) -> list[Job]:
        jobs = []
        for job_id in sorted(job_ids):
            try:
                jobs.append(await self._store.job(job_id))
            except UnknownJobError:
                continue
        return jobs

    async def _marks(self, link: MessageLink, guild_id: int | None) -> set[str]:
        """Return the ids of jobs in the bot's own marks on a message; none if it cannot be read."""
        channel = self._client.get_partial_messageable(link.channel_id, guild_id=guild_id)
        try:
            message = await channel.fetch_message(link.message_id)
        except ANY_FAULT:
            return set()
        if self._client.user is None or message.author.id != self._client.user.id:
            return set()
        asked = [read_custom_id(each) for each in custom_ids_of(message.components)]
        named = [job_of_picture(url.partition("?")[0].rpartition("/")[2]) for url in shown_urls(message)]
        marks = [each.subject for each in asked if each is not None] + [each for each in named if each]
        return {mark for mark in marks if is_job_id(mark)}
