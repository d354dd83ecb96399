"""What the bot knows of running tasks: how long such ones took, and how many there are now.

It asks the store now and then, not for every look, and keeps the last answer when the store cannot give
one. What follows from it is the business of the engine's cadence and of the service's expected ends.
"""

from __future__ import annotations

import logging
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from bot.durations import Outlook, TaskKind, learn
from bot.errors import StoreError
from bot.jobs import JobState

if TYPE_CHECKING:
    from datetime import datetime

    from bot.clock import Clock
    from bot.durations import Durations
    from bot.jobs import Job
    from bot.store import Store

log = logging.getLogger(__name__)

#: How long an answer of the store is good enough.
REFRESH: Final = timedelta(seconds=10)


class Experience:
    """The outlook for the tasks of each kind, fresh enough to act on."""

    def __init__(self, *, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock
        self._durations: dict[TaskKind, Durations] = {}
        self._in_flight = 0
        self._asked_at: dict[TaskKind, datetime] = {}

    async def outlook(self, job: Job) -> Outlook:
        """Return what is known for the task of this job; never raises."""
        kind = TaskKind.of(job)
        now = self._clock.now()
        asked_at = self._asked_at.get(kind)
        # Whoever finds the answer too old asks; the others go on with it. A clock set back asks as well.
        if asked_at is None or not timedelta() <= now - asked_at < REFRESH:
            self._asked_at[kind] = now
            await self._ask(kind)
        durations = self._durations.get(kind)
        if durations is None:
            durations = self._durations[kind] = learn([])
        return Outlook(durations=durations, in_flight=self._in_flight)

    async def _ask(self, kind: TaskKind) -> None:
        try:
            milliseconds = await self._store.completion_times(kind.mode)
            counts = await self._store.count_by_state()
        except StoreError as error:
            log.info("Nothing new was learned about %s: %s", kind.mode, error)
            return
        self._durations[kind] = learn([duration / 1000 for duration in milliseconds])
        self._in_flight = counts[JobState.RUNNING]
