"""A block holds for everything that is asked for in its server, and ends by itself."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from bot.acts import ActKind, Block, BlockDetail
from bot.errors import BlockedError, NotBlockedError, QuotaError
from bot.jobs import JobState
from bot.quota import Limits
from tests.clocks import NOON
from tests.factories import GUILD, MEMBER, NO_LIMITS, batch_factory

if TYPE_CHECKING:
    from datetime import datetime

    from bot.jobs import Job
    from bot.store import Store
    from tests.clocks import FakeClock
    from tests.integration.store.road import Road

NOOR = 7
AN_HOUR = timedelta(hours=1)


async def block(store: Store, until: datetime | None, reason: str = "spam") -> list[Job]:
    _, cancelled = await store.block(
        guild_id=GUILD, member_id=MEMBER, until=until, reason=reason, actor_id=NOOR
    )
    return cancelled


async def unblock(store: Store) -> Block:
    return await store.unblock(guild_id=GUILD, member_id=MEMBER, reason="served", actor_id=NOOR)


async def test_a_block_ends_to_the_millisecond(store: Store, clock: FakeClock) -> None:
    await block(store, NOON + AN_HOUR)
    clock.advance(3599.999)
    with pytest.raises(BlockedError) as caught:
        await store.admit(batch_factory(), NO_LIMITS)
    assert (caught.value.until, caught.value.values["reason"]) == (NOON + AN_HOUR, "spam")
    clock.advance(0.001)
    assert await store.admit(batch_factory(), NO_LIMITS)
    assert await store.block_of(guild_id=GUILD, member_id=MEMBER) is None
    with pytest.raises(NotBlockedError):
        await unblock(store)


async def test_it_holds_for_this_member_in_this_server_only(store: Store) -> None:
    await block(store, None)
    assert await store.admit(batch_factory(guild_id=GUILD + 1), NO_LIMITS)
    assert await store.admit(batch_factory(guild_id=None), NO_LIMITS)
    assert await store.admit(batch_factory(member_id=MEMBER + 1), NO_LIMITS)
    with pytest.raises(BlockedError):
        await store.admit(batch_factory(), NO_LIMITS)


async def test_who_is_blocked_is_told_so_before_any_limit(store: Store) -> None:
    nothing = Limits(daily_credits=0, concurrent_jobs=1)
    with pytest.raises(QuotaError):
        await store.admit(batch_factory(), nothing)
    await block(store, None)
    with pytest.raises(BlockedError):
        await store.admit(batch_factory(), nothing)


async def test_a_new_block_changes_the_end_of_the_earlier_one(store: Store, clock: FakeClock) -> None:
    await block(store, None)
    clock.advance(60)
    await block(store, NOON + AN_HOUR, "less")
    found = await store.block_of(guild_id=GUILD, member_id=MEMBER)
    assert found == Block(
        guild_id=GUILD,
        member_id=MEMBER,
        until=NOON + AN_HOUR,
        reason="less",
        actor_id=NOOR,
        at=clock.now(),
    )


async def test_what_waits_is_called_off_and_what_was_sent_goes_on(store: Store, road: Road) -> None:
    running = await road.running()
    waiting = await road.queued()
    elsewhere = await road.queued(guild_id=GUILD + 1)
    others = await road.queued(member_id=MEMBER + 1)
    cancelled = await block(store, None)
    assert [job.id for job in cancelled] == [waiting.id]
    assert (cancelled[0].credits, cancelled[0].due_at, cancelled[0].lease_owner) == (0, NOON, None)
    kept = [(await store.job(job.id)).state for job in (running, elsewhere, others)]
    assert kept == [JobState.RUNNING, JobState.QUEUED, JobState.QUEUED]
    assert (await store.events(waiting.id))[-1].actor == f"moderator:{NOOR}"


async def test_what_was_being_sent_and_was_not_sent_after_all_is_called_off_as_well(
    store: Store, road: Road
) -> None:
    sending = await road.submitting()
    others = await road.submitting(member_id=MEMBER + 1)
    assert await block(store, None) == []
    for job in (sending, others):
        await store.requeue(job, due_at=NOON, wait_reason=None, reason="429")
    now = await store.job(sending.id)
    assert (now.state, now.credits, now.cancelled_by) == (JobState.CANCELLED, 0, NOOR)
    assert (now.due_at, now.discarded_at, now.lease_owner) == (NOON, None, None)
    assert (await store.job(others.id)).state is JobState.QUEUED


async def test_blocking_and_lifting_are_acts_with_their_reasons(store: Store, road: Road) -> None:
    await road.queued()
    await block(store, NOON + AN_HOUR)
    lifted = await unblock(store)
    assert (lifted.reason, lifted.until) == ("spam", NOON + AN_HOUR)
    with pytest.raises(NotBlockedError):
        await unblock(store)
    last, first = (await store.acts_of(GUILD, at_most=5)).acts
    assert (first.kind, first.actor_id, first.member_id, first.reason) == (
        ActKind.BLOCK,
        NOOR,
        MEMBER,
        "spam",
    )
    assert BlockDetail.read(first.detail) == BlockDetail(
        until=(NOON + AN_HOUR).replace(microsecond=0), cancelled=1
    )
    assert (last.kind, last.reason) == (ActKind.UNBLOCK, "served")


def test_the_detail_of_a_block_is_read_as_it_was_written() -> None:
    for detail in (BlockDetail(until=None), BlockDetail(until=NOON.replace(microsecond=0), cancelled=3)):
        assert BlockDetail.read(detail.text()) == detail
    assert BlockDetail.read("spoiler: on") is None
