"""A stop claims nothing more, waits for what is in hand for a while, and gives back what is held."""

from __future__ import annotations

import asyncio
import logging
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import TYPE_CHECKING, Any, cast
from unittest.mock import AsyncMock, Mock

import pytest

from bot.engine import engine as engine_module
from bot.engine.engine import Engine
from bot.engine.pruner import Pruner
from bot.engine.readiness import Readiness
from bot.errors import StoreUnwritableError
from bot.jobs import JobState
from tests.integration.store.road import LEASE
from tests.integration.store.trouble import unwritable

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from tests.integration.engine.conftest import Bench

SHORT = 0.05


@pytest.fixture(autouse=True)
def _short_giving_back(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine_module, "_GIVE_BACK", 1.0)


def engine(bench: Bench) -> Engine:
    return Engine(
        bench.workplace,
        submitter=bench.submitter,
        poller=bench.poller,
        deliverer=bench.deliverer,
        announcer=bench.announcer,
        pruner=Pruner(bench.workplace, archive=bench.archive, keep_for=timedelta(days=1)),
        cards=cast("Any", Mock(finish=AsyncMock())),
        logbook=cast("Any", Mock()),
        drainer=bench.drainer,
    )


class Slow:
    """Hangs until it is told to answer."""

    def __init__(self, bench: Bench, name: str) -> None:
        self.begun = asyncio.Event()
        self.answer = asyncio.Event()
        self._call = getattr(bench.provider, name)

    async def __call__(self, *arguments: Any, **named: Any) -> Any:
        self.begun.set()
        await self.answer.wait()
        return await self._call(*arguments, **named)


@asynccontextmanager
async def running(bench: Bench, slow: Slow) -> AsyncIterator[Engine]:
    """Run the loops until the provider hangs; they are stopped in any case."""
    at_work = engine(bench)
    at_work.start()
    try:
        async with asyncio.timeout(10):
            await slow.begun.wait()
        yield at_work
    finally:
        slow.answer.set()
        await at_work.stop(within=10)


async def test_a_request_that_is_answered_in_time_is_waited_for(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    slow = Slow(bench, "submit")
    monkeypatch.setattr(bench.provider, "submit", slow)
    job = await bench.road.queued()
    async with running(bench, slow) as at_work:
        stop = asyncio.create_task(at_work.stop(within=20))
        await asyncio.sleep(0)
        slow.answer.set()
        await stop
        assert await bench.state(job) is JobState.RUNNING


async def test_a_request_that_is_not_answered_keeps_its_lease_and_becomes_unconfirmed_when_it_ends(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    slow = Slow(bench, "submit")
    monkeypatch.setattr(bench.provider, "submit", slow)
    job = await bench.road.queued()
    async with running(bench, slow) as at_work:
        await at_work.stop(within=1 + SHORT)
        left = await bench.store.job(job.id)
        assert left.state is JobState.SUBMITTING
        assert left.lease_owner == "me"
        bench.clock.advance(LEASE.total_seconds())
        await bench.store.expire_submissions(deadline=bench.clock.now())
        assert await bench.state(job) is JobState.UNCONFIRMED


async def test_a_look_that_is_not_answered_is_given_back_at_once(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    slow = Slow(bench, "status")
    monkeypatch.setattr(bench.provider, "status", slow)
    job = await bench.road.running()
    async with running(bench, slow) as at_work:
        await at_work.stop(within=1 + SHORT)
        left = await bench.store.job(job.id)
        assert left.state is JobState.RUNNING
        assert left.lease_owner is None


async def test_a_stop_claims_nothing_more(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    slow = Slow(bench, "submit")
    monkeypatch.setattr(bench.provider, "submit", slow)
    await bench.road.queued()
    async with running(bench, slow) as at_work:
        stop = asyncio.create_task(at_work.stop(within=20))
        await asyncio.sleep(0)
        later = await bench.road.queued(member_id=5)
        slow.answer.set()
        await stop
        assert await bench.state(later) is JobState.QUEUED


async def test_a_stop_ends_although_nothing_can_be_given_back(
    bench: Bench, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    slow = Slow(bench, "status")
    monkeypatch.setattr(bench.provider, "status", slow)
    await bench.road.running()
    async with running(bench, slow) as at_work, unwritable(bench.store):
        await at_work.stop(within=1 + SHORT)
    assert "could not be given back" in caplog.text
    assert not [record for record in caplog.records if record.levelno > logging.ERROR or record.exc_info]


async def problems(bench: Bench, at_work: Engine, *, connected: bool = True) -> list[str]:
    return await Readiness(
        store=bench.store, engine=at_work, drainer=bench.drainer, is_connected=lambda: connected
    ).problems()


async def test_readiness_names_each_thing_that_is_missing(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    slow = Slow(bench, "submit")
    monkeypatch.setattr(bench.provider, "submit", slow)
    await bench.road.queued()
    async with running(bench, slow) as at_work:
        assert await problems(bench, at_work) == []
        assert await problems(bench, at_work, connected=False) == ["There is no connection to Discord."]
        await bench.store.ask_for_drain()
        await bench.drainer.look()
        assert await problems(bench, at_work) == ["It is being drained and takes no commands."]


async def test_readiness_names_a_loop_that_stands_still(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    slow = Slow(bench, "submit")
    monkeypatch.setattr(bench.provider, "submit", slow)
    monkeypatch.setattr(bench.poller.loop, "_turn", asyncio.Event().wait)
    await bench.road.queued()
    async with running(bench, slow) as at_work:
        bench.clock.advance(61)
        for worker in at_work._running - {bench.poller.loop}:
            await worker._one_turn()
        assert await problems(bench, at_work) == ["The poller stands still."]
        bench.workplace.metrics.watch_loops(at_work.standing_still)
        assert b"easel_loops_standing_still 1.0" in bench.workplace.metrics.render()
        bench.clock.set(-3600)
        assert await problems(bench, at_work) == ["The poller stands still."]
        await at_work.stop(within=1 + SHORT)


async def test_readiness_names_a_database_that_does_not_answer_or_cannot_be_written(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with unwritable(bench.store):
        with pytest.raises(StoreUnwritableError, match="cannot be written"):
            await bench.road.queued()
    assert await problems(bench, engine(bench)) == ["The database cannot be written; the log says why."]
    monkeypatch.setattr(bench.store, "ping", asyncio.Event().wait)
    monkeypatch.setattr("bot.engine.readiness._PATIENCE", 0.01)
    assert (await problems(bench, engine(bench)))[0] == "The database does not answer."
