"""Keeping, giving back and waiting for leases."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from bot.jobs import FINAL_STATES, JobState, WaitReason
from tests.integration.store.road import LEASE, LEASE_SECONDS

if TYPE_CHECKING:
    from bot.store import Store
    from tests.clocks import FakeClock
    from tests.integration.store.road import Road


async def test_a_renewed_lease_is_not_taken_over(store: Store, road: Road, clock: FakeClock) -> None:
    delivering = await road.delivering()
    submitting = await road.submitting()
    clock.advance(LEASE_SECONDS - 1)
    assert await store.renew("worker-1", LEASE, held={delivering.id, submitting.id}) == 2
    clock.advance(1)
    assert await store.expire_submissions(deadline=clock.now()) == []
    assert await store.claim_orphaned_deliveries(owner="worker-2", lease=LEASE, at_most=9) == []
    for job in (delivering, submitting):
        assert (await store.job(job.id)).lease_until == clock.now() + LEASE - timedelta(seconds=1)


async def test_a_lease_of_what_a_worker_let_fall_runs_out(store: Store, road: Road, clock: FakeClock) -> None:
    fallen, in_hand = await road.delivering(), await road.delivering()
    clock.advance(LEASE_SECONDS - 1)
    assert await store.renew("worker-1", LEASE, held={in_hand.id}) == 1
    assert await store.renew("worker-1", LEASE, held=()) == 0
    clock.advance(1)
    (taken,) = await store.claim_orphaned_deliveries(owner="worker-1", lease=LEASE, at_most=9)
    assert taken.id == fallen.id


async def test_only_ones_own_leases_are_renewed_and_given_back(store: Store, road: Road) -> None:
    job = await road.looked_at()
    assert await store.renew("worker-2", LEASE, held={job.id}) == 0
    assert await store.release("worker-2") == 0
    assert await store.job(job.id) == job


async def test_a_worker_that_stops_gives_back_what_it_had_only_in_hand(store: Store, road: Road) -> None:
    await road.failed()
    await store.claim_announcements(owner="worker-1", lease=LEASE, at_most=9)
    await road.unconfirmed()
    await store.claim_unconfirmed(owner="worker-1", lease=LEASE, at_most=9)
    await road.looked_at()
    await road.fetched()
    assert await store.release("worker-1") == 4
    assert len(await store.claim_announcements(owner="worker-2", lease=LEASE, at_most=9)) == 1
    assert len(await store.claim_unconfirmed(owner="worker-2", lease=LEASE, at_most=9)) == 1
    assert len(await store.claim_looks(owner="worker-2", lease=LEASE, at_most=9)) == 1
    assert len(await store.claim_ready(owner="worker-2", lease=LEASE, at_most=9)) == 1


async def test_what_may_have_been_sent_or_posted_is_not_simply_given_back(store: Store, road: Road) -> None:
    held = [await road.delivering(), await road.submitting()]
    assert await store.release("worker-1") == 0
    assert [await store.job(job.id) for job in held] == held


async def test_nothing_is_due_in_an_empty_database(store: Store) -> None:
    assert await store.next_due(set(JobState)) is None
    assert await store.next_due(set()) is None


async def test_the_next_due_job_of_the_asked_states_counts(
    store: Store, road: Road, clock: FakeClock
) -> None:
    soon, later = clock.now() + timedelta(seconds=3), clock.now() + timedelta(seconds=9)
    await store.mark_running(await road.submitting(), task_id="a", look_at=later)
    await store.mark_running(await road.submitting(), task_id="b", look_at=soon)
    assert await store.next_due({JobState.RUNNING}) == soon
    assert await store.next_due({JobState.READY}) is None
    await road.failed()
    assert await store.next_due({JobState.RUNNING, JobState.FAILED}) == clock.now()
    assert await store.next_due(FINAL_STATES) == clock.now()


async def test_a_job_in_somebodys_hands_is_due_when_the_lease_ends(
    store: Store, road: Road, clock: FakeClock
) -> None:
    await road.delivering()
    assert await store.next_due({JobState.READY, JobState.DELIVERING}) == clock.now() + LEASE


async def test_a_job_given_back_for_later_is_due_later(store: Store, road: Road, clock: FakeClock) -> None:
    later = clock.now() + timedelta(hours=1)
    job = await road.submitting()
    assert await store.next_due({JobState.SUBMITTING}) == clock.now() + LEASE
    await store.requeue(job, due_at=later, wait_reason=WaitReason.SERVICE_PAUSED, reason="402")
    assert await store.next_due({JobState.QUEUED, JobState.SUBMITTING}) == later


@pytest.mark.parametrize("state", sorted(FINAL_STATES - {JobState.REJECTED}))
async def test_a_job_whose_end_was_told_is_never_due(store: Store, road: Road, state: JobState) -> None:
    await road.to(state)
    (job,) = await store.claim_announcements(owner="worker-1", lease=LEASE, at_most=9)
    await store.mark_announced(job)
    assert await store.next_due(set(JobState)) is None
