"""A second press of the same button by the same person is told from a new wish."""

from __future__ import annotations

import pytest

from bot.errors import PressedTwiceError, PromptEmptyError
from bot.presses import Presses
from tests.clocks import FakeClock


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def presses(clock: FakeClock) -> Presses:
    return Presses(clock)


def test_the_same_wish_within_moments_is_refused_and_later_taken(presses: Presses, clock: FakeClock) -> None:
    with presses.once(("mia", "reroll")):
        pass
    clock.advance(2.9)
    with pytest.raises(PressedTwiceError), presses.once(("mia", "reroll")):
        pass
    clock.advance(0.2)
    with presses.once(("mia", "reroll")):
        pass


def test_another_persons_wish_is_another_wish(presses: Presses) -> None:
    with presses.once(("mia", "reroll")), presses.once(("ben", "reroll")):
        pass


def test_a_wish_that_is_still_being_taken_in_counts_however_long_that_lasts(
    presses: Presses, clock: FakeClock
) -> None:
    with presses.once("slow"):
        clock.advance(60)
        with pytest.raises(PressedTwiceError), presses.once("slow"):
            pass


def test_what_was_refused_can_be_wished_again_at_once(presses: Presses) -> None:
    for _ in range(2):
        with pytest.raises(PromptEmptyError), presses.once("empty"):
            raise PromptEmptyError


def test_a_clock_that_is_set_back_does_not_lock_anybody_out(presses: Presses, clock: FakeClock) -> None:
    with presses.once("early"):
        pass
    clock.advance(-3600)
    with presses.once("early"):
        pass
