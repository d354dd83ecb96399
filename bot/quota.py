"""What pictures cost and who may still have some: pure policy.

Usage is derived, never counted up and down: the sum of the credits of the jobs created in a rolling
day, where a refunded job counts 0. Adding those sums up, under a lock, is the store's business. What a
server decides about its members and roles comes before the bot's own limit, each half of a rule by itself.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, Final, assert_never

from bot.errors import QuotaError
from bot.jobs import Mode

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from bot.jobs import FailureCause, JobState

#: How long a credit stays spent, and how long an extra one can be spent.
WINDOW: Final = timedelta(hours=24)
#: The largest numbers that a rule takes; more than anybody means, and far from what a column holds.
MOST_CREDITS: Final = 1_000_000
MOST_JOBS: Final = 1_000
_MOMENT: Final = timedelta(milliseconds=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Prices:
    """What one picture costs in each mode, in credits."""

    pro: int
    max: int

    def of(self, mode: Mode) -> int:
        """Return what a picture in that mode costs."""
        match mode:
            case Mode.PRO:
                return self.pro
            case Mode.MAX:
                return self.max
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


class RuleKind(StrEnum):
    """Whose rule a limit comes from, the most particular first."""

    MEMBER = "member"  # the member's own, set by a moderator
    ROLE = "role"  # the highest-allowing of their roles
    SERVER = "server"  # the server's for everybody in it
    BOT = "bot"  # the operator's; the only one that counts across servers

    @property
    def is_of_server(self) -> bool:
        """Whether only what happened in that server counts against the limit."""
        return self is not RuleKind.BOT


@dataclass(frozen=True, slots=True, kw_only=True)
class Spender:
    """Who spends where: a member of a server with the roles of this moment; outside servers no `guild_id`."""

    guild_id: int | None
    member_id: int
    role_ids: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """What a server allows somebody; None leaves that half to the next rule. `role_id` says whose it is."""

    daily_credits: int | None = None
    concurrent_jobs: int | None = None
    role_id: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """What a server has decided that concerns one member at one moment.

    `roles` are the rules of the roles that they bear, `extra` the credits that were given to them on top in
    the window, the first of which go at `extra_until`. What they spent in the server before `reset_at` does
    not count there.
    """

    member: Rule = Rule()
    roles: tuple[Rule, ...] = ()
    server: Rule = Rule()
    server_daily_credits: int | None = None
    extra: int = 0
    extra_until: datetime | None = None
    reset_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Half:
    """One half of what somebody may: a number (None: no limit) and the rule that gives it."""

    limit: int | None
    rule: RuleKind
    role_id: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Allowance:
    """What holds for one member at one moment, all rules considered.

    `credits` is without the `extra` ones; `total` is what may be spent in the window. The caps bind everybody
    together, in the server and in the whole bot.
    """

    credits: Half
    jobs: Half
    extra: int = 0
    extra_until: datetime | None = None
    reset_at: datetime | None = None
    server_daily_credits: int | None = None
    operator_daily_credits: int | None = None

    @property
    def jobs_here(self) -> int | None:
        """How many may be made at once by a rule of the server; None leaves that to the bot's own limit."""
        return self.jobs.limit if self.jobs.rule.is_of_server else None

    @property
    def total(self) -> int | None:
        """The credits of the window, extra ones included; never below 0, None for no limit."""
        return None if self.credits.limit is None else max(self.credits.limit, 0) + self.extra


@dataclass(frozen=True, slots=True, kw_only=True)
class Spent:
    """Credits used in the window, and when the one was spent whose return is the next to help."""

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


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """What holds for a member and what they have spent under it."""

    allowance: Allowance
    usage: Usage

    @property
    def left(self) -> int | None:
        """What the member may still spend before any cap; None for no limit."""
        return left(self.allowance.total, self.usage.member)

    @property
    def back_at(self) -> datetime | None:
        """When the next credit comes back to the member; None where that helps nobody, or none is spent."""
        return self.usage.member.back_at if self.allowance.total else None

    @property
    def left_in_server(self) -> int | None:
        """What the server's members together may still spend; None for no cap."""
        return left(self.allowance.server_daily_credits, self.usage.server or Spent())

    @property
    def left_for_everybody(self) -> int | None:
        """What the whole bot may still spend; None for no cap."""
        return left(self.allowance.operator_daily_credits, self.usage.operator)


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """One picture on somebody's statement.

    `price` is what it cost when it was asked for (None: asked for before that was kept), `credits` what it
    costs now; `ended_by` is who ended it, of one that was refunded. One that `was_discarded` was called off
    too late for that.
    """

    id: str
    guild_id: int | None
    state: JobState
    mode: Mode
    prompt: str
    created_at: datetime
    credits: int
    price: int | None
    failure_cause: FailureCause | None
    was_discarded: bool
    ended_by: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemPage:
    """Some items, the newest first; pages count from 0."""

    items: tuple[Item, ...]
    page: int
    pages: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerQuotas:
    """What a server has decided: for everybody in it, for its roles, and for all of them together."""

    everybody: Rule
    daily_credits: int | None
    roles: tuple[Rule, ...]


def window_start(now: datetime) -> datetime:
    """Return the moment since which (exclusively) credits count as spent."""
    return now - WINDOW


def counted_since(now: datetime, reset_at: datetime | None) -> datetime:
    """Return the moment since which (exclusively) a member's credits count in a server with a reset.

    What was spent in the very millisecond of the reset counts.
    """
    start = window_start(now)
    return start if reset_at is None else max(start, reset_at - _MOMENT)


def spent_at(now: datetime, reset_at: datetime | None) -> datetime:
    """Return the moment to which credits are put that are spent now.

    It is never before the reset, which may have come first although its moment is later: somebody waited for
    their turn, or a clock was set back. Otherwise these credits would be free.
    """
    return now if reset_at is None else max(now, reset_at)


def resolve(rules: Rules, limits: Limits) -> Allowance:
    """Return what holds for a member: the first rule that says something, for each half by itself."""
    jobs = _half(rules, "concurrent_jobs", limits.concurrent_jobs)
    return Allowance(
        credits=_half(rules, "daily_credits", limits.daily_credits),
        jobs=jobs,
        extra=max(rules.extra, 0),
        extra_until=rules.extra_until,
        reset_at=rules.reset_at,
        server_daily_credits=_lower(rules.server_daily_credits, limits.server_daily_credits),
        operator_daily_credits=limits.operator_daily_credits,
    )


def _half(rules: Rules, name: str, default: int | None) -> Half:
    roles = [(value, role.role_id) for role in rules.roles if (value := _of(role, name)) is not None]
    if (own := _of(rules.member, name)) is not None:
        return Half(limit=own, rule=RuleKind.MEMBER)
    if roles:
        limit, role_id = max(roles, key=lambda found: found[0])
        return Half(limit=limit, rule=RuleKind.ROLE, role_id=role_id)
    if (everybody := _of(rules.server, name)) is not None:
        return Half(limit=everybody, rule=RuleKind.SERVER)
    return Half(limit=default, rule=RuleKind.BOT)


def _of(rule: Rule, name: str) -> int | None:
    value: int | None = getattr(rule, name)
    return value


def _lower(*caps: int | None) -> int | None:
    return min((cap for cap in caps if cap is not None), default=None)


def check(usage: Usage, allowance: Allowance, cost: int) -> None:
    """Raise `QuotaError` unless `cost` more credits fit under every limit.

    The narrowest circle is asked first, so a member reads about their own limit before anybody else's.
    """
    if cost < 0:
        msg = f"a cost cannot be negative: {cost}"
        raise ValueError(msg)
    if allowance.jobs.limit is not None and allowance.jobs.limit <= 0:
        raise QuotaError(whose="member", cost=cost, left=0, limit=0, back_at=None, **_named(allowance.jobs))
    _check_one("member", usage.member, allowance.total, cost, **_named(allowance.credits))
    if usage.server is not None:
        _check_one("server", usage.server, allowance.server_daily_credits, cost)
    _check_one("operator", usage.operator, allowance.operator_daily_credits, cost)


def _named(half: Half) -> dict[str, object]:
    return {"rule": half.rule.value, "role_id": half.role_id}


def _check_one(whose: str, spent: Spent, limit: int | None, cost: int, **named: object) -> None:
    rest = left(limit, spent)
    if limit is None or rest is None or (limit > 0 and cost <= rest):
        return
    # Where even an empty window would not do, no moment is worth waiting for.
    back_at = spent.back_at if limit > 0 and cost <= limit else None
    raise QuotaError(whose=whose, cost=cost, left=rest, limit=max(limit, 0), back_at=back_at, **named)


def left(limit: int | None, spent: Spent) -> int | None:
    """Return what may still be spent under a limit; None if there is none."""
    return None if limit is None else max(max(limit, 0) - spent.credits, 0)


def changed(rule: Rule, *, cleared: Iterable[str] = (), **numbers: int | None) -> Rule:
    """Return the rule with the `cleared` halves left to the next rule and the given numbers put in."""
    halves = {"daily_credits": rule.daily_credits, "concurrent_jobs": rule.concurrent_jobs}
    halves |= dict.fromkeys(cleared, None)
    halves |= {name: number for name, number in numbers.items() if number is not None}
    return Rule(role_id=rule.role_id, **halves)
