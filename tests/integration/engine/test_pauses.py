"""What a bad key, an empty account or an outage does to jobs: they wait, nobody hammers, and it goes on."""

from __future__ import annotations

import logging
from datetime import timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

from bot.errors import (
    BalanceError,
    KeyRefusedError,
    ProviderFaultError,
    ProviderHeldError,
    ProviderUnreachableError,
)
from bot.jobs import JobState, WaitReason
from bot.provider.client import TaskState
from tests.integration.engine.conftest import bench_of, status

if TYPE_CHECKING:
    import pytest

    from bot.jobs import Job
    from tests.integration.engine.conftest import Bench

FAULT = ProviderFaultError("broken", status=500)


async def queued(bench: Bench, count: int) -> list[Job]:
    """Return jobs of as many members, so that nobody's turn waits for another's."""
    return [await bench.road.queued(member_id=number + 1) for number in range(count)]


async def states(bench: Bench, jobs: list[Job]) -> list[JobState]:
    return [await bench.state(job) for job in jobs]


async def test_jobs_wait_for_money_and_go_on_by_themselves(
    bench: Bench, caplog: pytest.LogCaptureFixture
) -> None:
    jobs = await queued(bench, 3)
    bench.provider.on_submit = BalanceError("402")
    bench.provider.on_balance = Decimal(0)
    await bench.turn(bench.submitter)
    sent = len(bench.provider.submitted)
    for _ in range(10):
        bench.clock.advance(60)
        await bench.turn(bench.submitter)
    # The free question is believed five times; a trial costs nothing while there is no money.
    assert len(bench.provider.submitted) - sent <= 1
    assert await states(bench, jobs) == [JobState.QUEUED] * 3
    assert (await bench.store.job(jobs[0].id)).wait_reason is WaitReason.SERVICE_PAUSED
    assert len([record for record in caplog.records if record.levelno == logging.ERROR]) == 1

    bench.provider.on_submit, bench.provider.on_balance = "task-2", Decimal(5)
    bench.clock.advance(300)
    await bench.turn(bench.submitter)
    assert (await states(bench, jobs)).count(JobState.RUNNING) == 1
    await bench.turn(bench.submitter)
    assert await states(bench, jobs) == [JobState.RUNNING] * 3


async def test_a_second_process_and_a_restart_do_not_knock_again(
    bench: Bench, caplog: pytest.LogCaptureFixture
) -> None:
    await queued(bench, 40)
    bench.provider.on_submit = KeyRefusedError("401")
    await bench.turn(bench.submitter)
    other = bench_of(bench.store, bench.clock)
    other.provider.on_submit = other.provider.on_balance = KeyRefusedError("401")
    for _ in range(3):
        await other.turn(other.submitter)
    assert other.provider.submitted == []
    assert len([record for record in caplog.records if record.levelno == logging.ERROR]) == 1


async def test_a_run_of_faults_pauses_and_only_one_job_is_risked_at_a_time(bench: Bench) -> None:
    jobs = await queued(bench, 50)
    bench.provider.on_submit = FAULT
    await bench.turn(bench.submitter)
    lost = len(bench.provider.submitted)
    assert lost <= 32
    bench.provider.on_balance = ProviderUnreachableError("no route")
    for _ in range(4):
        bench.clock.advance(60)
        await bench.turn(bench.submitter)
    assert len(bench.provider.submitted) == lost
    bench.provider.on_balance = None
    bench.clock.advance(300)
    await bench.turn(bench.submitter)
    assert len(bench.provider.submitted) == lost + 1
    bench.provider.on_submit = "task-3"
    for _ in range(3):
        bench.clock.advance(300)
        await bench.turn(bench.submitter)
    assert (await states(bench, jobs)).count(JobState.RUNNING) == 50 - lost - 1


async def test_one_fault_alone_stops_nothing(bench: Bench) -> None:
    first = await queued(bench, 1)
    bench.provider.on_submit = FAULT
    await bench.turn(bench.submitter)
    second = await queued(bench, 2)
    bench.provider.on_submit = "task-1"
    await bench.turn(bench.submitter)
    assert await states(bench, second) == [JobState.RUNNING] * 2
    assert await bench.state(first[0]) is not JobState.QUEUED


async def test_with_a_refused_key_no_task_is_looked_at_until_it_works_again(bench: Bench) -> None:
    job = await bench.road.running()
    bench.provider.on_status = bench.provider.on_balance = KeyRefusedError("401")
    await bench.turn(bench.poller)
    looks = len(bench.provider.looked_at)
    for _ in range(6):
        bench.clock.advance(20)
        await bench.turn(bench.submitter)
        await bench.turn(bench.poller)
    assert len(bench.provider.looked_at) == looks
    bench.provider.on_balance = Decimal(1)
    bench.provider.on_status = status(TaskState.SUCCESS, result_urls=("https://cdn.example/1.png",))
    for _ in range(2):
        bench.clock.advance(300)
        await bench.turn(bench.submitter)
        await bench.turn(bench.poller)
    assert await bench.state(job) is JobState.READY
    assert bench.gate.paused_since is None


async def test_a_job_whose_looks_are_held_still_ends_at_its_deadline(bench: Bench) -> None:
    job = await bench.road.running()
    bench.provider.on_status = bench.provider.on_balance = KeyRefusedError("401")
    for _ in range(13):
        await bench.turn(bench.poller)
        await bench.turn(bench.submitter)
        bench.clock.advance(300)
    assert await bench.state(job) is JobState.FAILED


async def test_a_silence_of_the_own_budget_keeps_a_job_in_its_place(bench: Bench) -> None:
    (job,) = await queued(bench, 1)
    bench.provider.on_submit = ProviderHeldError("silence", retry_after=40)
    await bench.turn(bench.submitter)
    waiting = await bench.store.job(job.id)
    assert waiting.state is JobState.QUEUED
    assert waiting.due_at == bench.clock.now() + timedelta(seconds=40)
    assert bench.gate.paused_since is None


async def test_a_clock_set_back_an_hour_does_not_keep_sending_paused(bench: Bench) -> None:
    bench.clock.advance(3600)
    bench.provider.on_submit = KeyRefusedError("401")
    (job,) = await queued(bench, 1)
    await bench.turn(bench.submitter)
    assert bench.gate.room(1, in_hand=0) == 0
    bench.clock.advance(-3600)
    await bench.turn(bench.submitter)
    assert bench.gate.room(1, in_hand=0) == 1
    assert await bench.state(job) is JobState.QUEUED


async def test_a_job_that_was_not_taken_once_is_tried_again_without_waiting_for_anybody(bench: Bench) -> None:
    await queued(bench, 1)
    bench.provider.on_submit = ProviderUnreachableError("no route")
    await bench.turn(bench.submitter)
    again_at = bench.clock.now() + timedelta(seconds=2)
    assert await bench.submitter._turn() == again_at
    bench.provider.on_submit = "task-1"
    bench.clock.advance(2)
    await bench.turn(bench.submitter)
    assert len(bench.provider.submitted) == 2
    assert await bench.submitter._turn() is None
