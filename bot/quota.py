"""What pictures cost and who may still have some: pure policy.

Usage is derived, never counted up and down: the sum of the credits of the jobs created in a rolling
day, where a refunded job counts 0. Adding those sums up, under a lock, is the store's business.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Final, assert_never

from bot.errors import QuotaError
from bot.jobs import Mode

if TYPE_CHECKING:
    from datetime import datetime

#: How long a credit stays spent.
WINDOW: Final = timedelta(hours=24)


@dataclass(frozen=True, slots=True, kw_only=True)
class Prices:
    """What one picture costs in each mode, in credits."""

    pro: int
    max: int

    def of(self, mode: Mode, *, count: int = 1) -> int:
        """Return what `count` pictures in that mode cost."""
        match mode:
            case Mode.PRO:
                return self.pro * count
            case Mode.MAX:
                return self.max * count
            case _:
                assert_never(mode)


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """How much may be spent in the rolling day; None is no limit, 0 or less lets nobody spend anything.

    `concurrent_jobs` does not refuse a job, it makes it wait; but with 0 or less it would wait for
    ever, so then it is refused.
    """

    daily_credits: int | None
    concurrent_jobs: int
    server_daily_credits: int | None = None
    operator_daily_credits: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Spent:
    """Credits used in the window, and when the oldest of them was spent."""

    credits: int = 0
    oldest_at: datetime | None = None

    @property
    def back_at(self) -> datetime | None:
        """When the next credit comes back; None if nothing is spent."""
        return None if self.oldest_at is None else self.oldest_at + WINDOW


@dataclass(frozen=True, slots=True, kw_only=True)
class Usage:
    """What was spent by the member, in the server and by everybody; `server` is None outside servers."""

    member: Spent
    server: Spent | None
    operator: Spent


def window_start(now: datetime) -> datetime:
    """Return the moment since which (exclusively) credits count as spent."""
    return now - WINDOW


def check(usage: Usage, limits: Limits, cost: int) -> None:
    """Raise `QuotaError` unless `cost` more credits fit under every limit.

    The narrowest circle is asked first, so a member reads about their own limit before anybody else's.
    """
    if cost < 0:
        msg = f"a cost cannot be negative: {cost}"
        raise ValueError(msg)
    if limits.concurrent_jobs <= 0:
        raise QuotaError(whose="member", cost=cost, left=0, limit=0, back_at=None)
    _check_one("member", usage.member, limits.daily_credits, cost)
    if usage.server is not None:
        _check_one("server", usage.server, limits.server_daily_credits, cost)
    _check_one("operator", usage.operator, limits.operator_daily_credits, cost)


def _check_one(whose: str, spent: Spent, limit: int | None, cost: int) -> None:
    if limit is None:
        return
    left = max(limit - spent.credits, 0)
    if limit <= 0 or cost > left:
        raise QuotaError(
            whose=whose,
            cost=cost,
            left=left,
            limit=max(limit, 0),
            back_at=spent.back_at if limit > 0 else None,
        )
