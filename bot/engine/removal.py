"""Deletes a picture for good: its messages, the kept copy, and then the link on the card.

Each step can be done again, and the job is marked only after its message and copy are gone, so a press that
was cut off half-way can be repeated. Who may ask for it is the service's business.
"""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

import discord

from bot.acts import Act, ActKind
from bot.engine.faults import lost_answers, raise_if_passing
from bot.engine.keeping import Spell
from bot.engine.refusals import UNKNOWN_CHANNEL, UNKNOWN_MESSAGE
from bot.engine.waking import awake, change_thread
from bot.errors import (
    ArchiveError,
    BeingPostedError,
    NotDeletedError,
    RemovedJobError,
    StaleJobError,
)
from bot.presentation.cards import erased_thread_name
from bot.presentation.details import message_link
from bot.store.tables import PICTURE_STATES

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bot.archive import Archive
    from bot.clock import Clock
    from bot.engine.answers import Answers
    from bot.engine.cards import Cards
    from bot.jobs import Card, Job
    from bot.metrics import Metrics
    from bot.presentation.wording import Catalogue
    from bot.store import Store

_GONE: Final = frozenset({UNKNOWN_CHANNEL, UNKNOWN_MESSAGE})


class Remover:
    """Deletes pictures from Discord and from the archive."""

    def __init__(
        self,
        *,
        client: discord.Client,
        store: Store,
        archive: Archive,
        cards: Cards,
        answers: Answers,
        catalogue: Catalogue,
        clock: Clock,
        metrics: Metrics,
    ) -> None:
        self._client = client
        self._answers = answers
        self._catalogue = catalogue
        self._store = store
        self._archive = archive
        self._cards = cards
        self._metrics = metrics
        self._removing = Spell("remove", clock=clock, metrics=metrics)

    async def remove(self, job: Job, *, by: int, reason: str = "") -> bool:
        """Delete the picture of a job for the person with this id; whether no kept copy is left.

        Of somebody else's picture an act is written down, with the `reason` in the actor's own words. A copy
        that the archive does not let go of now leaves it when its time is over. Raises `NotDeletedError` if
        Discord refuses, `PostponedError` for a passing fault; nothing is marked then. `RemovedJobError` if
        somebody else was quicker, `BeingPostedError` if its member has claimed it at this moment.
        """
        own = by == job.member_id
        for channel_id, message_id in await self._messages(job):
            await self.delete_message(job, channel_id, message_id)
        # Before it is marked: nobody would come back for a copy that was left by a crash.
        no_copy_left = await self.drop_copy(job)
        try:
            job = await self._store.mark_removed(
                job,
                actor=f"member:{by}" if own else f"moderator:{by}",
                reason="deleted by its member" if own else "deleted by a moderator",
                by=by,
                act=None if own else _act(job, by, reason),
            )
        except StaleJobError as error:
            now = await self._store.job(job.id)
            if now.removed_at is not None:
                raise RemovedJobError(job=job.id) from error
            if now.state not in PICTURE_STATES:
                raise BeingPostedError(job=job.id) from error
            # It was posted again while its message was deleted.
            return await self.remove(now, by=by, reason=reason)
        self._cards.redraw_soon(job)
        return no_copy_left

    async def _messages(self, job: Job) -> list[tuple[int, int]]:
        """Return the channels and ids of all messages with the picture, which may have been posted again."""
        messages = await self._store.earlier_messages(job.id)
        if job.message_channel_id is not None and job.message_id is not None:
            messages.append((job.message_channel_id, job.message_id))
        return messages

    async def delete_message(self, job: Job, channel_id: int | None, message_id: int | None) -> None:
        """Delete a message of a job, if there is one; raises what `remove` does."""
        if channel_id is None or message_id is None:
            return
        channel = self._client.get_partial_messageable(channel_id, guild_id=job.guild_id)
        with _translated(self._metrics):
            await awake(self._client, channel_id, channel.get_partial_message(message_id).delete)

    async def find_card(self, job: Job) -> Card | None:
        """Return the card that was perhaps shown when the process was killed; raises what `remove` does."""
        with _translated(self._metrics):
            return await self._answers.find(job)
        return None

    async def take_words_off_thread(self, job: Job) -> None:
        """Rename the thread of a job's own command, whose name is the prompt; raises what `remove` does."""
        if job.thread_id is None:
            return
        with _translated(self._metrics):
            # An archived thread takes another name only with being opened.
            name = erased_thread_name(self._catalogue, job)
            await change_thread(self._client, job.thread_id, name=name, archived=False)

    async def drop_copy(self, job: Job) -> bool:
        """Remove the kept picture of a job; whether none is left."""
        if job.archive_key is None:
            return True
        try:
            await self._archive.remove(job.archive_key)
        except ArchiveError as error:
            self._removing.failed(error)
            return False
        self._removing.worked()
        await self._store.mark_not_kept_any_more(job)
        return True


@contextmanager
def _translated(metrics: Metrics) -> Iterator[None]:
    """Turn what Discord says into the bot's own errors; what is gone already is as good as done."""
    try:
        with lost_answers():
            yield
    except discord.HTTPException as error:
        if error.code in _GONE:
            return
        metrics.discord_error(error.code)
        raise_if_passing(error)
        raise NotDeletedError(str(error), code=error.code) from error


def _act(job: Job, by: int, reason: str) -> Act | None:
    """Return the act of removing somebody else's picture; outside servers nobody has such a right."""
    if job.guild_id is None:
        return None
    return Act(
        guild_id=job.guild_id,
        actor_id=by,
        kind=ActKind.REMOVE,
        member_id=job.member_id,
        job_id=job.id,
        detail="" if job.message_id is None else message_link(job),
        reason=reason,
    )
