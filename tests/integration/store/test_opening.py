"""Opening the database: locks, pragmas, and what is said when it cannot be had."""

from __future__ import annotations

import asyncio
import os
import sqlite3
import subprocess
import sys
import threading
from contextlib import closing
from typing import TYPE_CHECKING

import pytest
import sqlalchemy as sa

from bot.errors import InstanceRunningError, SettingsError, StoreBusyError, StoreError
from bot.store import Store, open_store
from bot.store.tables import jobs
from tests.clocks import NOON
from tests.factories import NO_LIMITS, batch_factory

if TYPE_CHECKING:
    from pathlib import Path

    from tests.clocks import FakeClock


DIARY = "Dear diary, " * 100


@pytest.fixture
def diary(file: Path) -> Path:
    file.write_text(DIARY)
    return file


def raw(file: Path) -> sqlite3.Connection:
    return sqlite3.connect(file, timeout=0, isolation_level=None)


async def pragma(store: Store, name: str, *, writing: bool) -> object:
    database = store._database
    async with database.writing() if writing else database.reading() as connection:
        return (await connection.exec_driver_sql(f"PRAGMA {name}")).scalar_one()


@pytest.mark.parametrize("writing", [True, False])
async def test_every_connection_has_its_pragmas(url: str, clock: FakeClock, *, writing: bool) -> None:
    async with open_store(url, clock=clock) as store:
        assert await pragma(store, "journal_mode", writing=writing) == "wal"
        assert await pragma(store, "synchronous", writing=writing) == 2
        assert await pragma(store, "foreign_keys", writing=writing) == 1
        assert await pragma(store, "busy_timeout", writing=writing) == 5000


async def test_a_write_transaction_has_the_write_lock_before_its_first_statement(
    store: Store, file: Path
) -> None:
    with closing(raw(file)) as other:
        async with store._database.writing():
            with pytest.raises(sqlite3.OperationalError, match="locked"):
                other.execute("BEGIN IMMEDIATE")
        other.execute("BEGIN IMMEDIATE")


async def test_reading_neither_takes_the_write_lock_nor_waits_for_it(store: Store, file: Path) -> None:
    job = (await store.admit(batch_factory(), NO_LIMITS))[0]
    with closing(raw(file)) as other:
        async with store._database.reading() as connection:
            await connection.execute(sa.select(jobs.c.id))
            other.execute("BEGIN IMMEDIATE")
        assert await store.job(job.id) == job


async def test_a_read_connection_cannot_write(store: Store) -> None:
    with pytest.raises(StoreError, match="readonly"):
        async with store._database.reading() as connection:
            await connection.execute(sa.delete(jobs))


async def test_a_failed_transaction_leaves_nothing_behind(store: Store) -> None:
    job = (await store.admit(batch_factory(), NO_LIMITS))[0]

    async def stop_half_way() -> None:
        async with store._database.writing() as connection:
            await connection.execute(sa.delete(jobs))
            raise RuntimeError("half-way")

    with pytest.raises(RuntimeError, match="half-way"):
        await stop_half_way()
    assert await store.job(job.id) == job


async def test_a_locked_database_is_said_to_be_busy(store: Store, file: Path) -> None:
    with closing(raw(file)) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(StoreBusyError) as caught:
            await store.admit(batch_factory(), NO_LIMITS)
        assert isinstance(caught.value.__cause__, sa.exc.OperationalError)
        other.execute("ROLLBACK")
    assert await store.admit(batch_factory(), NO_LIMITS)


async def test_a_database_that_is_locked_at_the_start_is_said_to_be_busy(
    url: str, file: Path, clock: FakeClock
) -> None:
    with closing(raw(file)) as other:
        other.execute("CREATE TABLE foreign_one (id INTEGER)")
        other.execute("BEGIN EXCLUSIVE")
        with pytest.raises(StoreBusyError):
            async with open_store(url, clock=clock, busy_timeout=0.05):
                pass


async def test_a_second_opener_is_told_at_once_which_file_is_taken(
    store: Store, url: str, file: Path, clock: FakeClock
) -> None:
    with pytest.raises(InstanceRunningError) as caught:
        async with open_store(url, clock=clock):
            pass
    assert str(caught.value) == (
        f"Another Easel is already using {file}. Stop it first, or give this one its own DATABASE_URL."
    )
    await store.ping()


async def test_a_link_to_the_file_is_the_same_file(store: Store, file: Path, clock: FakeClock) -> None:
    link = file.with_name("other.db")
    link.symlink_to(file)
    with pytest.raises(InstanceRunningError):
        async with open_store(f"sqlite+aiosqlite:///{link}", clock=clock):
            pass


async def test_a_second_process_is_refused(store: Store, url: str) -> None:
    program = (
        "import asyncio, sys\n"
        "from bot.clock import SystemClock\n"
        "from bot.errors import InstanceRunningError\n"
        "from bot.store import open_store\n"
        "async def main():\n"
        "    try:\n"
        f"        async with open_store({url!r}, clock=SystemClock()): pass\n"
        "    except InstanceRunningError: sys.exit(42)\n"
        "asyncio.run(main())\n"
    )
    ended = await asyncio.to_thread(subprocess.run, [sys.executable, "-c", program], check=False)
    assert ended.returncode == 42


async def test_a_closed_database_can_be_opened_again_with_all_that_was_in_it(
    url: str, clock: FakeClock
) -> None:
    async with open_store(url, clock=clock) as store:
        job = (await store.admit(batch_factory(), NO_LIMITS))[0]
    async with open_store(url, clock=clock) as store:
        assert await store.job(job.id) == job


async def test_closing_leaves_the_whole_database_in_one_file(url: str, file: Path, clock: FakeClock) -> None:
    async with open_store(url, clock=clock) as store:
        await store.admit(batch_factory(), NO_LIMITS)
        await store.ping()
    assert {each.name for each in file.parent.iterdir()} <= {"easel.db", "easel.db.lock"}


async def test_missing_folders_are_made(tmp_path: Path, clock: FakeClock) -> None:
    async with open_store(f"sqlite+aiosqlite:///{tmp_path}/a/b/easel.db", clock=clock) as store:
        await store.ping()


@pytest.mark.parametrize(
    "address",
    ["", "data/easel.db", "sqlite:///easel.db", "sqlite+aiosqlite://", "sqlite+aiosqlite:///:memory:"],
)
async def test_an_address_that_names_no_file_is_a_wrong_setting(address: str, clock: FakeClock) -> None:
    with pytest.raises(SettingsError, match="DATABASE_URL"):
        async with open_store(address, clock=clock):
            pass


async def test_a_password_in_a_wrong_address_is_not_repeated(clock: FakeClock) -> None:
    with pytest.raises(SettingsError) as caught:
        async with open_store("postgresql+asyncpg://easel:hunter2@db/easel", clock=clock):
            pass
    assert "hunter2" not in str(caught.value)


async def test_a_folder_in_the_place_of_the_file_is_told_plainly(tmp_path: Path, clock: FakeClock) -> None:
    url = f"sqlite+aiosqlite:///{tmp_path}"
    with pytest.raises(StoreError, match=r"cannot be written .* Check that this user may write"):
        async with open_store(url, clock=clock):
            pass


async def test_a_file_in_the_place_of_the_folder_is_told_plainly(tmp_path: Path, clock: FakeClock) -> None:
    (tmp_path / "data").write_text("not a folder")
    with pytest.raises(StoreError, match="cannot be written"):
        async with open_store(f"sqlite+aiosqlite:///{tmp_path}/data/easel.db", clock=clock):
            pass


@pytest.mark.parametrize("used", [False, True], ids=["empty", "used"])
async def test_a_read_only_file_is_told_plainly(
    url: str, file: Path, clock: FakeClock, *, used: bool
) -> None:
    if used:
        async with open_store(url, clock=clock):
            pass
    await asyncio.to_thread(file.touch)
    await asyncio.to_thread(file.chmod, 0o400)
    if os.access(file, os.W_OK):
        pytest.skip("this user may write everywhere")
    with pytest.raises(StoreError, match="cannot be written"):
        async with open_store(url, clock=clock):
            pass


async def test_a_file_that_is_no_database_is_refused_and_left_as_it_is(
    url: str, diary: Path, clock: FakeClock
) -> None:
    with pytest.raises(StoreError, match="not a database"):
        async with open_store(url, clock=clock):
            pass
    assert await asyncio.to_thread(diary.read_text) == DIARY


async def test_the_lock_is_let_go_when_opening_fails(url: str, diary: Path, clock: FakeClock) -> None:
    with pytest.raises(StoreError):
        async with open_store(url, clock=clock):
            pass
    await asyncio.to_thread(diary.unlink)
    async with open_store(url, clock=clock) as store:
        await store.ping()


async def test_a_refused_opening_leaves_no_connection_behind(url: str, diary: Path, clock: FakeClock) -> None:
    with pytest.raises(StoreError):
        async with open_store(url, clock=clock):
            pass
    for thread in threading.enumerate():
        if "_connection_worker_thread" in thread.name:
            await asyncio.to_thread(thread.join, 10)
            assert not thread.is_alive()


async def test_a_time_without_a_zone_is_refused(store: Store) -> None:
    job = (await store.admit(batch_factory(), NO_LIMITS))[0]
    with pytest.raises(StoreError, match="aware UTC"):
        await store.announce_later(job, due_at=NOON.replace(tzinfo=None))


async def test_what_a_member_wrote_stands_in_no_error(store: Store) -> None:
    with pytest.raises(StoreError) as caught:
        await store.admit(batch_factory(prompt="my secret garden", credits_each=-0, locale=None), NO_LIMITS)
    told = f"{caught.value} {caught.value.__cause__}"
    assert "NOT NULL" in told
    assert "secret garden" not in told


async def test_a_cancelled_writer_does_not_keep_the_lock(store: Store) -> None:
    inside = asyncio.Event()

    async def write_for_ever() -> None:
        async with store._database.writing():
            inside.set()
            await asyncio.Event().wait()

    task = asyncio.create_task(write_for_ever())
    await inside.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert await store.admit(batch_factory(), NO_LIMITS)


async def test_writers_cancelled_at_any_moment_leave_a_whole_database(url: str, clock: FakeClock) -> None:
    # With the usual wait for the file: a cancelled writer lets go of it in its own time.
    async with open_store(url, clock=clock) as store:
        await cancel_writers(store)


async def cancel_writers(store: Store) -> None:
    for steps in range(60):
        task = asyncio.create_task(store.admit(batch_factory(count=2), NO_LIMITS))
        for _ in range(steps):
            await asyncio.sleep(0)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
    async with store._database.reading() as connection:
        torn = await connection.exec_driver_sql(
            "SELECT count(*) FROM jobs LEFT JOIN job_events ON job_id = jobs.id WHERE job_id IS NULL"
        )
        assert torn.scalar_one() == 0
        halves = await connection.exec_driver_sql(
            "SELECT count(*) FROM (SELECT 1 FROM jobs GROUP BY batch_id HAVING count(*) != 2)"
        )
        assert halves.scalar_one() == 0
    assert await store.admit(batch_factory(), NO_LIMITS)
