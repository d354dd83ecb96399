"""Only the provider's word or the hard deadline ends a running job; a failed look says nothing."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from bot.errors import (
    KeyRefusedError,
    ProviderBusyError,
    ProviderError,
    ProviderFaultError,
    ProviderTimeoutError,
    ProviderUnreachableError,
    ResultMissingError,
    TaskMissingError,
)
from bot.jobs import Failure, FailureCause, JobState
from bot.provider.client import TaskState
from tests.integration.engine.conftest import status

if TYPE_CHECKING:
    from tests.integration.engine.conftest import Bench


async def test_a_finished_task_makes_its_job_ready(bench: Bench) -> None:
    job = await bench.road.running()
    bench.provider.on_status = status(
        TaskState.SUCCESS,
        result_urls=("https://r2.example/1.png",),
        completed_at=bench.clock.now(),
        cost_ms=4100,
    )
    await bench.turn(bench.poller)
    ready = await bench.store.job(job.id)
    assert ready.state is JobState.READY
    assert ready.result_urls == ("https://r2.example/1.png",)
    assert ready.cost_ms == 4100


async def test_a_failed_task_fails_its_job_with_the_services_reason(bench: Bench) -> None:
    job = await bench.road.running()
    failure = Failure(cause=FailureCause.CONTENT, code="CONTENT_VIOLATION", detail="no")
    bench.provider.on_status = status(TaskState.FAILED, failure=failure)
    await bench.turn(bench.poller)
    failed = await bench.store.job(job.id)
    assert failed.failure == failure
    assert failed.credits == 0


@pytest.mark.parametrize("state", [TaskState.PENDING, TaskState.PROCESSING, TaskState.UNKNOWN])
async def test_an_unfinished_task_is_looked_at_again_after_three_seconds(
    bench: Bench, state: TaskState
) -> None:
    job = await bench.road.running()
    bench.provider.on_status = status(state)
    await bench.turn(bench.poller)
    running = await bench.store.job(job.id)
    assert running.state is JobState.RUNNING
    assert running.due_at == bench.clock.now() + timedelta(seconds=3)
    assert running.lease_owner is None


@pytest.mark.parametrize(
    "error",
    [
        ProviderUnreachableError("refused"),
        ProviderTimeoutError("slow"),
        ProviderBusyError("429"),
        ProviderFaultError("500", status=500),
        ProviderFaultError("a page of HTML"),
        KeyRefusedError("401"),
    ],
    ids=["unreachable", "slow", "busy", "500", "html", "key"],
)
async def test_any_number_of_failed_looks_ends_no_job(bench: Bench, error: ProviderError) -> None:
    job = await bench.road.running()
    bench.provider.on_status = error
    for _ in range(10):
        await bench.turn(bench.poller)
        bench.clock.advance(20)
    assert await bench.state(job) is JobState.RUNNING
    assert len(bench.provider.looked_at) == 10


async def test_a_task_that_is_unknown_for_a_moment_is_looked_at_again(bench: Bench) -> None:
    job = await bench.road.running()
    bench.provider.on_status = TaskMissingError("404", status=404)
    await bench.turn(bench.poller)
    assert await bench.state(job) is JobState.RUNNING
    bench.clock.advance(61)
    await bench.turn(bench.poller)
    assert await bench.state(job) is JobState.FAILED


async def test_a_success_without_a_result_is_looked_at_thrice_before_it_fails(bench: Bench) -> None:
    job = await bench.road.running()
    bench.provider.on_status = ResultMissingError("no URLs")
    for _ in range(2):
        await bench.turn(bench.poller)
        bench.clock.advance(5)
    assert await bench.state(job) is JobState.RUNNING
    await bench.turn(bench.poller)
    assert await bench.state(job) is JobState.FAILED


async def test_a_late_job_tells_its_member_once_and_goes_on(bench: Bench) -> None:
    redrawn: list[str] = []
    bench.workplace.signals.on_card(lambda job: redrawn.append(job.id))
    job = await bench.road.running()
    bench.clock.advance(301)
    for _ in range(2):
        await bench.turn(bench.poller)
        bench.clock.advance(60)
    assert redrawn == [job.id]
    assert await bench.state(job) is JobState.RUNNING


async def test_at_the_hard_deadline_a_job_fails_and_is_refunded(bench: Bench) -> None:
    job = await bench.road.running()
    bench.clock.advance(3601)
    await bench.turn(bench.poller)
    failed = await bench.store.job(job.id)
    assert failed.failure
    assert failed.failure.cause is FailureCause.LATE
    assert failed.credits == 0


async def test_a_look_that_a_crash_interrupted_is_taken_up_when_its_lease_ran_out(bench: Bench) -> None:
    await bench.road.looked_at()
    await bench.turn(bench.poller)
    assert bench.provider.looked_at == []
    bench.clock.advance(31)
    await bench.turn(bench.poller)
    assert len(bench.provider.looked_at) == 1
