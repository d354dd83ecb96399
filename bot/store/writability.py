"""Whether the database takes what is written, told to the operator once and not for every job.

A full disk may refuse a large write and take the next small one, so the trouble counts as over only when
nothing was refused for a while. Members are told by the error itself, whoever writes tries again.
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
#: So often it is told while it lasts, in seconds.
_REMINDER: Final = 3600.0


class Writability:
    """What the latest write transactions met."""

    def __init__(self, *, clock: Clock) -> None:
        self._clock = clock
        self._refused_at: float | None = None
        self._told_at = 0.0

    @property
    def is_well(self) -> bool:
        """Whether nothing was refused lately."""
        return self._refused_at is None or self._clock.monotonic() - self._refused_at >= CALM

    def refused(self, error: StoreUnwritableError) -> None:
        """A write was refused for a reason that the operator has to mend."""
        now = self._clock.monotonic()
        if self._refused_at is None or now - self._told_at >= _REMINDER:
            self._told_at = now
            log.error(
                "Nothing can be written, so no picture is taken in or moves on; "
                "what was written before is safe, and it goes on by itself. %s",
                error,
            )
        self._refused_at = now

    def accepted(self) -> None:
        """A write transaction was committed."""
        if self._refused_at is not None and self.is_well:
            self._refused_at = None
            log.info("The database can be written again")
