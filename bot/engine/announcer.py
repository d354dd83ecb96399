"""Tells the outcome: redraws the card of whatever ended, and tells the member of a failure why.

A job that ended stays due until its outcome was told, so a crash between the end and the telling loses
neither. Pictures themselves are the deliverer's business.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Final

from bot.engine.loop import Crew, Loop
from bot.errors import NowhereError, PostponedError
from bot.jobs import FINAL_STATES, JobState, Place
from bot.presentation.failures import failure_sentence

if TYPE_CHECKING:
    from datetime import datetime

    from bot.engine.cards import Cards
    from bot.engine.posting import Poster
    from bot.engine.studio import Studios
    from bot.engine.workplace import Workplace
    from bot.jobs import Job
    from bot.presentation.wording import Catalogue

_AT_ONCE: Final = 8
_PAUSE: Final = timedelta(seconds=15)
_DEADLINE: Final = timedelta(hours=24)


class Announcer:
    """Works off the jobs that ended and whose outcome nobody was told yet."""

    def __init__(
        self,
        workplace: Workplace,
        *,
        poster: Poster,
        studios: Studios,
        cards: Cards,
        catalogue: Catalogue,
    ) -> None:
        self._at = workplace
        self._poster = poster
        self._studios = studios
        self._cards = cards
        self._catalogue = catalogue
        self.loop = Loop("announcer", self._turn, clock=workplace.clock, metrics=workplace.metrics)
        self.crew = Crew("announcer", _AT_ONCE, on_free=self.loop.wake, metrics=workplace.metrics)

    async def _turn(self) -> datetime | None:
        jobs = await self._at.store.claim_announcements(
            owner=self._at.owner, lease=self._at.lease, at_most=self.crew.free
        )
        for job in jobs:
            self.crew.take_on(job, self._announce(job))
        if not self.crew.free:
            # Whoever is in hand wakes the loop at its end; what is due meanwhile must not make it spin.
            return None
        return await self._at.store.next_due(FINAL_STATES)

    async def _announce(self, job: Job) -> None:
        try:
            if _is_to_explain(job):
                job = await self._explain(job)
            await self._cards.redraw(job)
        except PostponedError as error:
            await self._postpone(job, error.retry_after)
            return
        await self._at.store.mark_announced(job)

    async def _explain(self, job: Job) -> Job:
        """Post why there is no picture, or note with Discord's code that no place takes that.

        Either is written down at once, so that a card which cannot be redrawn now brings no second notice.
        """
        if job.place is Place.STUDIO and job.thread_id is None:
            job = (await self._studios.settle(await self._at.store.batch(job.batch_id)))[job.batch_index]
        try:
            posted = await self._poster.post_failure(job, failure_sentence(self._catalogue, job))
        except NowhereError as error:
            # The card tells the reason then.
            return await self._at.store.mark_explained(job, discord_code=error.code)
        return await self._at.store.mark_explained(
            job, channel_id=posted.channel_id, message_id=posted.message_id
        )

    async def _postpone(self, job: Job, retry_after: float | None) -> None:
        """Try again later; after a day the member has long moved on."""
        now = self._at.clock.now()
        if now - (job.finished_at or now) < _DEADLINE:
            pause = max(_PAUSE, timedelta(seconds=retry_after or 0))
            await self._at.store.announce_later(job, due_at=now + pause)
        else:
            await self._at.store.mark_announced(job)


def _is_to_explain(job: Job) -> bool:
    """Whether its member waits for a picture and was not told yet why there is none."""
    if job.state is not JobState.FAILED or job.is_called_off:
        return False
    return job.message_id is None and job.discord_code is None
