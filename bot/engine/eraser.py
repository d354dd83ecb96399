"""Erases what members want erased: calls off what waits, takes the words out, deletes messages and copies.

The wish is a row, and every step can be done again, so a stop in the middle loses nothing. What is still
being made is erased when it ends. A message that Discord does not let go of is counted and left.
"""

from __future__ import annotations

import asyncio
import logging
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from bot.engine.loop import Loop
from bot.errors import BeingPostedError, CancelledJobError, JobOverError, NotDeletedError, PostponedError
from bot.jobs import JobState
from bot.mydata import REMEMBERED
from bot.quota import WINDOW

if TYPE_CHECKING:
    from collections.abc import Awaitable
    from datetime import datetime

    from bot.engine.removal import Remover
    from bot.engine.workplace import Workplace
    from bot.jobs import Job
    from bot.mydata import Erasure

log = logging.getLogger(__name__)

#: How many rows one transaction changes.
_ROWS: Final = 500
#: How many jobs' messages one turn deletes: a turn must not take long.
_AT_ONCE: Final = 5
_SHORTEST_PAUSE: Final = timedelta(seconds=5)
_LONGEST_PAUSE: Final = timedelta(minutes=5)
#: Each pause is this share of the time that has passed since the wish.
_GROWTH: Final = 0.05
#: What cannot be deleted for so long is left behind.
_DEADLINE: Final = timedelta(hours=24)


class Eraser:
    """Works off the wishes to be erased, a few jobs a turn."""

    def __init__(self, workplace: Workplace, *, remover: Remover) -> None:
        self._at = workplace
        self._remover = remover
        #: How far a round over the remains of a member has come; a lost place only costs a new round.
        self._places: dict[int, str] = {}
        self._waiting: dict[int, asyncio.Event] = {}
        self.loop = Loop("eraser", self._turn, clock=workplace.clock, metrics=workplace.metrics)

    async def finished(self, erasure: Erasure, *, within: float) -> Erasure | None:
        """Wait until a wish is done, but only so many seconds; None if it is not by then."""
        done = self._waiting.setdefault(erasure.member_id, asyncio.Event())
        now = await self._at.store.erasure_of(erasure.member_id)
        if now is None or now.done_at is not None:
            self._tell(erasure)
            return now
        try:
            async with asyncio.timeout(within):
                await done.wait()
        except TimeoutError:
            return None
        return await self._at.store.erasure_of(erasure.member_id)

    async def _turn(self) -> datetime | None:
        """Go on with the wish that is due longest; at once due again while there may be more."""
        erasure = await self._at.store.claim_erasure(lease=self._at.lease)
        if erasure is None:
            return await self._at.store.next_erasure()
        due = await (self._erase(erasure) if erasure.done_at is None else self._forget_whose(erasure))
        if due is not None:
            await self._at.store.put_off_erasure(erasure, due_at=due)
        return self._at.clock.now()

    async def _erase(self, erasure: Erasure) -> datetime | None:
        """Do a part of the work and return when to go on; None if that was written down already."""
        now = self._at.clock.now()
        if erasure.member_id not in self._places:
            await self._call_off(erasure)
            while await self._at.store.erase_words(erasure, at_most=_ROWS) == _ROWS:
                pass
        after = self._places.get(erasure.member_id, "")
        for job in await self._at.store.remains(erasure, after=after, at_most=_AT_ONCE):
            try:
                await self._remove(erasure, job)
            except PostponedError as error:
                log.info("A message of erased job %s cannot be deleted now: %s", job.id, error)
                if error.retry_after:
                    return now + timedelta(seconds=error.retry_after)
            after = self._places[erasure.member_id] = job.id
        if await self._at.store.remains(erasure, after=after, at_most=1):
            return now
        self._places.pop(erasure.member_id, None)
        if not await self._at.store.is_erased(erasure):
            pause = min(max((now - erasure.asked_at) * _GROWTH, _SHORTEST_PAUSE), _LONGEST_PAUSE)
            return now + pause
        if await self._at.store.finish_erasure(erasure):
            self._tell(erasure)
        return None

    def _tell(self, erasure: Erasure) -> None:
        done = self._waiting.pop(erasure.member_id, None)
        if done:
            done.set()

    async def _call_off(self, erasure: Erasure) -> None:
        """Call off what is under way; what is being posted at this very moment is erased at its end."""
        for job in await self._at.store.unposted_jobs(erasure, at_most=_ROWS):
            try:
                await self._at.store.call_off(
                    job.id, by=job.member_id, actor=f"member:{job.member_id}", reason="erased by its member"
                )
            except (BeingPostedError, CancelledJobError, JobOverError):
                continue
            self._at.signals.wake(JobState.CANCELLED)

    async def _remove(self, erasure: Erasure, job: Job) -> None:
        """Delete what is left of one job outside the database."""
        gives_up = self._at.clock.now() - erasure.asked_at >= _DEADLINE
        for channel_id, message_id in await self._at.store.earlier_messages(job.id):
            deleted = await self._delete(job, channel_id, message_id, gives_up=gives_up)
            await self._at.store.forget_earlier_message(job, message_id, left=None if deleted else erasure)
        if job.message_id is not None:
            deleted = await self._delete(job, job.message_channel_id, job.message_id, gives_up=gives_up)
            await self._at.store.forget_message(job, left=None if deleted else erasure)
        if await self._is_over(job):
            await self._remove_card(erasure, job, gives_up=gives_up)
        if job.own_thread and job.thread_id is not None:
            renamed = await self._allowed(self._remover.take_words_off_thread(job), gives_up=gives_up)
            await self._at.store.forget_thread(job, left=None if renamed else erasure)
        if not await self._remover.drop_copy(job) and gives_up:
            # Without a name in the database it leaves the archive by itself when its time is over.
            await self._at.store.mark_not_kept_any_more(job)

    async def _remove_card(self, erasure: Erasure, job: Job, *, gives_up: bool) -> None:
        """Delete the card of a job's command; one that was shown by a process that died is found first."""
        card = job.card
        if card is None:
            try:
                card = await self._remover.find_card(job)
            except NotDeletedError as error:
                log.info("The card of erased job %s cannot be looked for: %s", job.id, error)
        deleted = card is None or await self._delete(job, card.channel_id, card.message_id, gives_up=gives_up)
        await self._at.store.forget_card(job, left=None if deleted else erasure)

    async def _delete(self, job: Job, channel_id: int | None, message_id: int, *, gives_up: bool) -> bool:
        """Delete a message; whether it is gone."""
        return await self._allowed(
            self._remover.delete_message(job, channel_id, message_id), gives_up=gives_up
        )

    async def _allowed(self, deed: Awaitable[None], *, gives_up: bool) -> bool:
        """Do it; whether Discord let it. Raises `PostponedError` unless it is time to give up."""
        try:
            await deed
        except NotDeletedError:
            return False
        except PostponedError:
            if not gives_up:
                raise
            return False
        return True

    async def _is_over(self, job: Job) -> bool:
        """Whether nobody needs the card any more: pictures that wait are opened and fetched from there."""
        return all(each.erased_at for each in await self._at.store.batch(job.batch_id))

    async def _forget_whose(self, erasure: Erasure) -> datetime | None:
        """Forget whose the jobs were as soon as no quota counts them, and at last the wish."""
        while await self._at.store.forget_whose(erasure, at_most=_ROWS) == _ROWS:
            pass
        now = self._at.clock.now()
        if now < erasure.asked_at + WINDOW:
            return erasure.asked_at + WINDOW
        if now < erasure.asked_at + REMEMBERED:
            return erasure.asked_at + REMEMBERED
        await self._at.store.end_erasure(erasure)
        return None
