"""Quotas as people ask for them: one's own statement, a moderator's changes, an admin's rules.

Nobody's rank is compared: whoever may moderate may change anybody's quota, also their own, and each change
is an act in their name. Who may is found out where the interaction is read.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Final

from bot.acts import Act, ActKind
from bot.errors import NothingToChangeError, OptionError
from bot.quota import MOST_CREDITS, MOST_JOBS, Rule, Spender, changed
from bot.service.requests import checked_reason

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

    from bot.quota import ItemPage, Limits, ServerQuotas, Standing
    from bot.servers import ServerSettings
    from bot.service.requests import Officer
    from bot.store import Store

DAILY_CREDITS: Final = "daily_credits"
CONCURRENT_JOBS: Final = "concurrent_jobs"
#: Items on a page of a statement.
PAGE_SIZE: Final = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """What becomes of a rule: numbers for some of its halves, others `cleared` for the rule below.

    Checked when it is carried out.
    """

    daily_credits: int | None = None
    concurrent_jobs: int | None = None
    cleared: Collection[str] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement:
    """Somebody's quota as it stands, with a page of what it was spent on; `is_own` if they ask themselves."""

    spender: Spender
    standing: Standing
    page: ItemPage
    is_own: bool


class QuotaDesk:
    """Shows and changes quotas; `wake` tells the engine that more jobs may go on."""

    def __init__(self, *, store: Store, limits: Limits, wake: Callable[[], None]) -> None:
        self._store = store
        self._limits = limits
        self._wake = wake

    async def own(self, spender: Spender, *, page: int = 0) -> Statement:
        """Return a member's own statement: of all servers where the bot's limit holds."""
        return await self._statement(spender, page=page, is_own=True)

    async def of_member(self, spender: Spender, *, page: int = 0) -> Statement:
        """Return a member's statement for a moderator: of that server only."""
        return await self._statement(spender, page=page, is_own=False)

    async def _statement(self, spender: Spender, *, page: int, is_own: bool) -> Statement:
        standing = await self._store.standing(spender, self._limits)
        everywhere = is_own and not standing.allowance.credits.rule.is_of_server
        return Statement(
            spender=spender,
            standing=standing,
            page=await self._store.items(
                spender.member_id,
                guild_id=None if everywhere else spender.guild_id,
                page=page,
                size=PAGE_SIZE,
            ),
            is_own=is_own,
        )

    async def set_member(self, officer: Officer, spender: Spender, change: Change) -> Standing:
        """Change a member's own rule; return what holds for them now."""
        detail = _checked(change)
        act = _act(officer, member_id=spender.member_id, detail=detail)
        await self._store.set_member_quota(spender, partial(_apply, change), limits=self._limits, act=act)
        self._wake()
        return await self._store.standing(spender, self._limits)

    async def add(self, officer: Officer, spender: Spender, amount: int, *, reason: str) -> Standing:
        """Give a member extra credits for 24 hours; return what holds for them now."""
        _within(amount, "credits", least=1, most=MOST_CREDITS)
        why = checked_reason(reason, needed=True)
        act = _act(officer, member_id=spender.member_id, detail=f"extra credits: {amount}", reason=why)
        await self._store.grant_credits(officer.guild_id, spender.member_id, amount, act=act)
        return await self._store.standing(spender, self._limits)

    async def reset(self, officer: Officer, spender: Spender, *, reason: str) -> Standing:
        """Have what a member spent here count no more; return what holds for them now."""
        act = _act(
            officer, member_id=spender.member_id, detail="reset", reason=checked_reason(reason, needed=True)
        )
        await self._store.reset_quota(officer.guild_id, spender.member_id, act=act)
        return await self._store.standing(spender, self._limits)

    async def set_role(self, officer: Officer, role_id: int, change: Change) -> ServerQuotas:
        """Change the rule of a role; one that says nothing any more goes."""
        # Discord's role of everybody has the id of the server.
        if role_id == officer.guild_id:
            return await self.set_everybody(officer, change)
        act = _act(officer, detail=f"<@&{role_id}>: {_checked(change)}")
        await self._store.set_role_quota(officer.guild_id, role_id, partial(_apply, change), act=act)
        return await self.server(officer)

    async def set_everybody(self, officer: Officer, change: Change) -> ServerQuotas:
        """Change the server's rule for everybody in it."""
        act = _act(officer, detail=f"every member: {_checked(change)}")
        await self._store.change_server_settings(
            officer.guild_id, partial(_apply_to_everybody, change), act=act
        )
        return await self.server(officer)

    async def set_server(self, officer: Officer, amount: int | None) -> ServerQuotas:
        """Set what all members of a server together may spend in a day; None takes that cap away."""
        if amount is not None:
            _within(amount, "credits", least=0, most=MOST_CREDITS)
        act = _act(officer, detail=f"whole server: {'no cap' if amount is None else amount}")
        await self._store.change_server_settings(
            officer.guild_id, lambda settings: replace(settings, daily_credits=amount), act=act
        )
        return await self.server(officer)

    async def server(self, officer: Officer) -> ServerQuotas:
        """Return everything that the server has decided about quotas."""
        return await self._store.server_quotas(officer.guild_id)


def _checked(change: Change) -> str:
    """Refuse a change of nothing or by numbers that are out of bounds; return it in a few words."""
    numbers = {
        DAILY_CREDITS: (change.daily_credits, MOST_CREDITS),
        CONCURRENT_JOBS: (change.concurrent_jobs, MOST_JOBS),
    }
    words = []
    for name, (number, most) in numbers.items():
        if number is not None:
            _within(number, name, least=0, most=most)
            words.append(f"{name.replace('_', ' ')}: {number}")
        elif name in change.cleared:
            words.append(f"{name.replace('_', ' ')}: no rule")
    if not words:
        raise NothingToChangeError
    return ", ".join(words)


def _within(number: int, option: str, *, least: int, most: int) -> None:
    if not least <= number <= most:
        raise OptionError(option=option, value=number, choices=f"{least}-{most}")


def _apply(change: Change, rule: Rule) -> Rule:
    return changed(
        rule,
        cleared=change.cleared,
        daily_credits=change.daily_credits,
        concurrent_jobs=change.concurrent_jobs,
    )


def _apply_to_everybody(change: Change, settings: ServerSettings) -> ServerSettings:
    rule = _apply(
        change,
        Rule(daily_credits=settings.member_daily_credits, concurrent_jobs=settings.member_concurrent_jobs),
    )
    return replace(
        settings,
        member_daily_credits=rule.daily_credits,
        member_concurrent_jobs=rule.concurrent_jobs,
    )


def _act(officer: Officer, *, member_id: int | None = None, detail: str, reason: str = "") -> Act:
    return Act(
        guild_id=officer.guild_id,
        actor_id=officer.actor_id,
        kind=ActKind.QUOTA,
        member_id=member_id,
        detail=detail,
        reason=reason,
    )
