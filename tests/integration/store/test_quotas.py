"""Rules, extra credits and resets in the database, and the statement that is made from it."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
import sqlalchemy as sa

from bot.acts import Act, ActKind
from bot.errors import QuotaError
from bot.jobs import JobState, Mode
from bot.quota import Limits, Rule, RuleKind, Spender
from bot.store.community import acts
from tests.factories import GUILD, MEMBER, NO_LIMITS, batch_factory
from tests.integration.store.road import FAILURE, LEASE
from tests.integration.store.test_query_plans import index_of, plans

if TYPE_CHECKING:
    from bot.store import Store
    from tests.clocks import FakeClock
    from tests.integration.store.road import Road

ELSEWHERE = GUILD + 1
ROLE = 77
BOT = Limits(daily_credits=3, concurrent_jobs=3)
ACT = Act(guild_id=GUILD, actor_id=9, kind=ActKind.QUOTA, member_id=MEMBER, detail="x", reason="because")
HERE = Spender(guild_id=GUILD, member_id=MEMBER)


async def own_rule(store: Store, rule: Rule, *, guild: int = GUILD) -> None:
    bearer = Spender(guild_id=guild, member_id=MEMBER, role_ids=(ROLE,))
    await store.set_member_quota(bearer, lambda _: rule, limits=BOT, act=ACT)


async def test_every_deed_is_recorded_with_it(store: Store) -> None:
    await own_rule(store, Rule(daily_credits=5))
    await store.grant_credits(GUILD, MEMBER, 2, act=ACT)
    await store.reset_quota(GUILD, MEMBER, act=ACT)
    await store.set_role_quota(GUILD, 31, lambda _: Rule(daily_credits=5), act=ACT)
    async with store._database.reading() as connection:
        found = (await connection.execute(sa.select(acts))).all()
    assert [(row.kind, row.actor_id, row.detail, row.reason) for row in found] == [
        (ActKind.QUOTA, 9, "x", "because")
    ] * 4
    assert all(row.due_at for row in found)


async def test_under_the_bots_limit_a_member_is_counted_in_all_servers_together(store: Store) -> None:
    await store.admit(batch_factory(count=2), BOT)
    await store.admit(batch_factory(guild_id=ELSEWHERE), BOT)
    for guild in (GUILD, ELSEWHERE):
        with pytest.raises(QuotaError) as caught:
            await store.admit(batch_factory(guild_id=guild), BOT)
        assert caught.value.rule == "bot"


async def test_under_a_servers_rule_only_that_server_counts(store: Store) -> None:
    await store.admit(batch_factory(guild_id=ELSEWHERE, count=3), BOT)
    await own_rule(store, Rule(daily_credits=2))
    await store.admit(batch_factory(count=2), BOT)
    with pytest.raises(QuotaError) as caught:
        await store.admit(batch_factory(), BOT)
    assert (caught.value.rule, caught.value.values["limit"]) == ("member", 2)


async def test_both_servers_at_once_never_let_a_member_overspend_the_bots_limit(store: Store) -> None:
    asked = [store.admit(batch_factory(guild_id=guild), BOT) for guild in (GUILD, ELSEWHERE) * 5]
    results = await asyncio.gather(*asked, return_exceptions=True)
    assert sum(isinstance(result, QuotaError) for result in results) == 7


async def test_a_reset_and_extra_credits_hold_in_their_own_server_only(
    store: Store, clock: FakeClock
) -> None:
    await store.admit(batch_factory(count=3), BOT)
    clock.advance(1)
    await store.reset_quota(GUILD, MEMBER, act=ACT)
    await store.grant_credits(GUILD, MEMBER, 2, act=ACT)
    assert (await store.standing(HERE, BOT)).left == 5
    with pytest.raises(QuotaError):
        await store.admit(batch_factory(guild_id=ELSEWHERE), BOT)
    await store.admit(batch_factory(count=4), BOT)
    clock.advance(24 * 3600)
    standing = await store.standing(HERE, BOT)
    assert (standing.left, standing.allowance.extra) == (3, 0)


@pytest.mark.parametrize("rule", [Rule(), Rule(daily_credits=3)])
async def test_a_clock_that_is_set_back_a_little_makes_nothing_free_after_a_reset(
    store: Store, clock: FakeClock, rule: Rule
) -> None:
    await own_rule(store, rule)
    await store.reset_quota(GUILD, MEMBER, act=ACT)
    clock.set(-4)
    for _ in range(3):
        await store.admit(batch_factory(), BOT)
        clock.advance(1)
    with pytest.raises(QuotaError):
        await store.admit(batch_factory(), BOT)
    clock.advance(10)
    assert (await store.standing(HERE, BOT)).left == 0


async def test_a_role_that_the_member_does_not_bear_any_more_gives_nothing(store: Store) -> None:
    await store.set_role_quota(GUILD, 31, lambda _: Rule(daily_credits=9), act=ACT)
    await store.set_role_quota(ELSEWHERE, 32, lambda _: Rule(daily_credits=99), act=ACT)
    bearer = Spender(guild_id=GUILD, member_id=MEMBER, role_ids=(31, 32))
    assert (await store.standing(bearer, BOT)).allowance.credits.limit == 9
    assert (await store.standing(HERE, BOT)).allowance.credits.rule is RuleKind.BOT


async def test_a_role_whose_rule_says_nothing_any_more_is_forgotten(store: Store) -> None:
    await store.set_role_quota(GUILD, 31, lambda _: Rule(daily_credits=9), act=ACT)
    assert (await store.server_quotas(GUILD)).roles == (Rule(daily_credits=9, role_id=31),)
    await store.set_role_quota(GUILD, 31, lambda _: Rule(), act=ACT)
    assert (await store.server_quotas(GUILD)).roles == ()


async def test_a_lowered_limit_says_when_a_credit_can_really_be_spent_again(
    store: Store, clock: FakeClock
) -> None:
    moments = []
    for _ in range(3):
        moments.append(clock.advance(60))
        await store.admit(batch_factory(), BOT)
    await own_rule(store, Rule(daily_credits=2))
    with pytest.raises(QuotaError) as caught:
        await store.admit(batch_factory(), BOT)
    assert caught.value.back_at == moments[1] + timedelta(hours=24)


async def test_a_credit_that_only_makes_up_for_an_extra_one_that_goes_is_not_said_to_come_back(
    store: Store, clock: FakeClock
) -> None:
    await own_rule(store, Rule(daily_credits=2))
    await store.grant_credits(GUILD, MEMBER, 3, act=ACT)
    clock.advance(3600)
    await store.admit(batch_factory(count=3), BOT)
    clock.advance(3600)
    last = clock.now()
    await store.admit(batch_factory(count=2), BOT)
    with pytest.raises(QuotaError) as caught:
        await store.admit(batch_factory(), BOT)
    assert caught.value.back_at == last + timedelta(hours=24)
    await own_rule(store, Rule(daily_credits=0))
    assert (await store.standing(HERE, BOT)).usage.member.back_at is None


async def test_a_clock_that_is_set_back_keeps_nothing_spent_for_longer(
    store: Store, clock: FakeClock
) -> None:
    clock.set(365 * 24 * 3600)
    await store.admit(batch_factory(count=3), BOT)
    await store.grant_credits(GUILD, MEMBER, 1, act=ACT)
    clock.set(-365 * 24 * 3600)
    await store.set_back(timedelta(days=365), owner="w", lease=LEASE, in_hand=())
    standing = await store.standing(HERE, BOT)
    assert (standing.left, standing.usage.member.back_at) == (1, clock.now() + timedelta(hours=24))
    clock.advance(24 * 3600)
    assert (await store.standing(HERE, BOT)).left == 3


async def claimed(store: Store, *, per_member: int = 3) -> list[tuple[int | None, int]]:
    taken = await store.claim_submissions(
        owner="w", lease=LEASE, at_most=99, per_member=per_member, in_flight_limit=99
    )
    return [(job.guild_id, job.batch_index) for job in taken]


async def test_a_servers_rule_says_how_many_of_a_members_pictures_are_made_there_at_once(
    store: Store,
) -> None:
    await own_rule(store, Rule(concurrent_jobs=1))
    await own_rule(store, Rule(concurrent_jobs=4), guild=ELSEWHERE)
    await store.admit(batch_factory(count=3), NO_LIMITS)
    await store.admit(batch_factory(count=4, guild_id=ELSEWHERE), NO_LIMITS)
    taken = await claimed(store, per_member=2)
    assert sorted(taken) == [(GUILD, 0), *((ELSEWHERE, index) for index in range(4))]
    assert await claimed(store, per_member=2) == []


async def test_jobs_under_the_bots_limit_count_those_of_all_servers(store: Store, clock: FakeClock) -> None:
    await own_rule(store, Rule(concurrent_jobs=2), guild=ELSEWHERE)
    await store.admit(batch_factory(count=3, guild_id=ELSEWHERE), NO_LIMITS)
    clock.advance(0.001)
    await store.admit(batch_factory(count=3), NO_LIMITS)
    assert await claimed(store) == [(ELSEWHERE, 0), (ELSEWHERE, 1), (GUILD, 0)]


async def test_what_waits_follows_a_members_new_rule_and_never_waits_for_ever(store: Store) -> None:
    await store.admit(batch_factory(count=4), NO_LIMITS)
    await own_rule(store, Rule(concurrent_jobs=0))
    assert await claimed(store) == [(GUILD, 0)]
    await own_rule(store, Rule(concurrent_jobs=3))
    assert len(await claimed(store)) == 2


async def test_what_waits_follows_the_next_rule_where_a_members_own_is_taken_away(store: Store) -> None:
    await own_rule(store, Rule(concurrent_jobs=1))
    await store.admit(batch_factory(count=4), NO_LIMITS)
    await store.admit(batch_factory(guild_id=ELSEWHERE), NO_LIMITS)
    await store.set_role_quota(GUILD, ROLE, lambda _: Rule(concurrent_jobs=2), act=ACT)
    await own_rule(store, Rule())
    assert [guild for guild, _ in await claimed(store, per_member=9)].count(GUILD) == 2
    await store.set_role_quota(GUILD, ROLE, lambda _: Rule(), act=ACT)
    await own_rule(store, Rule())
    assert len(await claimed(store, per_member=9)) == 2


async def test_a_statement_tells_price_refund_cause_and_who_ended_it(
    store: Store, road: Road, clock: FakeClock
) -> None:
    paid = await road.delivered(mode=Mode.MAX, credits_each=2)
    clock.advance(1)
    failed = await road.failed(credits_each=2)
    clock.advance(1)
    elsewhere = await road.queued(guild_id=ELSEWHERE)
    clock.advance(1)
    cancelled = await store.call_off((await road.queued()).id, by=7, actor="moderator:7", reason="no")
    page = await store.items(MEMBER, guild_id=GUILD, page=0, size=8)
    assert [(item.id, item.credits, item.price, item.ended_by) for item in page.items] == [
        (cancelled.id, 0, 1, "moderator:7"),
        (failed.id, 0, 2, "easel"),
        (paid.id, 2, 2, None),
    ]
    assert page.items[1].failure_cause is FAILURE.cause
    everywhere = await store.items(MEMBER, guild_id=None, page=0, size=8)
    assert [item.id for item in everywhere.items][1] == elsewhere.id
    assert everywhere.items[1].state is JobState.QUEUED


async def test_pages_begin_with_the_newest_and_one_too_far_is_the_last(store: Store) -> None:
    admitted = [job for _ in range(5) for job in await store.admit(batch_factory(count=2), NO_LIMITS)]
    ids = sorted((job.id for job in admitted), reverse=True)
    second = await store.items(MEMBER, guild_id=GUILD, page=1, size=4)
    assert ([item.id for item in second.items], second.page, second.pages) == (ids[4:8], 1, 3)
    last = await store.items(MEMBER, guild_id=GUILD, page=99, size=4)
    assert ([item.id for item in last.items], last.page) == (ids[8:], 2)
    none = await store.items(1, guild_id=GUILD, page=-1, size=4)
    assert (none.items, none.page, none.pages) == ((), 0, 1)


@pytest.mark.parametrize("guild", [GUILD, None])
async def test_a_page_is_counted_off_in_an_index_and_only_its_rows_are_read(
    store: Store, road: Road, guild: int | None
) -> None:
    await road.failed()
    steps = await plans(store, store.items(MEMBER, guild_id=guild, page=0, size=4))
    assert [index_of(step) for step in steps] == [
        "jobs_of_person",
        "sqlite_autoindex_jobs_1",
        "jobs_of_person",
    ]
    assert ["COVERING" in step for step in steps] == [True, False, True]


async def test_under_a_servers_rule_a_sum_is_made_from_an_index_of_the_window(store: Store) -> None:
    await own_rule(store, Rule(daily_credits=5))
    (step,) = await plans(store, store.admit(batch_factory(), BOT))
    assert index_of(step) in {"jobs_spent_in_guild", "jobs_spent_by_member"}
    assert "created_at>?" in step
