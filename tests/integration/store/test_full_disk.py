"""A disk without room and a file that may only be read: refused, told once, and over when it is over."""

from __future__ import annotations

import logging
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import pytest

from bot.errors import StoreUnwritableError
from bot.jobs import JobState
from bot.store.writability import CALM, REMINDER
from tests.factories import NO_LIMITS, batch_factory
from tests.integration.store.road import LEASE
from tests.integration.store.trouble import unwritable

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from bot.store import Store
    from tests.clocks import FakeClock


@asynccontextmanager
async def full_disk(store: Store) -> AsyncIterator[None]:
    """Let the file grow no more, which SQLite reports in the words of a full disk."""
    async with store._database.writing() as connection:
        pages = (await connection.exec_driver_sql("PRAGMA page_count")).scalar_one()
        await connection.exec_driver_sql(f"PRAGMA max_page_count = {pages}")
    yield
    async with store._database.writing() as connection:
        await connection.exec_driver_sql("PRAGMA max_page_count = 1000000")


async def ask_for_much(store: Store) -> None:
    await store.admit(batch_factory(prompt="a very long prompt " * 3000), NO_LIMITS)


def told(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [
        f"{record.levelname} {record.message}" for record in caplog.records if "written" in record.message
    ]


async def test_a_full_disk_refuses_and_keeps_what_was_written(store: Store) -> None:
    job = (await store.admit(batch_factory(), NO_LIMITS))[0]
    async with full_disk(store):
        for _ in range(3):
            with pytest.raises(StoreUnwritableError, match="disk is full"):
                await ask_for_much(store)
        assert await store.job(job.id) == job
        assert (await store.count_by_state())[JobState.QUEUED] == 1
        assert not store.takes_writes
    await ask_for_much(store)


async def test_a_file_that_turns_read_only_refuses_until_it_can_be_written_again(store: Store) -> None:
    async with unwritable(store):
        with pytest.raises(StoreUnwritableError, match="readonly database"):
            await store.admit(batch_factory(), NO_LIMITS)
    assert await store.admit(batch_factory(), NO_LIMITS)


async def test_the_member_reads_that_nothing_was_charged(store: Store) -> None:
    async with full_disk(store):
        with pytest.raises(StoreUnwritableError) as caught:
            await ask_for_much(store)
    assert "nothing was started or charged" in caught.value.sentence


async def test_the_operator_is_told_once_and_once_that_it_is_over(
    store: Store, clock: FakeClock, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.INFO):
        async with full_disk(store):
            for _ in range(5):
                with pytest.raises(StoreUnwritableError):
                    await ask_for_much(store)
        await store.try_writing()
        assert not store.takes_writes
        clock.advance(CALM)
        await store.try_writing()
    assert store.takes_writes
    first, last = told(caplog)
    assert first.startswith("ERROR Nothing can be written")
    assert "that the disk has room" in first
    assert last == "INFO The database can be written again"


async def test_trouble_that_comes_and_goes_is_told_once_an_hour(
    store: Store, clock: FakeClock, caplog: pytest.LogCaptureFixture
) -> None:
    for _ in range(4):
        async with full_disk(store):
            with pytest.raises(StoreUnwritableError):
                await ask_for_much(store)
        clock.advance(CALM)
        await store.try_writing()
    assert len(told(caplog)) == 1
    clock.advance(REMINDER)
    async with full_disk(store):
        with pytest.raises(StoreUnwritableError):
            await ask_for_much(store)
    assert len(told(caplog)) == 2


async def test_what_only_a_try_can_show_is_not_assumed(store: Store, clock: FakeClock) -> None:
    async with full_disk(store):
        with pytest.raises(StoreUnwritableError):
            await ask_for_much(store)
        clock.advance(10 * CALM)
        assert await store.claim_looks(owner="w", lease=LEASE, at_most=1) == []
        assert not store.takes_writes
    async with unwritable(store):
        with pytest.raises(StoreUnwritableError):
            await store.try_writing()
    assert not store.takes_writes
