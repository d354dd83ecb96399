"""Brings finished pictures to their place: fetch, check, keep, post, mark, in that order.

A picture is posted at least once and made once: the job's id is the message's nonce, and before a job
whose delivery was interrupted is posted again, the bot looks for its own message and adopts it.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Final, Protocol

from bot.engine.keeping import Original
from bot.engine.loop import Crew, Loop
from bot.errors import NowhereError, PictureError, PictureFault, PostponedError
from bot.images import check
from bot.jobs import Failure, FailureCause, JobState, Place

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from bot.engine.keeping import Keeper
    from bot.engine.posting import Posted, Poster
    from bot.engine.studio import Studios
    from bot.engine.workplace import Workplace
    from bot.jobs import Job
    from bot.provider.pictures import PictureFetcher

_AT_ONCE: Final = 8
_SHORTEST_PAUSE: Final = timedelta(seconds=2)
_LONGEST_PAUSE: Final = timedelta(minutes=5)
#: Each pause is this share of the time that has passed since the picture was finished.
_GROWTH: Final = 0.25
#: A result address may answer 404 for a moment after the task is finished, or a page of excuses.
_NOT_YET_THERE: Final = timedelta(seconds=30)
_NOT_YET_WHOLE: Final = timedelta(seconds=10)
_PERHAPS_PASSING: Final = frozenset({PictureFault.OTHER_TYPE, PictureFault.DAMAGED})
_FETCH_DEADLINE: Final = timedelta(hours=1)
_POST_DEADLINE: Final = timedelta(hours=24)
_GONE: Final = 404


class Previews(Protocol):
    """Anything that has small copies of what a job started from."""

    async def previews(self, job: Job) -> list[bytes]:
        """Return them in their order, or none; raises nothing."""
        ...


class Deliverer:
    """Moves jobs from `ready` to `delivered`, or to an end that its member is told."""

    def __init__(
        self,
        workplace: Workplace,
        *,
        fetcher: PictureFetcher,
        keeper: Keeper,
        poster: Poster,
        studios: Studios,
        references: Previews,
    ) -> None:
        self._at = workplace
        self._fetcher = fetcher
        self._keeper = keeper
        self._poster = poster
        self._studios = studios
        self._references = references
        self.loop = Loop("deliverer", self._turn, clock=workplace.clock, metrics=workplace.metrics)
        self.crew = Crew("deliverer", _AT_ONCE, on_free=self.loop.wake, metrics=workplace.metrics)

    async def _turn(self) -> datetime | None:
        interrupted = await self._at.store.claim_orphaned_deliveries(
            owner=self._at.owner, lease=self._at.lease, at_most=self.crew.free
        )
        for job in interrupted:
            self.crew.take_on(job, self._recover(job))
        ready = await self._at.store.claim_ready(
            owner=self._at.owner, lease=self._at.lease, at_most=self.crew.free
        )
        for job in ready:
            self.crew.take_on(job, self._deliver(job))
        if not self.crew.free:
            # Whoever is in hand wakes the loop at its end; what is due meanwhile must not make it spin.
            return None
        return await self._at.store.next_due({JobState.READY, JobState.DELIVERING})

    async def _recover(self, job: Job) -> None:
        """Adopt the message of an interrupted delivery, or let the job be delivered anew."""
        try:
            posted = await self._poster.find_posted(job)
        except PostponedError as error:
            await self._postpone(job, error, doubtful=True)
            return
        if posted is None:
            await self._at.store.put_back(
                job, due_at=self._at.clock.now(), reason="no message of it was found"
            )
            self._at.signals.wake(JobState.READY)
            return
        await self._delivered(job, posted)

    async def _deliver(self, job: Job) -> None:
        try:
            job, original = await self._original(job)
        except PictureError as error:
            await self._not_fetched(job, error)
            return
        if job.place is Place.STUDIO and job.thread_id is None:
            placed = await self._studios.settle(await self._at.store.batch(job.batch_id))
            job = placed[job.batch_index]
            if job.state is not JobState.READY:
                # Called off while its thread was opened.
                return
        before = await self._references.previews(job)
        await self._post(await self._at.store.begin_delivery(job), original, before)

    async def _original(self, job: Job) -> tuple[Job, Original]:
        """Return the picture that was kept by an earlier try, or else fetch, check and keep it.

        Raises `PictureError` if it cannot be had, or is no picture that may be posted.
        """
        kept = await self._keeper.find(job)
        if kept is not None:
            return job, kept
        if not job.result_urls:
            raise PictureError(
                "nobody knows any more where it can be fetched", transient=bool(job.archive_key)
            )
        data = await self._fetcher.fetch(job.result_urls[0])
        fetched = Original(data=data, info=await check(data))
        return await self._keeper.keep(job, fetched), fetched

    async def _not_fetched(self, job: Job, error: PictureError) -> None:
        self._at.metrics.picture_error(_kind_of(error))
        waited = self._since_finished(job)
        # One that was claimed may be kept where the archive cannot be reached just now.
        is_kept = (await self._at.store.job(job.id)).archive_key is not None
        if waited < (_FETCH_DEADLINE if is_kept else _patience_with(error)):
            await self._at.store.retry_ready(job, due_at=self._later(job), reason=str(error))
            return
        if is_kept:
            job = await self._at.store.begin_delivery(job)
            await self._at.store.mark_undeliverable(job, reason=str(error))
            self._at.signals.wake(JobState.UNDELIVERABLE)
            return
        await self._at.store.fail(job, Failure(cause=FailureCause.PICTURE, detail=str(error)))
        self._at.signals.wake(JobState.FAILED)

    async def _post(self, job: Job, original: Original, before: Sequence[bytes]) -> None:
        try:
            posted = await self._poster.post_picture(job, original, before)
        except PostponedError as error:
            await self._postpone(job, error, doubtful=error.doubtful)
            return
        except NowhereError as error:
            await self._at.store.mark_undeliverable(job, reason=str(error), discord_code=error.code)
            self._at.signals.wake(JobState.UNDELIVERABLE)
            return
        await self._delivered(job, posted)

    async def _delivered(self, job: Job, posted: Posted) -> None:
        await self._at.store.mark_delivered(
            job,
            channel_id=posted.channel_id,
            message_id=posted.message_id,
            rung=posted.rung,
            discord_code=posted.code,
        )
        self._at.signals.wake(JobState.DELIVERED)

    async def _postpone(self, job: Job, error: PostponedError, *, doubtful: bool) -> None:
        """Try again later; after a day the picture counts as undeliverable.

        What may have been posted already is looked for before it is posted again.
        """
        if self._since_finished(job) >= _POST_DEADLINE:
            await self._at.store.mark_undeliverable(job, reason=str(error))
            self._at.signals.wake(JobState.UNDELIVERABLE)
            return
        give_back = self._at.store.leave_in_doubt if doubtful else self._at.store.put_back
        await give_back(job, due_at=self._later(job, error.retry_after), reason=str(error))

    def _since_finished(self, job: Job) -> timedelta:
        # A picture that was claimed ended once before; its tries count from the claim.
        return self._at.clock.now() - (job.finished_at or job.completed_at or job.created_at)

    def _later(self, job: Job, retry_after: float | None = None) -> datetime:
        pause = min(max(self._since_finished(job) * _GROWTH, _SHORTEST_PAUSE), _LONGEST_PAUSE)
        return self._at.clock.now() + max(pause, timedelta(seconds=retry_after or 0))


def _patience_with(error: PictureError) -> timedelta:
    """Return for how long after its end a task's picture is fetched again."""
    if error.transient:
        return _FETCH_DEADLINE
    if error.status == _GONE:
        return _NOT_YET_THERE
    return _NOT_YET_WHOLE if error.fault in _PERHAPS_PASSING else timedelta()


def _kind_of(error: PictureError) -> str:
    if error.transient:
        return "passing"
    return "missing" if error.status else "refused"
