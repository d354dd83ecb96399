"""The step that builds the table of jobs anew keeps every row, event, rule and index of an old database."""

from __future__ import annotations

import shutil
import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING, Any

import pytest
import sqlalchemy as sa

from bot.errors import StoreError
from bot.jobs import JobState
from bot.store import migrations, open_store
from tests.integration.store.old_databases import FOLDER
from tests.integration.store.test_migrations import indices, rules

if TYPE_CHECKING:
    from pathlib import Path

    from tests.clocks import FakeClock

OLD = [path for path in sorted(FOLDER.glob("easel-*.db")) if path.stem < "easel-0008"]


@pytest.fixture(params=OLD, ids=lambda path: path.stem)
def old(request: pytest.FixtureRequest, file: Path) -> Path:
    """A copy of a database from before the step."""
    shutil.copy(request.param, file)
    return file


def read(file: Path, query: str) -> list[dict[str, Any]]:
    with closing(sqlite3.connect(file)) as connection:
        connection.row_factory = sqlite3.Row
        return [dict(row) for row in connection.execute(query)]


async def migrate(url: str, clock: FakeClock) -> None:
    async with open_store(url, clock=clock):
        pass


async def test_every_row_keeps_every_value_and_every_event_its_job(
    old: Path, url: str, clock: FakeClock
) -> None:
    jobs = read(old, "SELECT * FROM jobs ORDER BY id")
    events = read(old, "SELECT * FROM job_events ORDER BY id")
    assert len(jobs) > 5
    assert len(events) > len(jobs)
    await migrate(url, clock)
    kept = read(old, "SELECT * FROM jobs ORDER BY id")
    assert [{name: row[name] for name in before} for before, row in zip(jobs, kept, strict=True)] == jobs
    assert read(old, "SELECT * FROM job_events ORDER BY id") == events
    assert {(row["discarded_at"], row["cancelled_by"]) for row in kept} == {(None, None)}
    with closing(sqlite3.connect(old)) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        assert connection.execute("PRAGMA foreign_key_check").fetchall() == []


async def test_events_still_go_with_their_job_afterwards(old: Path, url: str, clock: FakeClock) -> None:
    await migrate(url, clock)
    with closing(sqlite3.connect(old)) as connection:
        connection.execute("PRAGMA foreign_keys = ON")
        assert connection.execute("SELECT count(*) FROM job_events").fetchone() > (0,)
        connection.execute("DELETE FROM jobs")
        assert connection.execute("SELECT count(*) FROM job_events").fetchone() == (0,)


async def test_every_rule_and_index_is_as_in_a_new_database(
    old: Path, url: str, clock: FakeClock, tmp_path: Path
) -> None:
    await migrate(url, clock)
    await migrate(f"sqlite+aiosqlite:///{tmp_path}/new.db", clock)
    found = []
    for file in (old, tmp_path / "new.db"):
        engine = sa.create_engine(f"sqlite:///{file}")
        with engine.connect() as connection:
            found.append((rules(connection), indices(connection)))
        engine.dispose()
    assert found[0] == found[1]
    assert len(found[0][1]) > 15


async def test_a_step_that_breaks_off_leaves_an_old_database_as_it_was(
    old: Path, url: str, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    everything = "SELECT name, sql FROM sqlite_master ORDER BY name"
    before = [read(old, query) for query in (everything, "SELECT * FROM jobs", "SELECT * FROM job_events")]

    def break_off(connection: sa.Connection) -> None:
        migrations.upgrade(connection)
        raise RuntimeError("the power went")

    monkeypatch.setattr("bot.store.engine.upgrade", break_off)
    with pytest.raises(RuntimeError, match="the power went"):
        await migrate(url, clock)
    after = [read(old, query) for query in (everything, "SELECT * FROM jobs", "SELECT * FROM job_events")]
    assert after == before


def test_a_connection_on_which_the_history_would_be_lost_is_refused(old: Path) -> None:
    events = read(old, "SELECT * FROM job_events")
    engine = sa.create_engine(f"sqlite:///{old}")
    with engine.connect() as connection:
        connection.exec_driver_sql("PRAGMA foreign_keys = ON")
        connection.commit()
        with pytest.raises(RuntimeError, match="enforce foreign keys"):
            migrations.upgrade(connection)
        connection.rollback()
    engine.dispose()
    assert read(old, "SELECT * FROM job_events") == events


async def test_a_job_that_was_cancelled_before_stays_refunded(old: Path, url: str, clock: FakeClock) -> None:
    await migrate(url, clock)
    rows = read(old, "SELECT id FROM jobs WHERE state = 'cancelled'")
    async with open_store(url, clock=clock) as store:
        for row in rows:
            job = await store.job(row["id"])
            assert (job.state, job.credits, job.is_called_off) == (JobState.CANCELLED, 0, True)
        with pytest.raises(StoreError, match="jobs_refunded"):
            async with store._database.writing() as connection:
                await connection.exec_driver_sql("UPDATE jobs SET credits = 1 WHERE state = 'cancelled'")
    assert rows
