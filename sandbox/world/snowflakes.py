"""Discord's ids: the time in milliseconds since 2015 and a counter.

Ids rise in the order in which they were given, also within one millisecond and when the clock stands still.
Layout after Discord's documentation ("API Reference", section "Snowflakes").
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from sandbox.clock import Clock

EPOCH: Final = datetime(2015, 1, 1, tzinfo=UTC)

#: Worker, process and increment together: how far a millisecond is from the next.
_STEP: Final = 1 << 22


class Snowflakes:
    """Gives ids; `last` is the highest that is taken already."""

    def __init__(self, clock: Clock, last: int = 0) -> None:
        self._clock = clock
        self._last = last

    def next(self) -> int:
        """Return an id that is higher than all before it."""
        earliest = at(self._clock.now())
        self._last = max(earliest, self._last + 1)
        return self._last


def at(moment: datetime) -> int:
    """Return the lowest id of this moment."""
    return (moment - EPOCH) // timedelta(milliseconds=1) * _STEP


def moment_of(snowflake: int) -> datetime:
    """Return when this id was given."""
    return EPOCH + timedelta(milliseconds=snowflake >> 22)
