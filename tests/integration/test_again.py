"""What buttons ask of the service, on a real database: again, for whom, from what, and who may delete.

How the parts of the wish for another one come together is the editor's; with buttons that are really pressed
it is tried in `tests/e2e`.
"""

from __future__ import annotations

from dataclasses import asdict
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from bot.errors import (
    ErasedJobError,
    NotRepeatableError,
    NotYoursError,
    PressedTwiceError,
    PromptEmptyError,
    QuotaError,
    RemovedJobError,
    UnknownJobError,
)
from bot.experience import Experience
from bot.jobs import AspectRatio, Kind, Mode, OutputFormat, Place
from bot.quota import Limits, Prices
from bot.service import AgainRequest, Service
from bot.wishes import Origin
from tests.factories import CHANNEL, GUILD, MEMBER, THREAD

if TYPE_CHECKING:
    from bot.jobs import Job
    from bot.store import Store
    from tests.clocks import FakeClock
    from tests.integration.store.road import Road

BEN = MEMBER + 1


@pytest.fixture
def service(store: Store, clock: FakeClock) -> Service:
    return Service(
        store=store,
        experience=Experience(store=store, clock=clock),
        clock=clock,
        limits=Limits(daily_credits=4, concurrent_jobs=3),
        prices=Prices(pro=1, max=2),
        wake=lambda: None,
        is_draining=lambda: False,
    )


def again(job: Job, **changes: Any) -> AgainRequest:
    """Return Ben's wish, made in a thread."""
    where = Origin(
        guild_id=GUILD,
        channel_id=CHANNEL,
        thread_id=THREAD,
        private=False,
        place=Place.THREAD,
        place_note=None,
        member_id=BEN,
        member_name="Ben",
        locale="en-GB",
    )
    return AgainRequest(**{**asdict(where), "job_id": job.id, **changes})


async def make(service: Service, request: AgainRequest) -> list[Job]:
    """Have the service do what `Editor.again` has it do for a picture from words."""
    with service.once(request):
        job = await service.repeatable_job(request)
        return await service.admit(service.check(service.like(job, request)))


async def test_the_same_again_is_whose_press_it_was_and_where(service: Service, road: Road) -> None:
    job = await road.delivered(aspect_ratio=AspectRatio.TALL, output_format=OutputFormat.PNG)
    (made,) = await make(service, again(job))
    assert (made.member_id, made.thread_id, made.locale) == (BEN, THREAD, "en-GB")
    assert (made.prompt, made.mode, made.aspect_ratio, made.output_format) == (
        job.prompt,
        job.mode,
        AspectRatio.TALL,
        OutputFormat.PNG,
    )
    assert (made.parent_id, made.credits, made.batch_size) == (job.id, 1, 1)


async def test_what_is_changed_is_judged_and_paid_as_a_commands(service: Service, road: Road) -> None:
    job = await road.delivered()
    with pytest.raises(PromptEmptyError):
        await make(service, again(job, prompt="  "))
    (made,) = await make(service, again(job, prompt=" a tower ", mode="max", aspect_ratio="1:1"))
    assert (made.prompt, made.mode, made.aspect_ratio) == ("a tower", Mode.MAX, AspectRatio.SQUARE)
    assert made.credits == 2


async def test_a_second_press_makes_nothing_and_a_refused_one_may_be_repeated(
    service: Service, road: Road, clock: FakeClock
) -> None:
    job = await road.delivered()
    await make(service, again(job, mode="max"))
    with pytest.raises(PressedTwiceError):
        await make(service, again(job, mode="max"))
    clock.advance(5)
    await make(service, again(job, mode="max"))
    clock.advance(5)
    for _ in range(2):
        with pytest.raises(QuotaError):
            await make(service, again(job, mode="max"))


async def test_an_edit_is_not_repeated_without_its_pictures(service: Service, road: Road) -> None:
    with pytest.raises(NotRepeatableError):
        await make(service, again(await road.queued(kind=Kind.EDIT)))


async def test_a_picture_of_another_server_does_not_exist_here(service: Service, road: Road) -> None:
    job = await road.delivered()
    with pytest.raises(UnknownJobError):
        await make(service, again(job, guild_id=GUILD + 1))
    with pytest.raises(UnknownJobError):
        await service.visible_job("0" * 16, guild_id=GUILD, member_id=MEMBER)


async def test_a_picture_that_came_directly_is_known_there_to_its_member_alone(
    service: Service, road: Road
) -> None:
    job = await road.delivered()
    assert await service.visible_job(job.id, guild_id=None, member_id=MEMBER) == job
    with pytest.raises(UnknownJobError):
        await service.visible_job(job.id, guild_id=None, member_id=BEN)


async def test_the_lineage_is_told_from_the_nearest_and_cut_where_it_gets_long(
    service: Service, road: Road
) -> None:
    line = [await road.queued()]
    for _ in range(3):
        line.append(await road.queued(parent_id=line[-1].id))
    told = await service.lineage(line[-1])
    assert [job.id for job in told.ancestors] == [job.id for job in line[-2::-1]]
    assert not told.more
    for _ in range(5):
        line.append(await road.queued(parent_id=line[-1].id))
    told = await service.lineage(line[-1])
    assert (len(told.ancestors), told.more) == (6, True)


async def test_what_was_made_in_a_private_thread_is_not_told_of_outside(service: Service, road: Road) -> None:
    secret = await road.queued(private=True, thread_id=THREAD, place=Place.THREAD)
    inside = await road.queued(parent_id=secret.id, private=True, thread_id=THREAD, place=Place.THREAD)
    outside = await road.queued(parent_id=secret.id)
    assert [job.id for job in (await service.lineage(inside)).ancestors] == [secret.id]
    assert (await service.lineage(outside)).ancestors == ()


async def test_a_lineage_ends_where_a_job_is_not_known_any_more(service: Service, road: Road) -> None:
    assert (await service.lineage(await road.queued(parent_id="0" * 16))).ancestors == ()


async def test_its_member_and_who_moderates_may_delete_until_it_is_gone(
    service: Service, road: Road, store: Store
) -> None:
    job = await road.delivered()

    async def ask(member_id: int, *, moderates: bool = False) -> Job:
        return await service.removable_job(job.id, guild_id=GUILD, member_id=member_id, moderates=moderates)

    assert await ask(MEMBER) == job
    assert await ask(BEN, moderates=True) == job
    with pytest.raises(NotYoursError):
        await ask(BEN)
    await store.mark_removed(job, actor="member:1", reason="deleted by its member")
    with pytest.raises(RemovedJobError):
        await ask(MEMBER)


async def test_the_cost_of_a_deleted_picture_stays_spent(service: Service, road: Road, store: Store) -> None:
    job = await road.delivered(member_id=BEN, credits_each=3)
    await store.mark_removed(job, actor=f"member:{BEN}", reason="deleted by its member")
    road.clock.advance(timedelta(minutes=1).total_seconds())
    with pytest.raises(QuotaError):
        await make(service, again(job, mode="max"))


async def test_nothing_is_made_again_from_words_that_were_erased(
    service: Service, store: Store, road: Road, clock: FakeClock
) -> None:
    job = await road.cancelled()
    wish = await store.wish_erasure(MEMBER)
    assert await store.erase_words(wish, at_most=9) == 1
    for changes in ({}, {"prompt": "a blue fox"}):
        with pytest.raises(ErasedJobError):
            await make(service, again(job, **changes))
    with pytest.raises(ErasedJobError):
        await service.variable_job(job.id, guild_id=GUILD, member_id=BEN)
    assert (await service.visible_job(job.id, guild_id=GUILD, member_id=BEN)).id == job.id
