"""The clock is set back by an hour: nothing waits for that hour, and nothing is taken from who has it."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

from bot.acts import Act, ActKind
from bot.jobs import Card, JobState
from tests.factories import CHANNEL, GUILD, MEMBER
from tests.integration.store.road import LEASE

if TYPE_CHECKING:
    from bot.store import Store
    from tests.clocks import FakeClock
    from tests.integration.store.road import Road

HOUR = timedelta(hours=1)


async def set_back(store: Store, *, owner: str = "me", in_hand: set[str] | None = None) -> int:
    return await store.set_back(HOUR, owner=owner, lease=LEASE, in_hand=in_hand or set())


async def test_what_was_due_is_due_again_at_once(store: Store, road: Road, clock: FakeClock) -> None:
    await road.ready()
    await road.failed()
    await road.running()
    clock.set(-3600)
    assert await store.claim_looks(owner="me", lease=LEASE, at_most=9) == []
    assert await set_back(store) == 3
    assert len(await store.claim_looks(owner="me", lease=LEASE, at_most=9)) == 1
    assert len(await store.claim_ready(owner="me", lease=LEASE, at_most=9)) == 1
    assert len(await store.claim_announcements(owner="me", lease=LEASE, at_most=9)) == 1


async def test_what_was_due_in_a_while_is_due_in_the_same_while(
    store: Store, road: Road, clock: FakeClock
) -> None:
    job = await road.looked_at()
    await store.look_again(job, due_at=clock.now() + timedelta(seconds=20))
    clock.set(-3600)
    await set_back(store)
    assert await store.next_due({JobState.RUNNING}) == clock.now() + timedelta(seconds=20)


async def test_a_lost_workers_lease_runs_out_in_its_own_time(
    store: Store, road: Road, clock: FakeClock
) -> None:
    await road.delivering()
    clock.set(-3600)
    await set_back(store)
    clock.advance(LEASE.total_seconds() - 1)
    assert await store.claim_orphaned_deliveries(owner="me", lease=LEASE, at_most=9) == []
    clock.advance(1)
    assert len(await store.claim_orphaned_deliveries(owner="me", lease=LEASE, at_most=9)) == 1


async def test_what_is_in_hand_stays_there_for_a_whole_lease(
    store: Store, road: Road, clock: FakeClock
) -> None:
    in_hand, fallen = await road.delivering(), await road.delivering()
    clock.advance(LEASE.total_seconds())
    clock.set(-3600)
    await set_back(store, owner="worker-1", in_hand={in_hand.id})
    (taken,) = await store.claim_orphaned_deliveries(owner="other", lease=LEASE, at_most=9)
    assert taken.id == fallen.id
    assert (await store.job(in_hand.id)).lease_until == clock.now() + LEASE


async def test_a_wish_to_be_erased_and_an_act_to_be_told_do_not_wait_for_the_hour_either(
    store: Store, clock: FakeClock
) -> None:
    act = Act(guild_id=GUILD, actor_id=7, kind=ActKind.SETTINGS)
    await store.change_server_settings(GUILD, lambda now: replace(now, log_channel_id=CHANNEL), act=act)
    wish = await store.wish_erasure(MEMBER)
    await store.put_off_erasure(wish, due_at=clock.now() + timedelta(seconds=5))
    clock.set(-3600)
    assert await store.claim_acts(lease=LEASE, fitting=len) is None
    await set_back(store)
    assert await store.next_erasure() == clock.now() + timedelta(seconds=5)
    assert await store.next_act_due() == clock.now()
    assert await store.claim_acts(lease=LEASE, fitting=len)


async def test_ages_are_counted_on_from_where_they_were(store: Store, road: Road, clock: FakeClock) -> None:
    job = await road.running()
    card = Card(channel_id=1, message_id=2, token="t", token_until=clock.now() + timedelta(minutes=10))
    await store.attach_card(job.batch_id, card)
    clock.advance(12)
    clock.set(-3600)
    await set_back(store)
    moved = await store.job(job.id)
    assert moved.submitted_at == clock.now() - timedelta(seconds=12)
    assert moved.card
    assert moved.card.token_until == clock.now() + timedelta(minutes=10, seconds=-12)


async def test_moments_that_the_new_clock_can_have_written_stay(
    store: Store, road: Road, clock: FakeClock
) -> None:
    clock.set(-3600)
    job = await road.running()
    await set_back(store)
    assert await store.job(job.id) == job


async def test_the_history_stays_as_it_was_written(store: Store, road: Road, clock: FakeClock) -> None:
    job = await road.delivered()
    events = await store.events(job.id)
    clock.set(-3600)
    await set_back(store)
    assert (await store.job(job.id)).finished_at == job.finished_at
    assert await store.events(job.id) == events


async def test_the_newest_change_tells_how_late_it_was(store: Store, road: Road, clock: FakeClock) -> None:
    assert await store.newest_moment() is None
    await road.queued()
    clock.advance(5)
    await road.failed()
    assert await store.newest_moment() == clock.now()
