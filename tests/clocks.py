"""A clock that stands still until a test moves it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Final

#: A whole millisecond, so that what comes back from a database is equal to what went in.
NOON: Final = datetime(2026, 3, 14, 12, 0, 0, 250_000, tzinfo=UTC)


class FakeClock:
    """A `bot.clock.Clock` whose time is what the test says."""

    def __init__(self, now: datetime = NOON) -> None:
        self._now = now
        self._passed = 0.0

    def now(self) -> datetime:
        """Return the moment the clock was last moved to."""
        return self._now

    def monotonic(self) -> float:
        """Return how many seconds the test let pass."""
        return self._passed

    def advance(self, seconds: float) -> datetime:
        """Let time pass and return the new moment."""
        self._passed += seconds
        return self.set(seconds)

    def set(self, by: float) -> datetime:
        """Set the clock by so many seconds, without any time passing; return the new moment."""
        self._now += timedelta(seconds=by)
        return self._now
