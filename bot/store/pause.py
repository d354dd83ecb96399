"""A pause of sending, as one record that all processes share: why, since when, when to try again. Pure.

No record means that everything is sent. Who decides about it is `bot.engine.gate`; here stand only the
facts and the one rule about time that reading them needs.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from datetime import datetime

#: Clocks of several machines may differ by this much; only more than that counts as a clock set back.
_SKEW: Final = timedelta(seconds=5)


class PauseReason(StrEnum):
    """What is the matter; the value is what the database holds."""

    KEY = "key"  # the key is refused: the operator must act
    BALANCE = "balance"  # the account has no credit: the operator must act
    BUSY = "busy"  # the service asks to come back later
    OUTAGE = "outage"  # the service fails or cannot be reached

    @property
    def is_operators(self) -> bool:
        """Whether only the operator can mend it."""
        return self in {PauseReason.KEY, PauseReason.BALANCE}


class ProviderCall(StrEnum):
    """What was asked of the service; the value is what the database holds."""

    SUBMIT = "submit"
    LOOK = "look"


@dataclass(frozen=True, slots=True, kw_only=True)
class Pause:
    """Nothing is sent until `reopens_at`; without that moment, single requests are on trial.

    `call` is the least that must work again to end it, `since` when it began, `closed_at` when it was
    last prolonged, and `failed_probes` how often it was.
    """

    reason: PauseReason
    call: ProviderCall
    since: datetime
    closed_at: datetime
    reopens_at: datetime | None
    failed_probes: int = 0

    @property
    def is_trial(self) -> bool:
        """Whether one request at a time may find out if it is over."""
        return self.reopens_at is None

    def left(self, now: datetime) -> timedelta:
        """Return how long nothing is to be sent from `now` on.

        A clock that was set back ends the wait at once: one probe too early harms nobody, and an hour of
        silence does.
        """
        if self.reopens_at is None or now < self.closed_at - _SKEW:
            return timedelta()
        return max(self.reopens_at - now, timedelta())
