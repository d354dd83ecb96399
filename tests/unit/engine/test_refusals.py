"""A refusal counts for the place and for what was refused there, for ten minutes or until a change."""

from __future__ import annotations

import pytest

from bot.engine.refusals import Need, Refusals
from tests.clocks import FakeClock

SERVER, PLACE = 1, 2


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def refusals(clock: FakeClock) -> Refusals:
    return Refusals(clock=clock)


def refused(refusals: Refusals, code: int, *, need: Need = Need.PICTURE, status: int = 403) -> set[Need]:
    """Refuse something, and return all that counts as refused from then on."""
    refusals.remember(SERVER, PLACE, need, code=code, status=status)
    return {each for each in Need if refusals.code(SERVER, PLACE, each) == code}


@pytest.mark.parametrize("code", [10003, 10004, 50001])
def test_a_place_that_is_gone_or_hidden_refuses_everything(refusals: Refusals, code: int) -> None:
    assert refused(refusals, code) == set(Need)


@pytest.mark.parametrize("code", [160005, 50007, 50278, 40058])
def test_where_nothing_can_be_written_the_history_may_still_be_read(refusals: Refusals, code: int) -> None:
    assert refused(refusals, code) == {Need.PICTURE, Need.NOTICE}


def test_a_missing_permission_counts_for_what_was_tried_only(refusals: Refusals) -> None:
    assert refused(refusals, 50013) == {Need.PICTURE}


@pytest.mark.parametrize(("code", "status"), [(40005, 413), (20009, 403), (10008, 404), (50035, 400)])
def test_a_refusal_of_the_message_says_nothing_about_the_place(
    refusals: Refusals, code: int, status: int
) -> None:
    assert refused(refusals, code, status=status) == set()


def test_a_refusal_is_news_once(refusals: Refusals) -> None:
    assert refusals.remember(SERVER, PLACE, Need.PICTURE, code=50013, status=403)
    assert not refusals.remember(SERVER, PLACE, Need.PICTURE, code=50013, status=403)


@pytest.mark.parametrize("seconds", [600, -3600])
def test_a_refusal_counts_for_ten_minutes_and_not_longer_when_the_clock_is_set_back(
    refusals: Refusals, clock: FakeClock, seconds: float
) -> None:
    refused(refusals, 50013)
    clock.advance(seconds)
    assert refusals.code(SERVER, PLACE, Need.PICTURE) is None


def test_a_change_in_a_server_lets_the_next_request_through_there_only(refusals: Refusals) -> None:
    refused(refusals, 50013)
    refusals.remember(9, PLACE, Need.PICTURE, code=50013, status=403)
    refusals.forget_server(SERVER)
    assert refusals.code(SERVER, PLACE, Need.PICTURE) is None
    assert refusals.code(9, PLACE, Need.PICTURE) == 50013


def test_a_change_of_one_place_leaves_the_others(refusals: Refusals) -> None:
    refused(refusals, 50001)
    refusals.remember(SERVER, 3, Need.PICTURE, code=50013, status=403)
    refusals.forget_place(SERVER, PLACE)
    assert refused(refusals, 40005, status=413) == set()
    assert refusals.code(SERVER, 3, Need.PICTURE) == 50013


def test_what_no_longer_counts_takes_no_room(refusals: Refusals, clock: FakeClock) -> None:
    for place in range(100):
        refusals.remember(SERVER, place, Need.PICTURE, code=50013, status=403)
    clock.advance(601)
    refusals.remember(SERVER, 1000, Need.PICTURE, code=50013, status=403)
    assert len(refusals._found[SERVER]) == 1
