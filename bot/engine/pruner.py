"""Removes pictures from the archive when their time is over, and what is left there without a job.

Works once an hour in small batches, and never on a picture whose job is not at its end. An archive that
refuses stops nothing but this: the rest waits for the next hour.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final

from bot.archive import job_id_of
from bot.engine.keeping import Spell
from bot.engine.loop import Loop
from bot.errors import ArchiveError

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from bot.archive import Archive
    from bot.engine.workplace import Workplace

BATCH: Final = 50
_PAUSE: Final = timedelta(hours=1)
#: Looking through the archive itself costs more than asking the database.
_SWEEP_PAUSE: Final = timedelta(days=1)
#: No write takes this long: what is older and torn belongs to a process that died.
_TORN_AFTER: Final = timedelta(days=1)
_LONG_AGO: Final = datetime(1970, 1, 1, tzinfo=UTC)


class Pruner:
    """Keeps pictures for `keep_for` after the end of their job, and then removes them."""

    def __init__(self, workplace: Workplace, *, archive: Archive, keep_for: timedelta) -> None:
        self._at = workplace
        self._archive = archive
        self._keep_for = keep_for
        self._due = self._sweep_due = _LONG_AGO
        self._leftovers: AsyncIterator[list[str]] | None = None
        self._removing = Spell("remove", clock=workplace.clock, metrics=workplace.metrics)
        self._listing = Spell("list", clock=workplace.clock, metrics=workplace.metrics)
        self.loop = Loop("pruner", self._turn, clock=workplace.clock, metrics=workplace.metrics)

    async def _turn(self) -> datetime | None:
        """Do one batch, so that no turn takes long; at once due again while there is more."""
        now = self._at.clock.now()
        # A clock that was set back must not make a pause longer.
        self._due = min(self._due, now + _PAUSE)
        self._sweep_due = min(self._sweep_due, now + _SWEEP_PAUSE)
        if now < self._due:
            return self._due
        if await self._prune(now - self._keep_for) or await self._sweep(now):
            return now
        self._due = now + _PAUSE
        return self._due

    async def _prune(self, before: datetime) -> bool:
        """Remove the pictures of some jobs that ended by then; whether there are more to remove now."""
        claimed = await self._at.store.claim_prunable(
            owner=self._at.owner, lease=self._at.lease, before=before, at_most=BATCH
        )
        if not claimed:
            return False
        keys = {job.id: job.archive_key for job in claimed if job.archive_key}
        removed: set[str] = set()
        try:
            for job_id, key in keys.items():
                if not await self._remove(key):
                    break
                removed.add(job_id)
        finally:
            await self._at.store.mark_pruned(claimed, removed=removed)
        return len(removed) == BATCH

    async def _sweep(self, now: datetime) -> bool:
        """Remove some pictures that no row names any more; whether there is more to look through."""
        if now < self._sweep_due:
            return False
        try:
            keys = await self._next_old_keys(now)
        except ArchiveError as error:
            self._listing.failed(error)
            self._leftovers = None
            return False
        if keys is None:
            self._listing.worked()
            self._leftovers = None
            self._sweep_due = now + _SWEEP_PAUSE
            return False
        known = await self._at.store.archive_keys({job_id_of(key) for key in keys})
        for key in keys:
            if key not in known and not await self._remove(key):
                self._leftovers = None
                return False
        return True

    async def _next_old_keys(self, now: datetime) -> list[str] | None:
        if self._leftovers is None:
            await self._archive.clean(now - _TORN_AFTER)
            self._leftovers = self._archive.old_keys(now - self._keep_for)
        return await anext(self._leftovers, None)

    async def _remove(self, key: str) -> bool:
        try:
            await self._archive.remove(key)
        except ArchiveError as error:
            self._removing.failed(error)
            return False
        self._removing.worked()
        return True
