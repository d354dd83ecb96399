"""Puts other words to a posted picture, for those who cannot see it.

The words are stored first, so that a picture that is posted later has them too; a message that cannot be
changed keeps its old ones. Who may do this is the service's business.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

import discord
from yarl import URL

from bot.engine.faults import passing_faults
from bot.engine.waking import awake
from bot.errors import NotDescribedError
from bot.jobids import job_of_picture
from bot.presentation.text import alt_text

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bot.jobs import Job
    from bot.metrics import Metrics
    from bot.store import Store


class Describer:
    """Changes the alt text of pictures."""

    def __init__(self, *, client: discord.Client, store: Store, metrics: Metrics) -> None:
        self._client = client
        self._store = store
        self._metrics = metrics

    async def describe(self, job: Job, words: str) -> None:
        """Give a posted picture these words; none at all bring the prompt back.

        Raises `NotDescribedError` if its message cannot be changed, `PostponedError` for a passing fault.
        """
        job = await self._store.describe(job.id, words.strip() or None)
        if job.message_channel_id is None or job.message_id is None:
            raise NotDescribedError("no message shows it")
        channel = self._client.get_partial_messageable(job.message_channel_id, guild_id=job.guild_id)
        try:
            with passing_faults(self._metrics):
                message = await channel.fetch_message(job.message_id)
                view = discord.ui.LayoutView.from_message(message, timeout=None)
                for item in _items(view):
                    if job_of_picture(URL(item.media.url).name) == job.id:
                        item.description = alt_text(job)
                # Buttons are known by their custom_id; discord.py need not remember this view.
                view.stop()
                edit = partial(channel.get_partial_message(job.message_id).edit, view=view)
                await awake(self._client, job.message_channel_id, edit)
        except discord.HTTPException as error:
            raise NotDescribedError(str(error), code=error.code) from error


def _items(view: discord.ui.LayoutView) -> Iterator[discord.MediaGalleryItem]:
    for part in view.walk_children():
        if isinstance(part, discord.ui.MediaGallery):
            gallery: discord.ui.MediaGallery[Any] = part
            yield from gallery.items
