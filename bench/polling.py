"""A simulated provider, and jobs that are looked at by a policy: no waiting, no network, one seed.

A number of places are always taken: as soon as a job is noticed to be finished, its place submits the next.
Every request, submissions too, passes the account's budget, first come first served, as in the bot.
"""

from __future__ import annotations

import heapq
import math
import random
from collections import deque
from dataclasses import dataclass, field
from statistics import fmean, quantiles
from typing import TYPE_CHECKING, Final

from bot.durations import Outlook, learn

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from bot.engine.cadence import Pace

#: From a request to its answer, in seconds; the provider answers with what is true half way.
ROUND_TRIP: Final = 0.1
#: The limits that the bot's own settings and code have.
REQUESTS_PER_MINUTE: Final = 10_000
_BURST: Final = REQUESTS_PER_MINUTE // 10
_PER_SECOND: Final = (REQUESTS_PER_MINUTE - _BURST) / 60
_SAMPLES: Final = 200
_REFRESH: Final = 10.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Workload:
    """How long tasks take; `seconds` is asked with the time at which a task begins, in seconds."""

    name: str
    seconds: Callable[[random.Random, float], float]
    #: Whether the provider tells when a task was finished; if not, the bot knows when it noticed.
    told: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What one policy brought and cost, after the warm-up."""

    mean: float
    p95: float
    looks: float
    busiest_minute: int
    shortest_pause: float


@dataclass(slots=True)
class _Budget:
    """The token bucket of the bot, in simulated time."""

    tokens: float = _BURST
    counted_at: float = 0.0
    sent: deque[float] = field(default_factory=deque)
    busiest: int = 0

    def take(self, now: float) -> float:
        """Take one request and return when it may leave; calls come in the order of time."""
        at = max(now, self.counted_at)
        self.tokens = min(_BURST, self.tokens + (at - self.counted_at) * _PER_SECOND)
        if self.tokens < 1:
            at += (1 - self.tokens) / _PER_SECOND
            self.tokens = 1
        self.tokens -= 1
        self.counted_at = at
        self._note(at)
        return at

    def _note(self, at: float) -> None:
        self.sent.append(at)
        while self.sent[0] <= at - 60:
            self.sent.popleft()
        self.busiest = max(self.busiest, len(self.sent))


@dataclass(slots=True)
class _Task:
    index: int
    submitted_at: float = 0.0
    finished_at: float = 0.0
    looks: int = 0
    looked_at: float = 0.0


class Simulation:
    """One run of one policy over one workload."""

    def __init__(
        self, workload: Workload, pace: Pace, *, in_flight: int, jobs: int, warm_up: int, seed: int = 1
    ) -> None:
        self._workload = workload
        self._pace = pace
        self._places = in_flight
        self._jobs = jobs
        self._warm_up = warm_up
        self._random = random.Random(seed)
        self._budget = _Budget()
        self._samples: deque[float] = deque(maxlen=_SAMPLES)
        self._outlook = Outlook(durations=learn([]), in_flight=0)
        self._refreshed_at = 0.0
        self._events: list[tuple[float, int, _Task]] = []
        self._started = self._noticed = self._learned = 0
        self._lateness: list[float] = []
        self._looks: list[int] = []
        self._shortest = float("inf")

    def run(self) -> Outcome:
        """Play until all jobs are noticed."""
        for _ in range(min(self._places, self._jobs)):
            # The places do not begin all at once, or they would stay in step.
            self._begin(self._random.uniform(0, 30))
        while self._events:
            now, _, task = heapq.heappop(self._events)
            if now - self._refreshed_at >= _REFRESH:
                self._refresh(now)
            if task.submitted_at:
                self._look(task, now)
            else:
                self._submit(task, now)
        return Outcome(
            mean=fmean(self._lateness),
            p95=quantiles(self._lateness, n=20)[-1],
            looks=fmean(self._looks),
            busiest_minute=self._budget.busiest,
            shortest_pause=self._shortest,
        )

    def _begin(self, at: float) -> None:
        task = _Task(index=self._started)
        self._started += 1
        heapq.heappush(self._events, (at, task.index, task))

    def _refresh(self, now: float) -> None:
        self._refreshed_at = now
        if self._noticed == self._learned:
            return
        self._learned = self._noticed
        self._outlook = Outlook(durations=learn(list(reversed(self._samples))), in_flight=self._places)

    def _submit(self, task: _Task, now: float) -> None:
        sent_at = self._budget.take(now)
        task.submitted_at = sent_at + ROUND_TRIP
        seconds = self._workload.seconds(self._random, sent_at)
        task.finished_at = sent_at + ROUND_TRIP / 2 + seconds
        self._look_at(task, task.submitted_at + self._pace.first_age(self._outlook))

    def _look(self, task: _Task, now: float) -> None:
        sent_at = self._budget.take(now)
        task.looks += 1
        if task.looked_at:
            self._shortest = min(self._shortest, sent_at - task.looked_at)
        task.looked_at = sent_at
        answered_at = sent_at + ROUND_TRIP
        if task.finished_at > sent_at + ROUND_TRIP / 2:
            age = answered_at - task.submitted_at
            self._look_at(task, task.submitted_at + self._pace.next_age(age, self._outlook))
            return
        known = task.finished_at if self._workload.told else answered_at
        self._noticed += 1
        self._samples.append(known - task.submitted_at)
        if task.index >= self._warm_up:
            self._lateness.append(answered_at - task.finished_at)
            self._looks.append(task.looks)
        if self._started < self._jobs:
            self._begin(answered_at)

    def _look_at(self, task: _Task, at: float) -> None:
        heapq.heappush(self._events, (at, task.index, task))


def simulate(workload: Workload, pace: Pace, *, in_flight: int, jobs: int, warm_up: int) -> Outcome:
    """Return what a policy brings and costs with so many jobs in flight."""
    return Simulation(workload, pace, in_flight=in_flight, jobs=jobs, warm_up=warm_up).run()


def normal(source: random.Random, mean: float, deviation: float) -> float:
    """Return a duration around a mean, never less than half of it."""
    return max(source.gauss(mean, deviation), mean / 2)


def _bimodal(source: random.Random, at: float) -> float:
    del at
    return normal(source, 12, 1.5) if source.random() < 0.6 else normal(source, 45, 5)


def _drifting(source: random.Random, at: float) -> float:
    """Slower and faster again every 20 minutes."""
    return normal(source, 30 - 15 * math.cos(math.tau * at / 1200), 3)


def _jumping(source: random.Random, at: float) -> float:
    """Slow and fast by turns, ten minutes each."""
    return normal(source, 45 if at % 1200 < 600 else 15, 3)


WORKLOADS: Final[Sequence[Workload]] = (
    Workload(name="10 to 15 s", seconds=lambda source, _: source.uniform(10, 15)),
    Workload(name="about 30 s", seconds=lambda source, _: normal(source, 30, 5)),
    Workload(name="12 s or 45 s", seconds=_bimodal),
    Workload(name="heavy tail", seconds=lambda source, _: source.lognormvariate(3.2, 0.75)),
    Workload(name="drift", seconds=_drifting),
    Workload(name="sudden changes", seconds=_jumping),
    Workload(name="about 30 s, not told", seconds=lambda source, _: normal(source, 30, 5), told=False),
)
