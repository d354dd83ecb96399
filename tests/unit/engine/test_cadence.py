"""Looks follow their pace, grow rare past the soft deadline, and end at the hard one."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bot.durations import Outlook, learn
from bot.engine.cadence import Cadence, FixedPace
from tests.clocks import NOON

CADENCE = Cadence()
OUTLOOK = Outlook(durations=learn([]), in_flight=1)


def after(seconds: float) -> timedelta:
    return timedelta(seconds=seconds)


def next_look(cadence: Cadence, age: float) -> float:
    return (cadence.next_look(NOON, NOON + after(age), OUTLOOK) - NOON).total_seconds()


def test_the_documented_pace_looks_first_after_twenty_seconds() -> None:
    assert CADENCE.first_look(NOON, OUTLOOK) == NOON + after(20)


def test_the_documented_pace_looks_again_every_three_seconds() -> None:
    assert next_look(CADENCE, 26) == 29


def test_past_the_soft_deadline_the_looks_grow_ever_rarer() -> None:
    assert [next_look(CADENCE, age) - age for age in (300, 600, 1200)] == [30, 60, 120]


def test_a_slow_pace_stays_slow_past_the_soft_deadline() -> None:
    assert next_look(Cadence(pace=FixedPace(first=20, every=120)), 301) == 421


@pytest.mark.parametrize(("age", "deadline"), [(299, 300), (298, 300), (3400, 3600)])
def test_a_look_falls_on_each_deadline(age: float, deadline: float) -> None:
    assert next_look(CADENCE, age) == deadline


def test_a_deadline_brings_no_look_closer_than_a_second() -> None:
    assert next_look(CADENCE, 299.5) == 300.5


def test_a_first_look_is_not_later_than_the_soft_deadline() -> None:
    cadence = Cadence(pace=FixedPace(first=1000, every=3))
    assert cadence.first_look(NOON, OUTLOOK) == NOON + after(300)


def test_a_task_is_late_from_the_soft_deadline_on() -> None:
    assert not CADENCE.is_late(NOON, NOON + after(299))
    assert CADENCE.is_late(NOON, NOON + after(300))


def test_a_task_is_over_at_the_hard_deadline() -> None:
    assert not CADENCE.is_over(NOON, NOON + after(3599))
    assert CADENCE.is_over(NOON, NOON + after(3600))
