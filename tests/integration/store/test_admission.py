"""Taking jobs in: all or none, never over a limit, and what is stored with them."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import pytest

from bot.acts import Act, ActKind
from bot.errors import NotInThisChannelError, QuotaError, UnknownJobError
from bot.jobs import AnswerRight, Card, Job, JobEvent, JobState, Mode, OutputFormat, Place, PlaceNote
from bot.quota import Limits
from bot.servers import ThreadMode
from tests.factories import CHANNEL, GUILD, MEMBER, NO_LIMITS, THREAD, batch_factory, job_factory

if TYPE_CHECKING:
    from bot.store import Store
    from tests.clocks import FakeClock
    from tests.integration.store.road import Road


def daily(limit: int) -> Limits:
    return Limits(daily_credits=limit, concurrent_jobs=3)


async def all_jobs(store: Store) -> int:
    return sum((await store.count_by_state(with_final=True)).values())


async def test_an_admitted_job_is_stored_as_it_was_asked_for(store: Store, clock: FakeClock) -> None:
    batch = batch_factory(
        thread_id=THREAD,
        private=True,
        place=Place.THREAD,
        place_note=PlaceNote.RATE_LIMITED,
        prompt="“שלום” @everyone `x` 🏰\n\u202e",
        locale="he",
        mode=Mode.MAX,
        output_format=OutputFormat.PNG,
        credits_each=2,
    )
    (job,) = await store.admit(batch, NO_LIMITS)
    assert job == job_factory(
        id=job.id,
        batch_id=job.batch_id,
        thread_id=THREAD,
        private=True,
        place=Place.THREAD,
        place_note=PlaceNote.RATE_LIMITED,
        prompt=batch.prompt,
        locale="he",
        mode=Mode.MAX,
        output_format=OutputFormat.PNG,
        credits=2,
        created_at=clock.now(),
        due_at=clock.now(),
    )
    assert await store.job(job.id) == job


async def test_a_batch_comes_back_by_index_with_ids_in_the_same_order(store: Store) -> None:
    batch = await store.admit(batch_factory(count=4), NO_LIMITS)
    assert [job.batch_index for job in batch] == [0, 1, 2, 3]
    assert {job.batch_size for job in batch} == {4}
    assert all(earlier.id < later.id for earlier, later in pairwise(batch))
    assert await store.batch(batch[0].batch_id) == batch


async def test_the_history_of_a_job_begins_with_its_admission(store: Store, clock: FakeClock) -> None:
    (job,) = await store.admit(batch_factory(), NO_LIMITS)
    assert await store.events(job.id) == [
        JobEvent(
            job_id=job.id,
            at=clock.now(),
            source=None,
            target=JobState.QUEUED,
            actor=f"member:{MEMBER}",
            reason="admitted",
        ),
    ]


async def test_an_admission_of_nothing_is_a_bug(store: Store) -> None:
    with pytest.raises(ValueError, match="at least one"):
        await store.admit(batch_factory(count=0), NO_LIMITS)


async def test_a_batch_that_does_not_fit_whole_is_not_admitted_at_all(store: Store, clock: FakeClock) -> None:
    await store.admit(batch_factory(count=3), daily(5))
    with pytest.raises(QuotaError) as caught:
        await store.admit(batch_factory(count=3), daily(5))
    assert (caught.value.whose, caught.value.values["left"]) == ("member", 2)
    assert caught.value.back_at == clock.now() + timedelta(hours=24)
    assert await all_jobs(store) == 3
    assert len(await store.admit(batch_factory(count=2), daily(5))) == 2


async def test_credits_come_back_a_day_after_they_were_spent(store: Store, clock: FakeClock) -> None:
    await store.admit(batch_factory(), daily(1))
    clock.advance(24 * 3600 - 0.001)
    with pytest.raises(QuotaError):
        await store.admit(batch_factory(), daily(1))
    clock.advance(0.001)
    assert await store.admit(batch_factory(), daily(1))


async def test_a_refund_gives_the_credits_back_at_once(store: Store, road: Road) -> None:
    await road.failed()
    await road.cancelled()
    assert await store.admit(batch_factory(), daily(1))


async def test_an_undeliverable_picture_was_made_and_stays_paid(store: Store, road: Road) -> None:
    await road.undeliverable()
    with pytest.raises(QuotaError):
        await store.admit(batch_factory(), daily(1))


async def test_each_limit_counts_its_own_circle(store: Store) -> None:
    limits = Limits(daily_credits=2, concurrent_jobs=3, server_daily_credits=3, operator_daily_credits=4)

    async def ask(member: int, guild: int | None) -> list[Job]:
        return await store.admit(batch_factory(member_id=member, guild_id=guild, count=2), limits)

    await ask(1, GUILD)
    with pytest.raises(QuotaError) as caught:
        await ask(1, GUILD + 1)
    assert caught.value.whose == "member"
    with pytest.raises(QuotaError) as caught:
        await ask(2, GUILD)
    assert caught.value.whose == "server"
    await ask(3, None)
    with pytest.raises(QuotaError) as caught:
        await ask(4, None)
    assert caught.value.whose == "operator"


async def test_racing_commands_of_one_member_never_overspend(store: Store) -> None:
    results = await asyncio.gather(
        *(store.admit(batch_factory(count=2), daily(15)) for _ in range(20)), return_exceptions=True
    )
    refused = [result for result in results if isinstance(result, BaseException)]
    assert len(refused) == 13
    assert all(isinstance(error, QuotaError) for error in refused)
    assert await all_jobs(store) == 14


async def test_a_card_belongs_to_the_whole_batch(store: Store, clock: FakeClock) -> None:
    batch = await store.admit(batch_factory(count=2), NO_LIMITS)
    card = Card(channel_id=1, message_id=2, token="t", token_until=clock.now())
    changed = await store.attach_card(batch[0].batch_id, card)
    assert [job.card for job in changed] == [card, card]
    assert changed == await store.batch(batch[0].batch_id)


async def test_a_card_may_come_without_a_token(store: Store) -> None:
    (job,) = await store.admit(batch_factory(), NO_LIMITS)
    card = Card(channel_id=1, message_id=2)
    assert (await store.attach_card(job.batch_id, card))[0].card == card


async def test_a_place_belongs_to_the_whole_batch(store: Store) -> None:
    batch = await store.admit(batch_factory(count=2), NO_LIMITS)
    placed = await store.place(
        batch[0].batch_id, thread_id=THREAD, place=Place.CHANNEL, note=PlaceNote.FAILED
    )
    assert [(job.thread_id, job.place, job.place_note) for job in placed] == [
        (THREAD, Place.CHANNEL, PlaceNote.FAILED)
    ] * 2
    assert placed == await store.batch(batch[0].batch_id)


async def test_an_unknown_batch_has_neither_card_nor_place(store: Store) -> None:
    with pytest.raises(UnknownJobError):
        await store.attach_card("nothing", Card(channel_id=1, message_id=2))
    with pytest.raises(UnknownJobError):
        await store.place("nothing", thread_id=None, place=Place.CHANNEL, note=None)
    assert await store.batch("nothing") == []
    with pytest.raises(UnknownJobError):
        await store.job("nothing")
    assert await store.events("nothing") == []


async def test_the_right_to_an_answer_is_held_until_its_card_is_known(store: Store, clock: FakeClock) -> None:
    right = AnswerRight(token="a-token", until=clock.now())
    (job,) = await store.admit(batch_factory(answer=right), NO_LIMITS)
    assert job.card is None
    assert await store.held_answer(job.batch_id) == right
    card = Card(channel_id=1, message_id=2, token=right.token, token_until=right.until)
    (shown,) = await store.attach_card(job.batch_id, card)
    assert shown.card == card
    assert await store.held_answer(job.batch_id) is None


async def test_a_remembered_studio_is_known_from_the_first_moment(store: Store) -> None:
    asked = batch_factory(guild_id=1, channel_id=2, member_id=3, place=Place.STUDIO)
    (first,) = await store.admit(asked, NO_LIMITS)
    await store.remember_studio(guild_id=1, channel_id=2, member_id=3, thread_id=4)
    (second,) = await store.admit(asked, NO_LIMITS)
    (elsewhere,) = await store.admit(replace(asked, channel_id=5), NO_LIMITS)
    threads = [job.thread_id for job in (first, second, elsewhere)]
    assert threads == [None, 4, None]
    act = Act(guild_id=1, actor_id=3, kind=ActKind.SETTINGS)
    per_job = ThreadMode.PER_JOB
    await store.change_server_settings(1, lambda now: replace(now, thread_mode=per_job), act=act)
    (of_its_own,) = await store.admit(asked, NO_LIMITS)
    assert of_its_own.thread_id is None


async def test_what_a_server_has_decided_by_then_holds_for_the_admitted_jobs(store: Store) -> None:
    async def decide(**decisions: Any) -> None:
        act = Act(guild_id=GUILD, actor_id=MEMBER, kind=ActKind.SETTINGS)
        await store.change_server_settings(GUILD, lambda now: replace(now, **decisions), act=act)

    (before,) = await store.admit(batch_factory(), NO_LIMITS)
    await decide(thread_mode=ThreadMode.PER_JOB, spoiler=True)
    (after,) = await store.admit(batch_factory(), NO_LIMITS)
    assert (after.own_thread, after.spoiler) == (True, True)
    assert await store.job(before.id) == before
    assert (before.own_thread, before.spoiler) == (False, False)

    await decide(places=frozenset({CHANNEL + 1}))
    with pytest.raises(NotInThisChannelError):
        await store.admit(batch_factory(), NO_LIMITS)
    assert await all_jobs(store) == 2
    await store.admit(batch_factory(guild_id=GUILD + 1), NO_LIMITS)
