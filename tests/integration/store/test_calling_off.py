"""Calling off: refunded before it was sent, discarded after, and never both, whoever else moves the job."""

from __future__ import annotations

import asyncio
import random
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
import sqlalchemy as sa

from bot.acts import Act, ActKind
from bot.errors import (
    BeingPostedError,
    CancelledJobError,
    JobOverError,
    StaleJobError,
    StoreError,
    TooLateError,
    UnknownJobError,
)
from bot.jobs import IN_FLIGHT_STATES, Job, JobState, WaitReason
from bot.quota import Limits
from bot.store import Store
from bot.store.community import acts
from bot.store.tables import jobs
from tests.clocks import NOON
from tests.factories import GUILD, MEMBER, NO_LIMITS, batch_factory
from tests.integration.store.road import FAILURE, LEASE

if TYPE_CHECKING:
    from tests.clocks import FakeClock
    from tests.integration.store.road import Road

NOOR = MEMBER + 7
ACT = Act(guild_id=GUILD, actor_id=NOOR, kind=ActKind.CANCEL, member_id=MEMBER, reason="too loud")


async def call_off(store: Store, job: Job, **given: Any) -> Job:
    options: dict[str, Any] = {"by": MEMBER, "actor": f"member:{MEMBER}", "reason": "changed my mind"}
    return await store.call_off(job.id, **{**options, **given})


async def held(store: Store, road: Road, **fields: Any) -> Job:
    """Return a finished job that waits for a moderator; the store has no operation for that yet."""
    job = await road.ready(**fields)
    async with store._database.writing() as connection:
        await connection.execute(sa.update(jobs).where(jobs.c.id == job.id).values(state=JobState.HELD))
    return await store.job(job.id)


async def test_what_was_not_sent_is_cancelled_and_refunded(
    store: Store, road: Road, clock: FakeClock
) -> None:
    job = await call_off(store, await road.queued(credits_each=2))
    assert (job.state, job.credits, job.discarded_at) == (JobState.CANCELLED, 0, None)
    assert (job.due_at, job.finished_at, job.cancelled_by) == (clock.now(), clock.now(), MEMBER)
    last = (await store.events(job.id))[-1]
    assert (last.source, last.target) == (JobState.QUEUED, JobState.CANCELLED)
    assert (last.actor, last.reason) == (f"member:{MEMBER}", "changed my mind")
    assert await store.job(job.id) == job


@pytest.mark.parametrize("state", sorted(IN_FLIGHT_STATES))
async def test_what_the_provider_may_have_stays_where_it_is_and_is_marked(
    store: Store, road: Road, clock: FakeClock, state: JobState
) -> None:
    before = await road.to(state)
    job = await call_off(store, before)
    assert (job.state, job.credits, job.discarded_at) == (state, 1, clock.now())
    assert (job.lease_owner, job.due_at) == (before.lease_owner, before.due_at)
    last = (await store.events(job.id))[-1]
    assert (last.source, last.target, last.actor) == (state, state, f"member:{MEMBER}")


@pytest.mark.parametrize("state", [JobState.READY, JobState.HELD])
async def test_a_finished_picture_is_discarded_at_once_and_stays_paid(
    store: Store, road: Road, clock: FakeClock, state: JobState
) -> None:
    before = await (road.fetched() if state is JobState.READY else held(store, road))
    job = await call_off(store, before)
    assert (job.state, job.credits, job.result_urls) == (JobState.CANCELLED, 1, ())
    assert (job.discarded_at, job.due_at, job.lease_owner) == (clock.now(), clock.now(), None)
    assert (await road.way(job))[-1] == f"{state.value}>cancelled"


async def test_the_result_of_a_discarded_task_goes_nowhere_and_its_time_is_learned_from(
    store: Store, road: Road, clock: FakeClock
) -> None:
    job = await call_off(store, await road.looked_at())
    clock.advance(5)
    over = await store.mark_ready(
        job, result_urls=["https://cdn.example/1.png"], cost_ms=4000, completed_at=clock.now()
    )
    assert (over.state, over.credits, over.result_urls) == (JobState.CANCELLED, 1, ())
    assert (over.due_at, over.finished_at, over.lease_owner) == (clock.now(), clock.now(), None)
    assert (await road.way(job))[-2:] == ["running>ready", "ready>cancelled"]
    assert await store.claim_ready(owner="w", lease=LEASE, at_most=9) == []
    assert await store.completion_times(job.mode) == [4000]


@pytest.mark.parametrize("state", sorted(IN_FLIGHT_STATES))
async def test_a_discarded_job_that_fails_is_refunded_as_any_other(
    store: Store, road: Road, state: JobState
) -> None:
    job = await store.fail(await call_off(store, await road.to(state)), FAILURE)
    assert (job.state, job.credits) == (JobState.FAILED, 0)


async def test_a_discarded_job_of_which_nothing_was_sent_is_cancelled_and_refunded(
    store: Store, road: Road, clock: FakeClock
) -> None:
    before = await road.submitting()
    await call_off(store, before)
    job = await store.requeue(before, due_at=clock.now(), wait_reason=WaitReason.SERVICE_BUSY, reason="503")
    assert (job.state, job.credits, job.discarded_at) == (JobState.CANCELLED, 0, None)
    assert (job.wait_reason, job.lease_owner, job.due_at) == (None, None, clock.now())
    assert (await road.way(job))[-2:] == ["submitting>queued", "queued>cancelled"]
    assert await store.count_sendable(at_most=9, per_member=9, in_flight_limit=9) == 0


async def test_a_discarded_task_counts_against_everybodys_limits_until_it_ends(
    store: Store, road: Road, clock: FakeClock
) -> None:
    job = await road.looked_at()
    await call_off(store, job)
    await road.queued()
    assert await store.count_sendable(at_most=9, per_member=1, in_flight_limit=9) == 0
    assert await store.count_sendable(at_most=9, per_member=9, in_flight_limit=1) == 0
    await store.mark_ready(job, result_urls=["https://x.example"], cost_ms=None, completed_at=clock.now())
    assert await store.count_sendable(at_most=9, per_member=1, in_flight_limit=1) == 1


async def test_credits_of_a_discarded_job_stay_used_and_those_of_a_cancelled_one_do_not(
    store: Store, road: Road
) -> None:
    await call_off(store, await road.ready())
    limits = Limits(daily_credits=2, concurrent_jobs=9)
    (job,) = await store.admit(batch_factory(), limits)
    await call_off(store, job)
    assert await store.admit(batch_factory(), limits)


async def test_a_job_is_called_off_once(store: Store, road: Road) -> None:
    for job in (await road.running(), await road.queued(member_id=5)):
        await call_off(store, job)
        way = await road.way(job)
        with pytest.raises(CancelledJobError):
            await call_off(store, job)
        assert await road.way(job) == way


@pytest.mark.parametrize(
    ("state", "error"),
    [
        (JobState.DELIVERING, BeingPostedError),
        (JobState.DELIVERED, JobOverError),
        (JobState.FAILED, JobOverError),
        (JobState.UNDELIVERABLE, JobOverError),
        (JobState.CANCELLED, CancelledJobError),
    ],
)
async def test_what_is_posted_or_over_is_not_called_off(
    store: Store, road: Road, state: JobState, error: type[Exception]
) -> None:
    job = await road.to(state)
    with pytest.raises(error):
        await call_off(store, job, act=ACT)
    assert await store.job(job.id) == job
    assert await recorded(store) == []


async def test_a_job_that_does_not_exist_is_not_called_off(store: Store) -> None:
    with pytest.raises(UnknownJobError):
        await store.call_off("0" * 16, by=MEMBER, actor="x", reason="x")


async def recorded(store: Store) -> list[tuple[Any, ...]]:
    async with store._database.reading() as connection:
        found = await connection.execute(sa.select(acts.c.actor_id, acts.c.detail, acts.c.reason))
        return [tuple(row) for row in found]


async def test_a_moderators_deed_is_recorded_with_what_became_of_the_job(store: Store, road: Road) -> None:
    await call_off(store, await road.running(), by=NOOR, actor=f"moderator:{NOOR}", act=ACT)
    job = await call_off(store, await road.queued(), by=NOOR, actor=f"moderator:{NOOR}", act=ACT)
    assert job.cancelled_by == NOOR
    assert await recorded(store) == [
        (NOOR, "already sent, credits stay spent", "too loud"),
        (NOOR, "refunded", "too loud"),
    ]


async def test_the_database_itself_lets_only_a_discarded_job_be_cancelled_and_paid(
    store: Store, road: Road
) -> None:
    job = await road.cancelled()
    for state in (JobState.CANCELLED, JobState.REJECTED):
        with pytest.raises(StoreError, match="jobs_refunded"):
            async with store._database.writing() as connection:
                await connection.execute(
                    sa.update(jobs).where(jobs.c.id == job.id).values(state=state, credits=1)
                )
    with pytest.raises(StoreError, match="jobs_refunded"):
        async with store._database.writing() as connection:
            await connection.execute(
                sa.update(jobs)
                .where(jobs.c.id == job.id)
                .values(state=JobState.REJECTED, credits=1, discarded_at=NOON)
            )


#: What else may move a job at the moment at which it is called off, by the state that it is in.
STEPS: dict[JobState, tuple[str, Any]] = {
    JobState.QUEUED: (
        "claim",
        lambda store, job, clock: store.claim_submissions(
            owner="w", lease=LEASE, at_most=1, per_member=9, in_flight_limit=9
        ),
    ),
    JobState.SUBMITTING: (
        "accept",
        lambda store, job, clock: store.mark_running(job, task_id="t", look_at=clock.now()),
    ),
    JobState.UNCONFIRMED: (
        "bind",
        lambda store, job, clock: store.mark_running(job, task_id="t", look_at=clock.now()),
    ),
    JobState.RUNNING: (
        "finish",
        lambda store, job, clock: store.mark_ready(
            job, result_urls=["https://x.example"], cost_ms=None, completed_at=clock.now()
        ),
    ),
    JobState.READY: ("post", lambda store, job, clock: store.begin_delivery(job)),
}


@pytest.mark.parametrize("first", ["call off", "step"])
@pytest.mark.parametrize("state", STEPS)
async def test_called_off_at_the_moment_of_its_next_step_a_job_comes_to_one_consistent_end(
    store: Store, road: Road, clock: FakeClock, state: JobState, first: str
) -> None:
    other = Store(database=store._database, clock=clock)
    job = await road.to(state)
    rivals = [call_off(other, job), STEPS[state][1](store, job, clock)]
    order = rivals if first == "call off" else rivals[::-1]
    results = await asyncio.gather(*order, return_exceptions=True)
    called_off = results[order.index(rivals[0])]
    now = await store.job(job.id)
    if isinstance(called_off, BeingPostedError):
        assert (now.state, now.credits, now.discarded_at) == (JobState.DELIVERING, 1, None)
        return
    assert isinstance(called_off, Job), called_off
    assert all(isinstance(each, Job | list | StaleJobError) for each in results)
    if called_off.discarded_at is None:
        assert (now.state, now.credits) == (JobState.CANCELLED, 0)
    else:
        assert now.credits == 1
        assert now.is_called_off
        assert now.state is JobState.CANCELLED or now.state.is_in_flight
    lines = await store.events(job.id)
    assert sum(line.actor == f"member:{MEMBER}" for line in lines[1:]) == 1


@pytest.mark.parametrize("first", ["call off", "send"])
async def test_a_command_is_called_off_as_a_whole_or_not_at_all(store: Store, road: Road, first: str) -> None:
    other = Store(database=store._database, clock=road.clock)
    batch = await store.admit(batch_factory(count=3), NO_LIMITS)
    asked: dict[str, Any] = {"by": MEMBER, "actor": "member:1", "reason": "not this picture"}
    rivals = [
        other.call_off_unsent(batch[0].batch_id, **asked),
        store.claim_submissions(owner="w", lease=LEASE, at_most=1, per_member=1, in_flight_limit=1),
    ]
    results = await asyncio.gather(*(rivals if first == "call off" else rivals[::-1]), return_exceptions=True)
    called_off = results[0 if first == "call off" else 1]
    now = await store.batch(batch[0].batch_id)
    if isinstance(called_off, TooLateError):
        assert [job.state for job in now] == [JobState.SUBMITTING, JobState.QUEUED, JobState.QUEUED]
        assert [job.credits for job in now] == [1, 1, 1]
        return
    assert called_off == now
    assert {(job.state, job.credits, job.cancelled_by) for job in now} == {(JobState.CANCELLED, 0, MEMBER)}
    with pytest.raises(CancelledJobError):
        await store.call_off_unsent(batch[0].batch_id, **asked)
    assert len(await store.events(batch[2].id)) == 2


async def test_what_is_left_of_a_command_is_called_off_too(store: Store) -> None:
    batch = await store.admit(batch_factory(count=2), NO_LIMITS)
    await call_off(store, batch[0])
    asked: dict[str, Any] = {"by": MEMBER, "actor": "member:1", "reason": "not this picture"}
    (rest,) = await store.call_off_unsent(batch[0].batch_id, **asked)
    assert rest.id == batch[1].id


async def test_two_who_call_off_the_same_job_do_it_once(store: Store, road: Road) -> None:
    for state in (JobState.QUEUED, JobState.RUNNING, JobState.READY):
        job = await road.to(state)
        both = [call_off(store, job, by=who, actor=f"moderator:{who}", act=ACT) for who in (1, 2)]
        results = await asyncio.gather(*both, return_exceptions=True)
        assert sorted(type(result).__name__ for result in results) == ["CancelledJobError", "Job"]
    assert len(await recorded(store)) == 3


async def test_the_place_in_the_turn_is_that_in_which_jobs_are_really_sent(
    store: Store, clock: FakeClock
) -> None:
    chance = random.Random(11)
    for _ in range(60):
        clock.advance(0.001)
        member = chance.randint(1, 9)
        batch = batch_factory(
            member_id=member, guild_id=chance.choice([1, 2, member % 3 or None]), count=chance.randint(1, 3)
        )
        await store.admit(batch, NO_LIMITS)
    options: dict[str, Any] = {"owner": "w", "lease": LEASE, "per_member": 99, "in_flight_limit": 999}
    await store.claim_submissions(at_most=17, **options)
    async with store._database.reading() as connection:
        queued = select_ids(await connection.execute(sa.select(jobs.c.id).where(jobs.c.state == "queued")))
    turns = await store.turns(queued)
    assert turns.waiting == len(queued) > 60
    assert turns.in_flight == 17
    by_place = sorted(queued, key=lambda job_id: turns.turns[job_id].place)
    assert [turns.turns[job_id].place for job_id in by_place] == list(range(1, len(queued) + 1))
    sent = []
    while claimed := await store.claim_submissions(at_most=1, **options):
        sent += claimed
    assert [job.id for job in sent] == by_place


def select_ids(found: Any) -> list[str]:
    return list(found.scalars())


async def test_a_place_tells_how_many_of_ones_own_come_first_or_are_in_flight(
    store: Store, road: Road, clock: FakeClock
) -> None:
    await road.running(member_id=1)
    first, second = await store.admit(batch_factory(member_id=1, count=2), NO_LIMITS)
    (his,) = await store.admit(batch_factory(member_id=2), NO_LIMITS)
    turns = await store.turns({first.id, second.id, his.id})
    found = {
        job.id: (turns.turns[job.id].place, turns.turns[job.id].own_before) for job in (first, second, his)
    }
    assert found == {his.id: (1, 0), first.id: (2, 1), second.id: (3, 2)}
    assert {turn.own_running for turn in turns.turns.values()} == {0, 1}
    assert turns.in_flight == 1
    assert (await store.turns(())).turns == {}


async def test_what_comes_before_a_job_is_counted_where_its_limit_counts(
    store: Store, road: Road, clock: FakeClock
) -> None:
    await road.running(member_id=1)
    await road.running(member_id=1, guild_id=GUILD + 1)
    await road.to(JobState.READY, member_id=1)
    clock.advance(1)
    await road.queued(member_id=2)
    waiting = await road.queued(member_id=1)
    clock.advance(1)
    first, *_ = await store.admit(batch_factory(member_id=1, count=3), NO_LIMITS)
    clock.advance(1)  # ids of one millisecond are in no order
    await road.queued(member_id=1)
    assert await store.ahead_of(waiting) == 2
    assert await store.ahead_of(first) == 3
    assert await store.ahead_of(replace(first, concurrent_jobs=2)) == 2


async def test_what_is_under_way_is_found_by_member_and_by_server_in_pages(
    store: Store, road: Road, clock: FakeClock
) -> None:
    for state in (JobState.DELIVERED, JobState.FAILED, JobState.CANCELLED):
        await road.to(state, member_id=1)
    mine = []
    for state in (JobState.RUNNING, JobState.READY, JobState.QUEUED):
        clock.advance(1)
        mine.append((await road.to(state, member_id=1)).id)
    clock.advance(1)
    his = await road.queued(member_id=2)
    await road.queued(member_id=1, guild_id=GUILD + 1)
    found, total = await store.under_way_of(1, guild_id=GUILD, at_most=2)
    assert ([job.id for job in found], total) == (mine[:2], 3)
    found, total = await store.under_way_in(GUILD, skip=2, at_most=9)
    assert ([job.id for job in found], total) == ([mine[2], his.id], 4)
