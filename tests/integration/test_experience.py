"""What is learned from a real store, how often it is asked, and what members are told to expect."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
import sqlalchemy as sa

from bot.experience import REFRESH, Experience
from bot.jobs import Mode
from bot.quota import Prices
from bot.service import Service
from bot.store import Store, open_store
from tests.clocks import FakeClock
from tests.databases import lay_out
from tests.factories import NO_LIMITS, batch_factory, job_factory
from tests.integration.store.road import Road

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

PRO = job_factory(mode=Mode.PRO)
MAX = job_factory(mode=Mode.MAX)


class Place:
    """A store on a file, and what is made of it."""

    def __init__(self, store: Store, clock: FakeClock) -> None:
        self.store = store
        self.clock = clock
        self.road = Road(store, clock)
        self.experience = Experience(store=store, clock=clock)
        self.service = Service(
            store=store,
            experience=self.experience,
            clock=clock,
            limits=replace(NO_LIMITS, concurrent_jobs=3),
            prices=Prices(pro=1, max=2),
            wake=lambda: None,
            is_draining=lambda: False,
        )

    async def finish(self, seconds: float, *, mode: Mode = Mode.PRO, told: bool = True) -> None:
        """Let one job finish after so many seconds."""
        job = await self.road.looked_at(mode=mode)
        self.clock.advance(seconds)
        cost_ms = int(seconds * 1000) if told else None
        await self.store.mark_ready(job, result_urls=["u"], cost_ms=cost_ms, completed_at=self.clock.now())


@pytest.fixture
async def place(tmp_path: Path) -> AsyncIterator[Place]:
    clock = FakeClock()
    async with open_store(lay_out(tmp_path / "easel.db"), clock=clock) as store:
        yield Place(store, clock)


def statements_of(store: Store) -> list[str]:
    """Return a list that grows by every statement with which the store reads."""
    seen: list[str] = []

    def note(connection: object, cursor: object, statement: str, *rest: object) -> None:
        seen.append(statement)

    sa.event.listen(store._database._reader.sync_engine, "before_cursor_execute", note)
    return seen


async def test_a_fresh_bot_expects_what_the_providers_pages_say(place: Place) -> None:
    outlook = await place.experience.outlook(PRO)
    assert outlook.durations.mean == pytest.approx(30, abs=2)
    assert outlook.in_flight == 0


@pytest.mark.parametrize("told", [True, False])
async def test_finished_pictures_are_learned_from_each_mode_by_itself(place: Place, told: bool) -> None:
    for _ in range(20):
        await place.finish(12, told=told)
        await place.finish(50, mode=Mode.MAX, told=told)
    pro, most = await place.experience.outlook(PRO), await place.experience.outlook(MAX)
    assert pro.durations.quantile(0.5) == pytest.approx(12, rel=0.1)
    assert most.durations.quantile(0.5) == pytest.approx(50, rel=0.1)


async def test_what_runs_at_the_provider_is_in_flight(place: Place) -> None:
    await place.road.queued()
    await place.road.looked_at()
    await place.road.running(mode=Mode.MAX)
    assert (await place.experience.outlook(PRO)).in_flight == 2


async def test_the_store_is_asked_now_and_then_and_not_for_every_look(place: Place) -> None:
    seen = statements_of(place.store)
    first = await place.experience.outlook(PRO)
    asked = len(seen)
    place.clock.advance(REFRESH.total_seconds() - 1)
    for _ in range(100):
        assert (await place.experience.outlook(PRO)).durations is first.durations
    assert len(seen) == asked
    place.clock.advance(1)
    await place.experience.outlook(PRO)
    assert len(seen) == 2 * asked


async def test_a_clock_that_was_set_back_does_not_stop_the_learning(place: Place) -> None:
    first = await place.experience.outlook(PRO)
    place.clock.advance(-3600)
    assert (await place.experience.outlook(PRO)).durations is not first.durations


async def test_a_store_that_does_not_answer_leaves_what_was_known(place: Place) -> None:
    for _ in range(20):
        await place.finish(12)
    before = await place.experience.outlook(PRO)
    place.clock.advance(60)
    async with place.store._database._writer.begin() as connection:
        await connection.exec_driver_sql("ALTER TABLE jobs RENAME TO gone")
    assert await place.experience.outlook(PRO) == before
    assert (await place.experience.outlook(MAX)).durations.mean == pytest.approx(30, abs=2)


async def test_a_picture_is_expected_by_the_time_three_of_four_take(place: Place) -> None:
    for seconds in (10, 20, 30, 40) * 20:
        await place.finish(seconds)
    job = await place.road.running()
    expected = await place.service.expected_end([job])
    assert 27 <= (expected - place.clock.now()).total_seconds() <= 36


async def test_a_picture_is_never_expected_in_the_past(place: Place) -> None:
    job = await place.road.running()
    expected = []
    for _ in range(20):
        expected.append(await place.service.expected_end([job]))
        assert expected[-1] >= place.clock.now()
        place.clock.advance(10)
    assert expected == sorted(expected)


async def test_a_picture_that_waits_for_others_of_its_member_is_expected_later(place: Place) -> None:
    alone = await place.road.queued()
    soon = await place.service.expected_end([alone])
    for _ in range(3):
        await place.road.running(member_id=2)
    place.clock.advance(0.001)
    blocked = await place.road.queued(member_id=2)
    other = await place.road.queued(member_id=3)
    now, before = place.clock.now(), place.clock.now() - timedelta(seconds=0.001)
    assert await place.service.expected_end([other]) - now == soon - before
    mean = (await place.experience.outlook(PRO)).durations.mean
    waits = await place.service.expected_end([blocked]) - await place.service.expected_end([other])
    assert waits.total_seconds() == pytest.approx(mean / 2)


async def test_pictures_that_wait_for_a_turn_are_expected_a_turn_later(place: Place) -> None:
    jobs = await place.store.admit(batch_factory(count=4), NO_LIMITS)
    three, four = await place.service.expected_end(jobs[:3]), await place.service.expected_end(jobs)
    assert four - three == timedelta(seconds=(await place.experience.outlook(PRO)).durations.mean)
