"""Databases of any age: old ones are brought up to date, newer ones are refused, none is left half-way."""

from __future__ import annotations

import re
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory

from bot.errors import StoreError
from bot.jobs import JobState, Mode
from bot.store import migrations, open_store
from bot.store.tables import metadata
from tests.factories import CHANNEL, GUILD, MEMBER, NO_LIMITS, THREAD, batch_factory
from tests.integration.store.old_databases import FOLDER, STATES, kept_as, newest
from tests.integration.store.road import FAILURE

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.clocks import FakeClock

OLD = sorted(FOLDER.glob("easel-*.db"))


@pytest.fixture
def migrated(file: Path) -> Iterator[sa.Connection]:
    """A database made by the migrations alone."""
    engine = sa.create_engine(f"sqlite:///{file}")
    with engine.begin() as connection:
        migrations.upgrade(connection)
        yield connection
    engine.dispose()


@pytest.fixture
def drawn() -> Iterator[sa.Connection]:
    """A database made from the tables alone."""
    engine = sa.create_engine("sqlite://")
    with engine.begin() as connection:
        metadata.create_all(connection)
        yield connection
    engine.dispose()


def rules(connection: sa.Connection) -> dict[str, set[tuple[str, str]]]:
    """Return the CHECKs of every table, by name."""
    inspector = sa.inspect(connection)
    return {
        table: {(str(check["name"]), check["sqltext"]) for check in inspector.get_check_constraints(table)}
        for table in metadata.tables
    }


def indices(connection: sa.Connection) -> dict[str, str]:
    """Return the definitions of all indices, by name."""
    found = connection.exec_driver_sql(
        "SELECT name, sql FROM sqlite_master WHERE type = 'index' AND sql NOT NULL"
    )
    return {name: re.sub(r'[\s"]+', " ", sql) for name, sql in found}


def test_the_migrations_make_exactly_the_tables_of_the_code(migrated: sa.Connection) -> None:
    context = MigrationContext.configure(migrated, opts={"compare_server_default": True})
    assert compare_metadata(context, metadata) == []


def test_the_migrations_make_exactly_the_rules_of_the_code(
    migrated: sa.Connection, drawn: sa.Connection
) -> None:
    assert rules(migrated) == rules(drawn)
    assert len(rules(migrated)["jobs"]) > 10


def test_the_migrations_make_exactly_the_indices_of_the_code(
    migrated: sa.Connection, drawn: sa.Connection
) -> None:
    assert indices(migrated) == indices(drawn)


def test_the_migrations_form_one_line_and_say_why_they_exist() -> None:
    script = ScriptDirectory.from_config(migrations.config_for())
    line = list(script.walk_revisions())
    assert [step.revision for step in line] == [f"{number:04}" for number in range(len(line), 0, -1)]
    for step in line:
        assert re.search(r"^Revises: .+\nDate: \d{4}-\d\d-\d\d\nReason: .+", step.longdoc, re.MULTILINE)
        assert Path(step.path).name.startswith(f"v{step.revision}_")


def test_every_migration_has_an_old_database_to_be_tested_with() -> None:
    assert OLD[-1].name == f"easel-{newest()}.db"


@pytest.mark.parametrize("old", OLD, ids=lambda path: path.stem)
async def test_an_old_database_keeps_its_rows(old: Path, file: Path, url: str, clock: FakeClock) -> None:
    shutil.copy(old, file)
    async with open_store(url, clock=clock) as store:
        counted = await store.count_by_state(with_final=True)
        assert {state for state, jobs in counted.items() if jobs == 1} == set(STATES)
        failed = next(job for job in await all_jobs(store) if job.state is JobState.FAILED)
        assert (failed.failure, failed.credits, failed.mode) == (FAILURE, 0, Mode.MAX)
        assert failed.prompt == "a failed lighthouse 🗼"
        assert failed.card is not None
        assert (failed.card.token, failed.card.token_until) == ("token", failed.created_at)
        assert [event.target for event in await store.events(failed.id)] == [JobState.QUEUED, JobState.FAILED]
        assert await store.studio(guild_id=GUILD, channel_id=CHANNEL, member_id=MEMBER) == THREAD
        assert await store.admit(batch_factory(), NO_LIMITS)


async def test_jobs_from_before_there_was_an_archive_say_that_nothing_of_them_is_kept(
    file: Path, url: str, clock: FakeClock
) -> None:
    shutil.copy(FOLDER / "easel-0001.db", file)
    async with open_store(url, clock=clock) as store:
        found = await all_jobs(store)
        assert {job.state for job in found} == set(STATES)
        assert {(job.archive_key, job.archived_at) for job in found} == {(None, None)}
        delivered = next(job for job in found if job.state is JobState.DELIVERED)
        kept = await store.mark_archived(delivered, kept_as(delivered))
        assert (kept.archive_key, kept.archived_at) == (kept_as(delivered), clock.now())


async def test_jobs_keep_the_keys_of_their_pictures(file: Path, url: str, clock: FakeClock) -> None:
    shutil.copy(FOLDER / "easel-0002.db", file)
    async with open_store(url, clock=clock) as store:
        for job in await all_jobs(store):
            assert job.archive_key == kept_as(job)
            assert job.archived_at


async def all_jobs(store: Any) -> list[Any]:
    async with store._database.reading() as connection:
        ids = list((await connection.exec_driver_sql("SELECT id FROM jobs")).scalars())
    return [await store.job(job_id) for job_id in ids]


async def test_opening_twice_migrates_once(url: str, file: Path, clock: FakeClock) -> None:
    for _ in range(2):
        async with open_store(url, clock=clock):
            pass
    with closing(sqlite3.connect(file)) as connection:
        assert connection.execute("SELECT version_num FROM alembic_version").fetchall() == [(newest(),)]


async def test_a_database_of_a_newer_easel_is_refused_and_left_alone(
    url: str, file: Path, clock: FakeClock
) -> None:
    async with open_store(url, clock=clock):
        pass
    with closing(sqlite3.connect(file)) as connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
        connection.commit()
    with pytest.raises(StoreError, match="made by a newer Easel"):
        async with open_store(url, clock=clock):
            pass
    with closing(sqlite3.connect(file)) as connection:
        assert connection.execute("SELECT version_num FROM alembic_version").fetchall() == [("9999",)]


async def test_a_migration_that_breaks_off_leaves_the_database_as_it_was(
    url: str, file: Path, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    def break_off(connection: sa.Connection) -> None:
        migrations.upgrade(connection)
        raise RuntimeError("the power went")

    monkeypatch.setattr("bot.store.engine.upgrade", break_off)
    with pytest.raises(RuntimeError, match="the power went"):
        async with open_store(url, clock=clock):
            pass
    with closing(sqlite3.connect(file)) as connection:
        assert connection.execute("SELECT name FROM sqlite_master").fetchall() == []
    monkeypatch.undo()
    async with open_store(url, clock=clock) as store:
        await store.ping()


def add_a_line_of_no_job(file: Path) -> None:
    with closing(sqlite3.connect(file)) as connection:
        connection.execute("INSERT INTO job_events VALUES (NULL, 'nobody', 0, NULL, 'queued', 'x', 'x')")
        connection.commit()


async def test_a_row_that_refers_to_nothing_stops_a_migration(url: str, file: Path, clock: FakeClock) -> None:
    shutil.copy(OLD[0], file)
    add_a_line_of_no_job(file)
    with pytest.raises(StoreError, match="damaged"):
        async with open_store(url, clock=clock):
            pass


async def test_a_start_that_migrates_nothing_does_not_look_through_the_whole_history(
    url: str, file: Path, clock: FakeClock
) -> None:
    async with open_store(url, clock=clock):
        pass
    # What a look through it would stumble over.
    add_a_line_of_no_job(file)
    async with open_store(url, clock=clock) as store:
        await store.ping()


def test_the_environment_of_the_migrations_can_be_imported_without_running_them() -> None:
    from bot.store.migrations import env  # noqa: PLC0415 - the import itself is what is tested

    assert callable(env.run)


async def test_pictures_that_were_deleted_earlier_count_as_deleted(
    file: Path, url: str, clock: FakeClock
) -> None:
    shutil.copy(FOLDER / "easel-0006.db", file)
    with closing(sqlite3.connect(file)) as connection:
        connection.execute("UPDATE jobs SET message_id = NULL WHERE state = 'delivered'")
        connection.commit()
    async with open_store(url, clock=clock) as store:
        removed = {job.state: job.removed_at for job in await all_jobs(store)}
        assert removed.pop(JobState.DELIVERED) is not None
        assert set(removed.values()) == {None}
