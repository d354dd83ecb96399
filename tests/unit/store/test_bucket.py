"""The account's budget as arithmetic: what a pace is worth, how it falls and rises, what time does to it."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from bot.store.bucket import Bucket
from tests.clocks import NOON

LIMIT = 1_000
FULL = Bucket.full(per_minute=LIMIT, now=NOON)


def later(bucket: Bucket, seconds: float) -> Bucket:
    return bucket.at(bucket.counted_at + timedelta(seconds=seconds), per_minute=LIMIT)


def slowed(bucket: Bucket, *, era: int | None = None, silence: float | None = None) -> Bucket:
    return bucket.slowed(per_minute=LIMIT, era=bucket.era if era is None else era, silence=silence)


def test_a_full_bucket_is_a_twentieth_of_the_limit_and_fills_no_further() -> None:
    assert FULL.tokens == 50
    assert later(FULL, 3600).tokens == 50


def test_spare_requests_are_given_only_out_of_the_upper_half() -> None:
    left, grant = FULL.grant(per_minute=LIMIT, wanted=10, spare=100)
    assert (grant.granted, left.tokens) == (25, 25)
    left, grant = left.grant(per_minute=LIMIT, wanted=10, spare=100)
    assert (grant.granted, left.tokens) == (10, 15)


def test_an_empty_bucket_says_when_the_next_request_flows_in() -> None:
    empty = replace(FULL, tokens=0.0)
    _, grant = empty.grant(per_minute=LIMIT, wanted=3, spare=0)
    assert (grant.granted, grant.held) == (0, False)
    _, grant = later(empty, grant.wait + 0.001).grant(per_minute=LIMIT, wanted=3, spare=0)
    assert grant.granted == 1


def test_the_pace_halves_and_never_falls_below_a_thousandth() -> None:
    bucket, paces = FULL, []
    for _ in range(12):
        bucket = slowed(bucket)
        paces.append(bucket.pace)
    assert paces[:3] == [0.5, 0.25, 0.125]
    assert paces[-1] == 0.001
    assert bucket.tokens == 0


@pytest.mark.parametrize("per_minute", [1, 10, 30])
def test_a_small_account_keeps_a_request_a_minute_whatever_happens(per_minute: int) -> None:
    bucket = Bucket.full(per_minute=per_minute, now=NOON)
    for _ in range(20):
        bucket = bucket.slowed(per_minute=per_minute, era=bucket.era, silence=None)
    bucket = bucket.at(NOON + timedelta(seconds=62.1), per_minute=per_minute)
    _, grant = bucket.grant(per_minute=per_minute, wanted=1, spare=0)
    assert grant.granted == 1


def test_a_429_for_a_request_of_an_earlier_pace_changes_nothing() -> None:
    once = slowed(FULL)
    assert slowed(once, era=FULL.era) == once


def test_a_wish_for_silence_leaves_the_pace_as_it_is() -> None:
    silent = FULL.slowed(per_minute=LIMIT, era=None, silence=3)
    assert (silent.pace, silent.era) == (FULL.pace, FULL.era)
    assert silent.held_until == NOON + timedelta(seconds=3)


def test_success_raises_the_pace_by_a_twentieth_of_itself_every_ten_seconds() -> None:
    bucket = slowed(FULL)
    assert later(bucket, 9.9).raised().pace == 0.5
    seconds = 0
    while bucket.pace < 1:
        bucket = later(bucket, 1).raised()
        seconds += 1
    assert seconds == 150
    assert bucket.raised() is bucket


def test_a_long_quiet_time_is_worth_one_step_only() -> None:
    assert later(slowed(FULL), 3600).raised().pace == pytest.approx(0.525)


def test_silence_holds_everything_back_and_the_longest_wish_counts() -> None:
    bucket = slowed(slowed(FULL, silence=30), era=0, silence=10)
    _, grant = later(bucket, 1).grant(per_minute=LIMIT, wanted=1, spare=0)
    assert (grant.granted, grant.held, grant.wait) == (0, True, 29)
    assert later(bucket, 30).held_until is None


def test_a_clock_set_back_gives_nothing_takes_nothing_and_moves_every_moment_along() -> None:
    bucket = replace(slowed(FULL, silence=30), tokens=3.5)
    back = bucket.at(NOON - timedelta(hours=1), per_minute=LIMIT)
    assert (back.tokens, back.pace) == (3.5, 0.5)
    assert back.held_until == NOON - timedelta(hours=1) + timedelta(seconds=30)
    assert later(back, 1).tokens > 3.5
    assert later(back, 10).raised().pace > 0.5


def test_a_clock_that_lags_behind_another_machines_counts_no_second_twice() -> None:
    empty = replace(FULL, tokens=0.0)
    ahead, lag = timedelta(seconds=2), timedelta(seconds=-2)
    bucket = empty.at(NOON + ahead, per_minute=LIMIT)
    worth = bucket.tokens
    for _ in range(100):
        bucket = bucket.at(NOON + lag, per_minute=LIMIT).at(NOON + ahead, per_minute=LIMIT)
    assert bucket.tokens == worth
