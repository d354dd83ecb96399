"""When to look at a running task, and when to give it up. Pure: times in, times out.

A `Pace` says at which ages a task is looked at, and `Cadence` holds it to the two deadlines. The learned pace
follows the plans of `bot.engine.plans`: looks where completion is likely, as many as the budget allows for
everything in flight. `docs/cadence.md` explains it and has the figures.
"""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, Final, Protocol
from weakref import WeakKeyDictionary

from bot.engine.plans import DOCUMENTED_EVERY, DOCUMENTED_FIRST, SHORTEST_PAUSE, Menu

if TYPE_CHECKING:
    from datetime import datetime

    from bot.durations import Durations, Outlook
    from bot.engine.plans import Plan

#: Past the soft deadline each pause is at least this share of the task's age.
_LATE_GROWTH: Final = 0.1
#: After the end of the plan each pause is this share of the task's age.
_GROWTH: Final = 0.05
#: The part of the account's requests that is planned; the rest is for bursts and repeated requests.
_PLANNED_SHARE: Final = 0.85


class Pace(Protocol):
    """Anything that knows at which ages a task is to be looked at."""

    def first_age(self, outlook: Outlook) -> float:
        """Return the age for the first look, in seconds since the provider accepted the task."""
        ...

    def next_age(self, age: float, outlook: Outlook) -> float:
        """Return the age for the look that follows one at `age`."""
        ...


@dataclass(frozen=True, slots=True)
class FixedPace:
    """The first look after a while, the others at even distances, whatever is known."""

    first: float = DOCUMENTED_FIRST
    every: float = DOCUMENTED_EVERY

    def first_age(self, outlook: Outlook) -> float:
        """Return the age for the first look."""
        del outlook
        return self.first

    def next_age(self, age: float, outlook: Outlook) -> float:
        """Return the age for the next look."""
        del outlook
        return age + self.every


class LearnedPace:
    """Looks where completion is likely, as often as the budget allows for everything in flight."""

    def __init__(self, *, requests_per_minute: int) -> None:
        self._requests_per_second = _PLANNED_SHARE * requests_per_minute / 60
        self._menus: WeakKeyDictionary[Durations, Menu] = WeakKeyDictionary()

    def first_age(self, outlook: Outlook) -> float:
        """Return the age for the first look."""
        return self.next_age(0.0, outlook)

    def next_age(self, age: float, outlook: Outlook) -> float:
        """Return the age for the next look."""
        planned = self.plan(outlook).ages
        index = bisect_right(planned, age)
        if index < len(planned):
            return max(planned[index], age + SHORTEST_PAUSE)
        return age + max(age * _GROWTH, SHORTEST_PAUSE)

    def plan(self, outlook: Outlook) -> Plan:
        """Return the best plan that the budget allows; the thriftiest if it allows none."""
        menu = self._menus.get(outlook.durations)
        if menu is None:
            menu = self._menus[outlook.durations] = Menu(outlook.durations)
        return menu.choose(self._requests_per_second / max(outlook.in_flight, 1))


@dataclass(frozen=True, slots=True, kw_only=True)
class Cadence:
    """The looks at one task, counted from the moment that the provider accepted it."""

    pace: Pace = field(default_factory=FixedPace)
    soft_deadline: timedelta = timedelta(minutes=5)
    hard_deadline: timedelta = timedelta(minutes=60)

    def first_look(self, submitted_at: datetime, outlook: Outlook) -> datetime:
        """Return when to look for the first time."""
        return submitted_at + self._held(0.0, self.pace.first_age(outlook))

    def next_look(self, submitted_at: datetime, now: datetime, outlook: Outlook) -> datetime:
        """Return when to look again after a look at `now` that found the task unfinished."""
        age = (now - submitted_at).total_seconds()
        next_age = self.pace.next_age(age, outlook)
        if self.is_late(submitted_at, now):
            next_age = max(next_age, age + age * _LATE_GROWTH)
        return submitted_at + self._held(age, next_age)

    def _held(self, age: float, next_age: float) -> timedelta:
        """Return the next age, held to a deadline that lies before it: what is due there is due then."""
        for deadline in (self.soft_deadline.total_seconds(), self.hard_deadline.total_seconds()):
            if age < deadline < next_age:
                next_age = min(next_age, max(deadline, age + SHORTEST_PAUSE))
        return timedelta(seconds=next_age)

    def is_late(self, submitted_at: datetime, now: datetime) -> bool:
        """Whether the member should be told that it takes longer than usual."""
        return now - submitted_at >= self.soft_deadline

    def is_over(self, submitted_at: datetime, now: datetime) -> bool:
        """Whether the job is to be given up."""
        return now - submitted_at >= self.hard_deadline
