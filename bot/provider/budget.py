"""How many requests a minute may leave for the image service, over all processes together.

The account's budget is counted elsewhere, for everybody; here one process takes from it a handful at a
time, hands them to its callers in the order they came, and reports when the pace is too fast: not at a 429
now and then, which services answer for reasons of their own, but where more than a tenth are refused. It
does not know what the callers send.
"""

from __future__ import annotations

import asyncio
import logging
import math
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Final, Protocol

from bot.errors import ProviderHeldError, StoreError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from datetime import datetime

    from bot.clock import Clock
    from bot.metrics import Metrics

log = logging.getLogger(__name__)

#: A wished-for silence of at most so many seconds is waited out here; of a longer one the caller is told.
LONGEST_WAIT: Final = 5.0
#: A shorter wait than this could end before the clock has moved on.
_SHORTEST_WAIT: Final = 0.001
#: Where several wait for a slow budget, one question in this many seconds serves them in portions.
_PORTION_WAIT: Final = 0.05
#: The part of a minute's requests that one process may keep for soon.
_SPARE_SHARE: Final = 100
_SHORTEST_SPAN: Final = 0.1
#: The share of requests that may be refused at any pace.
TOLERATED: Final = 0.1
#: So many refusals beyond that share say that the pace is too fast.
PATIENCE: Final = 8.0
#: With fewer than so many of them a lowered pace may rise.
_CALM: Final = 1.0
#: When the budget could not be counted, in seconds.
_AFTER_STORE_FAULT: Final = 2.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Permits:
    """The right to send `count` requests at once; `era` names the pace that they were granted at."""

    count: int
    era: int


class Grant(Protocol):
    """What an account answers; `wait` in seconds, `pace` a share of the limit, `era` the pace's name."""

    @property
    def granted(self) -> int:
        """How many requests may be made."""
        ...

    @property
    def wait(self) -> float:
        """When to ask again, if there was none."""
        ...

    @property
    def held(self) -> bool:
        """Whether the service asked for this silence."""
        ...

    @property
    def era(self) -> int:
        """Which pace it was granted at."""
        ...

    @property
    def pace(self) -> float:
        """The account's pace."""
        ...

    @property
    def lifetime(self) -> timedelta:
        """How long the requests may be kept."""
        ...


class RequestAccount(Protocol):
    """Who counts the requests of all processes; both calls may raise `StoreError`."""

    async def reserve_requests(self, *, per_minute: int, wanted: int, spare: int, succeeded: bool) -> Grant:
        """Grant at most `wanted` requests for now and `spare` for soon."""
        ...

    async def slow_requests(self, *, per_minute: int, era: int | None, silence: float | None) -> float:
        """Slow everybody down, where too many of this era were refused, and be silent; return the pace."""
        ...


class NoBudget:
    """For a command that asks once and ends: nothing is counted."""

    async def take(self) -> int:
        """Return at once."""
        return 0

    async def take_some(self, most: int) -> Permits:
        """Return at once."""
        return Permits(count=most, era=0)

    def give_back(self, unused: Permits) -> None:
        """Ignore it."""

    def succeeded(self) -> None:
        """Ignore it."""

    async def refused(self, era: int, *, retry_after: float | None) -> None:
        """Ignore it."""


class RequestBudget:
    """One process's side of the account's budget: first come, first served."""

    def __init__(
        self,
        *,
        per_minute: int,
        account: RequestAccount,
        clock: Clock,
        metrics: Metrics | None = None,
        sleep: Callable[[float], Awaitable[object]] = asyncio.sleep,
    ) -> None:
        if per_minute < 1:
            message = f"per_minute must be at least 1, not {per_minute}"
            raise ValueError(message)
        self._per_minute = per_minute
        self._account = account
        self._clock = clock
        self._metrics = metrics
        self._sleep = sleep
        self._turn = asyncio.Lock()
        self._waiting = 0
        self._spare = 0
        self._spare_life = timedelta()
        self._asked_at: datetime | None = None
        self._taken = 0
        self._era = 0
        #: The refusals of this era beyond what is tolerated: each adds one, each request takes a tenth away.
        self._strain = 0.0
        self._succeeded = False
        self._silent_from: datetime | None = None
        self._silence = timedelta()

    async def take(self) -> int:
        """Return as soon as one more request may be sent; a cancelled caller takes nothing.

        What it returns is the era that `refused` asks for. Raises `ProviderHeldError` if nothing may be
        sent for longer than `LONGEST_WAIT`.
        """
        return (await self.take_some(1)).era

    async def take_some(self, most: int) -> Permits:
        """Return as soon as one more request may be sent, with as many as may be then: at most `most`.

        Errors and cancelling as with `take`.
        """
        self._waiting += most
        try:
            async with self._turn:
                if not self._has_spare():
                    await self._reserve()
                permits = Permits(count=min(self._spare, most), era=self._era)
                self._spare -= permits.count
                self._taken += permits.count
                self._strain = max(self._strain - permits.count * TOLERATED, 0.0)
                return permits
        finally:
            self._waiting -= most

    def give_back(self, unused: Permits) -> None:
        """Let others have what was taken and is not needed, while it lasts."""
        if unused.era == self._era:
            self._spare += unused.count
            self._taken -= unused.count

    def succeeded(self) -> None:
        """A request was not refused: a lowered pace may rise."""
        self._succeeded = True

    async def refused(self, era: int, *, retry_after: float | None) -> None:
        """A request of this era was answered 429; `retry_after` is the silence asked for, in seconds.

        What was under way when the pace was lowered belongs to an earlier era, and says nothing new.
        """
        if era == self._era:
            self._strain += 1
        too_fast = era == self._era and self._strain >= PATIENCE
        if not too_fast and not retry_after:
            return
        self._spare = 0
        if too_fast:
            self._strain = 0.0
        try:
            pace = await self._account.slow_requests(
                per_minute=self._per_minute, era=era if too_fast else None, silence=retry_after
            )
        except StoreError as error:
            log.warning("What the image service says of the pace could not be written down: %s", error)
            return
        if self._metrics:
            self._metrics.provider_pace(pace)

    def _has_spare(self) -> bool:
        if self._spare < 1 or self._asked_at is None:
            return False
        return timedelta() <= self._clock.now() - self._asked_at < self._spare_life

    async def _reserve(self) -> None:
        """Ask until there is at least one; what nobody takes is spare for a short while."""
        while True:
            self._refuse_in_silence()
            # The life of a grant counts from the asking, which is never later than the granting.
            asked_at = self._clock.now()
            grant = await self._ask(self._likely_soon(asked_at))
            if self._metrics:
                self._metrics.provider_pace(grant.pace, granted=grant.granted)
            if grant.granted:
                self._spare = grant.granted
                self._spare_life = grant.lifetime
                self._asked_at = asked_at
                self._taken = 0
                if grant.era != self._era:
                    self._era, self._strain = grant.era, 0.0
                return
            if grant.held and grant.wait > LONGEST_WAIT:
                self._silent_from, self._silence = asked_at, timedelta(seconds=grant.wait)
                self._refuse_in_silence()
            shortest = _PORTION_WAIT if self._waiting > 1 else _SHORTEST_WAIT
            await self._sleep(max(min(grant.wait, LONGEST_WAIT), shortest))

    async def _ask(self, spare: int) -> Grant:
        succeeded, self._succeeded = self._succeeded, False
        try:
            return await self._account.reserve_requests(
                per_minute=self._per_minute,
                wanted=self._waiting,
                spare=spare,
                succeeded=succeeded and self._strain < _CALM,
            )
        except StoreError as error:
            message = f"the budget of requests cannot be counted: {error}"
            raise ProviderHeldError(message, retry_after=_AFTER_STORE_FAULT) from error

    def _likely_soon(self, now: datetime) -> int:
        """Return how many more are likely to be wanted within a grant's life, from the last grant's use."""
        if self._asked_at is None or not self._taken:
            return 0
        span = max((now - self._asked_at).total_seconds(), _SHORTEST_SPAN)
        likely = math.ceil(self._taken * self._spare_life.total_seconds() / span)
        return min(likely, self._per_minute // _SPARE_SHARE)

    def _refuse_in_silence(self) -> None:
        """Raise while a known silence lasts, without asking again for each caller.

        A clock that was set back ends it: then the account is asked.
        """
        if self._silent_from is None:
            return
        left = self._silence - (self._clock.now() - self._silent_from)
        if timedelta() < left <= self._silence:
            message = "the service asked for silence"
            raise ProviderHeldError(message, retry_after=left.total_seconds())
        self._silent_from = None
