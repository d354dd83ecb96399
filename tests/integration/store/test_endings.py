"""Ending early: from where, with which refund, and who wins a race."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from bot.errors import IllegalTransitionError, JobOverError, StaleJobError
from bot.jobs import TRANSITIONS, Failure, FailureCause, Job, JobState
from tests.factories import job_factory
from tests.integration.store.road import FAILURE

if TYPE_CHECKING:
    from bot.store import Store
    from tests.clocks import FakeClock
    from tests.integration.store.road import Road

#: States that a job gets into by operations of this store; the others wait for moderation.
REACHED = [state for state in JobState if state not in {JobState.HELD, JobState.REJECTED}]


@pytest.mark.parametrize("state", [state for state in REACHED if JobState.FAILED in TRANSITIONS[state]])
async def test_a_failed_job_is_refunded_and_due_to_be_told(
    store: Store, road: Road, clock: FakeClock, state: JobState
) -> None:
    job = await store.fail(await road.to(state), FAILURE)
    assert (job.state, job.credits, job.failure) == (JobState.FAILED, 0, FAILURE)
    assert (job.due_at, job.finished_at) == (clock.now(), clock.now())
    assert (job.lease_owner, job.lease_until, job.wait_reason) == (None, None, None)
    assert await store.job(job.id) == job
    assert (await store.events(job.id))[-1].reason == "provider E500"


@pytest.mark.parametrize("cause", FailureCause)
async def test_every_cause_is_kept(store: Store, road: Road, cause: FailureCause) -> None:
    job = await store.fail(await road.queued(), Failure(cause=cause))
    assert (await store.job(job.id)).failure == Failure(cause=cause)


@pytest.mark.parametrize("state", [state for state in REACHED if JobState.FAILED not in TRANSITIONS[state]])
async def test_a_job_that_cannot_fail_stays_as_it_is(store: Store, road: Road, state: JobState) -> None:
    job = await road.to(state)
    way = await road.way(job)
    with pytest.raises(IllegalTransitionError):
        await store.fail(job, FAILURE)
    assert await store.job(job.id) == job
    assert await road.way(job) == way


async def test_of_two_who_end_a_job_at_once_one_wins_and_one_line_is_written(
    store: Store, road: Road
) -> None:
    job = await road.queued()
    results = await asyncio.gather(
        store.fail(job, FAILURE),
        store.call_off(job.id, by=1, actor="member:1", reason=""),
        return_exceptions=True,
    )
    (loser,) = [result for result in results if isinstance(result, Exception)]
    assert isinstance(loser, StaleJobError | JobOverError)
    (winner,) = [result for result in results if isinstance(result, Job)]
    assert await store.job(job.id) == winner
    assert await road.way(job) == [">queued", f"queued>{winner.state.value}"]


async def test_an_old_copy_of_a_job_cannot_move_it(store: Store, road: Road) -> None:
    queued = await road.queued()
    await store.fail(queued, FAILURE)
    with pytest.raises(StaleJobError, match=queued.id):
        await store.fail(queued, FAILURE)
    assert len(await store.events(queued.id)) == 2


async def test_a_job_that_does_not_exist_is_stale(store: Store, road: Road) -> None:
    with pytest.raises(StaleJobError):
        await store.fail(job_factory(), FAILURE)
