"""A command looks in beside the bot that has the database, and asks it to run dry."""

from __future__ import annotations

import asyncio
import shutil
import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from bot.errors import StoreError
from bot.jobs import JobState
from bot.store import is_in_use, open_beside, open_store
from tests.integration.store.old_databases import FOLDER

if TYPE_CHECKING:
    from pathlib import Path

    from bot.store import Store
    from tests.clocks import FakeClock
    from tests.integration.store.road import Road


async def test_a_guest_reads_what_the_bot_writes(
    store: Store, road: Road, url: str, clock: FakeClock
) -> None:
    job = await road.queued()
    async with open_beside(url, clock=clock) as guest:
        assert (await guest.count_by_state())[JobState.QUEUED] == 1
        assert await guest.oldest_by_state() == {JobState.QUEUED: job.id}
        later = await road.queued()
        assert await guest.job(later.id) == later
    await store.ping()


async def test_what_a_guest_asks_reaches_the_bot_and_comes_back(
    store: Store, url: str, clock: FakeClock
) -> None:
    async with open_beside(url, clock=clock) as guest:
        assert await store.drain() is None
        await guest.ask_for_drain()
        asked = await store.drain()
        assert asked
        assert (asked.asked_at, asked.seen_at, asked.done_at) == (clock.now(), None, None)
        await store.note_drain()
        clock.advance(3)
        await store.note_drain(done=True)
        answered = await guest.drain()
        assert answered
        assert (answered.seen_at, answered.done_at) == (asked.asked_at, clock.now())
        await guest.ask_for_drain()
        again = await store.drain()
        assert again
        assert again.seen_at is None
        await guest.end_drain()
        assert await store.drain() is None


async def test_a_guest_knows_whether_the_bot_is_there(url: str, clock: FakeClock) -> None:
    assert not is_in_use(url)
    async with open_store(url, clock=clock):
        assert is_in_use(url)
        async with open_beside(url, clock=clock):
            assert is_in_use(url)
    assert not is_in_use(url)
    async with open_beside(url, clock=clock), open_store(url, clock=clock) as store:
        await store.ping()


async def test_a_guest_makes_no_database(url: str, file: Path, clock: FakeClock) -> None:
    with pytest.raises(StoreError, match=r"There is no database at .* yet"):
        async with open_beside(url, clock=clock):
            pass
    assert not await asyncio.to_thread(file.exists)


@pytest.mark.parametrize("version", ["0001", "9999"])
async def test_a_guest_of_another_version_is_sent_away(
    url: str, file: Path, clock: FakeClock, version: str
) -> None:
    async with open_store(url, clock=clock):
        pass
    with closing(sqlite3.connect(file)) as connection:
        connection.execute("UPDATE alembic_version SET version_num = ?", (version,))
        connection.commit()
    with pytest.raises(StoreError, match="belongs to another version of Easel"):
        async with open_beside(url, clock=clock):
            pass


async def test_a_newer_guest_can_ask_the_bot_that_is_to_be_replaced(
    url: str, file: Path, clock: FakeClock
) -> None:
    old = FOLDER / "easel-0005.db"
    await asyncio.to_thread(shutil.copy, old, file)
    async with open_beside(url, clock=clock) as guest:
        await guest.ask_for_drain()
        assert await guest.drain()
        assert any((await guest.count_by_state()).values())
        assert await guest.oldest_by_state()
        assert await guest.service_pause() is None
        await guest.end_drain()
