"""A finished picture is kept before it is posted; the archive's troubles neither lose nor delay it."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

import pytest

from bot.archive import NoArchive, key_of
from bot.engine.keeping import REST
from bot.errors import ArchiveError, NowhereError, PictureError, PostponedError
from bot.jobs import JobState
from tests.pictures import noise, png

if TYPE_CHECKING:
    from bot.jobs import Job
    from tests.integration.engine.conftest import Bench

FULL = ArchiveError("No space left on device (os error 28)")


async def history(bench: Bench, job: Job) -> str:
    return "\n".join(event.reason for event in await bench.store.events(job.id))


def counted(bench: Bench, operation: str, outcome: str) -> float:
    registry = bench.workplace.metrics._registry
    labels = {"operation": operation, "outcome": outcome}
    return registry.get_sample_value("easel_archive_operations_total", labels) or 0


async def test_a_picture_is_kept_as_it_was_fetched_and_the_job_says_where(bench: Bench) -> None:
    original = noise(500, 500)
    bench.fetcher.result = original
    job = await bench.road.ready()
    await bench.turn(bench.deliverer)
    delivered = await bench.store.job(job.id)
    assert delivered.archive_key == key_of(job.id, ".png")
    assert delivered.archived_at == bench.clock.now()
    assert bench.archive.pictures == {delivered.archive_key: original}


async def test_a_picture_is_kept_before_anybody_tries_to_post_it(bench: Bench) -> None:
    job = await bench.road.ready()
    bench.poster.error = NowhereError(50007)
    await bench.turn(bench.deliverer)
    kept = await bench.store.job(job.id)
    assert kept.state is JobState.UNDELIVERABLE
    assert kept.archive_key in bench.archive.pictures


async def test_a_later_try_takes_the_picture_from_the_archive(bench: Bench) -> None:
    job = await bench.road.ready()
    picture = bench.fetcher.result
    bench.poster.error = PostponedError("503")
    await bench.turn(bench.deliverer)
    bench.poster.error = None
    bench.fetcher.result = PictureError("gone", status=404)
    bench.clock.advance(3600 * 5)
    await bench.turn(bench.deliverer)
    assert await bench.state(job) is JobState.DELIVERED
    assert bench.poster.pictures[0][1].data == picture
    assert bench.archive.asked == ["keep", "fetch"]


@pytest.mark.parametrize("kept", [None, b"half a pict"], ids=["missing", "damaged"])
async def test_a_kept_picture_that_is_of_no_use_is_fetched_and_kept_anew(
    bench: Bench, kept: bytes | None
) -> None:
    job = await bench.road.ready()
    bench.poster.error = PostponedError("503")
    await bench.turn(bench.deliverer)
    key = key_of(job.id, ".png")
    bench.archive.pictures = {key: kept} if kept else {}
    bench.poster.error = None
    bench.clock.advance(3600)
    await bench.turn(bench.deliverer)
    assert await bench.state(job) is JobState.DELIVERED
    assert bench.archive.pictures[key] == bench.fetcher.result
    assert counted(bench, "fetch", "missing") == 1


async def test_a_full_disk_is_written_down_and_the_picture_is_posted_all_the_same(bench: Bench) -> None:
    bench.archive.error = FULL
    job = await bench.road.ready()
    await bench.turn(bench.deliverer)
    delivered = await bench.store.job(job.id)
    assert delivered.state is JobState.DELIVERED
    assert (delivered.archive_key, delivered.archived_at) == (None, None)
    assert "its picture is not kept: No space left on device" in await history(bench, job)
    assert len(bench.poster.pictures) == 1


async def test_an_archive_that_failed_is_left_alone_for_a_while_and_then_tried_again(bench: Bench) -> None:
    bench.archive.error = FULL
    await bench.road.ready()
    await bench.turn(bench.deliverer)
    second = await bench.road.ready()
    await bench.turn(bench.deliverer)
    assert bench.archive.asked == ["keep"]
    assert "not kept: the archive failed a moment ago" in await history(bench, second)
    assert (counted(bench, "keep", "failed"), counted(bench, "keep", "skipped")) == (1, 1)
    bench.archive.error = None
    bench.clock.advance(REST.total_seconds())
    third = await bench.road.ready()
    await bench.turn(bench.deliverer)
    assert (await bench.store.job(third.id)).archive_key
    assert counted(bench, "keep", "ok") == 1
    assert len(bench.poster.pictures) == 3


async def test_a_clock_that_is_set_back_does_not_lengthen_the_rest(bench: Bench) -> None:
    bench.archive.error = FULL
    await bench.road.ready()
    await bench.turn(bench.deliverer)
    bench.archive.error = None
    bench.clock.advance(-3600)
    job = await bench.road.ready()
    await bench.turn(bench.deliverer)
    assert (await bench.store.job(job.id)).archive_key


async def test_a_lasting_failure_is_logged_once_and_so_is_its_end(
    bench: Bench, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, logger="bot.engine.keeping")
    bench.archive.error = FULL
    for _ in range(3):
        await bench.road.ready()
        await bench.turn(bench.deliverer)
        bench.clock.advance(REST.total_seconds())
    bench.archive.error = None
    for _ in range(2):
        await bench.road.ready()
        await bench.turn(bench.deliverer)
    assert [record.getMessage() for record in caplog.records] == [
        f"The archive cannot keep pictures: {FULL}",
        "The archive can keep pictures again",
    ]


async def test_an_archive_out_of_reach_does_not_make_a_job_forget_what_was_kept(bench: Bench) -> None:
    job = await bench.road.ready()
    bench.poster.error = PostponedError("503")
    await bench.turn(bench.deliverer)
    bench.archive.error = ArchiveError("the archive takes too long")
    bench.poster.error = None
    bench.clock.advance(3600)
    await bench.turn(bench.deliverer)
    delivered = await bench.store.job(job.id)
    assert delivered.state is JobState.DELIVERED
    assert delivered.archive_key == key_of(job.id, ".png")
    assert counted(bench, "fetch", "failed") == 1


async def test_without_an_archive_nothing_is_kept_and_nothing_is_said_of_it(bench: Bench) -> None:
    bench.deliverer._keeper._archive = NoArchive()
    job = await bench.road.ready()
    await bench.turn(bench.deliverer)
    assert (await bench.store.job(job.id)).archive_key is None
    assert "kept" not in await history(bench, job)
    assert counted(bench, "keep", "ok") == 0


async def test_what_is_no_picture_is_not_kept(bench: Bench) -> None:
    bench.fetcher.result = png(64, 36)[:60]
    await bench.road.ready()
    await bench.turn(bench.deliverer)
    assert bench.archive.asked == []
