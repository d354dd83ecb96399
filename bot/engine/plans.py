"""Plans of looks at one task: at which ages, worth what and costing what. Pure arithmetic.

A request has a price in seconds of lateness. For a price, the plan is the one with the least sum of expected
lateness and requests; the higher the price, the fewer the looks. Which price holds is the pace's business.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from bot.durations import Durations

#: No task is looked at more often than this, in seconds.
SHORTEST_PAUSE: Final = 1.0
#: The provider's page: "wait 20 seconds, then poll every 3 seconds".
DOCUMENTED_FIRST: Final = 20.0
DOCUMENTED_EVERY: Final = 3.0

#: What one request is worth while there are enough, in seconds of lateness, and the step to the next price.
_LEAST_PRICE: Final = 0.01
_PRICE_STEP: Final = 1.2
_PRICES: Final = 50
#: A plan ends where this share of all tasks is finished.
_PLANNED_QUANTILE: Final = 0.99
#: After the first look no pause is longer than this share of the age: what was learned may be wrong.
_LONGEST_PAUSE: Final = 0.4
#: The moments that are tried for a look are this share of the age apart, and at least the shortest pause.
_GRID: Final = 0.02


@dataclass(frozen=True, slots=True)
class Plan:
    """The ages at which a task is looked at, and the looks and the seconds of lateness to expect."""

    ages: tuple[float, ...]
    looks: float
    lateness: float

    def requests_per_second(self, mean: float) -> float:
        """Return how many requests one place in flight makes, its submissions counted in."""
        return (1.0 + self.looks) / (mean + self.lateness)


class Menu:
    """The plans for one distribution, from the cheapest request to the dearest; made when first needed."""

    def __init__(self, durations: Durations) -> None:
        self._durations = durations
        self._moments = _Moments(durations)
        self._plans: dict[int, Plan] = {}

    def choose(self, requests_per_second: float) -> Plan:
        """Return the first plan with which one place in flight makes no more requests; else the last one."""
        if self._rate(0) <= requests_per_second:
            return self._plan(0)
        wanted = bisect_left(range(_PRICES), -requests_per_second, key=lambda index: -self._rate(index))
        return self._plan(min(wanted, _PRICES - 1))

    def _rate(self, index: int) -> float:
        return self._plan(index).requests_per_second(self._durations.mean)

    def _plan(self, index: int) -> Plan:
        if index not in self._plans:
            ages = self._moments.best_looks(_LEAST_PRICE * _PRICE_STEP**index)
            self._plans[index] = _weighed(ages, self._durations)
        return self._plans[index]


class _Moments:
    """The ages at which a look is possible, up to the end of every plan, and what is known of them."""

    def __init__(self, durations: Durations) -> None:
        self._ages = list(_possible_ages(durations.quantile(_PLANNED_QUANTILE)))
        self._done = [durations.done_by(age) for age in self._ages]
        self._lain = [durations.lain_by(age) for age in self._ages]

    def best_looks(self, price: float) -> list[float]:
        """Return the ages with the least sum of expected lateness and price of requests.

        They are worked out from the end: at each moment, the best next look is the one that costs least
        together with whatever follows it.
        """
        last = len(self._ages) - 1
        cost = [0.0] * (last + 1)
        best = [last] * (last + 1)
        for here in range(last - 1, -1, -1):
            request = price * (1.0 - self._done[here])
            cost[here], best[here] = min(
                (self._lateness(here, there) + request + cost[there], there) for there in self._after(here)
            )
        chosen = [best[0]]
        while chosen[-1] < last:
            chosen.append(best[chosen[-1]])
        return [self._ages[index] for index in chosen]

    def _after(self, here: int) -> range:
        """Return the moments that may be the next to look at."""
        if here == 0:
            return range(1, len(self._ages))
        end = bisect_right(self._ages, self._ages[here] * (1.0 + _LONGEST_PAUSE))
        return range(here + 1, max(end, here + 2))

    def _lateness(self, here: int, there: int) -> float:
        """Return how long what finished since a look `here` lies until a look `there`, over all tasks."""
        seen_before = self._done[here] * (self._ages[there] - self._ages[here])
        return self._lain[there] - self._lain[here] - seen_before


def _possible_ages(end: float) -> Iterator[float]:
    age = 0.0
    while age < end:
        yield age
        age += max(SHORTEST_PAUSE, age * _GRID)
    yield age


def _weighed(ages: Sequence[float], durations: Durations) -> Plan:
    """Return the plan that looks at these ages."""
    looks = lateness = before = 0.0
    for age in ages:
        done = durations.done_by(before)
        looks += 1.0 - done
        lateness += durations.lain_by(age) - durations.lain_by(before) - done * (age - before)
        before = age
    return Plan(tuple(ages), looks, lateness)
