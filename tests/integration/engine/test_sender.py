"""Edits are sent with addresses that last; where the provider takes one reference only, it gets the first."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from bot.errors import PostponedError, ProviderUnreachableError, ReferenceGoneError, TaskRefusedError
from bot.jobs import FailureCause, JobState, Kind
from tests.factories import MEMBER, reference_factory

if TYPE_CHECKING:
    from bot.jobs import Job
    from bot.provider.client import TaskRequest
    from tests.integration.engine.conftest import Bench

FIRST, SECOND = "https://cdn.discordapp.com/1.png", "https://cdn.discordapp.com/2.png"
TOO_MANY = TaskRefusedError("at most 1 items", cause="image", status=400, code="400")


async def edit(bench: Bench, *urls: str, member_id: int = MEMBER) -> Job:
    references = tuple(reference_factory(url=url) for url in urls)
    return await bench.road.queued(kind=Kind.EDIT, references=references, member_id=member_id)


def refuse_several(bench: Bench, monkeypatch: pytest.MonkeyPatch, error: Exception = TOO_MANY) -> None:
    """Let the provider refuse every request with more than one picture."""
    accept = bench.provider.submit

    async def submit(request: TaskRequest, **more: Any) -> str:
        task_id = await accept(request, **more)
        if len(request.image_urls) > 1:
            raise error
        return task_id

    monkeypatch.setattr(bench.provider, "submit", submit)


def sent(bench: Bench) -> list[tuple[str, ...]]:
    return [request.image_urls for request in bench.provider.submitted]


async def test_all_references_go_along_in_their_order(bench: Bench) -> None:
    job = await edit(bench, FIRST, SECOND)
    await bench.turn(bench.submitter)
    assert sent(bench) == [(FIRST, SECOND)]
    assert (await bench.store.job(job.id)).references_sent is None


async def test_after_a_refusal_of_several_the_first_is_sent_alone_for_a_day(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    refuse_several(bench, monkeypatch)
    job = await edit(bench, FIRST, SECOND)
    await bench.turn(bench.submitter)
    assert sent(bench) == [(FIRST, SECOND), (FIRST,)]
    running = await bench.store.job(job.id)
    assert (running.state, running.references_sent) == (JobState.RUNNING, 1)

    bench.clock.advance(timedelta(hours=23).total_seconds())
    await edit(bench, SECOND, FIRST)
    await edit(bench, SECOND)
    await bench.turn(bench.submitter)
    assert sent(bench)[2:] == [(SECOND,), (SECOND,)]
    bench.clock.advance(timedelta(hours=1).total_seconds())
    await edit(bench, FIRST, SECOND, member_id=MEMBER + 1)
    await bench.turn(bench.submitter)
    assert sent(bench)[4:] == [(FIRST, SECOND), (FIRST,)]


@pytest.mark.parametrize(
    ("error", "cause"),
    [
        (TaskRefusedError("no", cause="content", status=400), FailureCause.CONTENT),
        (TaskRefusedError("no", cause="prompt", status=400), FailureCause.PROMPT),
        (TaskRefusedError("no", cause="image", status=422), FailureCause.IMAGE),
    ],
)
async def test_a_refusal_for_another_reason_is_not_tried_again(
    bench: Bench, monkeypatch: pytest.MonkeyPatch, error: TaskRefusedError, cause: FailureCause
) -> None:
    refuse_several(bench, monkeypatch, error)
    job = await edit(bench, FIRST, SECOND)
    await bench.turn(bench.submitter)
    assert sent(bench) == [(FIRST, SECOND)]
    failed = await bench.store.job(job.id)
    assert failed.failure
    assert failed.failure.cause is cause


async def test_one_reference_that_is_refused_is_not_tried_again(bench: Bench) -> None:
    bench.provider.on_submit = TOO_MANY
    job = await edit(bench, FIRST)
    await bench.turn(bench.submitter)
    assert sent(bench) == [(FIRST,)]
    assert await bench.state(job) is JobState.FAILED


async def test_the_first_alone_that_cannot_be_sent_waits_and_nothing_is_concluded(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    refuse_several(bench, monkeypatch)
    only_several = bench.provider.submit

    async def submit(request: TaskRequest, **more: Any) -> str:
        if len(request.image_urls) == 1:
            raise ProviderUnreachableError("no connection")
        return await only_several(request, **more)

    monkeypatch.setattr(bench.provider, "submit", submit)
    job = await edit(bench, FIRST, SECOND)
    await bench.turn(bench.submitter)
    assert await bench.state(job) is JobState.QUEUED


async def test_a_reference_that_is_gone_ends_the_job_and_costs_nothing(bench: Bench) -> None:
    bench.references.error = ReferenceGoneError("its card is gone")
    job = await edit(bench, FIRST)
    await bench.turn(bench.submitter)
    failed = await bench.store.job(job.id)
    assert failed.failure
    assert (failed.failure.cause, failed.credits) == (FailureCause.IMAGE, 0)
    assert sent(bench) == []


async def test_a_reference_that_cannot_be_asked_for_now_is_asked_for_again(bench: Bench) -> None:
    bench.references.error = PostponedError("Discord is away")
    job = await edit(bench, FIRST)
    await bench.turn(bench.submitter)
    assert await bench.state(job) is JobState.QUEUED
    bench.references.error = None
    bench.clock.advance(15)
    await bench.turn(bench.submitter)
    assert await bench.state(job) is JobState.RUNNING
