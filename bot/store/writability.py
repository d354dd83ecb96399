"""Whether the database takes what is written, told to the operator once and not for every job.

A full disk may refuse a large write and take the next small one, so the trouble counts as over only when
nothing was refused for a while. Members are told by the error itself; whoever writes tries again.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from bot.clock import Clock
    from bot.errors import StoreUnwritableError

log = logging.getLogger(__name__)

#: So many seconds without a refusal end the trouble.
CALM: Final = 60.0
#: At most so often it is told, in seconds, even where it comes and goes.
REMINDER: Final = 3600.0


class Writability:
    """What write transactions have met lately."""

    def __init__(self, *, clock: Clock) -> None:
        self._clock = clock
        self._refused_at: float | None = None
        self._told_at: float | None = None
        self._is_told = False

    @property
    def is_well(self) -> bool:
        """Whether nothing is refused, as far as is known."""
        return self._refused_at is None

    def refused(self, error: StoreUnwritableError) -> None:
        """A write was refused for a reason that the operator has to mend."""
        now = self._refused_at = self._clock.monotonic()
        if self._told_at is not None and now - self._told_at < REMINDER:
            return
        self._told_at, self._is_told = now, True
        log.error(
            "Nothing can be written, so no picture is taken in or moves on; "
            "what was written before is safe, and it goes on by itself. %s",
            error,
        )

    def accepted(self) -> None:
        """A write that was made to see whether it can be was taken."""
        if self._refused_at is None or self._clock.monotonic() - self._refused_at < CALM:
            return
        self._refused_at = None
        if self._is_told:
            log.info("The database can be written again")
        self._is_told = False
