"""Before an upgrade the bot finishes what is under way, begins nothing more, and stops."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

import pytest

from bot.errors import DrainingError
from bot.jobs import JobState
from bot.provider.client import TaskState
from bot.quota import Prices
from bot.service import Service
from tests.factories import NO_LIMITS, batch_factory
from tests.integration.engine.conftest import status

if TYPE_CHECKING:
    from tests.integration.engine.conftest import Bench


async def test_nothing_happens_while_nothing_is_asked(bench: Bench) -> None:
    await bench.drainer.look()
    assert not bench.drainer.is_on
    assert bench.stops == []


async def test_an_idle_bot_stops_at_once_and_says_that_it_is_dry(bench: Bench) -> None:
    await bench.store.ask_for_drain()
    await bench.drainer.look()
    asked = await bench.store.drain()
    assert asked
    assert asked.seen_at
    assert asked.done_at
    assert bench.stops == ["drained"]


async def test_what_is_under_way_ends_first_and_what_is_queued_stays(bench: Bench) -> None:
    under_way = await bench.road.running()
    waiting = await bench.road.queued()
    await bench.store.ask_for_drain()
    await bench.drainer.look()
    for _ in range(2):
        await bench.turn(bench.submitter)
    assert await bench.state(waiting) is JobState.QUEUED

    bench.provider.on_status = status(
        TaskState.SUCCESS, task_id=under_way.task_id or "", result_urls=("https://cdn.example/1.png",)
    )
    for worker in (bench.poller, bench.deliverer, bench.announcer):
        await bench.drainer.look()
        assert bench.stops == []
        await bench.turn(worker)
    await bench.drainer.look()
    assert bench.stops == ["drained"]
    assert await bench.state(under_way) is JobState.DELIVERED
    assert await bench.state(waiting) is JobState.QUEUED
    assert len(bench.provider.submitted) == 0


@pytest.mark.parametrize("state", ["submitting", "unconfirmed", "ready", "delivering"])
async def test_everything_that_is_begun_is_waited_for(bench: Bench, state: str) -> None:
    await bench.road.to(JobState(state))
    await bench.store.ask_for_drain()
    await bench.drainer.look()
    assert bench.drainer.is_on
    assert bench.stops == []


async def test_a_command_is_refused_with_a_sentence_and_costs_nothing(bench: Bench) -> None:
    service = Service(
        store=bench.store,
        experience=cast("Any", None),
        clock=bench.clock,
        limits=NO_LIMITS,
        prices=Prices(pro=1, max=2),
        wake=lambda: None,
        is_draining=lambda: bench.drainer.is_on,
    )
    await bench.store.ask_for_drain()
    await bench.drainer.look()
    with pytest.raises(DrainingError) as caught:
        await service.admit(batch_factory())
    assert caught.value.sentence.endswith("please try again in a few minutes. Nothing was charged.")
    assert not any((await bench.store.count_by_state(with_final=True)).values())

    await bench.store.end_drain()
    await bench.drainer.look()
    assert await service.admit(batch_factory())
    await bench.turn(bench.submitter)
    assert len(bench.provider.submitted) == 1
