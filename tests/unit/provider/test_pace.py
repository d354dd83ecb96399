"""The pace against a service that refuses: for no reason of the pace, or because of a limit that it has."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from random import Random
from statistics import fmean
from typing import Final

import pytest

from bot.provider.budget import RequestBudget
from tests.unit.provider.accounts import FakeTime, MemoryAccount

PER_MINUTE: Final = 600
#: Seconds that an answer takes.
_ANSWER: Final = 0.3
_CALLERS: Final = 8


@dataclass
class Service:
    """Refuses a share of all requests, and whatever comes faster than its limit (in requests a second)."""

    stray: float = 0.0
    limit: float = 1e6
    chance: Random = field(default_factory=lambda: Random(5))
    answered: int = 0
    refused: int = 0
    _tokens: float = 0.0
    _counted_at: float = 0.0

    def takes(self, at: float) -> bool:
        """Return whether a request at this moment is taken."""
        self._tokens = min(self._tokens + (at - self._counted_at) * self.limit, max(3 * self.limit, 1.0))
        self._counted_at = at
        self.answered += 1
        taken = self._tokens >= 1 and self.chance.random() >= self.stray
        self._tokens -= taken
        self.refused += not taken
        return taken


@dataclass
class Run:
    """What came of it; the paces are those of every second, once it has settled."""

    service: Service
    paces: list[float]


async def run(service: Service, *, minutes: float, settled: float = 0.0) -> Run:
    """Ask as fast as the pace lets one; what is seen before `settled` minutes does not count."""
    time = FakeTime()
    account = MemoryAccount(time, PER_MINUTE)
    budget = RequestBudget(per_minute=PER_MINUTE, account=account, clock=time, sleep=time.sleep)
    paces: list[float] = []

    async def ask() -> None:
        while time.elapsed < minutes * 60:
            era = await budget.take()
            taken = service.takes(time.elapsed)
            await time.sleep(_ANSWER)
            if taken:
                budget.succeeded()
            else:
                await budget.refused(era, retry_after=None)

    async def watch() -> None:
        while time.elapsed < minutes * 60:
            await time.sleep(1)
            if time.elapsed >= settled * 60:
                if not paces:
                    service.answered = service.refused = 0
                paces.append(account.bucket.pace)

    await time.run(*(asyncio.create_task(ask()) for _ in range(_CALLERS)), asyncio.create_task(watch()))
    return Run(service=service, paces=paces)


@pytest.mark.parametrize("seed", range(3))
async def test_one_refusal_in_twenty_leaves_the_pace_above_half(seed: int) -> None:
    seen = await run(Service(stray=0.05, chance=Random(seed)), minutes=6)
    assert seen.service.refused > 100
    assert min(seen.paces) >= 0.5
    assert fmean(seen.paces) > 0.9


@pytest.mark.parametrize("stray", [0.0, 0.05])
@pytest.mark.parametrize("share", [0.5, 0.1])
async def test_a_limit_that_is_lower_than_was_said_is_found_and_kept(share: float, stray: float) -> None:
    service = Service(limit=share * PER_MINUTE / 60, stray=stray)
    seen = await run(service, minutes=20, settled=5)
    possible = service.limit * 15 * 60
    assert 0.8 * possible < service.answered < possible
    assert service.refused < (stray + 0.12) * service.answered
    assert max(seen.paces) < 1.5 * share


async def test_a_service_that_takes_nothing_brings_the_pace_down_to_the_least() -> None:
    seen = await run(Service(stray=1.0), minutes=40, settled=30)
    assert max(seen.paces) == pytest.approx(1 / PER_MINUTE)


async def test_a_pace_that_was_lowered_many_times_comes_back_within_minutes() -> None:
    account = MemoryAccount(time := FakeTime(), PER_MINUTE)
    for _ in range(6):
        await account.slow_requests(per_minute=PER_MINUTE, era=account.bucket.era, silence=None)
    budget = RequestBudget(per_minute=PER_MINUTE, account=account, clock=time, sleep=time.sleep)

    async def ask() -> None:
        while account.bucket.pace < 1:
            await budget.take()
            budget.succeeded()

    await time.run(asyncio.create_task(ask()))
    assert 10 * 60 < time.elapsed < 20 * 60
