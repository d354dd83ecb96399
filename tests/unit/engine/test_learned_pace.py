"""The learned pace: looks where completion is likely, never too often, and fewer the more is in flight."""

from __future__ import annotations

import random
from datetime import timedelta
from itertools import pairwise

import pytest

from bot.durations import Durations, Outlook, learn
from bot.engine.cadence import Cadence, LearnedPace
from tests.clocks import NOON

PER_MINUTE = 10_000
LOADS = (1, 10, 100, 300, 1_000, 5_000)


def drawn(seed: int) -> dict[str, Durations]:
    source = random.Random(seed)
    return {
        "nothing": learn([]),
        "few": learn([source.uniform(10, 15) for _ in range(3)]),
        "short": learn([source.uniform(10, 15) for _ in range(200)]),
        "normal": learn([source.gauss(30, 5) for _ in range(200)]),
        "two humps": learn(
            [source.gauss(12, 1) if index % 3 else source.gauss(45, 4) for index in range(200)]
        ),
        "tail": learn([source.lognormvariate(3.2, 0.75) for _ in range(200)]),
        "in a moment": learn([0.3] * 200),
        "very slow": learn([source.gauss(900, 60) for _ in range(200)]),
    }


DURATIONS = drawn(7)


def pace(per_minute: int = PER_MINUTE) -> LearnedPace:
    return LearnedPace(requests_per_minute=per_minute)


def ages(durations: Durations, *, in_flight: int = 1, until: float = 400) -> list[float]:
    """Return the ages of all looks at a task that never finishes."""
    outlook = Outlook(durations=durations, in_flight=in_flight)
    learned = pace()
    looks = [learned.first_age(outlook)]
    while looks[-1] < until:
        looks.append(learned.next_age(looks[-1], outlook))
    return looks


@pytest.mark.parametrize("in_flight", LOADS)
@pytest.mark.parametrize("name", DURATIONS)
def test_no_task_is_looked_at_more_than_once_a_second(name: str, in_flight: int) -> None:
    looks = ages(DURATIONS[name], in_flight=in_flight)
    assert looks[0] >= 1
    assert all(after - before >= 1 for before, after in pairwise(looks))


@pytest.mark.parametrize("age", [0.0, 0.4, 9.99, 17.3, 29.95, 44.5, 300.0, 3599.7])
@pytest.mark.parametrize("name", DURATIONS)
def test_a_look_at_an_unplanned_age_is_followed_by_none_within_a_second(name: str, age: float) -> None:
    for in_flight in LOADS:
        outlook = Outlook(durations=DURATIONS[name], in_flight=in_flight)
        assert pace().next_age(age, outlook) >= age + 1


@pytest.mark.parametrize("name", DURATIONS)
def test_the_more_is_in_flight_the_fewer_looks_are_planned(name: str) -> None:
    learned = pace()
    plans = [learned.plan(Outlook(durations=DURATIONS[name], in_flight=load)) for load in LOADS]
    assert all(before.looks >= after.looks for before, after in pairwise(plans))
    assert all(before.lateness <= after.lateness for before, after in pairwise(plans))


@pytest.mark.parametrize("name", ["nothing", "few", "normal", "two humps", "tail"])
def test_all_that_is_in_flight_shares_the_budget(name: str) -> None:
    durations = DURATIONS[name]
    for per_minute, load in ((10_000, 1_000), (10_000, 500), (600, 50), (60, 5)):
        plan = pace(per_minute).plan(Outlook(durations=durations, in_flight=load))
        assert load * plan.requests_per_second(durations.mean) * 60 <= 0.85 * per_minute


def test_a_budget_that_is_too_small_gets_the_thriftiest_plan() -> None:
    plan = pace(10).plan(Outlook(durations=DURATIONS["short"], in_flight=1_000))
    assert plan.looks < 1.1


@pytest.mark.parametrize("name", ["short", "normal"])
def test_with_little_in_flight_looks_are_a_second_apart_where_most_tasks_finish(name: str) -> None:
    durations = DURATIONS[name]
    start, end = durations.quantile(0.2), durations.quantile(0.8)
    within = [age for age in ages(durations) if start <= age <= end]
    assert len(within) >= 2
    assert all(after - before == pytest.approx(1) for before, after in pairwise(within))


def test_there_is_no_look_before_anything_finishes() -> None:
    assert 8 <= ages(DURATIONS["short"])[0] <= 11
    assert 14 <= ages(DURATIONS["normal"])[0] <= 24


def test_between_two_humps_there_are_few_looks() -> None:
    looks = ages(DURATIONS["two humps"])
    assert len([age for age in looks if 17 < age < 31]) <= 4 < len([age for age in looks if 9 < age < 16])


@pytest.mark.parametrize("name", DURATIONS)
def test_after_the_99th_percentile_the_pauses_grow(name: str) -> None:
    # A step of the grid may lie between the percentile and the end of the plan.
    end = DURATIONS[name].quantile(0.99) * 1.03 + 1
    looks = [age for age in ages(DURATIONS[name], until=3600) if age > end]
    pauses = [after - before for before, after in pairwise(looks)]
    assert pauses == sorted(pauses)
    assert pauses[-1] > 100


@pytest.mark.parametrize("in_flight", [1, 1_000])
@pytest.mark.parametrize("name", ["nothing", "normal", "two humps", "tail"])
def test_once_begun_the_looks_never_stop_for_long(name: str, in_flight: int) -> None:
    looks = ages(DURATIONS[name], in_flight=in_flight)
    # A step of the grid may come on top.
    assert all(after <= before * 1.45 + 1 for before, after in pairwise(looks))


@pytest.mark.parametrize("name", DURATIONS)
def test_the_learned_looks_fall_on_both_deadlines(name: str) -> None:
    cadence = Cadence(pace=pace())
    outlook = Outlook(durations=DURATIONS[name], in_flight=10)
    look = cadence.first_look(NOON, outlook)
    looks = [look]
    while not cadence.is_over(NOON, look):
        look = cadence.next_look(NOON, look, outlook)
        looks.append(look)
    assert min(at for at in looks if cadence.is_late(NOON, at)) - NOON <= timedelta(seconds=301)
    assert look - NOON <= timedelta(seconds=3601)
    assert all(after - before >= timedelta(seconds=1) for before, after in pairwise(looks))


def test_a_plan_is_made_once_for_what_is_known() -> None:
    learned = pace()
    outlook = Outlook(durations=DURATIONS["normal"], in_flight=10)
    assert learned.plan(outlook) is learned.plan(outlook)
