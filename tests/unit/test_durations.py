"""What is learned from finished pictures: from none, few or odd ones, and when the service changes."""

from __future__ import annotations

from itertools import pairwise

import pytest

from bot.durations import IMAGINED_SECONDS, Durations, TaskKind, learn
from bot.jobs import Mode
from tests.factories import job_factory


def quantiles(durations: Durations) -> list[float]:
    return [durations.quantile(share / 20) for share in range(1, 20)]


def test_before_the_first_picture_the_providers_pages_are_believed() -> None:
    durations = learn([])
    assert 28 <= durations.mean <= 32
    assert durations.done_by(8) == 0
    assert durations.done_by(66) == 1


@pytest.mark.parametrize("samples", [[], [12.0], [12.0, 14.0, 13.0], [30.0] * 200, [0.2, 0.3], [3000.0] * 30])
def test_the_share_of_finished_tasks_only_grows_with_age(samples: list[float]) -> None:
    durations = learn(samples)
    shares = [durations.done_by(age / 4) for age in range(16_000)]
    assert shares[0] == 0
    assert shares[-1] == 1
    assert all(before <= after for before, after in pairwise(shares))


def test_a_quantile_is_the_age_by_which_that_share_is_finished() -> None:
    durations = learn([10.0, 12.0, 13.0, 15.0, 40.0])
    for share in (0.05, 0.5, 0.75, 0.99):
        assert durations.done_by(durations.quantile(share)) == pytest.approx(share)


def test_an_old_task_is_expected_later_than_a_new_one_and_never_in_the_past() -> None:
    durations = learn([])
    expected = [durations.quantile(0.75, unfinished_at=age) for age in (0, 20, 40, 60, 80)]
    assert expected == sorted(expected)
    assert expected[-1] == 80
    assert all(at > age for at, age in zip(expected, (0, 20, 40, 60), strict=False))


def test_finished_tasks_have_lain_for_the_time_since_they_finished() -> None:
    durations = learn([])
    assert durations.lain_by(5) == 0
    # Long after the end of all of them, each has lain since its own end.
    assert 1000 - durations.lain_by(1000) == pytest.approx(durations.mean, rel=0.03)


def test_a_handful_of_pictures_move_the_expectation_but_do_not_make_it_certain() -> None:
    durations = learn([12.0, 11.5, 13.0])
    assert durations.quantile(0.5) < 20
    assert durations.done_by(20) < 0.9


def test_a_hundred_pictures_outweigh_what_was_imagined() -> None:
    durations = learn([10 + index % 50 / 10 for index in range(150)])
    assert durations.quantile(0.02) > 8.5
    assert durations.quantile(0.98) < 17


@pytest.mark.parametrize("count", [0, 3, 20, 200])
@pytest.mark.parametrize("absurd", [0.0, -5.0, 0.001, 3600.0, 86_400.0])
def test_one_absurd_figure_changes_nothing_to_speak_of(absurd: float, count: int) -> None:
    samples = [28 + index % 7 for index in range(count)]
    assert quantiles(learn([absurd, *samples])) == pytest.approx(quantiles(learn(samples)), rel=0.05)


@pytest.mark.parametrize(("before", "after"), [(30.0, 60.0), (60.0, 20.0), (20.0, 12.0)])
def test_a_changed_service_is_followed_within_eighty_pictures(before: float, after: float) -> None:
    medians = [learn([after] * count + [before] * (200 - count)).quantile(0.5) for count in (0, 40, 80, 120)]
    assert medians[0] == pytest.approx(before, rel=0.1)
    assert medians[2] == pytest.approx(after, rel=0.12)
    assert medians[3] == pytest.approx(after, rel=0.1)


def test_ten_pictures_of_a_changed_service_are_already_reckoned_with() -> None:
    durations = learn([15.0] * 10 + [45.0] * 190)
    assert 0.05 < durations.done_by(20) < 0.3


def test_every_mode_is_learned_by_itself() -> None:
    kinds = {TaskKind.of(job_factory(mode=mode)) for mode in Mode}
    assert len(kinds) == len(Mode)


def test_the_imagined_pictures_are_as_the_providers_pages_say() -> None:
    assert sum(IMAGINED_SECONDS) / len(IMAGINED_SECONDS) == pytest.approx(30, abs=2)
    assert (min(IMAGINED_SECONDS), max(IMAGINED_SECONDS)) == (10, 60)
