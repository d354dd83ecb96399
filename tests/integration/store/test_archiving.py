"""What is written down of kept pictures, and which of them may be removed."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from bot.errors import StaleJobError
from bot.jobs import FINAL_STATES, Job, JobState
from tests.integration.store.road import LEASE

if TYPE_CHECKING:
    from datetime import datetime

    from bot.store import Store
    from tests.clocks import FakeClock
    from tests.integration.store.road import Road

DAY = timedelta(days=1)


async def kept(store: Store, job: Job) -> Job:
    return await store.mark_archived(job, f"2026/03/{job.id}.jpg")


async def prunable(store: Store, before: datetime, *, owner: str = "w", at_most: int = 10) -> list[Job]:
    return await store.claim_prunable(owner=owner, lease=LEASE, before=before, at_most=at_most)


async def test_a_kept_picture_is_known_by_its_key_and_its_time(store: Store, road: Road) -> None:
    job = await kept(store, await road.fetched())
    assert (job.archive_key, job.archived_at) == (f"2026/03/{job.id}.jpg", road.clock.now())
    assert job.lease_owner == road.worker
    assert await store.job(job.id) == job


async def test_why_a_picture_is_not_kept_stands_in_its_history(store: Store, road: Road) -> None:
    job = await store.mark_not_archived(await road.fetched(), reason="No space left on device")
    assert (job.archive_key, job.archived_at, job.state) == (None, None, JobState.READY)
    assert (await store.events(job.id))[-1].reason == "its picture is not kept: No space left on device"


async def test_a_worker_that_lost_its_lease_cannot_name_a_picture(store: Store, road: Road) -> None:
    job = await road.fetched()
    road.clock.advance(31)
    await store.claim_ready(owner="another", lease=LEASE, at_most=1)
    with pytest.raises(StaleJobError):
        await kept(store, job)


@pytest.mark.parametrize("state", [JobState.DELIVERED, JobState.UNDELIVERABLE])
async def test_a_picture_may_go_once_its_job_ended_long_enough_ago(
    store: Store, road: Road, clock: FakeClock, state: JobState
) -> None:
    job = await kept(store, await road.to(state))
    assert await prunable(store, clock.now() - DAY) == []
    clock.advance(DAY.total_seconds())
    (claimed,) = await prunable(store, clock.now() - DAY)
    assert (claimed.id, claimed.lease_owner) == (job.id, "w")


@pytest.mark.parametrize(
    "state", [state for state in JobState if state not in {*FINAL_STATES, JobState.HELD}], ids=str
)
async def test_a_picture_stays_while_its_job_is_not_at_its_end(
    store: Store, road: Road, clock: FakeClock, state: JobState
) -> None:
    await kept(store, await road.to(state))
    assert await prunable(store, clock.now() + 1000 * DAY) == []


async def test_a_picture_that_is_being_posted_after_an_earlier_end_stays(
    store: Store, road: Road, clock: FakeClock
) -> None:
    """As when its member claims a picture that no place took."""
    job = await kept(store, await road.undeliverable())
    await store._move_one(job, JobState.DELIVERING, reason="claimed by its member")
    assert await prunable(store, clock.now() + 1000 * DAY) == []


async def test_only_kept_pictures_are_claimed_the_oldest_first_and_not_too_many(
    store: Store, road: Road, clock: FakeClock
) -> None:
    jobs = []
    for _ in range(3):
        jobs.append(await kept(store, await road.delivered()))
        await road.delivered()
        clock.advance(1)
    claimed = await prunable(store, clock.now(), at_most=2)
    assert [job.id for job in claimed] == [job.id for job in jobs[:2]]


async def test_two_workers_never_prune_the_same_job_until_a_lease_ran_out(
    store: Store, road: Road, clock: FakeClock
) -> None:
    await kept(store, await road.delivered())
    (first,) = await prunable(store, clock.now())
    assert await prunable(store, clock.now(), owner="x") == []
    clock.advance(LEASE.total_seconds())
    (second,) = await prunable(store, clock.now(), owner="x")
    await store.mark_pruned([first], removed={first.id})
    assert (await store.job(first.id)).archive_key is not None
    await store.mark_pruned([second], removed={second.id})
    assert (await store.job(first.id)).archive_key is None


async def test_a_removed_picture_is_forgotten_and_the_others_are_given_back(
    store: Store, road: Road, clock: FakeClock
) -> None:
    gone, stays = [await kept(store, await road.delivered()) for _ in range(2)]
    claimed = await prunable(store, clock.now())
    await store.mark_pruned(claimed, removed={gone.id})
    forgotten = await store.job(gone.id)
    assert (forgotten.archive_key, forgotten.archived_at) == (None, gone.archived_at)
    assert [job.id for job in await prunable(store, clock.now(), owner="x")] == [stays.id]
    assert forgotten.lease_owner is None


async def test_keys_are_told_of_those_jobs_only_whose_pictures_are_kept(store: Store, road: Road) -> None:
    job = await kept(store, await road.delivered())
    other = await road.delivered()
    assert await store.archive_keys({job.id, other.id, "0" * 16}) == {job.archive_key}
    assert await store.archive_keys(set()) == set()
