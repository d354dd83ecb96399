"""What comes to be known of a job only after its member had everything erased goes as well."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

from bot.acts import Act, ActKind
from bot.jobs import AnswerRight, Card
from bot.servers import ThreadMode
from tests.factories import CHANNEL, GUILD, MEMBER, THREAD
from tests.integration.store.road import LEASE
from tests.integration.store.test_erasing import told

if TYPE_CHECKING:
    from bot.jobs import Job
    from bot.store import Store
    from tests.clocks import FakeClock
    from tests.integration.store.road import Road


async def erased(store: Store, job: Job) -> None:
    """Have everything of a member erased that one job is all of."""
    await store.call_off(job.id, by=MEMBER, actor=f"member:{MEMBER}", reason="erased by its member")
    wish = await store.wish_erasure(MEMBER)
    await store.erase_words(wish, at_most=9)
    await store.forget_card(job)
    assert await store.finish_erasure(wish)


async def test_a_card_that_comes_after_the_end_of_the_wish_is_erased_as_well(
    store: Store, road: Road
) -> None:
    job = await road.queued()
    await erased(store, job)
    await store.attach_card(job.batch_id, Card(channel_id=CHANNEL, message_id=8))
    wish = await store.claim_erasure(lease=LEASE)
    assert wish
    assert wish.done_at is None
    assert [each.id for each in await store.remains(wish, after="", at_most=9)] == [job.id]
    assert not await store.finish_erasure(wish)
    await store.forget_card(job)
    assert await store.finish_erasure(wish)


async def test_a_thread_that_is_opened_after_the_end_of_the_wish_loses_its_name_as_well(
    store: Store, road: Road
) -> None:
    act = Act(guild_id=GUILD, actor_id=1, kind=ActKind.SETTINGS)
    await store.change_server_settings(
        GUILD, lambda now: replace(now, thread_mode=ThreadMode.PER_JOB), act=act
    )
    job = await road.queued()
    assert job.own_thread
    await erased(store, job)
    await store.place(job.batch_id, thread_id=THREAD, place=job.place, note=None)
    wish = await store.claim_erasure(lease=LEASE)
    assert wish
    assert wish.done_at is None
    assert [each.thread_id for each in await store.remains(wish, after="", at_most=9)] == [THREAD]


async def test_a_newer_job_does_not_take_up_an_old_wish_again(store: Store, road: Road) -> None:
    await erased(store, await road.queued())
    road.clock.advance(1)
    job = await road.queued()
    await store.attach_card(job.batch_id, Card(channel_id=CHANNEL, message_id=8))
    wish = await store.erasure_of(MEMBER)
    assert wish
    assert wish.done_at


async def test_an_answer_that_was_perhaps_given_is_not_lost_sight_of(
    store: Store, road: Road, clock: FakeClock
) -> None:
    right = AnswerRight(token="token", until=clock.now() + timedelta(minutes=15))
    job = await road.queued(answer=right)
    await store.call_off(job.id, by=MEMBER, actor=f"member:{MEMBER}", reason="erased by its member")
    wish = await store.wish_erasure(MEMBER)
    await store.erase_words(wish, at_most=9)
    assert await store.held_answer(job.batch_id) == right
    assert not await store.is_erased(wish)
    await store.forget_card(job)
    assert await store.held_answer(job.batch_id) is None
    assert await store.is_erased(wish)


async def test_what_was_asked_for_before_the_clock_was_set_back_is_erased_as_well(
    store: Store, road: Road, clock: FakeClock
) -> None:
    job = await told(store, await road.delivered())
    clock.set(-3600)
    wish = await store.wish_erasure(MEMBER)
    assert wish.due_at == clock.now()
    clock.set(0)
    assert await store.erase_words(wish, at_most=9) == 1
    assert (await store.job(job.id)).prompt == ""
