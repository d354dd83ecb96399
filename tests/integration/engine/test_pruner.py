"""Pictures go when their time is over, in small batches, and never while somebody may need them."""

from __future__ import annotations

import os
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from bot.archive import FolderArchive, open_archive
from bot.engine import pruner as pruning
from bot.engine.pruner import Pruner
from bot.errors import ArchiveError, NowhereError
from bot.jobids import new_job_id
from bot.jobs import JobState
from tests.integration.engine.conftest import LEASE

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from datetime import datetime
    from pathlib import Path

    from bot.jobs import Job
    from tests.integration.engine.conftest import Bench

DAYS = timedelta(days=30)
HOUR = 3600


class StubbornArchive(FolderArchive):
    """A folder from which nothing can be removed while it is stubborn, but for some that are spared.

    While it is closed nobody sees what is in it.
    """

    stubborn = False
    spared = 0
    closed = False

    async def old_keys(self, before: datetime) -> AsyncIterator[list[str]]:
        if self.closed:
            raise ArchiveError("access denied")
        async for keys in super().old_keys(before):
            yield keys

    async def remove(self, key: str) -> None:
        if self.stubborn:
            if not self.spared:
                raise ArchiveError("the operation lacked the necessary privileges", key=key)
            self.spared -= 1
        await super().remove(key)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "images"


@pytest.fixture
def archive(bench: Bench, folder: Path) -> StubbornArchive:
    """The archive into which the deliverer of the bench puts its pictures."""
    archive = StubbornArchive(folder)
    bench.deliverer._keeper._archive = archive
    return archive


@pytest.fixture
def pruner(bench: Bench, archive: StubbornArchive) -> Pruner:
    return Pruner(bench.workplace, archive=archive, keep_for=DAYS)


def pictures(folder: Path) -> list[str]:
    return sorted(str(file.relative_to(folder)) for file in folder.rglob("*") if file.is_file())


async def delivered(bench: Bench, count: int = 1) -> list[Job]:
    jobs = [await bench.road.ready() for _ in range(count)]
    while await bench.state(jobs[-1]) is not JobState.DELIVERED:
        await bench.turn(bench.deliverer)
    return [await bench.store.job(job.id) for job in jobs]


async def prune(bench: Bench, pruner: Pruner) -> int:
    """Take turns as its loop does until it waits; return how many it took."""
    for turns in range(1, 100):
        due = await pruner._turn()
        if due is None or due > bench.clock.now():
            return turns
    raise AssertionError("it never rests")


def written(folder: Path, key: str, at: datetime) -> None:
    """Put a file there that no row names."""
    file = folder / key
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(b"left over")
    os.utime(file, (at.timestamp(), at.timestamp()))


async def test_a_picture_is_removed_when_its_time_is_over_and_the_job_knows(
    bench: Bench, pruner: Pruner, folder: Path
) -> None:
    (job,) = await delivered(bench)
    assert pictures(folder) == [job.archive_key]
    bench.clock.advance((DAYS - timedelta(hours=1)).total_seconds())
    await prune(bench, pruner)
    assert pictures(folder) == [job.archive_key]
    bench.clock.advance(HOUR)
    await prune(bench, pruner)
    assert pictures(folder) == []
    pruned = await bench.store.job(job.id)
    assert (pruned.archive_key, pruned.archived_at) == (None, job.archived_at)
    assert pruned.lease_owner is None


async def test_a_picture_that_no_place_took_waits_its_whole_time_from_then_on(
    bench: Bench, pruner: Pruner, folder: Path
) -> None:
    await bench.road.ready()
    bench.poster.error = NowhereError(50007)
    await bench.turn(bench.deliverer)
    bench.clock.advance((DAYS - timedelta(hours=1)).total_seconds())
    await prune(bench, pruner)
    assert len(pictures(folder)) == 1
    bench.clock.advance(HOUR)
    await prune(bench, pruner)
    assert pictures(folder) == []


async def test_a_picture_of_a_job_that_still_waits_is_never_removed(
    bench: Bench, pruner: Pruner, folder: Path
) -> None:
    job = await bench.road.fetched()
    key = f"2026/03/{job.id}.jpg"
    await bench.store.mark_archived(job, key)
    written(folder, key, bench.clock.now())
    bench.clock.advance(100 * DAYS.total_seconds())
    await prune(bench, pruner)
    assert pictures(folder) == [key]


async def test_many_pictures_go_batch_by_batch_in_one_go(
    bench: Bench, pruner: Pruner, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pruning, "BATCH", 4)
    await delivered(bench, 10)
    bench.clock.advance(DAYS.total_seconds())
    assert await prune(bench, pruner) >= 3
    assert pictures(folder) == []


async def test_it_works_once_an_hour(bench: Bench, pruner: Pruner, folder: Path) -> None:
    await prune(bench, pruner)
    await delivered(bench)
    bench.clock.advance(HOUR - 1)
    pruner._keep_for = timedelta(0)
    await prune(bench, pruner)
    assert len(pictures(folder)) == 1
    bench.clock.advance(1)
    await prune(bench, pruner)
    assert pictures(folder) == []


async def test_a_crash_after_the_removal_and_before_it_was_written_down_does_no_harm(
    bench: Bench, pruner: Pruner, archive: StubbornArchive
) -> None:
    (job,) = await delivered(bench)
    bench.clock.advance(DAYS.total_seconds())
    await bench.store.claim_prunable(owner="the dead", lease=LEASE, before=bench.clock.now(), at_most=9)
    await archive.remove(str(job.archive_key))
    bench.clock.advance(LEASE.total_seconds())
    await prune(bench, pruner)
    assert (await bench.store.job(job.id)).archive_key is None


async def test_an_archive_that_removes_nothing_stops_no_loop_and_is_tried_again_an_hour_later(
    bench: Bench, pruner: Pruner, archive: StubbornArchive, folder: Path, caplog: pytest.LogCaptureFixture
) -> None:
    jobs = await delivered(bench, 3)
    archive.stubborn = True
    archive.spared = 1
    bench.clock.advance(DAYS.total_seconds())
    for _ in range(3):
        await prune(bench, pruner)
        bench.clock.advance(HOUR)
    keys = [(await bench.store.job(job.id)).archive_key for job in jobs]
    assert sorted(pictures(folder)) == sorted(key for key in keys if key)
    assert len(pictures(folder)) == 2
    told = [record.getMessage() for record in caplog.records]
    assert [text[:34] for text in told] == ["The archive cannot remove pictures"]
    archive.stubborn = False
    await prune(bench, pruner)
    assert pictures(folder) == []


async def test_what_no_job_names_is_removed_once_it_is_old(
    bench: Bench, pruner: Pruner, folder: Path
) -> None:
    (job,) = await delivered(bench)
    now = bench.clock.now()
    written(folder, str(job.archive_key), now - DAYS)
    old, young = (f"2026/02/{new_job_id(now)}.png" for _ in range(2))
    written(folder, old, now - DAYS - timedelta(seconds=1))
    written(folder, young, now - DAYS + timedelta(seconds=1))
    written(folder, "2026/02/holiday.png", now - 10 * DAYS)
    await prune(bench, pruner)
    assert pictures(folder) == sorted([young, "2026/02/holiday.png", str(job.archive_key)])


async def test_a_kept_picture_is_no_leftover_however_old_its_file_is(
    bench: Bench, pruner: Pruner, folder: Path
) -> None:
    (job,) = await delivered(bench)
    written(folder, str(job.archive_key), bench.clock.now() - 10 * DAYS)
    await prune(bench, pruner)
    assert pictures(folder) == [job.archive_key]


async def test_what_a_killed_process_left_half_written_goes_after_a_day(
    bench: Bench, pruner: Pruner, folder: Path
) -> None:
    now = bench.clock.now()
    written(folder, f"2026/03/{new_job_id(now)}.png#1", now - timedelta(days=2))
    written(folder, f"2026/03/{new_job_id(now)}.png#2", now - timedelta(minutes=1))
    await prune(bench, pruner)
    assert [name[-2:] for name in pictures(folder)] == ["#2"]


async def test_an_archive_that_cannot_be_looked_through_is_told_once_and_tried_again(
    bench: Bench, pruner: Pruner, archive: StubbornArchive, folder: Path, caplog: pytest.LogCaptureFixture
) -> None:
    now = bench.clock.now()
    written(folder, f"2026/02/{new_job_id(now)}.png", now - 2 * DAYS)
    archive.closed = True
    for _ in range(2):
        await prune(bench, pruner)
        bench.clock.advance(HOUR)
    assert [record.getMessage()[:33] for record in caplog.records] == ["The archive cannot list pictures:"]
    archive.closed = False
    await prune(bench, pruner)
    assert pictures(folder) == []


async def test_without_an_archive_old_names_are_forgotten(bench: Bench, archive: StubbornArchive) -> None:
    """The pictures lie where an earlier setting put them, which nobody here can reach."""
    (job,) = await delivered(bench)
    bench.clock.advance(DAYS.total_seconds())
    await prune(bench, Pruner(bench.workplace, archive=open_archive(""), keep_for=DAYS))
    assert (await bench.store.job(job.id)).archive_key is None
