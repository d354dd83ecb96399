"""From a finished picture to its thread, and telling of those that will not come."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from bot.errors import StaleJobError
from bot.jobs import JobState, Rung
from tests.factories import CHANNEL, GUILD, THREAD
from tests.integration.store.road import LEASE, LEASE_SECONDS

if TYPE_CHECKING:
    from bot.store import Store
    from tests.clocks import FakeClock
    from tests.integration.store.road import Road


async def test_a_finished_job_is_fetched_by_one_worker_only(store: Store, road: Road) -> None:
    job = await road.ready()
    (claimed,) = await store.claim_ready(owner="worker-1", lease=LEASE, at_most=9)
    assert (claimed.id, claimed.state) == (job.id, JobState.READY)
    assert await store.claim_ready(owner="worker-2", lease=LEASE, at_most=9) == []


async def test_a_picture_that_cannot_be_had_is_tried_later_and_the_history_says_why(
    store: Store, road: Road, clock: FakeClock
) -> None:
    later = clock.now() + timedelta(seconds=5)
    job = await store.retry_ready(await road.fetched(), due_at=later, reason="the address answers 404")
    assert (job.state, job.due_at, job.lease_owner) == (JobState.READY, later, None)
    last = (await store.events(job.id))[-1]
    assert (last.source, last.target, last.actor) == (JobState.READY, JobState.READY, "worker-1")
    assert last.reason == "the address answers 404"
    assert await store.claim_ready(owner="worker-1", lease=LEASE, at_most=9) == []
    clock.advance(5)
    assert len(await store.claim_ready(owner="worker-1", lease=LEASE, at_most=9)) == 1


async def test_what_is_being_posted_stays_in_the_same_hands(store: Store, road: Road) -> None:
    fetched = await road.fetched()
    job = await store.begin_delivery(fetched)
    assert job.state is JobState.DELIVERING
    assert (job.lease_owner, job.lease_until) == (fetched.lease_owner, fetched.lease_until)


async def test_a_delivered_job_knows_its_message_and_is_due_to_be_told(
    store: Store, road: Road, clock: FakeClock
) -> None:
    job = await store.mark_delivered(
        await road.delivering(), channel_id=CHANNEL, message_id=77, rung=Rung.CHANNEL, discord_code=10003
    )
    assert (job.state, job.message_channel_id, job.message_id) == (JobState.DELIVERED, CHANNEL, 77)
    assert (job.rung, job.discord_code, job.finished_at) == (Rung.CHANNEL, 10003, clock.now())
    assert (job.due_at, job.lease_owner, job.lease_until) == (clock.now(), None, None)
    assert job.credits == 1
    assert await store.job(job.id) == job


async def test_a_whole_road_leaves_one_line_for_every_change(road: Road) -> None:
    assert await road.way(await road.delivered()) == [
        ">queued",
        "queued>submitting",
        "submitting>running",
        "running>ready",
        "ready>delivering",
        "delivering>delivered",
    ]


async def test_a_job_that_could_not_be_posted_now_becomes_ready_again(
    store: Store, road: Road, clock: FakeClock
) -> None:
    later = clock.now() + timedelta(seconds=60)
    job = await store.put_back(await road.delivering(), due_at=later, reason="500")
    assert (job.state, job.due_at, job.lease_owner, job.discord_code) == (JobState.READY, later, None, None)


async def test_an_undeliverable_job_keeps_its_picture_and_its_price(
    store: Store, road: Road, clock: FakeClock
) -> None:
    job = await store.mark_undeliverable(
        await road.delivering(), reason="no place takes it", discord_code=50007
    )
    assert (job.state, job.discord_code, job.finished_at) == (JobState.UNDELIVERABLE, 50007, clock.now())
    assert (job.due_at, job.lease_owner, job.credits) == (clock.now(), None, 1)
    assert job.result_urls


async def test_a_lost_delivery_is_taken_over_when_its_lease_ran_out(
    store: Store, road: Road, clock: FakeClock
) -> None:
    lost = await road.delivering()
    assert await store.claim_orphaned_deliveries(owner="worker-2", lease=LEASE, at_most=9) == []
    clock.advance(LEASE_SECONDS)
    (taken,) = await store.claim_orphaned_deliveries(owner="worker-2", lease=LEASE, at_most=9)
    assert (taken.id, taken.state, taken.lease_owner) == (lost.id, JobState.DELIVERING, "worker-2")
    with pytest.raises(StaleJobError):
        await store.mark_delivered(lost, channel_id=THREAD, message_id=1, rung=Rung.THREAD)
    await store.mark_delivered(taken, channel_id=THREAD, message_id=1, rung=Rung.THREAD)


async def test_a_failed_job_is_announced_once(store: Store, road: Road, clock: FakeClock) -> None:
    failed = await road.failed()
    (job,) = await store.claim_announcements(owner="worker-1", lease=LEASE, at_most=9)
    assert (job.id, job.state) == (failed.id, JobState.FAILED)
    assert await store.claim_announcements(owner="worker-2", lease=LEASE, at_most=9) == []
    told = await store.mark_announced(await store.mark_explained(job, channel_id=THREAD, message_id=5))
    assert (told.due_at, told.lease_owner) == (None, None)
    assert (told.message_channel_id, told.message_id) == (THREAD, 5)
    clock.advance(LEASE_SECONDS)
    assert await store.claim_announcements(owner="worker-2", lease=LEASE, at_most=9) == []


async def test_an_announcement_that_did_not_work_is_made_later(
    store: Store, road: Road, clock: FakeClock
) -> None:
    await road.failed()
    (job,) = await store.claim_announcements(owner="worker-1", lease=LEASE, at_most=9)
    await store.announce_later(job, due_at=clock.now() + timedelta(seconds=9))
    assert await store.claim_announcements(owner="worker-1", lease=LEASE, at_most=9) == []
    clock.advance(9)
    assert len(await store.claim_announcements(owner="worker-1", lease=LEASE, at_most=9)) == 1


async def test_an_announcement_of_a_lost_worker_is_made_by_another(
    store: Store, road: Road, clock: FakeClock
) -> None:
    await road.failed()
    await store.claim_announcements(owner="worker-1", lease=LEASE, at_most=9)
    clock.advance(LEASE_SECONDS)
    assert len(await store.claim_announcements(owner="worker-2", lease=LEASE, at_most=9)) == 1


@pytest.mark.parametrize("state", [JobState.DELIVERED, JobState.UNDELIVERABLE, JobState.CANCELLED])
async def test_every_other_end_is_told_once_too(store: Store, road: Road, state: JobState) -> None:
    ended = await road.to(state)
    (job,) = await store.claim_announcements(owner="worker-1", lease=LEASE, at_most=9)
    assert job.id == ended.id
    await store.mark_announced(job)
    assert await store.claim_announcements(owner="worker-1", lease=LEASE, at_most=9) == []


async def test_telling_of_a_delivered_job_leaves_its_message_alone(store: Store, road: Road) -> None:
    delivered = await road.delivered()
    (job,) = await store.claim_announcements(owner="worker-1", lease=LEASE, at_most=9)
    told = await store.mark_announced(job)
    assert (told.due_at, told.lease_owner) == (None, None)
    assert (told.message_id, told.rung) == (delivered.message_id, delivered.rung)


async def test_a_delivered_message_may_be_gone_already(store: Store, road: Road) -> None:
    job = await store.mark_delivered(
        await road.delivering(), channel_id=THREAD, message_id=None, rung=Rung.THREAD
    )
    assert (job.state, job.message_id) == (JobState.DELIVERED, None)


async def test_a_step_down_says_how_far_to_look_for_an_interrupted_delivery(
    store: Store, road: Road, clock: FakeClock
) -> None:
    await store.step_down(await road.delivering(), rung=Rung.DIRECT, discord_code=50013)
    clock.advance(LEASE_SECONDS)
    (lost,) = await store.claim_orphaned_deliveries(owner="worker-2", lease=LEASE, at_most=9)
    assert (lost.rung, lost.discord_code) == (Rung.DIRECT, 50013)
    anew = await store.put_back(lost, due_at=clock.now(), reason="no message of it was found")
    assert (anew.rung, anew.discord_code) == (None, None)


async def test_an_undeliverable_job_stands_on_no_rung(store: Store, road: Road) -> None:
    delivering = await store.step_down(await road.delivering(), rung=Rung.DIRECT, discord_code=50013)
    job = await store.mark_undeliverable(delivering, reason="no place", discord_code=50007)
    assert (job.rung, job.discord_code) == (None, 50007)


async def test_a_delivery_in_doubt_stays_one_and_is_taken_up_when_it_is_due(
    store: Store, road: Road, clock: FakeClock
) -> None:
    later = clock.now() + timedelta(seconds=5)
    job = await store.leave_in_doubt(await road.delivering(), due_at=later, reason="reset")
    assert (job.state, job.due_at, job.lease_owner) == (JobState.DELIVERING, later, None)
    assert await store.claim_orphaned_deliveries(owner="worker-1", lease=LEASE, at_most=9) == []
    clock.advance(5)
    assert len(await store.claim_orphaned_deliveries(owner="worker-1", lease=LEASE, at_most=9)) == 1


async def test_only_what_waits_in_this_server_and_in_nobodys_hands_is_hurried(
    store: Store, road: Road, clock: FakeClock
) -> None:
    later = clock.now() + timedelta(hours=1)
    waiting = await store.retry_ready(await road.fetched(), due_at=later, reason="the bot is away")
    elsewhere = await store.retry_ready(await road.fetched(guild_id=5), due_at=later, reason="away")
    running = await road.running()
    assert await store.hurry(GUILD) == 1
    assert (await store.job(waiting.id)).due_at == clock.now()
    assert (await store.job(elsewhere.id)).due_at == later
    assert (await store.job(running.id)).due_at == running.due_at
