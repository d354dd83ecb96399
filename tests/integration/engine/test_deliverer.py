"""A picture is fetched, checked, posted and marked; it is posted once, or its end is told."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from bot.engine.posting import Posted
from bot.errors import NowhereError, PictureError, PictureFault, PostponedError
from bot.jobs import FailureCause, JobState, Place, Rung
from bot.wishes import Origin
from tests.factories import CHANNEL, THREAD, reference_factory

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bot.jobs import Job
    from tests.integration.engine.conftest import Bench


async def test_a_ready_picture_is_posted_as_it_was_fetched_and_marked(bench: Bench) -> None:
    job = await bench.road.ready()
    await bench.turn(bench.deliverer)
    delivered = await bench.store.job(job.id)
    assert delivered.state is JobState.DELIVERED
    assert (delivered.message_channel_id, delivered.message_id) == (THREAD, 7)
    assert bench.poster.pictures[0][1].data == bench.fetcher.result


async def test_what_an_edit_started_from_goes_with_its_picture(bench: Bench) -> None:
    reference = reference_factory()
    await bench.road.ready(references=(reference,))
    await bench.turn(bench.deliverer)
    assert bench.poster.befores == [reference.url.encode()]


async def test_a_job_without_a_thread_gets_its_studio_before_it_is_posted(bench: Bench) -> None:
    job = await bench.road.ready(place=Place.STUDIO)
    await bench.turn(bench.deliverer)
    assert (await bench.store.job(job.id)).thread_id == THREAD


@pytest.mark.parametrize(
    "verdict",
    [
        PictureError("the bytes are not a picture", fault=PictureFault.OTHER_TYPE),
        PictureError("too large"),
        PictureError("gone", status=404),
    ],
    ids=["html", "huge", "404"],
)
async def test_a_picture_that_is_none_fails_the_job_with_its_own_cause(
    bench: Bench, verdict: PictureError
) -> None:
    job = await bench.road.ready()
    bench.clock.advance(31)
    bench.fetcher.result = verdict
    await bench.turn(bench.deliverer)
    failed = await bench.store.job(job.id)
    assert failed.failure
    assert failed.failure.cause is FailureCause.PICTURE
    assert failed.credits == 0


@pytest.mark.parametrize(
    "verdict",
    [
        PictureError("gone", status=404),
        PictureError("a page of excuses", fault=PictureFault.OTHER_TYPE),
        PictureError("half a picture", fault=PictureFault.DAMAGED),
    ],
    ids=["404", "html", "half"],
)
async def test_a_result_that_is_not_there_for_a_moment_is_fetched_again(
    bench: Bench, verdict: PictureError
) -> None:
    job = await bench.road.ready()
    bench.fetcher.result = verdict
    await bench.turn(bench.deliverer)
    assert await bench.state(job) is JobState.READY


async def test_a_network_fault_while_fetching_is_tried_again_until_the_picture_comes(bench: Bench) -> None:
    job = await bench.road.ready()
    picture = bench.fetcher.result
    bench.fetcher.result = PictureError("reset", transient=True)
    for _ in range(3):
        await bench.turn(bench.deliverer)
        bench.clock.advance(30)
    bench.fetcher.result = picture
    await bench.turn(bench.deliverer)
    assert await bench.state(job) is JobState.DELIVERED


async def test_a_passing_fault_at_discord_brings_the_picture_back_later(bench: Bench) -> None:
    job = await bench.road.ready()
    bench.poster.error = PostponedError("503", retry_after=120)
    await bench.turn(bench.deliverer)
    waiting = await bench.store.job(job.id)
    assert waiting.state is JobState.READY
    assert waiting.due_at
    assert (waiting.due_at - bench.clock.now()).total_seconds() == 120
    bench.poster.error = None
    bench.clock.advance(120)
    await bench.turn(bench.deliverer)
    assert await bench.state(job) is JobState.DELIVERED


async def test_a_picture_that_may_have_been_posted_is_looked_for_before_it_is_posted_again(
    bench: Bench,
) -> None:
    job = await bench.road.ready()
    bench.poster.error = PostponedError("reset", doubtful=True)
    await bench.turn(bench.deliverer)
    assert await bench.state(job) is JobState.DELIVERING
    bench.poster.error = None
    bench.poster.earlier = Posted(channel_id=THREAD, message_id=77, rung=Rung.CHANNEL, code=50013)
    bench.clock.advance(60)
    await bench.turn(bench.deliverer)
    delivered = await bench.store.job(job.id)
    assert (delivered.message_id, delivered.rung, delivered.discord_code) == (77, Rung.CHANNEL, 50013)
    assert bench.poster.pictures == []


async def test_where_the_look_back_fails_the_picture_stays_in_doubt(bench: Bench) -> None:
    job = await bench.road.delivering()
    bench.clock.advance(31)
    bench.poster.error = PostponedError("503")
    await bench.turn(bench.deliverer)
    assert await bench.state(job) is JobState.DELIVERING


async def test_after_a_day_in_vain_a_picture_is_undeliverable(bench: Bench) -> None:
    job = await bench.road.ready()
    bench.poster.error = PostponedError("503")
    bench.clock.advance(24 * 3600)
    await bench.turn(bench.deliverer)
    assert await bench.state(job) is JobState.UNDELIVERABLE


async def test_a_picture_that_no_place_takes_is_kept_as_undeliverable_with_discords_code(
    bench: Bench,
) -> None:
    job = await bench.road.ready()
    bench.poster.error = NowhereError(50007)
    await bench.turn(bench.deliverer)
    kept = await bench.store.job(job.id)
    assert kept.state is JobState.UNDELIVERABLE
    assert kept.discord_code == 50007
    assert kept.credits == 1


async def test_an_interrupted_delivery_adopts_the_message_that_was_already_posted(bench: Bench) -> None:
    job = await bench.road.delivering()
    bench.poster.earlier = Posted(channel_id=THREAD, message_id=77, rung=Rung.THREAD)
    bench.clock.advance(31)
    await bench.turn(bench.deliverer)
    delivered = await bench.store.job(job.id)
    assert delivered.message_id == 77
    assert bench.poster.pictures == []


async def test_an_interrupted_delivery_without_a_message_is_posted_once(bench: Bench) -> None:
    job = await bench.road.delivering()
    bench.clock.advance(31)
    await bench.turn(bench.deliverer)
    await bench.turn(bench.deliverer)
    assert await bench.state(job) is JobState.DELIVERED
    assert len(bench.poster.pictures) == 1


async def test_a_delivery_in_another_workers_hands_is_left_alone(bench: Bench) -> None:
    job = await bench.road.delivering()
    await bench.turn(bench.deliverer)
    assert await bench.state(job) is JobState.DELIVERING
    assert bench.poster.pictures == []


async def test_a_picture_that_is_claimed_late_is_tried_again_as_a_new_one_is(bench: Bench) -> None:
    job = await bench.road.undeliverable()
    bench.clock.advance(40 * 86_400)
    here = Origin(
        guild_id=job.guild_id,
        channel_id=CHANNEL,
        thread_id=None,
        private=False,
        place=Place.CHANNEL,
        place_note=None,
        member_id=job.member_id,
        member_name=job.member_name,
        locale=job.locale,
    )
    await bench.store.claim_undeliverable(job, here)
    await bench.turn(bench.deliverer)
    bench.poster.error = PostponedError("Discord is down")
    await bench.turn(bench.deliverer)
    assert await bench.state(job) is JobState.READY
    bench.poster.error = None
    bench.clock.advance(60)
    await bench.turn(bench.deliverer)
    assert await bench.state(job) is JobState.DELIVERED
    assert len(bench.poster.pictures) == 1


async def test_a_picture_that_is_called_off_while_its_thread_is_opened_is_let_be(
    bench: Bench, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    job = await bench.road.ready(place=Place.STUDIO)
    settle = bench.deliverer._studios.settle

    async def be_called_off_meanwhile(jobs: Sequence[Job]) -> list[Job]:
        await bench.store.call_off(job.id, by=job.member_id, actor="member", reason="changed their mind")
        return await settle(jobs)

    monkeypatch.setattr(bench.deliverer._studios, "settle", be_called_off_meanwhile)
    await bench.turn(bench.deliverer)
    assert await bench.state(job) is JobState.CANCELLED
    assert bench.poster.pictures == []
    assert "failed on job" not in caplog.text
