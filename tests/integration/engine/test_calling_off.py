"""A job that was called off: looked at to its end, delivered nowhere, and its member left in peace."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from bot.errors import KeyRefusedError, PostponedError, ProviderBusyError
from bot.jobs import Failure, FailureCause, JobState
from bot.provider.client import TaskState
from tests.factories import MEMBER, reference_factory
from tests.integration.engine.conftest import status

if TYPE_CHECKING:
    from datetime import datetime

    import pytest

    from bot.jobs import Job
    from tests.integration.engine.conftest import Bench

DONE = status(TaskState.SUCCESS, result_urls=("https://r2.example/1.png",), cost_ms=4000)


async def call_off(bench: Bench, job: Job) -> Job:
    return await bench.store.call_off(job.id, by=MEMBER, actor=f"member:{MEMBER}", reason="x")


async def test_a_discarded_task_is_looked_at_until_it_ends_and_its_picture_is_never_fetched(
    bench: Bench,
) -> None:
    job = await call_off(bench, await bench.road.running())
    await bench.turn(bench.poller)
    assert await bench.state(job) is JobState.RUNNING
    bench.clock.advance(30)
    bench.provider.on_status = DONE
    woken: list[str] = []
    bench.workplace.signals.on_state(JobState.CANCELLED, lambda: woken.append("announcer"))
    await bench.turn(bench.poller)
    assert woken == ["announcer"]
    await bench.turn(bench.deliverer)
    assert await bench.state(job) is JobState.CANCELLED
    assert bench.fetcher.fetched == []
    await bench.turn(bench.announcer)
    assert bench.cards.redrawn == [job.id]
    assert bench.poster.notices == []
    assert (await bench.store.job(job.id)).due_at is None


async def test_a_discarded_task_that_fails_is_refunded_and_told_by_the_card_alone(bench: Bench) -> None:
    job = await call_off(bench, await bench.road.running())
    bench.provider.on_status = status(TaskState.FAILED, failure=Failure(cause=FailureCause.CONTENT))
    await bench.turn(bench.poller)
    await bench.turn(bench.announcer)
    failed = await bench.store.job(job.id)
    assert (failed.state, failed.credits, failed.due_at) == (JobState.FAILED, 0, None)
    assert (bench.poster.notices, bench.cards.redrawn) == ([], [job.id])


async def test_a_discarded_task_that_never_ends_fails_at_the_hard_deadline(bench: Bench) -> None:
    job = await call_off(bench, await bench.road.running())
    bench.clock.advance(timedelta(hours=2).total_seconds())
    await bench.turn(bench.poller)
    failed = await bench.store.job(job.id)
    assert (failed.state, failed.credits) == (JobState.FAILED, 0)


async def test_called_off_while_its_request_was_refused_a_job_is_refunded_and_told_at_once(
    bench: Bench,
) -> None:
    woken: list[str] = []
    bench.workplace.signals.on_state(JobState.CANCELLED, lambda: woken.append("announcer"))
    job = await bench.road.queued()

    async def refuse(*args: object, **how: object) -> str:
        await call_off(bench, job)
        raise ProviderBusyError(status=503)

    bench.provider.submit = refuse  # type: ignore[method-assign]
    await bench.turn(bench.submitter)
    cancelled = await bench.store.job(job.id)
    assert (cancelled.state, cancelled.credits, woken) == (JobState.CANCELLED, 0, ["announcer"])


async def test_called_off_while_its_references_cannot_be_asked_for_a_job_is_refunded(bench: Bench) -> None:
    job = await bench.road.queued(references=(reference_factory(),))

    async def refuse(job: Job) -> tuple[str, ...]:
        await call_off(bench, job)
        raise PostponedError("Discord is away")

    bench.references.fresh_urls = refuse  # type: ignore[method-assign]
    await bench.turn(bench.submitter)
    cancelled = await bench.store.job(job.id)
    assert (cancelled.state, cancelled.credits) == (JobState.CANCELLED, 0)


async def test_called_off_while_its_request_is_accepted_a_job_keeps_its_task_and_its_credits(
    bench: Bench,
) -> None:
    job = await bench.road.queued()

    async def accept(*args: object, **how: object) -> str:
        await call_off(bench, job)
        return "task-9"

    bench.provider.submit = accept  # type: ignore[method-assign]
    await bench.turn(bench.submitter)
    running = await bench.store.job(job.id)
    assert (running.state, running.task_id, running.credits) == (JobState.RUNNING, "task-9", 1)
    assert running.is_called_off


async def test_called_off_while_its_picture_is_fetched_a_job_posts_nothing(
    bench: Bench, caplog: pytest.LogCaptureFixture
) -> None:
    job = await bench.road.ready()
    fetch = bench.fetcher.fetch

    async def slow(url: str) -> bytes:
        await call_off(bench, job)
        return await fetch(url)

    bench.fetcher.fetch = slow  # type: ignore[method-assign]
    await bench.turn(bench.deliverer)
    assert (await bench.state(job), bench.poster.pictures) == (JobState.CANCELLED, [])
    assert "ERROR" not in {record.levelname for record in caplog.records}


async def test_called_off_while_it_is_given_up_for_waiting_too_long_a_job_stops_nobody(
    bench: Bench,
) -> None:
    first, second = [await bench.road.queued() for _ in range(2)]
    bench.provider.on_submit = bench.provider.on_balance = KeyRefusedError("401")
    await bench.turn(bench.submitter)
    bench.clock.advance(timedelta(hours=2).total_seconds())
    waiting_since = bench.store.waiting_since

    async def meanwhile(moment: datetime, *, at_most: int = 100) -> list[Job]:
        found = await waiting_since(moment, at_most=at_most)
        await call_off(bench, first)
        return found

    bench.store.waiting_since = meanwhile  # type: ignore[method-assign]
    await bench.turn(bench.submitter)
    assert await bench.state(first) is JobState.CANCELLED
    assert await bench.state(second) is JobState.FAILED
