"""The row that all processes share, the account that answers for free, and gates that come and go."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from bot.engine.gate import Gate
from bot.errors import ProviderError, ProviderFaultError, StoreError
from bot.metrics import Metrics
from bot.store.pause import Pause, ProviderCall
from tests.clocks import FakeClock

if TYPE_CHECKING:
    from collections.abc import Callable
    from decimal import Decimal

SUBMIT, LOOK = ProviderCall.SUBMIT, ProviderCall.LOOK
FAULT = ProviderFaultError("broken", status=500)


@dataclass
class MemoryPause:
    """The one row that all processes share."""

    pause: Pause | None = None
    writes: int = 0
    error: StoreError | None = None

    async def service_pause(self) -> Pause | None:
        return self.pause

    async def change_service_pause(
        self, change: Callable[[Pause | None], Pause | None]
    ) -> tuple[Pause | None, Pause | None]:
        if self.error:
            raise self.error
        before, self.pause = self.pause, change(self.pause)
        self.writes += before != self.pause
        return before, self.pause


@dataclass
class Account:
    """Answers the free question; an exception is raised."""

    answer: Decimal | ProviderError | None = None
    asked: int = 0

    async def balance(self) -> Decimal | None:
        self.asked += 1
        if isinstance(self.answer, ProviderError):
            raise self.answer
        return self.answer


@dataclass
class World:
    """The shared row and the account, and processes that come and go."""

    clock: FakeClock = field(default_factory=FakeClock)
    store: MemoryPause = field(default_factory=MemoryPause)
    account: Account = field(default_factory=Account)
    metrics: Metrics = field(default_factory=Metrics)

    def gate(self) -> Gate:
        return Gate(store=self.store, balance=self.account.balance, clock=self.clock, metrics=self.metrics)

    async def process(self) -> Gate:
        """Return the gate of a process that has been running for a while."""
        gate = self.gate()
        await gate.refresh()
        return gate

    async def after(self, gate: Gate, seconds: float) -> None:
        self.clock.advance(seconds)
        await gate.refresh()

    def left(self) -> float:
        assert self.store.pause
        return self.store.pause.left(self.clock.now()).total_seconds()
