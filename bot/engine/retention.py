"""Takes prompts, names and references out of jobs whose time is over, where the operator wants that.

Works once an hour in small batches. Messages stay in Discord, and kept pictures have a time of their own.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final

from bot.engine.loop import Loop

if TYPE_CHECKING:
    from bot.engine.workplace import Workplace

BATCH: Final = 200
_PAUSE: Final = timedelta(hours=1)
_LONG_AGO: Final = datetime(1970, 1, 1, tzinfo=UTC)


class Retention:
    """Keeps the words of a job for `keep_for` after its end; None keeps them for good."""

    def __init__(self, workplace: Workplace, *, keep_for: timedelta | None) -> None:
        self._at = workplace
        self._keep_for = keep_for
        self._due = _LONG_AGO
        self._has_traces = False
        self.loop = Loop("retention", self._turn, clock=workplace.clock, metrics=workplace.metrics)

    async def _turn(self) -> datetime | None:
        """Do one batch; at once due again while there is more."""
        now = self._at.clock.now()
        if self._keep_for is None:
            return None
        # A clock that was set back must not make the pause longer.
        self._due = min(self._due, now + _PAUSE)
        if now < self._due:
            return self._due
        erased = await self._at.store.erase_old_words(before=now - self._keep_for, at_most=BATCH)
        self._has_traces = self._has_traces or erased > 0
        if erased == BATCH:
            return now
        if self._has_traces:
            await self._at.store.wipe_traces()
            self._has_traces = False
        self._due = now + _PAUSE
        return self._due
