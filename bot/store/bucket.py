"""How many requests the account may make, as arithmetic on one row: tokens, pace, a wished-for silence. Pure.

However many processes take from it, no sixty seconds hold more requests than allowed: what the bucket holds
when full, and what flows in over a minute and the time that a grant may lie about, add up to the limit.
A clock that is set back moves every moment of the row along, so it neither stalls nor floods anything.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from datetime import datetime

#: How long granted requests may be kept before they are made; what is left over then is lost.
GRANT_LIFE: Final = timedelta(seconds=2)
#: Clocks of several machines may differ by this much; only more than that counts as a clock set back.
SKEW: Final = timedelta(seconds=5)
#: The least pace, as a share of the limit; at least one request a minute stays allowed in any case.
SLOWEST: Final = 0.001
_WINDOW_SECONDS: Final = 60
#: The part of a minute's requests that may leave all at once.
_BURST_SHARE: Final = 20
_RAISE: Final = 1.05
_RAISE_EVERY: Final = timedelta(seconds=10)
_ROUNDING: Final = 1e-6


@dataclass(frozen=True, slots=True, kw_only=True)
class Grant:
    """The answer to a wish for requests: `granted` may be made until `lifetime` from the asking.

    `wait` is in seconds: when to ask again if nothing was granted; `held` says that the service itself
    asked for this silence. `era` names the pace that it was granted at, `pace` is its share of the limit.
    """

    granted: int
    wait: float
    held: bool
    era: int
    pace: float
    lifetime: timedelta = GRANT_LIFE


@dataclass(frozen=True, slots=True, kw_only=True)
class Bucket:
    """The account's budget at the moment `counted_at`.

    Every slowing-down begins a new `era`; `raised_at` is when the pace last changed.
    """

    tokens: float
    counted_at: datetime
    pace: float
    era: int
    raised_at: datetime
    held_until: datetime | None

    @classmethod
    def full(cls, *, per_minute: int, now: datetime) -> Bucket:
        """Return the bucket of an account that was never used."""
        return cls(
            tokens=_size(per_minute, 1.0), counted_at=now, pace=1.0, era=0, raised_at=now, held_until=None
        )

    def at(self, now: datetime, *, per_minute: int) -> Bucket:
        """Return the bucket as it is now: refilled, or moved along with a clock that was set back."""
        if now < self.counted_at - SKEW:
            shift = now - self.counted_at
            return replace(
                self,
                counted_at=now,
                raised_at=self.raised_at + shift,
                held_until=self.held_until + shift if self.held_until else None,
            )
        # A clock that lags a little behind another machine's must not let the same second count twice.
        elapsed = max((now - self.counted_at).total_seconds(), 0.0)
        return replace(
            self,
            tokens=min(
                self.tokens + elapsed * _rate(per_minute, self.pace), float(_size(per_minute, self.pace))
            ),
            counted_at=max(now, self.counted_at),
            held_until=self.held_until if self.held_until and now < self.held_until else None,
        )

    def raised(self) -> Bucket:
        """Return the bucket after some success: a twentieth faster, if the last step is long enough ago."""
        if self.pace >= 1 or self.counted_at < self.raised_at + _RAISE_EVERY:
            return self
        return replace(self, pace=min(self.pace * _RAISE, 1.0), raised_at=self.counted_at)

    def slowed(self, *, per_minute: int, era: int | None, silence: float | None) -> Bucket:
        """Return the bucket after too many requests that were granted in `era` were answered 429.

        The pace halves once for each era, whoever says so; with None it stays. `silence` is what the
        service asked for, in seconds.
        """
        slower = self
        if era == self.era:
            slower = replace(
                self,
                tokens=0.0,
                pace=max(self.pace / 2, SLOWEST, 1 / per_minute),
                era=self.era + 1,
                raised_at=self.counted_at,
            )
        if not silence:
            return slower
        until = self.counted_at + timedelta(seconds=silence)
        return replace(slower, held_until=max(until, self.held_until or until))

    def grant(self, *, per_minute: int, wanted: int, spare: int) -> tuple[Bucket, Grant]:
        """Return what remains, and the answer to a wish for `wanted` requests now and `spare` ones soon.

        Spare ones are given only while the bucket is more than half full, so that what lies about
        unused is never what somebody else waits for.
        """
        if self.held_until:
            silence = (self.held_until - self.counted_at).total_seconds()
            return self, Grant(granted=0, wait=silence, held=True, era=self.era, pace=self.pace)
        whole = int(self.tokens + _ROUNDING)
        granted = min(wanted, whole)
        above_half = self.tokens - granted - _size(per_minute, self.pace) / 2
        granted += min(spare, max(int(above_half), 0))
        missing = 0.0 if granted else (1 - self.tokens) / _rate(per_minute, self.pace)
        left = replace(self, tokens=max(self.tokens - granted, 0.0))
        return left, Grant(granted=granted, wait=missing, held=False, era=self.era, pace=self.pace)


def _size(per_minute: int, pace: float) -> int:
    return max(1, int(per_minute * pace) // _BURST_SHARE)


def _rate(per_minute: int, pace: float) -> float:
    """Return how many requests flow in a second.

    A full bucket leaves at once and the last of a minute's requests closes the window, hence the one.
    """
    allowed = max(per_minute * pace, 1.0)
    return (allowed + 1 - _size(per_minute, pace)) / (_WINDOW_SECONDS + GRANT_LIFE.total_seconds())
