"""Ending early: from where, with which refund, and who wins a race."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from bot.errors import IllegalTransitionError, StaleJobError
from bot.jobs import TRANSITIONS, Failure, FailureCause, JobState
from tests.factories import NO_LIMITS, batch_factory, job_factory
from tests.integration.store.road import FAILURE, LEASE

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


async def test_a_cancelled_job_is_refunded_and_says_who_called_it_off(
    store: Store, road: Road, clock: FakeClock
) -> None:
    (job,) = await store.cancel(await road.queued(), actor="member:5", reason="changed my mind")
    assert (job.state, job.credits, job.finished_at) == (JobState.CANCELLED, 0, clock.now())
    assert job.due_at == clock.now()
    last = (await store.events(job.id))[-1]
    assert (last.actor, last.reason) == ("member:5", "changed my mind")


@pytest.mark.parametrize("state", [state for state in REACHED if state is not JobState.QUEUED])
async def test_only_a_job_that_was_not_sent_can_be_cancelled(
    store: Store, road: Road, state: JobState
) -> None:
    job = await road.to(state)
    with pytest.raises(IllegalTransitionError):
        await store.cancel(job, actor="member:1", reason="")
    assert await store.job(job.id) == job


async def test_of_two_who_end_a_job_at_once_one_wins_and_one_line_is_written(
    store: Store, road: Road
) -> None:
    job = await road.queued()
    results = await asyncio.gather(
        store.fail(job, FAILURE),
        store.cancel(job, actor="member:1", reason=""),
        return_exceptions=True,
    )
    assert [type(result) for result in results if isinstance(result, Exception)] == [StaleJobError]
    (result,) = [result for result in results if not isinstance(result, BaseException)]
    (winner,) = result if isinstance(result, list) else [result]
    assert await store.job(job.id) == winner
    assert await road.way(job) == [">queued", f"queued>{winner.state.value}"]


async def test_a_cancelled_job_is_not_submitted_even_in_a_race(store: Store, road: Road) -> None:
    job = await road.queued()
    cancelled, claimed = await asyncio.gather(
        store.cancel(job, actor="member:1", reason=""),
        store.claim_submissions(owner="w", lease=LEASE, at_most=1, per_member=1, in_flight_limit=1),
        return_exceptions=True,
    )
    assert isinstance(cancelled, StaleJobError) == bool(claimed)
    assert len(await store.events(job.id)) == 2


@pytest.mark.parametrize("state", [JobState.SUBMITTING, JobState.CANCELLED])
async def test_a_command_is_cancelled_whole_or_not_at_all(store: Store, state: JobState) -> None:
    first, second, third = await store.admit(batch_factory(count=3), NO_LIMITS)
    if state is JobState.SUBMITTING:
        await store.claim_submissions(owner="w", lease=LEASE, at_most=1, per_member=1, in_flight_limit=1)
    else:
        await store.call_off(first.id, by=1, actor="member:1", reason="")
    with pytest.raises(StaleJobError):
        await store.cancel(second, actor="member:1", reason="")
    for job in (second, third):
        assert await store.job(job.id) == job
        assert len(await store.events(job.id)) == 1


async def test_an_old_copy_of_a_job_cannot_move_it(store: Store, road: Road) -> None:
    queued = await road.queued()
    await store.fail(queued, FAILURE)
    with pytest.raises(StaleJobError, match=queued.id):
        await store.fail(queued, FAILURE)
    assert len(await store.events(queued.id)) == 2


async def test_a_job_that_does_not_exist_is_stale(store: Store, road: Road) -> None:
    with pytest.raises(StaleJobError):
        await store.cancel(job_factory(), actor="member:1", reason="")
