"""Keeps finished pictures in the archive, and takes them from there when they are needed again.

The archive is a comfort: whatever is the matter with it, a delivery goes on without it and is held up by
one time limit a minute at most. A failure is logged when it begins and when it is over, and counted.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from bot.errors import ArchiveError, ArchiveMissingError, PictureError, StaleJobError
from bot.images import check

if TYPE_CHECKING:
    from datetime import datetime

    from bot.archive import Archive
    from bot.clock import Clock
    from bot.engine.workplace import Workplace
    from bot.images import PictureInfo
    from bot.jobs import Job
    from bot.metrics import Metrics

log = logging.getLogger(__name__)

#: How long the archive is left alone after it failed.
REST: Final = timedelta(seconds=60)


@dataclass(frozen=True, slots=True, kw_only=True)
class Original:
    """A sound picture as it was fetched, before anything was done to make it fit."""

    data: bytes
    info: PictureInfo


class Keeper:
    """Stands between deliveries and the archive; raises nothing of the archive's."""

    def __init__(self, workplace: Workplace, *, archive: Archive) -> None:
        self._at = workplace
        self._archive = archive
        self._keeping = Spell("keep", clock=workplace.clock, metrics=workplace.metrics)
        self._fetching = Spell("fetch", clock=workplace.clock, metrics=workplace.metrics)

    async def find(self, job: Job) -> Original | None:
        """Return the picture that an earlier try kept; None if there is none or it cannot be had now."""
        if job.archive_key is None or self._fetching.resting:
            return None
        try:
            data = await self._archive.fetch(job.archive_key)
            found = Original(data=data, info=await check(data))
        except (ArchiveMissingError, PictureError) as error:
            log.warning("The kept picture of job %s is of no use: %s", job.id, error)
            self._at.metrics.archive("fetch", "missing")
            await self._at.store.mark_not_archived(job, reason="its kept picture is of no use")
            return None
        except ArchiveError as error:
            self._fetching.failed(error)
            return None
        self._fetching.worked()
        return found

    async def keep(self, job: Job, original: Original) -> Job:
        """Keep a job's picture; the job that comes back says where, or its history why not."""
        if self._keeping.resting:
            self._at.metrics.archive("keep", "skipped")
            return await self._not_kept(job, "the archive failed a moment ago")
        try:
            key = await self._archive.keep(job.id, original.data, original.info)
        except ArchiveError as error:
            self._keeping.failed(error)
            return await self._not_kept(job, str(error))
        if key is None:
            return job
        self._keeping.worked()
        try:
            return await self._at.store.mark_archived(job, key)
        except StaleJobError:
            await self._drop_unnamed(job, key)
            raise

    async def _drop_unnamed(self, job: Job, key: str) -> None:
        """Remove what was kept for a job that was called off meanwhile, and that nobody would remove soon."""
        now = await self._at.store.job(job.id)
        if not now.is_over or now.archive_key is not None:
            # Somebody else goes on with it, and keeps it under the same key.
            return
        try:
            await self._archive.remove(key)
        except ArchiveError as error:
            log.warning("The copy of job %s goes when its time is over: %s", job.id, error)

    async def _not_kept(self, job: Job, reason: str) -> Job:
        if job.archive_key is not None:
            # What an earlier try kept may well be there; only the archive is out of reach.
            return job
        return await self._at.store.mark_not_archived(job, reason=reason)


class Spell:
    """How one operation of the archive goes: each outcome is counted, the first of a kind in a row logged."""

    def __init__(self, operation: str, *, clock: Clock, metrics: Metrics) -> None:
        self._operation = operation
        self._clock = clock
        self._metrics = metrics
        self._failed_at: datetime | None = None

    @property
    def resting(self) -> bool:
        """Whether it failed so lately that another try would only cost time."""
        if self._failed_at is None:
            return False
        # A clock that was set back must not make the rest longer.
        return timedelta(0) <= self._clock.now() - self._failed_at < REST

    def failed(self, error: ArchiveError) -> None:
        """Count a failure."""
        self._metrics.archive(self._operation, "failed")
        if self._failed_at is None:
            log.error("The archive cannot %s pictures: %s", self._operation, error)
        self._failed_at = self._clock.now()

    def worked(self) -> None:
        """Count a success."""
        self._metrics.archive(self._operation, "ok")
        if self._failed_at is not None:
            log.info("The archive can %s pictures again", self._operation)
            self._failed_at = None
