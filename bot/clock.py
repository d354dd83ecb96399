"""The time of day and how much of it has passed, passed in so that tests can move both.

Everything that needs the time takes a `Clock`; nothing else in the bot asks the system for it.
Waiting is not its business: the engine's loops own that.
"""

from __future__ import annotations

import time
from datetime import UTC, datetime
from typing import Protocol


class Clock(Protocol):
    """Anything that knows what time it is."""

    def now(self) -> datetime:
        """Return the present moment, aware and in UTC; whoever runs the machine may set it back."""
        ...

    def monotonic(self) -> float:
        """Return seconds since some moment of no meaning; they never go back."""
        ...


class SystemClock:
    """The machine's own clock."""

    def now(self) -> datetime:
        """Return the present moment, aware and in UTC."""
        return datetime.now(UTC)

    def monotonic(self) -> float:
        """Return seconds since some moment of no meaning; they never go back."""
        return time.monotonic()
