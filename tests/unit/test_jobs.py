"""The state machine as data, and the ids."""

from __future__ import annotations

from datetime import timedelta
from itertools import pairwise, product

import pytest

from bot.errors import IllegalTransitionError
from bot.jobids import before_filename, before_of, job_id_moment, job_of_picture, new_job_id, picture_filename
from bot.jobs import (
    FINAL_STATES,
    IN_FLIGHT_STATES,
    REFUNDED_STATES,
    TRANSITIONS,
    AspectRatio,
    JobState,
    check_transition,
)
from tests.clocks import NOON

#: Written out a second time on purpose: a change of the table must be meant.
ALLOWED = {
    "queued": "submitting cancelled failed",
    "submitting": "running queued unconfirmed failed",
    "unconfirmed": "running failed",
    "running": "ready failed",
    "ready": "held delivering failed cancelled",
    "held": "delivering rejected cancelled",
    "delivering": "delivered ready undeliverable",
    "undeliverable": "delivering",
    "delivered": "",
    "failed": "",
    "cancelled": "",
    "rejected": "",
}
PAIRS = list(product(JobState, JobState))


@pytest.mark.parametrize(("source", "target"), PAIRS, ids=[f"{a.value}-{b.value}" for a, b in PAIRS])
def test_a_change_of_state_is_allowed_exactly_where_the_design_draws_it(
    source: JobState, target: JobState
) -> None:
    if target.value in ALLOWED[source.value].split():
        check_transition(source, target)
    else:
        with pytest.raises(IllegalTransitionError):
            check_transition(source, target)


def test_every_state_has_its_row_in_the_table() -> None:
    assert set(TRANSITIONS) == set(JobState)


def test_every_state_can_be_reached_from_the_queue() -> None:
    reached = {JobState.QUEUED}
    while more := {target for state in reached for target in TRANSITIONS[state]} - reached:
        reached |= more
    assert reached == set(JobState)


def test_from_every_working_state_a_job_can_come_to_an_end() -> None:
    ended = set(FINAL_STATES)
    while more := {state for state in JobState if TRANSITIONS[state] & ended} - ended:
        ended |= more
    assert ended == set(JobState)


def test_a_refunded_job_is_over_for_good() -> None:
    assert not any(TRANSITIONS[state] for state in REFUNDED_STATES)


def test_what_may_be_at_the_provider_is_never_sent_a_second_time() -> None:
    assert JobState.QUEUED not in TRANSITIONS[JobState.UNCONFIRMED]
    assert JobState.QUEUED not in TRANSITIONS[JobState.RUNNING]


@pytest.mark.parametrize("state", JobState)
def test_a_state_says_itself_whether_it_is_final_and_in_flight(state: JobState) -> None:
    assert state.is_final == (state in FINAL_STATES)
    assert state.is_in_flight == (state in IN_FLIGHT_STATES)
    assert not (state.is_final and state.is_in_flight)


def test_ids_sort_by_the_time_they_were_made() -> None:
    ids = [new_job_id(NOON + timedelta(milliseconds=n * n)) for n in range(500)]
    assert all(earlier < later for earlier, later in pairwise(ids))


@pytest.mark.parametrize("years", [-40, 0, 100, 1000])
def test_an_id_is_16_characters_at_any_time(years: int) -> None:
    job_id = new_job_id(NOON.replace(year=NOON.year + years))
    assert len(job_id) == 16
    assert set(job_id) <= set("0123456789abcdefghjkmnpqrstvwxyz")


def test_ids_of_one_moment_differ() -> None:
    assert len({new_job_id(NOON) for _ in range(1000)}) == 1000


def test_an_id_tells_when_it_was_made() -> None:
    assert job_id_moment(new_job_id(NOON)) == NOON


@pytest.mark.parametrize("word", ["", "0", "0" * 17, "i" * 16])
def test_what_is_no_id_tells_no_time(word: str) -> None:
    with pytest.raises(ValueError, match=r"job id|not found"):
        job_id_moment(word)


@pytest.mark.parametrize(
    ("width", "height", "nearest"),
    [
        (1920, 1080, "16:9"),
        (1000, 1000, "1:1"),
        (1100, 1000, "1:1"),
        (640, 480, "4:3"),
        (480, 640, "3:4"),
        (1080, 1920, "9:16"),
        (1, 5000, "9:16"),
        (5000, 1, "21:9"),
        (2560, 1080, "21:9"),
        (3, 2, "4:3"),
        (2, 3, "3:4"),
    ],
)
def test_the_nearest_shape_is_the_least_unlike_one(width: int, height: int, nearest: str) -> None:
    assert AspectRatio.nearest(width, height) == nearest


def test_a_picture_is_known_by_its_name() -> None:
    job_id = new_job_id(NOON)
    assert job_of_picture(picture_filename(job_id, ".jpg")) == job_id


@pytest.mark.parametrize(
    "name", ["", "easel-.jpg", "easel-0000000000000000", "cat.png", "xeasel-0000000000000000.jpg"]
)
def test_no_other_name_is_taken_for_a_picture_of_a_job(name: str) -> None:
    assert job_of_picture(name) is None


@pytest.mark.parametrize("spoiler", [True, False])
def test_what_a_picture_was_made_from_is_known_by_its_name(*, spoiler: bool) -> None:
    batch = new_job_id(NOON)
    name = before_filename(batch, 2, ".jpg", spoiler=spoiler)
    assert name.startswith("SPOILER_") is spoiler
    assert before_of(name) == (batch, 2)
    assert before_of(before_filename(batch, 9, ".jpg", spoiler=spoiler)) == (batch, 9)
    assert before_of(picture_filename(batch, ".jpg")) is None
    assert job_of_picture(name) is None
