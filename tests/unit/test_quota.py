"""Who may still have pictures, and when credits come back."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bot.errors import QuotaError
from bot.jobs import Mode
from bot.quota import WINDOW, Allowance, Limits, Prices, Rules, Spent, Usage, check, resolve, window_start
from tests.clocks import NOON

NOTHING = Usage(member=Spent(), server=Spent(), operator=Spent())


def limits(
    member: int | None = None,
    *,
    server: int | None = None,
    operator: int | None = None,
    concurrent: int = 3,
) -> Allowance:
    return resolve(
        Rules(),
        Limits(
            daily_credits=member,
            concurrent_jobs=concurrent,
            server_daily_credits=server,
            operator_daily_credits=operator,
        ),
    )


def refusal(usage: Usage, limits: Allowance, cost: int) -> QuotaError:
    with pytest.raises(QuotaError) as caught:
        check(usage, limits, cost)
    return caught.value


def spent(amount: int) -> Spent:
    return Spent(credits=amount, oldest_at=NOON)


def test_the_last_credit_may_be_spent() -> None:
    check(Usage(member=spent(18), server=None, operator=Spent()), limits(20), 2)


def test_one_credit_too_many_is_refused_with_what_is_left() -> None:
    error = refusal(Usage(member=spent(18), server=None, operator=Spent()), limits(20), 3)
    assert (error.whose, error.values["left"], error.values["limit"], error.values["cost"]) == (
        "member",
        2,
        20,
        3,
    )


def test_the_next_credit_comes_back_a_day_after_the_oldest_was_spent() -> None:
    error = refusal(Usage(member=spent(20), server=None, operator=Spent()), limits(20), 1)
    assert error.back_at == NOON + timedelta(hours=24)


def test_a_job_counts_until_the_moment_its_credits_come_back() -> None:
    assert window_start(NOON + WINDOW) == NOON


def test_no_limit_lets_any_sum_pass() -> None:
    check(Usage(member=spent(10**9), server=spent(10**9), operator=spent(10**9)), limits(), 10**9)


@pytest.mark.parametrize("limit", [0, -1, -100])
@pytest.mark.parametrize("cost", [0, 1])
def test_a_limit_of_zero_or_less_lets_nobody_pass_and_gives_nothing_back(limit: int, cost: int) -> None:
    error = refusal(NOTHING, limits(limit), cost)
    assert (error.values["left"], error.values["limit"], error.back_at) == (0, 0, None)


@pytest.mark.parametrize("concurrent", [0, -1])
def test_a_member_who_may_run_nothing_is_refused_rather_than_kept_waiting(concurrent: int) -> None:
    assert refusal(NOTHING, limits(concurrent=concurrent), 1).whose == "member"


def test_a_lowered_limit_leaves_nothing_rather_than_a_debt() -> None:
    error = refusal(Usage(member=spent(20), server=None, operator=Spent()), limits(5), 1)
    assert (error.values["left"], error.back_at) == (0, NOON + WINDOW)


def test_a_free_picture_passes_even_when_all_is_spent() -> None:
    check(Usage(member=spent(20), server=None, operator=Spent()), limits(20), 0)


def test_a_picture_dearer_than_the_whole_limit_is_refused_without_a_promise() -> None:
    error = refusal(NOTHING, limits(1), 2)
    assert (error.values["left"], error.back_at) == (1, None)


def test_the_server_is_refused_when_its_members_together_have_spent_all() -> None:
    usage = Usage(member=Spent(), server=spent(50), operator=Spent())
    assert refusal(usage, limits(20, server=50), 1).whose == "server"


def test_everybody_is_refused_when_the_operator_has_spent_all() -> None:
    usage = Usage(member=Spent(), server=Spent(), operator=spent(50))
    assert refusal(usage, limits(20, server=50, operator=50), 1).whose == "operator"


def test_a_member_hears_of_their_own_limit_first() -> None:
    usage = Usage(member=spent(20), server=spent(50), operator=spent(50))
    assert refusal(usage, limits(20, server=50, operator=50), 1).whose == "member"


def test_a_servers_limit_does_not_bind_outside_servers() -> None:
    check(Usage(member=Spent(), server=None, operator=Spent()), limits(server=0), 1)


def test_a_negative_cost_is_a_bug() -> None:
    with pytest.raises(ValueError, match="negative"):
        check(NOTHING, limits(), -1)


@pytest.mark.parametrize(("mode", "cost"), [(Mode.PRO, 1), (Mode.MAX, 2)])
def test_a_picture_costs_by_its_mode(mode: Mode, cost: int) -> None:
    assert Prices(pro=1, max=2).of(mode) == cost
