"""The budget of requests, with a clock that moves only when somebody sleeps."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from bot.provider.budget import RequestBudget


class FakeTime:
    """A clock, and the sleep that moves it."""

    def __init__(self) -> None:
        self.start = datetime(2026, 1, 1, tzinfo=UTC)
        self.moment = self.start

    def now(self) -> datetime:
        return self.moment

    async def sleep(self, seconds: float) -> None:
        self.moment += timedelta(seconds=seconds)
        await asyncio.sleep(0)

    @property
    def elapsed(self) -> float:
        return (self.moment - self.start).total_seconds()


@pytest.fixture
def time() -> FakeTime:
    return FakeTime()


def budget_of(per_minute: int, time: FakeTime) -> RequestBudget:
    return RequestBudget(per_minute=per_minute, clock=time, sleep=time.sleep)


@pytest.mark.parametrize("per_minute", [1, 2, 3, 10, 60, 100, 999, 10_000])
async def test_no_sixty_seconds_hold_more_requests_than_allowed(time: FakeTime, per_minute: int) -> None:
    budget = budget_of(per_minute, time)
    taken: list[float] = []
    for _ in range(per_minute * 2 + 5):
        await budget.take()
        taken.append(time.elapsed)
    # As many later as are allowed, a minute must be over; a millisecond is the clock's rounding.
    pairs = zip(taken, taken[per_minute:], strict=False)
    assert min(later - earlier for earlier, later in pairs) >= 60 - 0.001


@pytest.mark.parametrize("per_minute", [1, 2, 10, 60, 10_000])
async def test_nearly_all_of_the_budget_can_be_used(time: FakeTime, per_minute: int) -> None:
    budget = budget_of(per_minute, time)
    for _ in range(per_minute * 10):
        await budget.take()
    assert time.elapsed <= 60 * 10 * (2 if per_minute == 2 else 1.12)


async def test_a_quiet_minute_allows_a_burst_and_then_a_steady_pace(time: FakeTime) -> None:
    budget = budget_of(60, time)
    await time.sleep(3600)
    before = time.elapsed
    for _ in range(6):
        await budget.take()
    assert time.elapsed == before
    await budget.take()
    assert time.elapsed == pytest.approx(before + 60 / 54, abs=0.01)


async def test_those_who_wait_are_served_in_the_order_they_came(time: FakeTime) -> None:
    budget = budget_of(10, time)
    served: list[int] = []

    async def ask(number: int) -> None:
        await budget.take()
        served.append(number)

    await asyncio.gather(*(ask(number) for number in range(8)))
    assert served == list(range(8))


async def test_somebody_who_gives_up_waiting_takes_nothing(time: FakeTime) -> None:
    stopped = asyncio.Event()

    async def sleep_for_ever(_: float) -> None:
        stopped.set()
        await asyncio.Event().wait()

    budget = RequestBudget(per_minute=10, clock=time, sleep=sleep_for_ever)
    await budget.take()
    waiting = asyncio.create_task(budget.take())
    await stopped.wait()
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    await time.sleep(60 / 9 + 0.01)
    await budget.take()


async def test_a_clock_that_is_set_back_costs_nothing_and_gives_nothing(time: FakeTime) -> None:
    budget = budget_of(10, time)
    await budget.take()
    time.moment -= timedelta(days=1)
    before = time.moment
    await budget.take()
    assert (time.moment - before).total_seconds() == pytest.approx(60 / 9, abs=0.01)


def test_a_budget_of_nothing_is_refused(time: FakeTime) -> None:
    with pytest.raises(ValueError, match="at least 1"):
        budget_of(0, time)
