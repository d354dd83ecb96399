"""How long pictures take, learned from the finished ones. Pure: seconds in, shares and seconds out.

The newest count most, an imagined handful from the provider's pages fills in until there are real ones,
and what lies far off the rest is left out. When to look at a task follows from this in the engine, and
when a picture is to be expected in the service; asking the store belongs to neither, but to `experience`.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from dataclasses import dataclass
from itertools import accumulate, pairwise
from statistics import median
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bot.jobs import Job, Mode

#: Used until there are real ones. The provider's pages say "Average ~30 seconds", "10 to 15 seconds" and
#: "10 to 60 seconds", and show a task that took 41 seconds.
IMAGINED_SECONDS: Final = (10.0, 12.0, 15.0, 18.0, 22.0, 26.0, 30.0, 35.0, 41.0, 50.0, 60.0)
#: How many real samples the imagined ones weigh together, while there are none.
_IMAGINED_WEIGHT: Final = 3.0
#: A sample counts half as much as one that came so many samples later.
_HALF_LIFE: Final = 80
#: Each sample stands for its neighbourhood, as shares of itself: more for what is earlier, because what was
#: only noticed at a look had finished before it, and to look a little too early costs little.
_EARLIER: Final = 0.125
_LATER: Final = 0.075
#: The neighbourhood of a short sample, to both sides, in seconds: no look is timed more exactly.
_LEAST_BLUR: Final = 0.5
#: So many times longer or shorter than the middle one is an accident, not a picture.
_ABSURD: Final = 10.0


@dataclass(frozen=True, slots=True)
class TaskKind:
    """What decides how long a task takes; each kind is learned by itself."""

    mode: Mode

    @classmethod
    def of(cls, job: Job) -> TaskKind:
        """Return the kind of a job's task."""
        return cls(mode=job.mode)


@dataclass(frozen=True, slots=True, eq=False, weakref_slot=True)
class Durations:
    """A distribution of completion times: at the age `ages[i]` the share `shares[i]` of all tasks is done.

    Between these points the share grows evenly. Ages are seconds since the provider accepted the task.
    `lain[i]` is how long finished tasks have lain there by then, in seconds, as a mean of all tasks.
    """

    ages: tuple[float, ...]
    shares: tuple[float, ...]
    lain: tuple[float, ...]
    mean: float

    def done_by(self, age: float) -> float:
        """Return the share of tasks, 0 to 1, that is finished at an age."""
        index = bisect_right(self.ages, age)
        if index == 0:
            return 0.0
        if index == len(self.ages):
            return 1.0
        before, after = self.ages[index - 1], self.ages[index]
        part = (age - before) / (after - before)
        return self.shares[index - 1] + part * (self.shares[index] - self.shares[index - 1])

    def lain_by(self, age: float) -> float:
        """Return for how many seconds finished tasks have lain there at an age, as a mean of all tasks."""
        index = bisect_right(self.ages, age)
        if index == 0:
            return 0.0
        before, share = self.ages[index - 1], self.shares[index - 1]
        return self.lain[index - 1] + (share + self.done_by(age)) / 2 * (age - before)

    def quantile(self, share: float, *, unfinished_at: float = 0.0) -> float:
        """Return the age by which this share is finished, of the tasks that were not at `unfinished_at`.

        A task that is older than any known one gives its own age.
        """
        done = self.done_by(unfinished_at)
        wanted = done + share * (1.0 - done)
        index = bisect_left(self.shares, wanted)
        if index == 0:
            age = self.ages[0]
        else:
            low, high = self.shares[index - 1], self.shares[index]
            part = (wanted - low) / (high - low)
            age = self.ages[index - 1] + part * (self.ages[index] - self.ages[index - 1])
        return max(age, unfinished_at)


@dataclass(frozen=True, slots=True, kw_only=True)
class Outlook:
    """What is known when a look is planned: how long such tasks take, and how many of any kind run now."""

    durations: Durations
    in_flight: int


def learn(samples: Sequence[float]) -> Durations:
    """Return the distribution that follows from what finished tasks took, in seconds, the newest first.

    None, few or odd samples are fine: the imagined ones count as older than all real ones, so they fade.
    """
    kept = _without_absurd(samples)
    weights = [0.5 ** (index / _HALF_LIFE) for index in range(len(kept))]
    imagined = _IMAGINED_WEIGHT * 0.5 ** (len(kept) / _HALF_LIFE) / len(IMAGINED_SECONDS)
    return _blurred(
        [*zip(kept, weights, strict=True), *((seconds, imagined) for seconds in IMAGINED_SECONDS)]
    )


def _without_absurd(samples: Sequence[float]) -> list[float]:
    possible = [seconds for seconds in samples if seconds > 0]
    middle = median([*possible, *IMAGINED_SECONDS])
    return [seconds for seconds in possible if middle / _ABSURD <= seconds <= middle * _ABSURD]


def _blurred(weighted: Sequence[tuple[float, float]]) -> Durations:
    """Spread each sample evenly over its neighbourhood and add all of them up."""
    total = sum(weight for _, weight in weighted)
    changes: dict[float, float] = {}
    for seconds, weight in weighted:
        start = max(seconds - max(seconds * _EARLIER, _LEAST_BLUR), 0.0)
        end = seconds + max(seconds * _LATER, _LEAST_BLUR)
        density = weight / total / (end - start)
        changes[start] = changes.get(start, 0.0) + density
        changes[end] = changes.get(end, 0.0) - density
    ages = sorted(changes)
    shares = [0.0]
    density = 0.0
    for before, after in pairwise(ages):
        density += changes[before]
        shares.append(min(shares[-1] + max(density, 0.0) * (after - before), 1.0))
    shares[-1] = 1.0
    steps = pairwise(zip(ages, shares, strict=True))
    lain = accumulate(((p + q) / 2 * (b - a) for (a, p), (b, q) in steps), initial=0.0)
    mean = sum(seconds * weight for seconds, weight in weighted) / total
    return Durations(tuple(ages), tuple(shares), tuple(lain), mean)
