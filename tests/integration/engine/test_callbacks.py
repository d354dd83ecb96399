"""A callback is believed for its own job only, binds a lost task, and changes nothing when forged."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from bot.engine.cadence import Cadence
from bot.engine.callbacks import CallbackAddresses, Callbacks
from bot.errors import StaleJobError
from bot.experience import Experience
from bot.jobs import JobState
from bot.provider.client import TaskState
from tests.integration.engine.conftest import status

if TYPE_CHECKING:
    from bot.jobs import Job
    from tests.integration.engine.conftest import Bench

ADDRESSES = CallbackAddresses("https://easel.example", "s" * 32)


def signature_of(job: Job) -> str:
    return ADDRESSES.of(job.id).rpartition("/")[2]


def body(task_id: str, state: str = "success") -> bytes:
    data: dict[str, object] = {"taskId": task_id, "state": state}
    if state == "success":
        data["resultJson"] = json.dumps({"resultUrls": ["https://r2.example/1.png"]})
    else:
        data |= {"failCode": "CONTENT_VIOLATION", "failMsg": "no"}
    return json.dumps({"code": 200, "message": "success", "data": data}).encode()


@pytest.fixture
def callbacks(bench: Bench) -> Callbacks:
    return Callbacks(
        bench.workplace,
        addresses=ADDRESSES,
        poller=bench.poller,
        cadence=Cadence(),
        experience=Experience(store=bench.store, clock=bench.clock),
    )


async def test_a_callback_finishes_its_running_job(bench: Bench, callbacks: Callbacks) -> None:
    job = await bench.road.running()
    assert await callbacks.accept(job.id, signature_of(job), body(job.task_id or ""))
    assert await bench.state(job) is JobState.READY


async def test_a_callback_of_a_failed_task_fails_its_job(bench: Bench, callbacks: Callbacks) -> None:
    job = await bench.road.running()
    assert await callbacks.accept(job.id, signature_of(job), body(job.task_id or "", "failed"))
    assert await bench.state(job) is JobState.FAILED


async def test_a_callback_binds_the_task_of_an_unconfirmed_job(bench: Bench, callbacks: Callbacks) -> None:
    job = await bench.road.unconfirmed()
    assert await callbacks.accept(job.id, signature_of(job), body("task-9"))
    ready = await bench.store.job(job.id)
    assert ready.state is JobState.READY
    assert ready.task_id == "task-9"


async def test_a_callback_may_come_before_the_submits_own_answer(bench: Bench, callbacks: Callbacks) -> None:
    job = await bench.road.submitting()
    assert await callbacks.accept(job.id, signature_of(job), body("task-9"))
    assert await bench.state(job) is JobState.READY


async def test_the_second_of_two_callbacks_changes_nothing(bench: Bench, callbacks: Callbacks) -> None:
    job = await bench.road.running()
    for _ in range(2):
        assert await callbacks.accept(job.id, signature_of(job), body(job.task_id or ""))
    assert len(await bench.store.events(job.id)) == 4


async def test_a_forged_signature_and_an_unknown_job_are_turned_away(
    bench: Bench, callbacks: Callbacks
) -> None:
    job = await bench.road.running()
    other = await bench.road.running()
    assert not await callbacks.accept(job.id, "0" * 64, body(job.task_id or ""))
    assert not await callbacks.accept(job.id, signature_of(other), body(job.task_id or ""))
    assert not await callbacks.accept("0" * 16, "ü" * 64, body(job.task_id or ""))
    assert await bench.state(job) is JobState.RUNNING


@pytest.mark.parametrize("nonsense", [b"", b"<html>", b"[]", b'{"code": 200}'])
async def test_a_body_that_makes_no_sense_changes_nothing(
    bench: Bench, callbacks: Callbacks, nonsense: bytes
) -> None:
    job = await bench.road.running()
    assert await callbacks.accept(job.id, signature_of(job), nonsense)
    assert await bench.state(job) is JobState.RUNNING


async def test_a_body_that_names_another_task_is_not_believed(bench: Bench, callbacks: Callbacks) -> None:
    job = await bench.road.running()
    assert await callbacks.accept(job.id, signature_of(job), body("task-of-somebody-else"))
    assert await bench.state(job) is JobState.RUNNING


async def test_a_look_that_a_callback_overtook_leaves_nothing_in_memory(
    bench: Bench, callbacks: Callbacks
) -> None:
    job = await bench.road.looked_at()
    assert await callbacks.accept(job.id, signature_of(job), body(job.task_id or ""))
    bench.provider.on_status = status(
        TaskState.SUCCESS, task_id=job.task_id, result_urls=("https://r2.example/1.png",)
    )
    with pytest.raises(StaleJobError):
        await bench.poller._look(job)
    assert not bench.poller._looks
