"""One process's side of the budget: order, portions, silence, and what it asks of the account."""

from __future__ import annotations

import asyncio
import math
import random
from datetime import timedelta
from itertools import pairwise

import pytest

from bot.errors import ProviderHeldError, StoreBusyError
from bot.metrics import Metrics
from bot.provider.budget import LONGEST_WAIT, PATIENCE, NoBudget, Permits, RequestBudget
from tests.unit.provider.accounts import FakeTime, MemoryAccount, most_in_a_minute


@pytest.fixture
def time() -> FakeTime:
    return FakeTime()


def budget_of(
    per_minute: int, time: FakeTime, account: MemoryAccount | None = None, metrics: Metrics | None = None
) -> RequestBudget:
    account = account or MemoryAccount(time, per_minute)
    return RequestBudget(
        per_minute=per_minute, account=account, clock=time, metrics=metrics, sleep=time.sleep
    )


async def take(budget: RequestBudget, time: FakeTime, times: int, taken: list[float]) -> None:
    for _ in range(times):
        await budget.take()
        taken.append(time.elapsed)


async def taking(budget: RequestBudget, time: FakeTime, times: int) -> list[float]:
    """Return when each of `times` requests, one after the other, could be sent."""
    taken: list[float] = []
    await time.run(asyncio.create_task(take(budget, time, times, taken)))
    return taken


@pytest.mark.parametrize("per_minute", [1, 2, 3, 10, 60, 100, 999, 10_000])
async def test_no_sixty_seconds_hold_more_requests_than_allowed(time: FakeTime, per_minute: int) -> None:
    taken = await taking(budget_of(per_minute, time), time, per_minute * 2 + 5)
    assert most_in_a_minute(taken) <= per_minute


@pytest.mark.parametrize("per_minute", [1, 2, 10, 60, 1_000, 10_000])
async def test_nearly_all_of_the_budget_can_be_used(time: FakeTime, per_minute: int) -> None:
    taken = await taking(budget_of(per_minute, time), time, per_minute * 3)
    assert taken[-1] <= 60 * 3 * 1.1


@pytest.mark.parametrize("seed", range(8))
async def test_many_processes_together_never_exceed_the_budget(time: FakeTime, seed: int) -> None:
    """Bursts, pauses, people who give up: whatever the order, every sixty seconds stay within the limit."""
    chance = random.Random(seed)
    per_minute = chance.choice([7, 40, 200, 600])
    account = MemoryAccount(time, per_minute)
    budgets = [budget_of(per_minute, time, account) for _ in range(chance.randint(2, 5))]
    taken: list[float] = []

    async def process(budget: RequestBudget) -> None:
        for _ in range(12):
            await time.sleep(chance.choice([0.01, 0.5, 3, 20]) * chance.random())
            crowd = [
                asyncio.create_task(take(budget, time, chance.randint(1, 4), taken))
                for _ in range(chance.randint(1, per_minute // 5 + 2))
            ]
            if chance.random() < 0.3:
                crowd[0].cancel()
            await asyncio.gather(*crowd, return_exceptions=True)

    await time.run(*(asyncio.create_task(process(budget)) for budget in budgets))
    assert len(taken) > per_minute // 2
    assert most_in_a_minute(taken) <= per_minute


async def test_a_hundred_requests_at_once_pass_at_once_for_a_handful_of_questions(time: FakeTime) -> None:
    account = MemoryAccount(time, 10_000)
    budget = budget_of(10_000, time, account)
    taken: list[float] = []
    await time.run(*(asyncio.create_task(take(budget, time, 1, taken)) for _ in range(100)))
    assert taken == [0.0] * 100
    assert account.asked <= 3


async def test_a_steady_flow_asks_about_once_in_a_grants_life(time: FakeTime) -> None:
    account = MemoryAccount(time, 10_000)
    budget = budget_of(10_000, time, account)

    async def flow() -> None:
        for _ in range(600):
            await budget.take()
            await time.sleep(0.1)

    await time.run(asyncio.create_task(flow()))
    assert account.asked <= 40


async def test_what_was_granted_and_not_used_in_time_is_lost(time: FakeTime) -> None:
    account = MemoryAccount(time, 10_000)
    budget = budget_of(10_000, time, account)
    taken: list[float] = []
    await time.run(*(asyncio.create_task(take(budget, time, 1, taken)) for _ in range(20)))
    assert budget._spare > 0
    time.elapsed += 2
    asked = account.asked
    await taking(budget, time, 1)
    assert account.asked == asked + 1


async def test_those_who_wait_are_served_in_the_order_they_came(time: FakeTime) -> None:
    budget = budget_of(10, time)
    served: list[int] = []

    async def ask(number: int) -> None:
        await budget.take()
        served.append(number)

    await time.run(*(asyncio.create_task(ask(number)) for number in range(8)))
    assert served == list(range(8))


async def test_somebody_who_gives_up_waiting_takes_nothing(time: FakeTime) -> None:
    budget = budget_of(10, time)
    await taking(budget, time, 1)
    waiting = asyncio.create_task(budget.take())
    for _ in range(5):
        await asyncio.sleep(0)
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    (taken,) = await taking(budget, time, 1)
    assert taken == pytest.approx(62 / 10, abs=0.01)


@pytest.mark.parametrize("hours", [-1, 1])
async def test_a_clock_that_jumps_neither_stalls_nor_floods(time: FakeTime, hours: int) -> None:
    budget = budget_of(60, time)
    taken = await taking(budget, time, 50)
    time.offset += timedelta(hours=hours)
    taken += await taking(budget, time, 50)
    pauses = [later - earlier for earlier, later in pairwise(taken)]
    assert max(pauses) <= 1.1
    # Set forward, it looks like a quiet hour: one burst, a twentieth of the limit, comes on top.
    assert most_in_a_minute(taken) <= 60 + (3 if hours > 0 else 0)


async def refuse(budget: RequestBudget, era: int, times: int = math.ceil(PATIENCE)) -> None:
    """Let so many requests of an era be answered 429; as it stands that is just too many."""
    for _ in range(times):
        await budget.refused(era, retry_after=None)


async def test_a_few_429s_change_nothing_whatever_was_granted(time: FakeTime) -> None:
    account = MemoryAccount(time, 1_000)
    budget = budget_of(1_000, time, account)
    era = 0
    for _ in range(30):
        era = (await budget.take_some(10)).era
        await refuse(budget, era, 1)
        time.elapsed += 1
    await refuse(budget, era, math.ceil(PATIENCE) - 2)
    assert account.bucket.pace == 1


async def test_too_many_429s_stop_the_own_stock_and_halve_the_pace(time: FakeTime) -> None:
    metrics = Metrics()
    account = MemoryAccount(time, 1_000)
    budget = budget_of(1_000, time, account, metrics)
    taken: list[float] = []
    await time.run(*(asyncio.create_task(take(budget, time, 1, taken)) for _ in range(20)))
    era = await budget.take()
    assert budget._spare > 0
    await refuse(budget, era)
    assert budget._spare == 0
    assert account.bucket.pace == 0.5
    taken = await taking(budget, time, 60)
    assert 60 / taken[-1] == pytest.approx(500 / 62, rel=0.1)
    assert b"easel_provider_pace 0.5" in metrics.render()


async def test_refusals_of_requests_that_were_under_way_together_halve_once(time: FakeTime) -> None:
    account = MemoryAccount(time, 1_000)
    first, second = budget_of(1_000, time, account), budget_of(1_000, time, account)
    era = await first.take()
    assert await second.take() == era
    await refuse(first, era, 30)
    await refuse(second, era, 30)
    assert account.bucket.pace == 0.5


async def test_a_short_silence_is_waited_out_by_everybody(time: FakeTime) -> None:
    account = MemoryAccount(time, 1_000)
    first, second = budget_of(1_000, time, account), budget_of(1_000, time, account)
    await first.refused(await first.take(), retry_after=4)
    (taken,) = await taking(second, time, 1)
    assert taken >= 4


async def test_a_long_silence_is_told_at_once_and_asked_about_once(time: FakeTime) -> None:
    account = MemoryAccount(time, 1_000)
    first, second = budget_of(1_000, time, account), budget_of(1_000, time, account)
    await first.refused(await first.take(), retry_after=120)
    asked = account.asked
    for _ in range(3):
        with pytest.raises(ProviderHeldError) as caught:
            await second.take()
        assert caught.value.retry_after == pytest.approx(120)
    assert account.asked == asked + 1
    time.elapsed += 120
    assert await taking(second, time, 1)


async def test_a_clock_set_back_in_a_long_silence_does_not_prolong_it(time: FakeTime) -> None:
    account = MemoryAccount(time, 1_000)
    budget = budget_of(1_000, time, account)
    await budget.refused(await budget.take(), retry_after=120)
    with pytest.raises(ProviderHeldError):
        await budget.take()
    time.offset -= timedelta(hours=1)
    with pytest.raises(ProviderHeldError) as caught:
        await budget.take()
    assert caught.value.retry_after == pytest.approx(120)
    time.elapsed += 120
    assert await taking(budget, time, 1)


async def test_what_cannot_be_counted_is_not_sent(time: FakeTime) -> None:
    account = MemoryAccount(time, 1_000)
    budget = budget_of(1_000, time, account)
    account.error = StoreBusyError("locked")
    with pytest.raises(ProviderHeldError, match="cannot be counted") as caught:
        await budget.take()
    assert caught.value.retry_after
    assert caught.value.retry_after < LONGEST_WAIT
    await refuse(budget, 0)
    account.error = None
    assert await taking(budget, time, 1)


def test_a_budget_of_nothing_is_refused(time: FakeTime) -> None:
    with pytest.raises(ValueError, match="at least 1"):
        budget_of(0, time, MemoryAccount(time, 1))


async def test_no_budget_counts_nothing() -> None:
    budget = NoBudget()
    assert await budget.take() == 0
    budget.succeeded()
    await budget.refused(0, retry_after=1)


async def test_several_can_be_taken_at_once_and_what_is_not_needed_given_back(time: FakeTime) -> None:
    account = MemoryAccount(time, 10_000)
    budget = budget_of(10_000, time, account)
    permits = await budget.take_some(20)
    assert permits.count == 20
    budget.give_back(Permits(count=12, era=permits.era))
    await taking(budget, time, 12)
    assert account.asked == 1
    await taking(budget, time, 1)
    assert account.asked == 2


async def test_of_a_small_budget_several_take_what_there_is(time: FakeTime) -> None:
    budget = budget_of(60, time)
    assert (await budget.take_some(20)).count == 3


async def test_what_belongs_to_an_earlier_pace_is_not_given_back(time: FakeTime) -> None:
    budget = budget_of(10_000, time)
    permits = await budget.take_some(5)
    await refuse(budget, permits.era)
    await taking(budget, time, 1)
    spare = budget._spare
    budget.give_back(permits)
    assert budget._spare == spare
