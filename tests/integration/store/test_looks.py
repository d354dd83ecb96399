"""Watching running jobs, and what their completion teaches."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from bot.errors import StaleJobError
from bot.jobs import JobState, Mode
from tests.integration.store.road import LEASE, LEASE_SECONDS

if TYPE_CHECKING:
    from bot.jobs import Job
    from bot.store import Store
    from tests.clocks import FakeClock
    from tests.integration.store.road import Road


async def claim(store: Store, *, owner: str = "worker-1", at_most: int = 100) -> list[Job]:
    return await store.claim_looks(owner=owner, lease=LEASE, at_most=at_most)


async def test_a_running_job_is_looked_at_when_due_and_by_one_worker_only(
    store: Store, road: Road, clock: FakeClock
) -> None:
    job = await store.mark_running(
        await road.submitting(), task_id="t", look_at=clock.now() + timedelta(seconds=20)
    )
    assert await claim(store) == []
    clock.advance(20)
    (claimed,) = await claim(store)
    assert (claimed.id, claimed.lease_owner, claimed.lease_until) == (job.id, "worker-1", clock.now() + LEASE)
    assert await claim(store, owner="worker-2") == []


async def test_the_longest_due_come_first(store: Store, road: Road, clock: FakeClock) -> None:
    ids = []
    for seconds in (3, 1, 2):
        job = await road.submitting()
        look_at = clock.now() + timedelta(seconds=seconds)
        ids.append((await store.mark_running(job, task_id="t", look_at=look_at)).id)
    clock.advance(3)
    assert [job.id for job in await claim(store, at_most=2)] == [ids[1], ids[2]]
    assert [job.id for job in await claim(store)] == [ids[0]]
    assert await claim(store, at_most=0) == []


async def test_a_job_to_be_looked_at_again_is_given_back(store: Store, road: Road, clock: FakeClock) -> None:
    due_at = clock.now() + timedelta(seconds=3)
    again = await store.look_again(await road.looked_at(), due_at=due_at)
    assert (again.state, again.due_at, again.lease_owner) == (JobState.RUNNING, due_at, None)
    assert await claim(store) == []
    clock.advance(3)
    assert len(await claim(store, owner="worker-2")) == 1


async def test_looking_writes_no_history(store: Store, road: Road, clock: FakeClock) -> None:
    job = await store.look_again(await road.looked_at(), due_at=clock.now())
    assert await road.way(job) == [">queued", "queued>submitting", "submitting>running"]


async def test_telling_that_a_job_is_late_keeps_it_in_hand(
    store: Store, road: Road, clock: FakeClock
) -> None:
    job = await road.looked_at()
    told = await store.mark_late_told(job)
    assert (told.late_told_at, told.lease_owner) == (clock.now(), "worker-1")


async def test_a_lease_that_ran_out_is_anybodys(store: Store, road: Road, clock: FakeClock) -> None:
    lost = await road.looked_at()
    clock.advance(LEASE_SECONDS)
    (taken,) = await claim(store, owner="worker-2")
    assert (taken.id, taken.lease_owner) == (lost.id, "worker-2")
    with pytest.raises(StaleJobError):
        await store.mark_ready(lost, result_urls=["u"], cost_ms=1, completed_at=clock.now())
    with pytest.raises(StaleJobError):
        await store.look_again(lost, due_at=clock.now())
    ready = await store.mark_ready(taken, result_urls=["u"], cost_ms=1, completed_at=clock.now())
    assert ready.state is JobState.READY


async def test_what_is_no_longer_running_is_not_looked_at_again(
    store: Store, road: Road, clock: FakeClock
) -> None:
    running = await road.running()
    await store.mark_ready(running, result_urls=["u"], cost_ms=1, completed_at=clock.now())
    with pytest.raises(StaleJobError):
        await store.look_again(running, due_at=clock.now())
    with pytest.raises(StaleJobError):
        await store.mark_late_told(running)


async def test_a_finished_job_has_its_pictures_and_is_due_at_once(
    store: Store, road: Road, clock: FakeClock
) -> None:
    job = await road.looked_at()
    completed_at = clock.now() - timedelta(seconds=1)
    urls = ["https://cdn.example/a.png?x=1&y=“”", "https://cdn.example/b.png"]
    ready = await store.mark_ready(job, result_urls=urls, cost_ms=9_500, completed_at=completed_at)
    assert (ready.state, ready.result_urls, ready.cost_ms) == (JobState.READY, tuple(urls), 9_500)
    assert (ready.completed_at, ready.due_at, ready.lease_owner) == (completed_at, clock.now(), None)
    assert await store.job(job.id) == ready


async def test_completion_times_are_the_newest_of_their_mode(
    store: Store, road: Road, clock: FakeClock
) -> None:
    for mode, cost_ms in ((Mode.PRO, 1000), (Mode.MAX, 7000), (Mode.PRO, 2000), (Mode.PRO, 3000)):
        job = await road.looked_at(mode=mode)
        clock.advance(1)
        await store.mark_ready(job, result_urls=["u"], cost_ms=cost_ms, completed_at=clock.now())
    assert await store.completion_times(Mode.PRO) == [3000, 2000, 1000]
    assert await store.completion_times(Mode.PRO, limit=2) == [3000, 2000]
    assert await store.completion_times(Mode.MAX) == [7000]


async def test_without_the_providers_figure_the_time_between_counts(
    store: Store, road: Road, clock: FakeClock
) -> None:
    job = await road.looked_at()
    clock.advance(12.5)
    await store.mark_ready(job, result_urls=["u"], cost_ms=None, completed_at=clock.now())
    assert await store.completion_times(Mode.PRO) == [12_500]
    assert await store.completion_times(Mode.MAX) == []
