"""What jobs do is counted from the moves that were committed, each once."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from bot.errors import PictureError, ProviderBusyError, StaleJobError, StoreUnwritableError
from bot.jobs import Failure, FailureCause
from bot.provider.client import TaskState
from tests.integration.engine.conftest import status
from tests.integration.engine.test_stopping import engine
from tests.integration.store.trouble import unwritable

if TYPE_CHECKING:
    from tests.integration.engine.conftest import Bench


def figure(bench: Bench, name: str) -> float:
    found = re.search(rf"^{re.escape(name)} (\S+)$", bench.workplace.metrics.render().decode(), re.MULTILINE)
    return float(found[1]) if found else 0.0


async def deliver(bench: Bench) -> None:
    """Play one job from the queue to its thread, with known times in between."""
    await bench.road.queued()
    bench.clock.advance(2)
    await bench.turn(bench.submitter)
    bench.clock.advance(20)
    await bench.turn(bench.poller)
    completed_at = bench.clock.advance(7)
    bench.clock.advance(3)
    bench.provider.on_status = status(
        TaskState.SUCCESS, result_urls=("https://cdn.example/1.png",), completed_at=completed_at
    )
    await bench.turn(bench.poller)
    bench.clock.advance(1)
    await bench.turn(bench.deliverer)


async def test_a_delivered_job_leaves_its_times(bench: Bench) -> None:
    await deliver(bench)
    assert figure(bench, 'easel_stage_seconds_sum{stage="queued"}') == 2
    assert figure(bench, 'easel_stage_seconds_sum{stage="running"}') == 30
    assert figure(bench, 'easel_stage_seconds_sum{stage="ready"}') == 1
    assert figure(bench, "easel_completion_seen_seconds_sum") == 3
    assert figure(bench, "easel_delivery_lateness_seconds_sum") == 4
    assert figure(bench, "easel_job_looks_sum") == 2
    assert figure(bench, 'easel_jobs_finished_total{cause="",state="delivered"}') == 1
    await bench.turn(bench.announcer)
    assert figure(bench, 'easel_jobs_finished_total{cause="",state="delivered"}') == 1


async def test_a_request_that_did_nothing_counts_as_repeated(bench: Bench) -> None:
    await bench.road.queued()
    bench.provider.on_submit = ProviderBusyError("429", retry_after=5)
    await bench.turn(bench.submitter)
    assert figure(bench, "easel_submissions_repeated_total") == 1


async def test_a_picture_that_cannot_be_fetched_counts_by_its_kind(bench: Bench) -> None:
    await bench.road.ready()
    bench.fetcher.result = PictureError("reset", transient=True)
    await bench.turn(bench.deliverer)
    assert figure(bench, 'easel_picture_errors_total{kind="passing"}') == 1


async def test_a_move_that_was_not_committed_is_not_counted(bench: Bench) -> None:
    job = await bench.road.queued()
    async with unwritable(bench.store):
        with pytest.raises(StoreUnwritableError, match="cannot be written"):
            await bench.store.fail(job, Failure(cause=FailureCause.LATE))
    await bench.store.call_off(job.id, by=1, actor="member:1", reason="no longer wanted")
    with pytest.raises(StaleJobError):
        await bench.store.fail(job, Failure(cause=FailureCause.LATE))
    assert figure(bench, 'easel_jobs_finished_total{cause="late",state="failed"}') == 0
    assert figure(bench, 'easel_jobs_finished_total{cause="",state="cancelled"}') == 1


async def test_jobs_are_counted_by_state_with_every_heartbeat(bench: Bench) -> None:
    await bench.road.queued(count=3)
    await engine(bench)._beat()
    assert figure(bench, 'easel_jobs{state="queued"}') == 3
    assert figure(bench, 'easel_jobs{state="running"}') == 0
