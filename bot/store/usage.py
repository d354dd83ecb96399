"""What was spent and which rules hold for somebody, as one transaction sees it.

Admissions and questions add up the same way here; what follows from it is decided by `bot.quota`. Every sum
reads an index of the window and no row.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, cast

import sqlalchemy as sa

from bot import quota
from bot.quota import Allowance, Limits, Rule, Rules, Spender, Spent, Usage
from bot.store.community import credit_grants, member_quotas, role_quotas, servers
from bot.store.operations import upsert
from bot.store.tables import has_cost, jobs, members, spending_circles

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy.ext.asyncio import AsyncConnection

#: The id of the circle of everybody; no server has it.
_EVERYBODY = 0


async def lock_member(connection: AsyncConnection, member_id: int, *, now: datetime) -> None:
    """Hold the member's row, so that what they spend at the same moment is counted one after the other."""
    await connection.execute(
        upsert(connection, members).values(member_id=member_id, first_seen_at=now).on_conflict_do_nothing(),
    )
    await connection.execute(
        sa.select(members.c.member_id).where(members.c.member_id == member_id).with_for_update(),
    )


async def lock_circles(connection: AsyncConnection, spender: Spender, allowance: Allowance) -> None:
    """Hold the rows of those caps that exist, the server's before the whole bot's, after the member's row.

    Everybody takes them in this order, so nobody waits for somebody who waits for them.
    """
    held = []
    if spender.guild_id is not None and allowance.server_daily_credits is not None:
        held.append(spender.guild_id)
    if allowance.operator_daily_credits is not None:
        held.append(_EVERYBODY)
    for circle in held:
        await connection.execute(
            upsert(connection, spending_circles).values(circle_id=circle).on_conflict_do_nothing()
        )
        await connection.execute(
            sa.select(spending_circles.c.circle_id)
            .where(spending_circles.c.circle_id == circle)
            .with_for_update(),
        )


async def allowance_of(
    connection: AsyncConnection, spender: Spender, limits: Limits, *, now: datetime
) -> Allowance:
    """Return what holds for a member at this moment, all rules considered."""
    if spender.guild_id is None:
        return quota.resolve(Rules(), limits)
    return quota.resolve(await _rules_of(connection, spender.guild_id, spender, now=now), limits)


async def _rules_of(connection: AsyncConnection, guild_id: int, spender: Spender, *, now: datetime) -> Rules:
    member = (
        await connection.execute(
            sa.select(
                member_quotas.c.daily_credits, member_quotas.c.concurrent_jobs, member_quotas.c.reset_at
            ).where(member_quotas.c.guild_id == guild_id, member_quotas.c.member_id == spender.member_id)
        )
    ).first()
    server = (
        await connection.execute(
            sa.select(
                servers.c.daily_credits, servers.c.member_daily_credits, servers.c.member_concurrent_jobs
            ).where(servers.c.guild_id == guild_id)
        )
    ).first()
    extra, first_given = await _extra(connection, spender, since=quota.window_start(now))
    return Rules(
        member=Rule(daily_credits=member[0], concurrent_jobs=member[1]) if member else Rule(),
        roles=await role_rules(connection, guild_id, spender.role_ids),
        server=Rule(daily_credits=server[1], concurrent_jobs=server[2]) if server else Rule(),
        server_daily_credits=server[0] if server else None,
        extra=extra,
        extra_until=None if first_given is None else first_given + quota.WINDOW,
        reset_at=member[2] if member else None,
    )


async def _extra(
    connection: AsyncConnection, spender: Spender, *, since: datetime
) -> tuple[int, datetime | None]:
    """Return how many credits were given on top since a moment (exclusively), and when the first of them."""
    given = await connection.execute(
        sa.select(
            sa.func.coalesce(sa.func.sum(credit_grants.c.credits), 0), _earliest(credit_grants.c.at)
        ).where(
            credit_grants.c.guild_id == spender.guild_id,
            credit_grants.c.member_id == spender.member_id,
            credit_grants.c.at > since,
        )
    )
    extra, first_at = given.one()
    return int(extra), first_at


async def role_rules(
    connection: AsyncConnection, guild_id: int, role_ids: tuple[int, ...] | None
) -> tuple[Rule, ...]:
    """Return a server's rules for these roles, or for all that have one."""
    which = role_quotas.c.guild_id == guild_id
    if role_ids is not None:
        which = sa.and_(which, role_quotas.c.role_id.in_(role_ids))
    found = await connection.execute(
        sa.select(role_quotas.c.role_id, role_quotas.c.daily_credits, role_quotas.c.concurrent_jobs)
        .where(which)
        .order_by(role_quotas.c.role_id)
    )
    return tuple(Rule(role_id=row[0], daily_credits=row[1], concurrent_jobs=row[2]) for row in found)


async def usage_of(
    connection: AsyncConnection, spender: Spender, allowance: Allowance, *, now: datetime
) -> Usage:
    """Add up what was spent, but only under limits that exist: the widest sum is the dearest to make."""
    server = None
    if spender.guild_id is not None:
        server = Spent()
        if (cap := allowance.server_daily_credits) is not None:
            server = await _spent(connection, jobs.c.guild_id == spender.guild_id, limit=cap, now=now)
    member = operator = Spent()
    if (limit := allowance.total) is not None:
        member = await _spent_by_member(connection, spender, allowance, limit=limit, now=now)
    if (cap := allowance.operator_daily_credits) is not None:
        operator = await _spent(connection, limit=cap, now=now)
    return Usage(member=member, server=server, operator=operator)


async def _spent_by_member(
    connection: AsyncConnection, spender: Spender, allowance: Allowance, *, limit: int, now: datetime
) -> Spent:
    """Return the sum, and whose return helps although extra credits are gone again by then."""
    whose = _of_member(spender, allowance, now=now)
    spent = await _spent(connection, *whose, limit=limit, now=now)
    lasting = limit - allowance.extra
    while allowance.extra and spent.oldest_at is not None:
        # What is a day old when that credit comes back was given before it was spent.
        extra, _ = await _extra(connection, spender, since=spent.oldest_at)
        if lasting + extra == limit:
            break
        limit = lasting + extra
        spent = await _spent(connection, *whose, limit=limit, now=now)
        if limit <= 0:
            return replace(spent, oldest_at=None)
    return spent


def _of_member(spender: Spender, allowance: Allowance, *, now: datetime) -> list[sa.ColumnElement[bool]]:
    """Return which jobs count against a member's limit: a server's rule counts what happened there only.

    A reset concerns its own server: what was spent elsewhere still counts under the bot's limit.
    """
    own = jobs.c.member_id == spender.member_id
    here = jobs.c.guild_id == spender.guild_id
    if allowance.credits.rule.is_of_server:
        return [own, here, jobs.c.created_at > quota.counted_since(now, allowance.reset_at)]
    if allowance.reset_at is None:
        return [own]
    after = jobs.c.created_at > quota.counted_since(now, allowance.reset_at)
    return [own, sa.or_(jobs.c.guild_id.is_distinct_from(spender.guild_id), after)]


async def _spent(
    connection: AsyncConnection, *whose: sa.ColumnElement[bool], limit: int, now: datetime
) -> Spent:
    """Return the sum and whose return is the next to help: under a lowered limit not that of the oldest."""
    which = sa.and_(*whose, has_cost(), jobs.c.created_at > quota.window_start(now))
    summed, oldest_at = (
        await connection.execute(
            sa.select(sa.func.coalesce(sa.func.sum(jobs.c.credits), 0), _earliest(jobs.c.created_at)).where(
                which
            )
        )
    ).one()
    if summed > limit > 0:
        gone = sa.func.sum(jobs.c.credits).over(order_by=(jobs.c.created_at, jobs.c.id)).label("gone")
        counted = sa.select(jobs.c.created_at, gone).where(which).subquery()
        oldest_at = (
            await connection.execute(
                sa.select(_earliest(counted.c.created_at)).where(counted.c.gone > summed - limit)
            )
        ).scalar_one()
    return Spent(credits=int(summed), oldest_at=cast("datetime | None", oldest_at))


def _earliest(column: sa.ColumnElement[datetime]) -> sa.ColumnElement[datetime]:
    return sa.type_coerce(sa.func.min(column), column.type)
