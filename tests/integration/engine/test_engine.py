"""All loops together: what they hold is kept alive, and what they let fall is taken up again."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, cast
from unittest.mock import Mock

import pytest

from bot.engine.engine import Engine
from bot.jobs import JobState
from tests.integration.store.road import LEASE_SECONDS

if TYPE_CHECKING:
    from tests.integration.engine.conftest import Bench


def engine(bench: Bench) -> Engine:
    return Engine(
        bench.workplace,
        submitter=bench.submitter,
        poller=bench.poller,
        deliverer=bench.deliverer,
        announcer=bench.announcer,
        pruner=cast("Any", Mock()),
        cards=cast("Any", Mock()),
        logbook=cast("Any", Mock()),
        drainer=bench.drainer,
    )


async def test_a_step_that_breaks_off_lets_its_job_go_while_the_process_lives_on(bench: Bench) -> None:
    job = await bench.road.running()
    bench.provider.on_status = RuntimeError("a bug")
    await bench.turn(bench.poller)
    beating = engine(bench)
    bench.clock.advance(LEASE_SECONDS - 1)
    await beating._beat()
    bench.clock.advance(1)
    bench.provider.on_status = None
    await bench.turn(bench.poller)
    assert bench.provider.looked_at == [job.task_id, job.task_id]
    assert await bench.state(job) is JobState.RUNNING
    assert (await bench.store.job(job.id)).lease_owner is None


@pytest.mark.parametrize("worker", ["deliverer", "announcer"])
async def test_what_is_due_while_all_hands_are_full_does_not_make_a_loop_spin(
    bench: Bench, monkeypatch: pytest.MonkeyPatch, worker: str
) -> None:
    arrive = bench.road.ready if worker == "deliverer" else bench.road.delivered
    for _ in range(9):
        await arrive()
    held = asyncio.Event()

    async def hold(_: object) -> bytes:
        await held.wait()
        return cast("bytes", bench.fetcher.result)

    monkeypatch.setattr(bench.fetcher, "fetch", hold)
    monkeypatch.setattr(bench.cards, "redraw", hold)
    busy = bench.deliverer if worker == "deliverer" else bench.announcer
    due = await busy._turn()
    assert busy.crew.free == 0
    assert due is None
    held.set()
    await busy.crew.finish(within=10)
    await bench.turn(busy)
    assert await busy._turn() is None
