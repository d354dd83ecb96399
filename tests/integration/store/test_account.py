"""The budget and the pause are one row each: shared by all, kept over a restart, never counted twice."""

from __future__ import annotations

import asyncio
import random
from contextlib import AsyncExitStack, nullcontext
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
import sqlalchemy as sa

from bot.clock import SystemClock
from bot.provider.budget import RequestBudget
from bot.store import Store, open_store
from bot.store.pause import Pause, PauseReason, ProviderCall
from bot.store.tables import request_budget, service_pause
from tests.clocks import NOON
from tests.integration.store.test_query_plans import statements

if TYPE_CHECKING:
    from tests.clocks import FakeClock

LIMIT = 1_000
PAUSE = Pause(
    reason=PauseReason.KEY,
    call=ProviderCall.LOOK,
    since=NOON,
    closed_at=NOON,
    reopens_at=NOON + timedelta(seconds=15),
    failed_probes=2,
)


async def reserve(store: Store, wanted: int = 1) -> int:
    return (await store.reserve_requests(per_minute=LIMIT, wanted=wanted)).granted


async def test_everybody_takes_from_one_bucket(store: Store) -> None:
    assert [await reserve(store, 20) for _ in range(4)] == [20, 20, 10, 0]


async def test_a_restart_fills_nothing_up(url: str, clock: FakeClock) -> None:
    async with open_store(url, clock=clock) as store:
        assert await reserve(store, 50) == 50
        await store.slow_requests(per_minute=LIMIT, era=0, silence=9)
    async with open_store(url, clock=clock) as store:
        grant = await store.reserve_requests(per_minute=LIMIT, wanted=1)
        assert (grant.granted, grant.held, grant.wait, grant.pace) == (0, True, 9, 0.5)


async def test_a_lowered_pace_rises_with_success_alone(store: Store, clock: FakeClock) -> None:
    assert await store.slow_requests(per_minute=LIMIT, era=0, silence=None) == 0.5
    clock.advance(60)
    assert (await store.reserve_requests(per_minute=LIMIT, wanted=1)).pace == 0.5
    grant = await store.reserve_requests(per_minute=LIMIT, wanted=1, succeeded=True)
    assert grant.pace == pytest.approx(0.525)
    assert (await store.reserve_requests(per_minute=LIMIT, wanted=1)).pace == pytest.approx(0.525)


async def test_all_processes_follow_a_lower_pace(store: Store, clock: FakeClock) -> None:
    async def sleep(seconds: float) -> None:
        clock.advance(seconds)

    first, second = (
        RequestBudget(per_minute=LIMIT, account=store, clock=clock, sleep=sleep) for _ in range(2)
    )
    era = await first.take()
    await second.take()
    for _ in range(8):
        await first.refused(era, retry_after=None)
    clock.advance(2)
    before = clock.now()
    for _ in range(60):
        await second.take()
    assert 60 / (clock.now() - before).total_seconds() == pytest.approx(LIMIT / 2 / 62, rel=0.5)


@pytest.mark.parametrize("hours", [-1, 1])
async def test_a_clock_that_jumps_neither_stalls_nor_floods(
    store: Store, clock: FakeClock, hours: int
) -> None:
    assert await reserve(store, 50) == 50
    clock.advance(hours * 3600)
    assert await reserve(store, 1_000) == (0 if hours < 0 else 50)
    clock.advance(1)
    assert await reserve(store, 1_000) == 15


async def test_two_connections_that_race_share_what_there_is(
    url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two processes on one file, as far as the database can see; a file normally has only one."""
    monkeypatch.setattr("bot.store.engine._exclusive", lambda *_: nullcontext())
    async with AsyncExitStack() as stack:
        clock = SystemClock()
        both = [await stack.enter_async_context(open_store(url, clock=clock)) for _ in range(2)]
        chance = random.Random(1)

        async def grab(store: Store) -> int:
            grants = [await store.reserve_requests(per_minute=1, wanted=3) for _ in range(20)]
            await asyncio.sleep(chance.random() / 100)
            return sum(grant.granted for grant in grants)

        assert sum(await asyncio.gather(*(grab(store) for store in both))) == 1

        async def count(store: Store) -> None:
            await store.change_service_pause(
                lambda pause: replace(pause, failed_probes=pause.failed_probes + 1) if pause else PAUSE
            )

        await asyncio.gather(*(count(chance.choice(both)) for _ in range(20)))
        pause = await both[0].service_pause()
        assert pause is not None
        assert pause.failed_probes == PAUSE.failed_probes + 19


async def test_a_pause_is_kept_as_it_is_and_goes_without_a_trace(store: Store) -> None:
    assert await store.service_pause() is None
    assert await store.change_service_pause(lambda _: PAUSE) == (None, PAUSE)
    assert await store.service_pause() == PAUSE
    on_trial = replace(PAUSE, reopens_at=None)
    assert await store.change_service_pause(lambda _: on_trial) == (PAUSE, on_trial)
    assert await store.change_service_pause(lambda _: None) == (on_trial, None)
    assert await store.service_pause() is None


async def test_a_change_that_fails_leaves_the_pause_as_it_was(store: Store) -> None:
    def fail(_: Pause | None) -> Pause | None:
        raise RuntimeError("half-way")

    await store.change_service_pause(lambda _: PAUSE)
    with pytest.raises(RuntimeError, match="half-way"):
        await store.change_service_pause(fail)
    assert await store.service_pause() == PAUSE


async def test_a_question_costs_one_read_and_one_write_however_often_it_was_asked(
    store: Store, clock: FakeClock
) -> None:
    for _ in range(50):
        clock.advance(1)
        await reserve(store, 5)
    with statements(store) as seen:
        assert await reserve(store, 5)
    assert [statement.split()[0] for statement, _ in seen] == ["SELECT", "UPDATE"]
    async with store._database.reading() as connection:
        for table in (request_budget, service_pause):
            counted = await connection.execute(sa.select(sa.func.count()).select_from(table))
            assert counted.scalar_one() <= 1


async def test_a_question_in_vain_writes_nothing(store: Store) -> None:
    await reserve(store, 50)
    with statements(store) as seen:
        assert await reserve(store) == 0
    assert [statement.split()[0] for statement, _ in seen] == ["SELECT"]
