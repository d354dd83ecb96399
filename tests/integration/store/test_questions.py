"""Reading without changing, and the memory of studios."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from bot.jobs import Card, JobState
from bot.store.tables import WORKING_STATES
from tests.factories import CHANNEL, GUILD, MEMBER, THREAD

if TYPE_CHECKING:
    from bot.store import Store
    from tests.integration.store.road import Road


async def test_jobs_are_counted_by_what_is_still_to_be_done(store: Store, road: Road) -> None:
    await road.running()
    await road.ready()
    await road.delivered()
    await road.failed()
    await road.queued()
    await road.queued()
    counted = await store.count_by_state()
    assert set(counted) == set(WORKING_STATES)
    assert {state for state, jobs in counted.items() if jobs} == {
        JobState.RUNNING,
        JobState.READY,
        JobState.QUEUED,
    }
    assert counted[JobState.QUEUED] == 2


async def test_the_ended_jobs_are_counted_on_demand(store: Store, road: Road) -> None:
    await road.delivered()
    await road.failed()
    counted = await store.count_by_state(with_final=True)
    assert set(counted) == set(JobState)
    assert {state for state, jobs in counted.items() if jobs} == {JobState.DELIVERED, JobState.FAILED}


async def test_a_ping_of_an_open_store_is_silent(store: Store) -> None:
    await store.ping()


async def studio(store: Store, **where: int) -> int | None:
    return await store.studio(**{"guild_id": GUILD, "channel_id": CHANNEL, "member_id": MEMBER} | where)


async def test_a_studio_is_remembered_for_one_member_in_one_channel(store: Store) -> None:
    assert await studio(store) is None
    await store.remember_studio(guild_id=GUILD, channel_id=CHANNEL, member_id=MEMBER, thread_id=THREAD)
    assert await studio(store) == THREAD
    assert await studio(store, member_id=1) is None
    assert await studio(store, channel_id=1) is None
    assert await studio(store, guild_id=1) is None


async def test_a_new_studio_takes_the_place_of_the_old_one(store: Store) -> None:
    for thread in (THREAD, THREAD + 1):
        await store.remember_studio(guild_id=GUILD, channel_id=CHANNEL, member_id=MEMBER, thread_id=thread)
    assert await studio(store) == THREAD + 1


async def test_a_studio_that_was_never_remembered_is_known_by_its_members_card(
    store: Store, road: Road
) -> None:
    async def carded(message_id: int, **fields: Any) -> int:
        job = await road.queued(**fields)
        await store.attach_card(job.batch_id, Card(channel_id=CHANNEL, message_id=message_id))
        return message_id

    older, newer = await carded(11), await carded(12)
    others = [await carded(13, member_id=1), await carded(14), 15]
    async with store._database.writing() as connection:
        await connection.exec_driver_sql("UPDATE jobs SET own_thread = 1 WHERE card_message_id = 14")

    async def found(threads: list[int], *, channel_id: int = CHANNEL) -> int | None:
        return await store.opened_studio(channel_id=channel_id, member_id=MEMBER, thread_ids=threads)

    assert await found([older, newer, *others]) == newer
    assert await found(others) is None
    assert await found([older], channel_id=1) is None


async def test_a_forgotten_studio_is_gone_and_the_others_stay(store: Store) -> None:
    await store.remember_studio(guild_id=GUILD, channel_id=CHANNEL, member_id=MEMBER, thread_id=THREAD)
    await store.remember_studio(guild_id=GUILD, channel_id=CHANNEL, member_id=1, thread_id=THREAD + 1)
    await store.forget_studio(THREAD)
    await store.forget_studio(THREAD)
    assert await studio(store) is None
    assert await studio(store, member_id=1) == THREAD + 1


@pytest.mark.parametrize(
    "state", [state for state in JobState if state not in {JobState.HELD, JobState.REJECTED}]
)
async def test_a_job_reads_the_same_as_the_operation_returned_it(
    store: Store, road: Road, state: JobState
) -> None:
    job = await road.to(state)
    assert await store.job(job.id) == job
    assert await store.batch(job.batch_id) == [job]
