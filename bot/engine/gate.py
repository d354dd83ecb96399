"""Whether new tasks may be sent to the provider at this moment, and why not.

The gate closes on the first sign that the provider takes nothing (key, balance, pace, outage) and lets a
single job through as a probe after a pause that doubles; the first success opens it. The operator is told
once when it closes and once when it opens. Jobs wait in the store meanwhile; nothing fails because of it.
"""

from __future__ import annotations

import logging
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from bot.errors import BalanceError, KeyRefusedError, OperatorError, ProviderError
from bot.jobs import FailureCause, WaitReason

if TYPE_CHECKING:
    from datetime import datetime

    from bot.clock import Clock
    from bot.metrics import Metrics

log = logging.getLogger(__name__)

_OPERATOR_PAUSE: Final = timedelta(seconds=15)
_BUSY_PAUSE: Final = timedelta(seconds=2)
_LONGEST_PAUSE: Final = timedelta(minutes=5)
_HOW_TO_MEND: Final[dict[type[ProviderError], str]] = {
    KeyRefusedError: "APIXO_API_KEY is refused; check the key",
    BalanceError: "the APIXO account has no credit left; top it up",
}


class Gate:
    """Open, or closed until a moment for a reason."""

    def __init__(self, *, clock: Clock, metrics: Metrics) -> None:
        self._clock = clock
        self._metrics = metrics
        self._error: ProviderError | None = None
        self._closures = 0
        self._reopens_at: datetime | None = None

    @property
    def reason(self) -> WaitReason | None:
        """Why jobs wait, or None while the gate is open."""
        if self._error is None:
            return None
        if isinstance(self._error, OperatorError):
            return WaitReason.SERVICE_PAUSED
        return WaitReason.SERVICE_BUSY

    @property
    def cause(self) -> FailureCause:
        """What to say of a job that waited until its deadline."""
        if isinstance(self._error, BalanceError):
            return FailureCause.BALANCE
        if isinstance(self._error, KeyRefusedError):
            return FailureCause.ACCESS
        return FailureCause.PROVIDER

    @property
    def reopens_at(self) -> datetime | None:
        """When the next probe may be sent; None while the gate is open."""
        return self._reopens_at

    def room(self, wanted: int) -> int:
        """Return how many of `wanted` jobs may be sent now: all, one as a probe, or none."""
        if self._reopens_at is None:
            return wanted
        return min(wanted, 1) if self._clock.now() >= self._reopens_at else 0

    def close(self, error: ProviderError) -> datetime:
        """Close, or keep closed for longer; return when the next probe is due.

        Jobs that were already on their way when the gate closed do not lengthen the pause.
        """
        now = self._clock.now()
        if self._reopens_at and now < self._reopens_at and type(error) is type(self._error):
            return self._reopens_at
        first_pause = _OPERATOR_PAUSE if isinstance(error, OperatorError) else _BUSY_PAUSE
        pause = min(first_pause * 2 ** min(self._closures, 8), _LONGEST_PAUSE)
        if error.retry_after is not None:
            pause = max(pause, timedelta(seconds=error.retry_after))
        if type(error) is not type(self._error):
            self._tell(error)
        self._error = error
        self._closures += 1
        self._reopens_at = now + pause
        self._metrics.provider_paused(True)
        return self._reopens_at

    def succeeded(self) -> None:
        """The provider accepted something: open."""
        if self._error is not None:
            log.info("The image service accepts tasks again")
        self._error = None
        self._closures = 0
        self._reopens_at = None
        self._metrics.provider_paused(False)

    def _tell(self, error: ProviderError) -> None:
        if isinstance(error, OperatorError):
            log.error("Sending is paused: %s (%s)", _HOW_TO_MEND.get(type(error), "see the error"), error)
        else:
            log.warning("The image service takes no tasks for now: %s", error)
