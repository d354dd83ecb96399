"""From the queue to the provider: whose turn it is, and that nothing is sent twice."""

from __future__ import annotations

import random
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from bot.errors import StaleJobError
from bot.jobs import IN_FLIGHT_STATES, Job, JobState, WaitReason
from tests.factories import NO_LIMITS, batch_factory
from tests.integration.store.road import LEASE, LEASE_SECONDS

if TYPE_CHECKING:
    from bot.store import Store
    from tests.clocks import FakeClock
    from tests.integration.store.road import Road


async def claim(
    store: Store,
    *,
    at_most: int = 100,
    per_member: int = 100,
    in_flight_limit: int = 100,
    owner: str = "worker-1",
) -> list[Job]:
    return await store.claim_submissions(
        owner=owner, lease=LEASE, at_most=at_most, per_member=per_member, in_flight_limit=in_flight_limit
    )


async def ask(
    store: Store, clock: FakeClock, member: int, *, guild: int | None = 1, count: int = 1
) -> list[Job]:
    clock.advance(0.001)  # so that ids sort by the order of asking
    return await store.admit(batch_factory(member_id=member, guild_id=guild, count=count), NO_LIMITS)


async def test_a_claimed_job_is_submitting_under_a_lease_and_has_one_attempt_more(
    store: Store, road: Road, clock: FakeClock
) -> None:
    job = await road.queued()
    (claimed,) = await claim(store)
    assert (claimed.id, claimed.state, claimed.attempts) == (job.id, JobState.SUBMITTING, 1)
    assert (claimed.lease_owner, claimed.lease_until) == ("worker-1", clock.now() + LEASE)
    assert await store.job(job.id) == claimed
    assert await road.way(job) == [">queued", "queued>submitting"]
    assert (await store.events(job.id))[1].actor == "worker-1"


async def test_nothing_is_claimed_twice(store: Store, road: Road) -> None:
    await road.queued()
    assert len(await claim(store)) == 1
    assert await claim(store, owner="worker-2") == []


async def test_an_empty_queue_gives_nothing(store: Store) -> None:
    assert await claim(store) == []


async def test_every_member_comes_once_before_anybody_comes_twice(store: Store, clock: FakeClock) -> None:
    await ask(store, clock, 1, count=3)
    await ask(store, clock, 2, count=2)
    await ask(store, clock, 3)
    assert [job.member_id for job in await claim(store)] == [1, 2, 3, 1, 2, 1]


async def test_what_a_member_has_in_flight_counts_as_had(store: Store, clock: FakeClock) -> None:
    await ask(store, clock, 1, count=2)
    await claim(store)
    await ask(store, clock, 1, count=2)
    await ask(store, clock, 2, count=3)
    assert [job.member_id for job in await claim(store)] == [2, 2, 1, 2, 1]


async def test_servers_take_turns_within_a_round(store: Store, clock: FakeClock) -> None:
    for member in (1, 2, 3):
        await ask(store, clock, member, guild=100)
    await ask(store, clock, 4, guild=200)
    await ask(store, clock, 5, guild=200)
    assert [job.member_id for job in await claim(store)] == [1, 4, 2, 5, 3]


async def test_what_a_server_has_in_flight_counts_as_had(store: Store, clock: FakeClock) -> None:
    await ask(store, clock, 1, guild=100)
    await claim(store)
    await ask(store, clock, 2, guild=100)
    await ask(store, clock, 3, guild=200)
    assert [job.member_id for job in await claim(store)] == [3, 2]


async def test_outside_servers_nobody_waits_for_strangers(store: Store, clock: FakeClock) -> None:
    for member in (1, 2, 3):
        await ask(store, clock, member, guild=None)
    await ask(store, clock, 4, guild=100)
    await ask(store, clock, 5, guild=100)
    assert [job.member_id for job in await claim(store)] == [1, 2, 3, 4, 5]


async def test_a_batch_goes_in_the_order_of_its_pictures(store: Store, clock: FakeClock) -> None:
    await ask(store, clock, 1, count=4)
    assert [job.batch_index for job in await claim(store)] == [0, 1, 2, 3]


async def test_claiming_at_once_gives_the_same_order_as_one_by_one(store: Store, clock: FakeClock) -> None:
    chance = random.Random(7)
    for _ in range(40):
        member = chance.randint(1, 8)
        await ask(store, clock, member, guild=member % 3 or None, count=chance.randint(1, 3))
    await claim(store, at_most=11)
    one_by_one: list[str] = []
    claimed: list[Job] = []
    while job := await claim(store, at_most=1, per_member=6):
        claimed += job
        one_by_one.append(job[0].id)
    for job_taken in claimed:
        await store.requeue(job_taken, due_at=clock.now(), wait_reason=None, reason="again")
    assert [job.id for job in await claim(store, per_member=6)] == one_by_one
    assert len(one_by_one) > 20


@pytest.mark.parametrize("state", sorted(IN_FLIGHT_STATES))
async def test_a_member_at_their_limit_waits_while_others_go_on(
    store: Store, road: Road, clock: FakeClock, state: JobState
) -> None:
    await road.to(state, member_id=1)
    await ask(store, clock, 1, count=2)
    await ask(store, clock, 2)
    assert [job.member_id for job in await claim(store, per_member=1)] == [2]
    assert [job.member_id for job in await claim(store, per_member=2)] == [1]


async def test_a_finished_job_makes_room_for_its_member(store: Store, road: Road, clock: FakeClock) -> None:
    await road.ready(member_id=1)
    await ask(store, clock, 1)
    assert len(await claim(store, per_member=1)) == 1


async def test_no_more_than_the_limit_is_in_flight_altogether(
    store: Store, road: Road, clock: FakeClock
) -> None:
    await road.running()
    await road.unconfirmed()
    await ask(store, clock, 1, count=5)
    assert len(await claim(store, in_flight_limit=4)) == 2
    assert await claim(store, in_flight_limit=4) == []
    assert await claim(store, in_flight_limit=0) == []
    assert await claim(store, at_most=0) == []
    assert await claim(store, at_most=-1) == []
    assert len(await claim(store, at_most=1, in_flight_limit=10)) == 1


async def test_a_job_that_was_put_back_waits_until_it_is_due(
    store: Store, road: Road, clock: FakeClock
) -> None:
    job = await road.submitting()
    back = await store.requeue(
        job, due_at=clock.now() + LEASE, wait_reason=WaitReason.SERVICE_BUSY, reason="429"
    )
    assert (back.state, back.wait_reason, back.attempts) == (JobState.QUEUED, WaitReason.SERVICE_BUSY, 1)
    assert (back.lease_owner, back.lease_until) == (None, None)
    assert await claim(store) == []
    clock.advance(LEASE_SECONDS)
    (again,) = await claim(store)
    assert (again.attempts, again.wait_reason) == (2, WaitReason.SERVICE_BUSY)
    running = await store.mark_running(again, task_id="t", look_at=clock.now())
    assert running.wait_reason is None
    assert await road.way(job) == [
        ">queued",
        "queued>submitting",
        "submitting>queued",
        "queued>submitting",
        "submitting>running",
    ]


async def test_a_running_job_knows_its_task_and_when_to_look(
    store: Store, road: Road, clock: FakeClock
) -> None:
    job = await road.submitting()
    clock.advance(2)
    look_at = clock.now() + timedelta(seconds=20)
    running = await store.mark_running(job, task_id="task-7", look_at=look_at)
    assert (running.state, running.task_id, running.due_at) == (JobState.RUNNING, "task-7", look_at)
    assert (running.submitted_at, running.lease_owner) == (clock.now(), None)


async def test_a_lost_submission_becomes_unconfirmed_and_is_never_sent_again(
    store: Store, road: Road, clock: FakeClock
) -> None:
    job = await road.submitting()
    deadline = clock.now() + timedelta(minutes=10)
    clock.advance(LEASE_SECONDS - 1)
    assert await store.expire_submissions(deadline=deadline) == []
    clock.advance(1)
    (expired,) = await store.expire_submissions(deadline=deadline)
    assert (expired.id, expired.state, expired.due_at) == (job.id, JobState.UNCONFIRMED, deadline)
    assert expired.lease_owner is None
    assert await claim(store) == []
    with pytest.raises(StaleJobError):
        await store.mark_running(job, task_id="late", look_at=clock.now())


async def test_an_unconfirmed_job_is_given_up_only_after_its_deadline(
    store: Store, road: Road, clock: FakeClock
) -> None:
    job = await store.mark_unconfirmed(
        await road.submitting(), deadline=clock.now() + timedelta(seconds=60), reason="timed out"
    )
    assert job.state is JobState.UNCONFIRMED
    assert await store.claim_unconfirmed(owner="worker-2", lease=LEASE, at_most=9) == []
    clock.advance(60)
    (claimed,) = await store.claim_unconfirmed(owner="worker-2", lease=LEASE, at_most=9)
    assert (claimed.id, claimed.state, claimed.lease_owner) == (job.id, JobState.UNCONFIRMED, "worker-2")


async def test_a_task_named_late_makes_an_unconfirmed_job_run(
    store: Store, road: Road, clock: FakeClock
) -> None:
    running = await store.mark_running(await road.unconfirmed(), task_id="task-8", look_at=clock.now())
    assert (running.state, running.task_id) == (JobState.RUNNING, "task-8")


async def test_those_who_wait_too_long_are_known_oldest_first(store: Store, clock: FakeClock) -> None:
    (first,) = await ask(store, clock, 1)
    (second,) = await ask(store, clock, 2)
    moment = clock.now()
    await ask(store, clock, 3)
    assert await store.waiting_since(moment) == [first, second]
    assert await store.waiting_since(moment, at_most=1) == [first]


async def test_as_many_are_sendable_as_a_claim_takes(store: Store, road: Road) -> None:
    for _ in range(3):
        await road.queued(member_id=1)
    await road.queued(member_id=2)
    turns = {"per_member": 2, "in_flight_limit": 100}
    assert await store.count_sendable(at_most=9, **turns) == 3
    assert await store.count_sendable(at_most=1, **turns) == 1
    assert await store.count_sendable(at_most=9, per_member=2, in_flight_limit=0) == 0
    assert len(await store.claim_submissions(owner="w", lease=LEASE, at_most=9, **turns)) == 3
    assert await store.count_sendable(at_most=9, **turns) == 0
