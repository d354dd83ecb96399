"""A loop survives its turns, a crew survives its jobs, and both can be stopped."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING

import pytest

from bot.engine import loop as loop_module
from bot.engine.loop import Crew, Loop
from bot.errors import StaleJobError, StoreBusyError, StoreUnwritableError
from bot.metrics import Metrics
from tests.clocks import FakeClock
from tests.factories import job_factory

if TYPE_CHECKING:
    from datetime import datetime


@pytest.fixture(autouse=True)
def _no_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(loop_module, "_FIRST_PAUSE", 0.0)


class Turns:
    """Turns that fail as often as told; the last one stops the loop."""

    def __init__(self, *, failures: int, total: int) -> None:
        self.taken = 0
        self.stopping = asyncio.Event()
        self._failures = failures
        self._total = total
        self.clock = FakeClock()

    async def take(self) -> datetime | None:
        self.taken += 1
        if self.taken >= self._total:
            self.stopping.set()
        if self.taken <= self._failures:
            raise KeyError("broken")
        return self.clock.now()


async def run(turns: Turns) -> Loop:
    loop = Loop("tester", turns.take, clock=turns.clock, metrics=Metrics())
    await loop.run(turns.stopping)
    return loop


async def test_a_loop_survives_any_error_and_goes_on() -> None:
    turns = Turns(failures=3, total=5)
    await run(turns)
    assert turns.taken == 5


async def test_only_the_first_failure_and_the_recovery_are_logged(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO):
        await run(Turns(failures=3, total=6))
    assert [record.levelname for record in caplog.records] == ["ERROR", "INFO"]


async def test_a_loop_remembers_when_it_last_took_a_whole_turn() -> None:
    turns = Turns(failures=0, total=1)
    assert (await run(turns)).last_turn == turns.clock.now()


async def test_a_woken_loop_does_not_wait_for_what_is_due() -> None:
    clock = FakeClock()
    stopping = asyncio.Event()
    taken = asyncio.Semaphore(0)

    async def turn() -> None:
        taken.release()

    loop = Loop("sleeper", turn, clock=clock, metrics=Metrics())
    task = asyncio.create_task(loop.run(stopping))
    for _ in range(3):
        await asyncio.wait_for(taken.acquire(), timeout=1)
        loop.wake()
    stopping.set()
    loop.wake()
    await asyncio.wait_for(task, timeout=1)


@pytest.mark.parametrize("error", [KeyError("x"), StaleJobError(), StoreBusyError()])
async def test_one_jobs_error_leaves_the_others_alone(error: Exception) -> None:
    freed: list[None] = []
    crew = Crew("tester", 2, on_free=lambda: freed.append(None), metrics=Metrics())
    done: list[str] = []

    async def broken() -> None:
        raise error

    async def sound() -> None:
        done.append("sound")

    crew.take_on(job_factory(), broken())
    crew.take_on(job_factory(), sound())
    assert crew.free == 0
    await crew.finish(within=1)
    await asyncio.sleep(0)
    assert done == ["sound"]
    assert crew.free == 2
    assert len(freed) == 2


async def test_a_job_that_is_in_hand_is_not_begun_again() -> None:
    crew = Crew("tester", 2, on_free=lambda: None, metrics=Metrics())
    job = job_factory()
    begun: list[str] = []

    async def step() -> None:
        begun.append(job.id)

    for _ in range(2):
        crew.take_on(job, step())
    assert crew.in_hand == {job.id}
    await crew.finish(within=1)
    await asyncio.sleep(0)
    assert begun == [job.id]
    assert crew.in_hand == set()


@pytest.mark.parametrize(
    ("error", "levels"),
    [(KeyError("x"), ["ERROR"]), (StoreBusyError("locked"), ["ERROR"]), (StoreUnwritableError("full"), [])],
)
async def test_what_the_store_tells_itself_is_not_told_by_each_loop(
    error: Exception, levels: list[str], caplog: pytest.LogCaptureFixture
) -> None:
    async def broken() -> None:
        raise error

    loop = Loop("tester", broken, clock=FakeClock(), metrics=Metrics())
    await loop._one_turn()
    assert [record.levelname for record in caplog.records] == levels


async def test_a_crew_that_must_stop_leaves_what_takes_too_long() -> None:
    crew = Crew("tester", 1, on_free=lambda: None, metrics=Metrics())
    crew.take_on(job_factory(), asyncio.sleep(3600, None))
    await crew.finish(within=0)
    await asyncio.sleep(0)
    assert crew.free == 1
