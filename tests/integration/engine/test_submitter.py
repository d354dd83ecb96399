"""A job is sent at most once, waits while nothing can be sent, and ends only for a reason."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from bot.engine.callbacks import CallbackAddresses
from bot.errors import (
    BalanceError,
    KeyRefusedError,
    ProviderBusyError,
    ProviderError,
    ProviderFaultError,
    ProviderHeldError,
    ProviderTimeoutError,
    ProviderUnreachableError,
    TaskRefusedError,
)
from bot.jobs import FailureCause, JobState, WaitReason

if TYPE_CHECKING:
    from bot.jobs import Job
    from tests.integration.engine.conftest import Bench


async def test_a_queued_job_is_sent_and_looked_at_after_the_first_pause(bench: Bench) -> None:
    job = await bench.road.queued(prompt="a fox")
    await bench.turn(bench.submitter)
    running = await bench.store.job(job.id)
    assert running.state is JobState.RUNNING
    assert running.task_id == "task-1"
    assert running.due_at == bench.clock.now() + timedelta(seconds=20)
    assert [request.prompt for request in bench.provider.submitted] == ["a fox"]


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (ProviderUnreachableError("refused"), WaitReason.SERVICE_BUSY),
        (ProviderBusyError("429", retry_after=5), WaitReason.SERVICE_BUSY),
        (KeyRefusedError("401"), WaitReason.SERVICE_PAUSED),
        (BalanceError("402"), WaitReason.SERVICE_PAUSED),
    ],
    ids=["unreachable", "busy", "key", "balance"],
)
async def test_a_job_of_which_nothing_was_done_waits_and_is_sent_when_the_service_is_back(
    bench: Bench, error: ProviderError, reason: WaitReason
) -> None:
    job = await bench.road.queued()
    bench.provider.on_submit = error
    await bench.turn(bench.submitter)
    waiting = await bench.store.job(job.id)
    assert waiting.state is JobState.QUEUED
    assert waiting.wait_reason is reason
    await bench.turn(bench.submitter)
    assert len(bench.provider.submitted) == 1

    bench.provider.on_submit = "task-2"
    bench.clock.advance(60)
    await bench.turn(bench.submitter)
    running = await bench.store.job(job.id)
    assert running.state is JobState.RUNNING
    assert running.wait_reason is None


@pytest.mark.parametrize(
    "error", [ProviderTimeoutError("cut"), ProviderFaultError("500", status=500)], ids=["cut", "500"]
)
async def test_a_job_whose_sending_has_an_unknown_end_is_never_sent_again(
    bench: Bench, error: ProviderError
) -> None:
    job = await bench.road.queued()
    bench.provider.on_submit = error
    await bench.turn(bench.submitter)
    assert await bench.state(job) is JobState.UNCONFIRMED
    for _ in range(3):
        bench.clock.advance(60)
        await bench.turn(bench.submitter)
    failed = await bench.store.job(job.id)
    assert failed.state is JobState.FAILED
    assert failed.failure
    assert failed.failure.cause is FailureCause.UNCONFIRMED
    assert failed.credits == 0
    assert len(bench.provider.submitted) == 1


async def test_with_callbacks_an_unconfirmed_job_waits_for_one(bench: Bench) -> None:
    bench.submitter._addresses = CallbackAddresses("https://easel.example", "s" * 32)
    job = await bench.road.queued()
    bench.provider.on_submit = ProviderTimeoutError("cut")
    await bench.turn(bench.submitter)
    bench.clock.advance(300)
    await bench.turn(bench.submitter)
    assert await bench.state(job) is JobState.UNCONFIRMED
    bench.clock.advance(301)
    await bench.turn(bench.submitter)
    assert await bench.state(job) is JobState.FAILED


async def test_a_callback_that_comes_while_its_job_is_given_up_is_in_nobodys_way(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    called_back, lost = [await bench.road.unconfirmed() for _ in range(2)]
    claim = bench.store.claim_unconfirmed

    async def claim_and_be_called_back(**which: Any) -> list[Job]:
        claimed = await claim(**which)
        unleased = await bench.store.job(called_back.id)
        await bench.store.mark_running(unleased, task_id="task-1", look_at=bench.clock.now())
        return claimed

    monkeypatch.setattr(bench.store, "claim_unconfirmed", claim_and_be_called_back)
    await bench.turn(bench.submitter)
    assert await bench.state(called_back) is JobState.RUNNING
    assert await bench.state(lost) is JobState.FAILED


async def test_a_request_that_a_crash_interrupted_is_not_made_again(bench: Bench) -> None:
    job = await bench.road.submitting()
    bench.clock.advance(31)
    await bench.turn(bench.submitter)
    assert await bench.state(job) is JobState.FAILED
    assert bench.provider.submitted == []


async def test_a_refused_request_fails_with_the_services_reason_and_costs_nothing(bench: Bench) -> None:
    job = await bench.road.queued()
    bench.provider.on_submit = TaskRefusedError(
        "too long", cause="prompt", status=400, code="PROMPT_TOO_LONG"
    )
    await bench.turn(bench.submitter)
    failed = await bench.store.job(job.id)
    assert failed.failure
    assert failed.failure.cause is FailureCause.PROMPT
    assert failed.failure.code == "PROMPT_TOO_LONG"
    assert failed.credits == 0


async def test_no_more_of_a_members_jobs_are_sent_than_they_may_have_at_once(bench: Bench) -> None:
    await bench.road.queued(count=4)
    await bench.turn(bench.submitter)
    assert len(bench.provider.submitted) == 3


async def test_a_job_that_waited_past_the_deadline_fails_with_what_it_waited_for(bench: Bench) -> None:
    job = await bench.road.queued()
    bench.provider.on_submit = BalanceError("402")
    for _ in range(4):
        await bench.turn(bench.submitter)
        bench.clock.advance(1201)
    await bench.turn(bench.submitter)
    failed = await bench.store.job(job.id)
    assert failed.failure
    assert failed.failure.cause is FailureCause.BALANCE


async def test_a_short_pause_ends_nothing_that_waited_long_for_its_turn(bench: Bench) -> None:
    job = await bench.road.queued()
    bench.clock.advance(2 * 3600)
    bench.provider.on_submit = ProviderBusyError("429", retry_after=5)
    await bench.turn(bench.submitter)
    await bench.turn(bench.submitter)
    assert await bench.state(job) is JobState.QUEUED
    bench.provider.on_submit = "task-1"
    for _ in range(3):
        bench.clock.advance(6)
        await bench.turn(bench.submitter)
    assert await bench.state(job) is JobState.RUNNING


async def test_what_waits_for_the_budget_waits_in_the_queue_where_a_crash_loses_nothing(bench: Bench) -> None:
    jobs = [await bench.road.queued(member_id=member) for member in (1, 2)]
    bench.provider.on_permits = TimeoutError()
    assert await bench.submitter._turn() == bench.clock.now()
    assert [await bench.state(job) for job in jobs] == [JobState.QUEUED, JobState.QUEUED]

    bench.provider.on_permits = 1
    assert await bench.submitter._turn() == bench.clock.now()
    await bench.submitter.crew.finish(within=10)
    assert {await bench.state(job) for job in jobs} == {JobState.RUNNING, JobState.QUEUED}

    await bench.turn(bench.submitter)
    assert [await bench.state(job) for job in jobs] == [JobState.RUNNING, JobState.RUNNING]
    assert bench.provider.eras == [1, 1]


async def test_in_a_silence_that_the_service_asked_for_jobs_say_that_they_wait(bench: Bench) -> None:
    job = await bench.road.queued()
    bench.provider.on_permits = bench.provider.on_submit = ProviderHeldError("silence", retry_after=30)
    await bench.turn(bench.submitter)
    waiting = await bench.store.job(job.id)
    assert (waiting.state, waiting.wait_reason) == (JobState.QUEUED, WaitReason.SERVICE_BUSY)
    assert waiting.due_at == bench.clock.now() + timedelta(seconds=30)
