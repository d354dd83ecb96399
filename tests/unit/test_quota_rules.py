"""Which rule holds for a member: the most particular one that says something, for each half by itself."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bot.errors import QuotaError
from bot.quota import (
    WINDOW,
    Half,
    Limits,
    Rule,
    RuleKind,
    Rules,
    Spent,
    Standing,
    Usage,
    changed,
    check,
    counted_since,
    resolve,
    spent_at,
)
from tests.clocks import NOON

BOT = Limits(daily_credits=20, concurrent_jobs=3, server_daily_credits=100, operator_daily_credits=1000)
MEMBER = Rule(daily_credits=7, concurrent_jobs=1)
ROLES = (
    Rule(daily_credits=30, concurrent_jobs=2, role_id=31),
    Rule(daily_credits=40, role_id=32),
    Rule(concurrent_jobs=5, role_id=33),
)
SERVER = Rule(daily_credits=10, concurrent_jobs=4)
NOTHING = Usage(member=Spent(), server=Spent(), operator=Spent())


def test_where_a_server_has_decided_nothing_the_bots_limits_hold() -> None:
    allowance = resolve(Rules(), BOT)
    assert allowance.credits == Half(limit=20, rule=RuleKind.BOT)
    assert allowance.jobs == Half(limit=3, rule=RuleKind.BOT)
    assert (allowance.server_daily_credits, allowance.operator_daily_credits) == (100, 1000)


def test_a_members_own_rule_comes_before_all_others_even_if_it_allows_less() -> None:
    allowance = resolve(Rules(member=MEMBER, roles=ROLES, server=SERVER), BOT)
    assert allowance.credits == Half(limit=7, rule=RuleKind.MEMBER)
    assert allowance.jobs == Half(limit=1, rule=RuleKind.MEMBER)


def test_of_several_roles_the_highest_allowing_holds_for_each_half_by_itself() -> None:
    allowance = resolve(Rules(roles=ROLES, server=SERVER), BOT)
    assert allowance.credits == Half(limit=40, rule=RuleKind.ROLE, role_id=32)
    assert allowance.jobs == Half(limit=5, rule=RuleKind.ROLE, role_id=33)


def test_a_half_that_a_rule_leaves_open_comes_from_the_next_rule() -> None:
    rules = Rules(member=Rule(concurrent_jobs=9), roles=(Rule(role_id=31),), server=Rule(daily_credits=10))
    allowance = resolve(rules, BOT)
    assert allowance.credits == Half(limit=10, rule=RuleKind.SERVER)
    assert allowance.jobs == Half(limit=9, rule=RuleKind.MEMBER)


def test_a_rule_of_nothing_is_a_rule() -> None:
    allowance = resolve(Rules(member=Rule(daily_credits=0), server=SERVER), BOT)
    with pytest.raises(QuotaError) as caught:
        check(NOTHING, allowance, 0)
    assert (caught.value.rule, caught.value.values["limit"]) == ("member", 0)


@pytest.mark.parametrize(("server", "operator", "lower"), [(5, 9, 5), (9, 5, 5), (None, 5, 5), (5, None, 5)])
def test_of_the_servers_cap_and_the_operators_the_lower_holds(
    server: int | None, operator: int | None, lower: int
) -> None:
    limits = Limits(daily_credits=20, concurrent_jobs=3, server_daily_credits=operator)
    assert resolve(Rules(server_daily_credits=server), limits).server_daily_credits == lower


@pytest.mark.parametrize(("own", "extra", "total"), [(7, 3, 10), (0, 3, 3), (-5, 3, 3), (7, -3, 7)])
def test_extra_credits_come_on_top_of_any_limit_and_never_take_away(own: int, extra: int, total: int) -> None:
    assert resolve(Rules(member=Rule(daily_credits=own), extra=extra), BOT).total == total


def test_extra_credits_are_nothing_where_there_is_no_limit() -> None:
    allowance = resolve(Rules(extra=3), Limits(daily_credits=None, concurrent_jobs=3))
    assert allowance.total is None
    check(Usage(member=Spent(credits=10**9), server=None, operator=Spent()), allowance, 10**9)


def test_a_refusal_names_the_role_that_gives_the_limit() -> None:
    usage = Usage(member=Spent(credits=39, oldest_at=NOON), server=Spent(), operator=Spent())
    with pytest.raises(QuotaError) as caught:
        check(usage, resolve(Rules(roles=ROLES), BOT), 2)
    error = caught.value
    assert (error.rule, error.role_id, error.values["left"], error.back_at) == ("role", 32, 1, NOON + WINDOW)


def test_a_reset_counts_from_its_moment_and_never_further_back_than_the_window() -> None:
    hour = timedelta(hours=1)
    assert counted_since(NOON, None) == NOON - WINDOW
    assert counted_since(NOON, NOON - 30 * hour) == NOON - WINDOW
    assert counted_since(NOON, NOON - hour) == NOON - hour - timedelta(milliseconds=1)


def test_what_is_spent_after_a_reset_counts_whatever_the_clock_says() -> None:
    later = NOON + timedelta(hours=1)
    assert spent_at(NOON, None) == spent_at(NOON, NOON - timedelta(hours=1)) == NOON
    assert spent_at(NOON, later) > counted_since(NOON, later)


def test_what_is_left_is_never_a_debt() -> None:
    usage = Usage(member=Spent(credits=50), server=Spent(credits=500), operator=Spent(credits=5000))
    standing = Standing(allowance=resolve(Rules(), BOT), usage=usage)
    assert (standing.left, standing.left_in_server, standing.left_for_everybody) == (0, 0, 0)


def test_a_change_leaves_alone_what_it_does_not_name() -> None:
    rule = Rule(daily_credits=7, concurrent_jobs=1, role_id=31)
    assert changed(rule, daily_credits=0) == Rule(daily_credits=0, concurrent_jobs=1, role_id=31)
    assert changed(rule, cleared=["daily_credits"]) == Rule(concurrent_jobs=1, role_id=31)
    assert changed(rule, cleared=["daily_credits"], daily_credits=9) == Rule(
        daily_credits=9, concurrent_jobs=1, role_id=31
    )
    assert changed(rule) == rule
