"""Notices that the system's clock was set back, and brings what is stored to the new time.

Leases and due times are moments of that clock: after a step back by an hour everything would wait for an
hour. A step forward needs nothing, what it skips is due at once.
"""

from __future__ import annotations

import logging
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from bot.engine.loop import Loop

if TYPE_CHECKING:
    from collections.abc import Callable, Collection
    from datetime import datetime

    from bot.engine.workplace import Workplace

log = logging.getLogger(__name__)

#: Less than this is how clocks are usually corrected, and nothing waits noticeably longer for it.
TOLERANCE: Final = timedelta(seconds=5)
_EVERY: Final = timedelta(seconds=1)
_NOTHING: Final = timedelta()


class Timekeeper:
    """Compares the time of day with the time that has passed; `in_hand` gives this process's job ids."""

    def __init__(self, workplace: Workplace, *, in_hand: Callable[[], Collection[str]]) -> None:
        self._at = workplace
        self._in_hand = in_hand
        self._seen = self._read()
        self._owed: timedelta | None = None
        self.loop = Loop("timekeeper", self._turn, clock=workplace.clock, metrics=workplace.metrics)

    async def _turn(self) -> datetime | None:
        if self._owed is None:
            self._owed = await self._step_while_away()
        before, self._seen = self._seen, self._read()
        passed = timedelta(seconds=self._seen[1] - before[1])
        step = self._seen[0] - before[0] - passed
        if step > TOLERANCE:
            log.info("The system's clock was set forward by %s, or the machine slept", _rounded(step))
        elif -step > TOLERANCE:
            self._owed -= step
        if self._owed > _NOTHING:
            await self._follow(self._owed)
            self._owed = _NOTHING
        return self._seen[0] + _EVERY

    async def _step_while_away(self) -> timedelta:
        """Return by how much the clock was certainly set back while no process ran, if it was."""
        newest = await self._at.store.newest_moment()
        behind = newest - self._at.clock.now() if newest else _NOTHING
        return behind if behind > TOLERANCE else _NOTHING

    async def _follow(self, step: timedelta) -> None:
        moved = await self._at.store.set_back(
            step, owner=self._at.owner, lease=self._at.lease, in_hand=self._in_hand()
        )
        log.warning(
            "The system's clock was set back by %s; the times of %d unfinished jobs now follow it",
            _rounded(step),
            moved,
        )

    def _read(self) -> tuple[datetime, float]:
        return self._at.clock.now(), self._at.clock.monotonic()


def _rounded(step: timedelta) -> timedelta:
    return timedelta(seconds=round(step.total_seconds()))
