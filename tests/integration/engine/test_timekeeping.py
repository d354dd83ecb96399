"""The system's clock is set back, while the bot runs or while it does not: nothing waits for the old time."""

from __future__ import annotations

import logging
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from bot.engine.timekeeping import Timekeeper
from bot.errors import StoreError
from bot.jobs import JobState
from tests.integration.store.road import LEASE
from tests.integration.store.trouble import unwritable

if TYPE_CHECKING:
    from tests.integration.engine.conftest import Bench


def timekeeper(bench: Bench, *in_hand: str) -> Timekeeper:
    return Timekeeper(bench.workplace, in_hand=lambda: set(in_hand))


async def test_an_hour_back_a_running_job_is_looked_at_as_before(
    bench: Bench, caplog: pytest.LogCaptureFixture
) -> None:
    keeper = timekeeper(bench)
    job = await bench.road.running()
    await keeper._turn()
    bench.clock.set(-3600)
    bench.clock.advance(1)
    await bench.turn(bench.poller)
    assert bench.provider.looked_at == []
    await keeper._turn()
    await bench.turn(bench.poller)
    assert bench.provider.looked_at == [job.task_id]
    assert await bench.state(job) is JobState.RUNNING
    (told,) = [record for record in caplog.records if "set back" in record.message]
    assert told.levelno == logging.WARNING
    assert "1:00:00" in told.message


async def test_an_hour_back_no_deadline_comes_earlier_or_later(bench: Bench) -> None:
    keeper = timekeeper(bench)
    job = await bench.road.running()
    bench.clock.advance(3590)
    await keeper._turn()
    bench.clock.set(-3600)
    await keeper._turn()
    await bench.turn(bench.poller)
    assert await bench.state(job) is JobState.RUNNING
    bench.clock.advance(3600)
    await bench.turn(bench.poller)
    assert await bench.state(job) is JobState.FAILED


async def test_a_step_that_could_not_be_written_is_made_up_for_later(bench: Bench) -> None:
    keeper = timekeeper(bench)
    await bench.road.running()
    await keeper._turn()
    bench.clock.set(-3600)
    async with unwritable(bench.store):
        with pytest.raises(StoreError):
            await keeper._turn()
        bench.clock.set(-3600)
        with pytest.raises(StoreError):
            await keeper._turn()
    await keeper._turn()
    assert len(await bench.store.claim_looks(owner="me", lease=LEASE, at_most=9)) == 1


async def test_a_clock_that_was_set_back_while_no_bot_ran_is_noticed_at_the_start(bench: Bench) -> None:
    await bench.road.running()
    bench.clock.set(-7200)
    await timekeeper(bench)._turn()
    assert len(await bench.store.claim_looks(owner="me", lease=LEASE, at_most=9)) == 1


async def test_small_corrections_and_passing_time_change_nothing(
    bench: Bench, caplog: pytest.LogCaptureFixture
) -> None:
    keeper = timekeeper(bench)
    job = await bench.road.running()
    for step in (0, -2, 3):
        bench.clock.set(step)
        bench.clock.advance(1)
        await keeper._turn()
    assert await bench.store.job(job.id) == job
    assert caplog.records == []


async def test_a_step_forward_makes_due_what_it_skips(bench: Bench) -> None:
    keeper = timekeeper(bench)
    job = await bench.store.look_again(
        await bench.road.looked_at(), due_at=bench.clock.now() + timedelta(minutes=5)
    )
    await keeper._turn()
    bench.clock.set(600)
    await keeper._turn()
    (claimed,) = await bench.store.claim_looks(owner="me", lease=LEASE, at_most=9)
    assert claimed.id == job.id
