"""The database takes nothing for a while: no step is lost or done twice, whatever it was in the middle of."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest

from bot.engine import insisting
from bot.engine.cadence import Cadence
from bot.engine.callbacks import CallbackAddresses, Callbacks
from bot.engine.posting import Posted
from bot.engine.sender import Sent
from bot.errors import ProviderTimeoutError, ProviderUnreachableError, StoreError, TaskRefusedError
from bot.experience import Experience
from bot.jobs import JobState, Rung
from bot.provider.client import TaskState
from tests.factories import THREAD
from tests.integration.engine.conftest import status
from tests.integration.store.road import LEASE_SECONDS
from tests.integration.store.trouble import refuse_writes, unwritable

if TYPE_CHECKING:
    from bot.provider.client import TaskRequest
    from tests.integration.engine.conftest import Bench


@pytest.fixture(autouse=True)
def _short_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(insisting, "_FIRST_PAUSE", 0.001)


class Submitting:
    """Lets the database refuse from the moment a job is at the provider."""

    def __init__(self, bench: Bench) -> None:
        self._bench = bench
        self._submit = bench.provider.submit
        self.sent = asyncio.Event()

    async def __call__(self, request: TaskRequest, **how: Any) -> str:
        await refuse_writes(self._bench.store, refuse=True)
        self.sent.set()
        return await self._submit(request, **how)


@pytest.fixture
def submitting(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> Submitting:
    submitting = Submitting(bench)
    monkeypatch.setattr(bench.provider, "submit", submitting)
    return submitting


async def refused_for_long(bench: Bench, submitting: Submitting, caplog: pytest.LogCaptureFixture) -> None:
    """Take a turn whose end cannot be written until long after the lease has run out."""
    await bench.submitter._turn()
    await submitting.sent.wait()
    while "the database does not take it yet" not in caplog.text:  # noqa: ASYNC110 - a log has no event
        await asyncio.sleep(0.001)
    bench.clock.advance(LEASE_SECONDS + 1)
    with pytest.raises(StoreError):
        await bench.submitter._turn()
    await refuse_writes(bench.store, refuse=False)
    await bench.submitter._turn()
    await bench.submitter.crew.finish(within=10)


async def test_an_accepted_task_is_bound_to_its_job_when_the_database_is_back(
    bench: Bench, submitting: Submitting, caplog: pytest.LogCaptureFixture
) -> None:
    job = await bench.road.queued()
    await refused_for_long(bench, submitting, caplog)
    bound = await bench.store.job(job.id)
    assert bound.state is JobState.RUNNING
    assert bound.task_id == "task-1"
    assert len(bench.provider.submitted) == 1
    assert f"accepted job {job.id} as task task-1, but the database does not take it" in caplog.text


async def test_an_accepted_task_is_bound_although_somebody_gave_its_job_up_meanwhile(bench: Bench) -> None:
    job = await bench.road.submitting()
    bench.clock.advance(LEASE_SECONDS)
    later = bench.clock.now()
    await bench.store.expire_submissions(deadline=later)
    bound = await bench.submitter._accepted(job, Sent(task_id="task-7"), later)
    assert (bound.state, bound.task_id) == (JobState.RUNNING, "task-7")


@pytest.mark.parametrize(
    ("error", "end"),
    [
        (ProviderUnreachableError("no network"), JobState.QUEUED),
        (ProviderTimeoutError("cut"), JobState.FAILED),
        (TaskRefusedError("no", cause="content"), JobState.FAILED),
    ],
    ids=["unsent", "unknown", "refused"],
)
async def test_any_other_outcome_is_written_too(
    bench: Bench,
    submitting: Submitting,
    error: Exception,
    end: JobState,
    caplog: pytest.LogCaptureFixture,
) -> None:
    job = await bench.road.queued()
    bench.provider.on_submit = error
    await refused_for_long(bench, submitting, caplog)
    await bench.turn(bench.submitter)
    assert await bench.state(job) is end
    assert len(bench.provider.submitted) == 1


async def test_after_a_crash_before_the_write_a_callback_still_binds_the_task(bench: Bench) -> None:
    job = await bench.road.submitting()
    bench.clock.advance(LEASE_SECONDS)
    addresses = CallbackAddresses("https://easel.example", "s" * 32)
    bench.submitter._addresses = addresses
    await bench.turn(bench.submitter)
    assert await bench.state(job) is JobState.UNCONFIRMED
    callbacks = Callbacks(
        bench.workplace,
        addresses=addresses,
        poller=bench.poller,
        cadence=Cadence(),
        experience=Experience(store=bench.store, clock=bench.clock),
    )
    body = b'{"code": 200, "data": {"taskId": "task-9", "state": "processing"}}'
    signature = addresses.of(job.id).rpartition("/")[2]
    assert await callbacks.accept(job.id, signature, body)
    bound = await bench.store.job(job.id)
    assert (bound.state, bound.task_id) == (JobState.RUNNING, "task-9")


async def test_a_finished_task_whose_end_could_not_be_written_is_looked_at_again(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = await bench.road.running()
    done = status(TaskState.SUCCESS, task_id=job.task_id or "", result_urls=("https://cdn.example/1.png",))

    async def then_full(_task_id: str) -> object:
        await refuse_writes(bench.store, refuse=True)
        return done

    with monkeypatch.context() as patched:
        patched.setattr(bench.provider, "status", then_full)
        await bench.turn(bench.poller)
    await refuse_writes(bench.store, refuse=False)
    assert await bench.state(job) is JobState.RUNNING
    bench.provider.on_status = done
    bench.clock.advance(LEASE_SECONDS)
    await bench.turn(bench.poller)
    assert await bench.state(job) is JobState.READY


async def test_a_posted_picture_whose_end_could_not_be_written_is_found_and_not_posted_again(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = await bench.road.ready()
    post = bench.poster.post_picture

    async def then_full(*arguments: object) -> Posted:
        await refuse_writes(bench.store, refuse=True)
        return await post(*arguments)  # type: ignore[arg-type]

    with monkeypatch.context() as patched:
        patched.setattr(bench.poster, "post_picture", then_full)
        await bench.turn(bench.deliverer)
    await refuse_writes(bench.store, refuse=False)
    assert await bench.state(job) is JobState.DELIVERING
    bench.poster.earlier = Posted(channel_id=THREAD, message_id=7, rung=Rung.THREAD)
    bench.clock.advance(LEASE_SECONDS)
    await bench.turn(bench.deliverer)
    delivered = await bench.store.job(job.id)
    assert (delivered.state, delivered.message_id) == (JobState.DELIVERED, 7)
    assert len(bench.poster.pictures) == 1


async def test_every_loop_goes_on_when_the_database_is_back(bench: Bench) -> None:
    queued = await bench.road.queued()
    async with unwritable(bench.store):
        for worker in (bench.submitter, bench.poller, bench.deliverer, bench.announcer):
            with pytest.raises(StoreError):
                await bench.turn(worker)
    await bench.turn(bench.submitter)
    assert await bench.state(queued) is JobState.RUNNING
