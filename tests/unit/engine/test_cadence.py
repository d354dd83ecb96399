"""Looks follow the documented policy, grow rare past the soft deadline, and end at the hard one."""

from __future__ import annotations

from datetime import timedelta

from bot.engine.cadence import Cadence
from tests.clocks import NOON

CADENCE = Cadence()


def after(seconds: float) -> timedelta:
    return timedelta(seconds=seconds)


def test_the_first_look_comes_after_twenty_seconds() -> None:
    assert CADENCE.first_look(NOON) == NOON + after(20)


def test_later_looks_come_every_three_seconds() -> None:
    assert CADENCE.next_look(NOON, NOON + after(26)) == NOON + after(29)


def test_past_the_soft_deadline_the_looks_grow_ever_rarer() -> None:
    pauses = [CADENCE.next_look(NOON, NOON + after(s)) - (NOON + after(s)) for s in (300, 600, 1200)]
    assert pauses == [after(30), after(60), after(120)]


def test_a_task_is_late_from_the_soft_deadline_on() -> None:
    assert not CADENCE.is_late(NOON, NOON + after(299))
    assert CADENCE.is_late(NOON, NOON + after(300))


def test_a_task_is_over_at_the_hard_deadline() -> None:
    assert not CADENCE.is_over(NOON, NOON + after(3599))
    assert CADENCE.is_over(NOON, NOON + after(3600))
