"""A wish that is not sent yet, whose pictures may be edited, and open forms, on a real database."""

from __future__ import annotations

from dataclasses import fields, replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from bot.acts import Act, ActKind
from bot.drafts import FoundPicture
from bot.errors import (
    CancelledJobError,
    NotYourWishError,
    OldFormError,
    OwnPicturesOnlyError,
    TooLateError,
    UnwillingOwnerError,
)
from bot.experience import Experience
from bot.jobs import Card, JobState, Kind, ReferenceSource
from bot.quota import Prices
from bot.service import EditRequest, Service
from bot.wishes import Origin
from tests.factories import CHANNEL, GUILD, MEMBER, NO_LIMITS, batch_factory, reference_factory
from tests.integration.store.road import LEASE

if TYPE_CHECKING:
    from bot.jobs import Job, Reference
    from bot.store import Store
    from tests.clocks import FakeClock

BEN = MEMBER + 1
GUESSED = reference_factory(source=ReferenceSource.NEWEST, owner_id=MEMBER)
CARD = Card(channel_id=CHANNEL, message_id=8)
TURN = {"owner": "worker-1", "lease": LEASE, "at_most": 9, "per_member": 9, "in_flight_limit": 9}


@pytest.fixture
def service(store: Store, clock: FakeClock) -> Service:
    return Service(
        store=store,
        experience=Experience(store=store, clock=clock),
        clock=clock,
        limits=NO_LIMITS,
        prices=Prices(pro=1, max=2),
        wake=lambda: None,
        is_draining=lambda: False,
        guess_time=timedelta(seconds=10),
    )


async def asked(
    service: Service, reference: Reference, *, count: int = 1, is_shown: bool = True
) -> list[Job]:
    """Admit an edit, and have its card known."""
    batch = batch_factory()
    request = EditRequest(
        **{field.name: getattr(batch, field.name) for field in fields(Origin)},
        prompt=batch.prompt,
        mode=batch.mode.value,
        aspect_ratio="",
        output_format=batch.output_format.value,
        count=count,
    )
    checked = service.check_edit(request, [reference])
    jobs = await service.admit(checked)
    return await service.attach_card(jobs, CARD, [reference]) if is_shown else jobs


async def due(store: Store) -> list[Job]:
    return await store.claim_submissions(**TURN)  # type: ignore[arg-type]


async def test_a_guess_waits_for_its_member_and_then_goes(
    service: Service, store: Store, clock: FakeClock
) -> None:
    (job,) = await asked(service, GUESSED)
    assert await due(store) == []
    assert await store.next_held_back() == clock.now() + timedelta(seconds=10)
    clock.advance(10)
    assert await store.next_held_back() is None
    assert [each.id for each in await due(store)] == [job.id]


async def test_what_a_member_named_does_not_wait(service: Service, store: Store) -> None:
    (job,) = await asked(service, replace(GUESSED, source=ReferenceSource.GIVEN))
    assert [each.id for each in await due(store)] == [job.id]


async def test_a_guess_is_undone_as_a_whole_and_costs_nothing(service: Service, store: Store) -> None:
    jobs = await asked(service, GUESSED, count=3)
    with pytest.raises(NotYourWishError):
        await service.undo_guess(jobs[0].id, member_id=BEN)
    undone = await service.undo_guess(jobs[1].id, member_id=MEMBER)
    assert [(job.state, job.credits) for job in undone] == [(JobState.CANCELLED, 0)] * 3
    assert (await store.events(jobs[2].id))[-1].actor == f"member:{MEMBER}"


async def test_a_second_press_on_a_guess_says_what_became_of_it(service: Service, store: Store) -> None:
    (job,) = await asked(service, GUESSED)
    await service.undo_guess(job.id, member_id=MEMBER)
    for late in (service.undo_guess, service.confirm_guess):
        with pytest.raises(CancelledJobError):
            await late(job.id, member_id=MEMBER)
    assert (await store.job(job.id)).credits == 0


async def test_a_guess_that_was_called_off_by_a_block_is_said_to_be_cancelled_not_sent(
    service: Service, store: Store
) -> None:
    (job,) = await asked(service, GUESSED)
    await store.block(guild_id=job.guild_id or 0, member_id=MEMBER, until=None, reason="spam", actor_id=BEN)
    for press in (service.undo_guess, service.confirm_guess):
        with pytest.raises(CancelledJobError):
            await press(job.id, member_id=MEMBER)


async def test_a_confirmed_guess_goes_at_once_and_cannot_be_undone_any_more(
    service: Service, store: Store
) -> None:
    (job,) = await asked(service, GUESSED)
    with pytest.raises(NotYourWishError):
        await service.confirm_guess(job.id, member_id=BEN)
    await service.confirm_guess(job.id, member_id=MEMBER)
    (sent,) = await due(store)
    with pytest.raises(TooLateError):
        await service.undo_guess(sent.id, member_id=MEMBER)
    await service.confirm_guess(sent.id, member_id=MEMBER)
    assert await store.job(job.id) == sent


async def test_who_is_quicker_than_the_note_of_the_card_is_not_kept_waiting(
    service: Service, store: Store
) -> None:
    (job,) = await asked(service, GUESSED, is_shown=False)
    assert await due(store) == []
    await service.confirm_guess(job.id, member_id=MEMBER)
    await service.attach_card([job], CARD, [GUESSED])
    assert [each.id for each in await due(store)] == [job.id]


async def test_a_member_who_said_no_is_asked_by_every_edit_of_others(service: Service, store: Store) -> None:
    theirs = reference_factory(owner_id=BEN)
    await asked(service, theirs)
    await store.set_edits_allowed(BEN, allowed=False)
    with pytest.raises(UnwillingOwnerError):
        await asked(service, theirs)
    await store.set_edits_allowed(MEMBER, allowed=False)
    await asked(service, reference_factory(owner_id=MEMBER))
    await asked(service, reference_factory(owner_id=None))


async def test_a_server_can_have_everybody_edit_their_own_pictures_only(
    service: Service, store: Store
) -> None:
    act = Act(guild_id=GUILD, actor_id=MEMBER, kind=ActKind.SETTINGS)
    await store.change_server_settings(GUILD, lambda now: replace(now, own_pictures_only=True), act=act)
    with pytest.raises(OwnPicturesOnlyError):
        await asked(service, reference_factory(owner_id=BEN))
    (job,) = await asked(service, reference_factory(owner_id=MEMBER))
    assert job.kind is Kind.EDIT


async def test_an_open_form_is_remembered_for_a_week(store: Store, clock: FakeClock) -> None:
    found = FoundPicture(
        source=ReferenceSource.CHOSEN, url="https://cdn.discordapp.com/a.png", filename="a.png", owner_id=BEN
    )
    draft = await store.begin_draft(guild_id=GUILD, member_id=MEMBER, pictures=[found])
    assert await store.draft(draft.id) == draft
    assert draft.pictures == (found,)
    clock.advance(timedelta(days=8).total_seconds())
    await store.begin_draft(guild_id=GUILD, member_id=MEMBER, pictures=[found])
    with pytest.raises(OldFormError):
        await store.draft(draft.id)
