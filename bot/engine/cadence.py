"""When to look at a running task, and when to give it up. Pure: times in, times out.

The provider's page advises: "wait 20 seconds, then poll every 3 seconds". Past the soft deadline the looks
grow ever rarer, until the hard deadline ends the job.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from datetime import datetime

#: Past the soft deadline each pause is this share of the time the task has already taken.
_GROWTH: Final = 0.1


@dataclass(frozen=True, slots=True, kw_only=True)
class Cadence:
    """The looks at one task, counted from the moment that the provider accepted it."""

    first: timedelta = timedelta(seconds=20)
    every: timedelta = timedelta(seconds=3)
    soft_deadline: timedelta = timedelta(minutes=5)
    hard_deadline: timedelta = timedelta(minutes=60)

    def first_look(self, submitted_at: datetime) -> datetime:
        """Return when to look for the first time."""
        return submitted_at + self.first

    def next_look(self, submitted_at: datetime, now: datetime) -> datetime:
        """Return when to look again after a look at `now` that found the task unfinished."""
        if not self.is_late(submitted_at, now):
            return now + self.every
        return now + max(self.every, (now - submitted_at) * _GROWTH)

    def is_late(self, submitted_at: datetime, now: datetime) -> bool:
        """Whether the member should be told that it takes longer than usual."""
        return now - submitted_at >= self.soft_deadline

    def is_over(self, submitted_at: datetime, now: datetime) -> bool:
        """Whether the job is to be given up."""
        return now - submitted_at >= self.hard_deadline
