"""How many requests a minute may leave this process for the image service.

A token bucket whose size and rate add up to the limit, so that no sixty seconds ever hold more requests
than allowed. It orders the callers; it does not know what they send.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from bot.clock import Clock

_WINDOW_SECONDS: Final = 60
#: The part of a minute's requests that may leave all at once.
_BURST_SHARE: Final = 10
#: A shorter wait than this could end before the clock has moved on.
_SHORTEST_WAIT_SECONDS: Final = 0.001
_ROUNDING: Final = 1e-6


class RequestBudget:
    """At most `per_minute` requests in any sixty seconds, first come first served."""

    def __init__(
        self,
        *,
        per_minute: int,
        clock: Clock,
        sleep: Callable[[float], Awaitable[object]] = asyncio.sleep,
    ) -> None:
        if per_minute < 1:
            message = f"per_minute must be at least 1, not {per_minute}"
            raise ValueError(message)
        self._clock = clock
        self._sleep = sleep
        self._size = max(1, per_minute // _BURST_SHARE)
        # A bucket of one that also refills at the full rate still gives one request per interval.
        spread = per_minute - self._size if per_minute > 1 else 1
        self._rate = spread / _WINDOW_SECONDS
        self._tokens = float(self._size)
        self._counted_at = clock.now()
        self._turn = asyncio.Lock()

    async def take(self) -> None:
        """Return as soon as one more request may be sent; a cancelled caller takes nothing."""
        async with self._turn:
            while not self._try_take():
                missing = 1 - self._tokens
                await self._sleep(max(missing / self._rate, _SHORTEST_WAIT_SECONDS))

    def _try_take(self) -> bool:
        now = self._clock.now()
        # The system's clock may be set back; that must not cost tokens.
        elapsed = max(0.0, (now - self._counted_at).total_seconds())
        self._counted_at = now
        self._tokens = min(float(self._size), self._tokens + elapsed * self._rate)
        if self._tokens < 1 - _ROUNDING:
            return False
        self._tokens -= 1
        return True
