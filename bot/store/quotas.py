"""What moderators and admins decide about quotas, and what somebody's quota is made of.

Every decision is one transaction together with the act that says who made it. Who may decide is the
service's business, and what follows for an admission stands in `bot.store.usage`.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import sqlalchemy as sa

from bot.jobs import CREDITLESS_STATES, JobState
from bot.quota import Item, ItemPage, Rule, ServerQuotas, Standing
from bot.store.community import credit_grants, member_quotas, role_quotas
from bot.store.operations import Operations, upsert
from bot.store.servers import settings_of
from bot.store.tables import in_states, is_somebodys, job_events, jobs
from bot.store.usage import allowance_of, lock_member, role_rules, usage_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlalchemy.ext.asyncio import AsyncConnection

    from bot.acts import Act
    from bot.quota import Limits, Spender

_HALVES = ("daily_credits", "concurrent_jobs")


class Quotas(Operations):
    """Rules, extra credits and resets, and the statement of one member."""

    async def standing(self, spender: Spender, limits: Limits) -> Standing:
        """Return which rules hold for somebody at this moment, and what was spent under them."""
        now = self._clock.now()
        async with self._database.reading() as connection:
            allowance = await allowance_of(connection, spender, limits, now=now)
            usage = await usage_of(connection, spender, allowance, now=now)
            return Standing(allowance=allowance, usage=usage)

    async def items(self, member_id: int, *, guild_id: int | None, page: int, size: int) -> ItemPage:
        """Return a page of what somebody asked for, the newest first; page 0 is the first.

        `guild_id` of None means in all servers. A page after the last is the last.
        """
        whose = sa.and_(jobs.c.member_id == member_id, is_somebodys())
        if guild_id is not None:
            whose = sa.and_(whose, jobs.c.guild_id == guild_id)
        async with self._database.reading() as connection:
            counted = await connection.execute(sa.select(sa.func.count()).select_from(jobs).where(whose))
            pages = max(-(-counted.scalar_one() // size), 1)
            page = min(max(page, 0), pages - 1)
            # Only the ids are counted off, which stand in the index; the rows are read for one page.
            ids = sa.select(jobs.c.id).where(whose).order_by(jobs.c.id.desc()).limit(size).offset(page * size)
            found = await connection.execute(
                sa.select(
                    jobs.c.id,
                    jobs.c.guild_id,
                    jobs.c.state,
                    jobs.c.mode,
                    jobs.c.prompt,
                    jobs.c.created_at,
                    jobs.c.credits,
                    jobs.c.price,
                    jobs.c.failure_cause,
                    jobs.c.discarded_at.is_not(None).label("was_discarded"),
                )
                .where(jobs.c.id.in_(ids))
                .order_by(jobs.c.id.desc())
            )
            items = [Item(**row, ended_by=None) for row in found.mappings()]
            return ItemPage(items=await _with_actors(connection, items), page=page, pages=pages)

    async def set_member_quota(
        self, spender: Spender, change: Callable[[Rule], Rule], *, limits: Limits, act: Act
    ) -> Rule:
        """Put what `change` makes of a member's own rule in a server in its place; return it.

        Jobs of theirs that wait there follow what holds then, so nobody waits under an old number.
        """
        now = self._clock.now()
        guild_id, member_id = spender.guild_id, spender.member_id
        async with self._database.writing() as connection:
            await lock_member(connection, member_id, now=now)
            which = sa.and_(member_quotas.c.guild_id == guild_id, member_quotas.c.member_id == member_id)
            found = await connection.execute(
                sa.select(member_quotas.c.daily_credits, member_quotas.c.concurrent_jobs).where(which)
            )
            row = found.mappings().first()
            rule = change(Rule(**row) if row else Rule())
            values = {name: getattr(rule, name) for name in _HALVES}
            await connection.execute(
                upsert(connection, member_quotas)
                .values(guild_id=guild_id, member_id=member_id, **values)
                .on_conflict_do_update(
                    index_elements=[member_quotas.c.guild_id, member_quotas.c.member_id], set_=values
                ),
            )
            allowance = await allowance_of(connection, spender, limits, now=now)
            await connection.execute(
                sa.update(jobs)
                .where(
                    in_states({JobState.QUEUED}), jobs.c.member_id == member_id, jobs.c.guild_id == guild_id
                )
                .values(concurrent_jobs=allowance.jobs_here)
            )
            await self._record(connection, act)
            return rule

    async def grant_credits(self, guild_id: int, member_id: int, credits: int, *, act: Act) -> None:  # noqa: A002 - the field's own word
        """Give somebody extra credits in a server, from now on for one window."""
        now = self._clock.now()
        async with self._database.writing() as connection:
            await lock_member(connection, member_id, now=now)
            await connection.execute(
                sa.insert(credit_grants).values(
                    guild_id=guild_id, member_id=member_id, credits=credits, at=now
                )
            )
            await self._record(connection, act)

    async def reset_quota(self, guild_id: int, member_id: int, *, act: Act) -> None:
        """Have what somebody spent in a server before this moment count no more there."""
        now = self._clock.now()
        async with self._database.writing() as connection:
            await lock_member(connection, member_id, now=now)
            await connection.execute(
                upsert(connection, member_quotas)
                .values(guild_id=guild_id, member_id=member_id, reset_at=now)
                .on_conflict_do_update(
                    index_elements=[member_quotas.c.guild_id, member_quotas.c.member_id],
                    set_={"reset_at": now},
                ),
            )
            await self._record(connection, act)

    async def set_role_quota(
        self, guild_id: int, role_id: int, change: Callable[[Rule], Rule], *, act: Act
    ) -> Rule:
        """Put what `change` makes of a role's rule in its place; one that says nothing is taken away."""
        async with self._database.writing() as connection:
            which = sa.and_(role_quotas.c.guild_id == guild_id, role_quotas.c.role_id == role_id)
            found = await role_rules(connection, guild_id, (role_id,))
            rule = replace(change(found[0] if found else Rule()), role_id=role_id)
            await connection.execute(sa.delete(role_quotas).where(which))
            if rule.daily_credits is not None or rule.concurrent_jobs is not None:
                values = {name: getattr(rule, name) for name in _HALVES}
                await connection.execute(
                    sa.insert(role_quotas).values(guild_id=guild_id, role_id=role_id, **values)
                )
            await self._record(connection, act)
            return rule

    async def server_quotas(self, guild_id: int) -> ServerQuotas:
        """Return everything that a server has decided about quotas, but for its single members."""
        async with self._database.reading() as connection:
            settings = await settings_of(connection, guild_id)
            return ServerQuotas(
                everybody=Rule(
                    daily_credits=settings.member_daily_credits,
                    concurrent_jobs=settings.member_concurrent_jobs,
                ),
                daily_credits=settings.daily_credits,
                roles=await role_rules(connection, guild_id, None),
            )


async def _with_actors(connection: AsyncConnection, items: list[Item]) -> tuple[Item, ...]:
    """Add who ended the jobs whose credits were given back."""
    refunded = [item.id for item in items if item.state in CREDITLESS_STATES and not item.credits]
    if not refunded:
        return tuple(items)
    found = await connection.execute(
        sa.select(job_events.c.job_id, job_events.c.actor)
        .where(
            job_events.c.job_id.in_(refunded),
            job_events.c.target.in_(sorted(CREDITLESS_STATES)),
            job_events.c.source.is_distinct_from(job_events.c.target),
        )
        .order_by(job_events.c.id)
    )
    actors = {row.job_id: row.actor for row in found}
    return tuple(replace(item, ended_by=actors.get(item.id)) for item in items)
