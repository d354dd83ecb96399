"""A short run of the simulation whose figures `docs/cadence.md` shows in full."""

from __future__ import annotations

from functools import cache

import pytest

from bench.cadence import GrowingPace, learned_pace
from bench.polling import REQUESTS_PER_MINUTE, WORKLOADS, Outcome, simulate
from bot.durations import Outlook, learn
from bot.engine.cadence import FixedPace

BY_NAME = {workload.name: workload for workload in WORKLOADS}
STEADY = ("10 to 15 s", "about 30 s", "12 s or 45 s", "heavy tail", "about 30 s, not told")


@cache
def outcomes(name: str, in_flight: int) -> tuple[Outcome, Outcome]:
    """Return what the documented and what the learned pace bring."""
    jobs, warm_up = (5_000, 2_500) if in_flight == 1_000 else (1_500, 200)
    documented, learned = (
        simulate(BY_NAME[name], pace, in_flight=in_flight, jobs=jobs, warm_up=warm_up)
        for pace in (FixedPace(), learned_pace())
    )
    return documented, learned


@pytest.mark.parametrize("in_flight", [10, 100])
@pytest.mark.parametrize("name", BY_NAME)
def test_up_to_a_hundred_in_flight_the_learned_pace_is_at_most_two_fifths_as_late(
    name: str, in_flight: int
) -> None:
    documented, learned = outcomes(name, in_flight)
    assert learned.mean <= 0.4 * documented.mean
    assert learned.busiest_minute <= 0.6 * REQUESTS_PER_MINUTE


@pytest.mark.parametrize("name", STEADY)
def test_at_a_thousand_in_flight_it_is_earlier_with_no_more_looks(name: str) -> None:
    documented, learned = outcomes(name, 1_000)
    assert learned.mean <= documented.mean
    assert learned.looks <= max(documented.looks, 1.05)


@pytest.mark.parametrize("name", STEADY)
def test_the_budget_holds_and_no_task_is_looked_at_twice_in_a_second(name: str) -> None:
    for in_flight in (10, 1_000):
        _, learned = outcomes(name, in_flight)
        assert learned.busiest_minute <= REQUESTS_PER_MINUTE
        assert learned.shortest_pause >= 1 - 1e-6


def test_the_growing_pace_that_is_compared_with_grows_by_half_up_to_thirty_seconds() -> None:
    pace, outlook = GrowingPace(), Outlook(durations=learn([]), in_flight=1)
    ages = [pace.first_age(outlook)]
    while len(ages) < 12:
        ages.append(pace.next_age(ages[-1], outlook))
    pauses = [after - before for before, after in zip([0.0, *ages], ages, strict=False)]
    assert pauses[:4] == pytest.approx([1, 1.5, 2.25, 3.375])
    assert pauses[-1] == 30
