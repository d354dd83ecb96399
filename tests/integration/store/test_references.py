"""Reference pictures are stored whole, and hold their jobs back until the card has brought them."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from bot.errors import UnknownJobError
from bot.jobs import Card, Job, JobState, Kind
from tests.factories import NO_LIMITS, batch_factory, reference_factory

if TYPE_CHECKING:
    from bot.store import Store
    from tests.clocks import FakeClock

CARD = Card(channel_id=1, message_id=2)
PLACED = reference_factory(channel_id=1, message_id=2, attachment_id=3)


async def admitted(store: Store) -> list[Job]:
    batch = batch_factory(
        kind=Kind.EDIT,
        count=2,
        parent_id="p" * 16,
        references=(reference_factory(), reference_factory(url_until=None)),
        held_for=timedelta(seconds=30),
    )
    return await store.admit(batch, NO_LIMITS)


async def sendable(store: Store) -> int:
    return await store.count_sendable(at_most=9, per_member=9, in_flight_limit=9)


async def test_references_come_back_as_they_went_in(store: Store) -> None:
    jobs = await admitted(store)
    assert jobs == await store.batch(jobs[0].batch_id)
    for job in jobs:
        assert (job.kind, job.parent_id) == (Kind.EDIT, "p" * 16)
        assert job.references == (reference_factory(), reference_factory(url_until=None))


async def test_jobs_wait_for_their_card_and_no_longer(store: Store, clock: FakeClock) -> None:
    (first, _) = await admitted(store)
    assert await sendable(store) == 0
    await store.attach_card(first.batch_id, CARD, [PLACED, PLACED])
    assert await sendable(store) == 2
    assert [job.references for job in await store.batch(first.batch_id)] == [(PLACED, PLACED)] * 2


async def test_jobs_without_a_card_start_after_a_while(store: Store, clock: FakeClock) -> None:
    await admitted(store)
    clock.advance(30)
    assert await sendable(store) == 2


async def test_a_card_that_comes_late_wakes_nothing_that_moved_on(store: Store, clock: FakeClock) -> None:
    (first, _) = await admitted(store)
    clock.advance(30)
    (job,) = await store.claim_submissions(
        owner="me", lease=timedelta(seconds=30), at_most=1, per_member=9, in_flight_limit=9
    )
    look_at = clock.now() + timedelta(minutes=1)
    await store.mark_running(job, task_id="t", look_at=look_at, references_sent=1)
    found = {each.id: each for each in await store.attach_card(first.batch_id, CARD, [PLACED])}
    running = found.pop(job.id)
    assert (running.state, running.due_at, running.references_sent) == (JobState.RUNNING, look_at, 1)
    assert [each.due_at for each in found.values()] == [clock.now()]


async def test_newer_addresses_are_stored_for_the_whole_batch(store: Store) -> None:
    (first, _) = await admitted(store)
    newer = replace(PLACED, url="https://cdn.discordapp.com/attachments/1/3/b.png")
    assert {job.references for job in await store.renew_references(first.batch_id, [newer])} == {(newer,)}
    with pytest.raises(UnknownJobError):
        await store.renew_references("nothing", [newer])
