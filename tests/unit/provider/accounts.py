"""Time that moves only when somebody sleeps, and an account that counts in memory by the store's rules."""

from __future__ import annotations

import asyncio
import heapq
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import TYPE_CHECKING

from bot.store.bucket import Bucket, Grant

if TYPE_CHECKING:
    from bot.errors import StoreError


class FakeTime:
    """A clock, and the sleep that moves it: those who sleep are woken in the order of their times."""

    def __init__(self) -> None:
        self.start = datetime(2026, 1, 1, tzinfo=UTC)
        self.elapsed = 0.0
        self.offset = timedelta()
        self._sleepers: list[tuple[float, int, asyncio.Event]] = []
        self._numbers = count()

    def now(self) -> datetime:
        return self.start + timedelta(seconds=self.elapsed) + self.offset

    def monotonic(self) -> float:
        return self.elapsed

    async def sleep(self, seconds: float) -> None:
        woken = asyncio.Event()
        heapq.heappush(self._sleepers, (self.elapsed + seconds, next(self._numbers), woken))
        await woken.wait()

    async def run(self, *tasks: asyncio.Task[None]) -> None:
        """Let the tasks run to their ends, moving the time whenever all of them wait."""
        while not all(task.done() for task in tasks):
            for _ in range(5):
                await asyncio.sleep(0)
            if self._sleepers and not all(task.done() for task in tasks):
                at, _, woken = heapq.heappop(self._sleepers)
                self.elapsed = max(self.elapsed, at)
                woken.set()
        for task in tasks:
            task.result()


class MemoryAccount:
    """What the store does with the one row, without a database."""

    def __init__(self, time: FakeTime, per_minute: int) -> None:
        self.bucket = Bucket.full(per_minute=per_minute, now=time.now())
        self.asked = 0
        self.error: StoreError | None = None
        self._time = time

    async def reserve_requests(self, *, per_minute: int, wanted: int, spare: int, succeeded: bool) -> Grant:
        await asyncio.sleep(0)
        self.asked += 1
        if self.error:
            raise self.error
        bucket = self.bucket.at(self._time.now(), per_minute=per_minute)
        if succeeded:
            bucket = bucket.raised()
        self.bucket, grant = bucket.grant(per_minute=per_minute, wanted=wanted, spare=spare)
        return grant

    async def slow_requests(self, *, per_minute: int, era: int | None, silence: float | None) -> float:
        await asyncio.sleep(0)
        if self.error:
            raise self.error
        bucket = self.bucket.at(self._time.now(), per_minute=per_minute)
        self.bucket = bucket.slowed(per_minute=per_minute, era=era, silence=silence)
        return self.bucket.pace


def most_in_a_minute(moments: list[float]) -> int:
    """Return the largest number of moments in any sixty seconds, the end left out."""
    moments = sorted(moments)
    most = first = 0
    for last, moment in enumerate(moments):
        while moment - moments[first] >= 60 - 0.001:
            first += 1
        most = max(most, last - first + 1)
    return most
