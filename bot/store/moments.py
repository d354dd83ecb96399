"""Moments that were written down before the system's clock was set back, brought to the new time.

Without it, whatever was due would wait until the clock comes to the old time again. Who notices such a
step of the clock, and how large it is, is the engine's business.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final, cast

import sqlalchemy as sa

from bot.store.community import acts, credit_grants, log_troubles, member_quotas
from bot.store.operations import Operations
from bot.store.tables import WORKING_STATES, erasures, has_cost, in_states, job_events, jobs

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import datetime

_MILLISECOND: Final = timedelta(milliseconds=1)
#: Every moment of an unfinished job from which something is counted; a lease is treated by itself.
_COUNTED_FROM: Final = (jobs.c.due_at, jobs.c.submitted_at, jobs.c.completed_at, jobs.c.card_token_until)
#: Every moment from which a day of quotas is counted; credits of the future would stay spent for too long.
#: What the old clock said when a job was asked for stays in its history.
_SPENT_AT: Final = (
    (jobs.c.created_at, (has_cost(),)),
    (credit_grants.c.at, ()),
    (member_quotas.c.reset_at, ()),
)
#: Until when wishes to be erased wait, and the acts that are still to be told.
_WAITED_FOR: Final[tuple[tuple[sa.Column[Any], tuple[sa.ColumnElement[bool], ...]], ...]] = (
    (erasures.c.due_at, ()),
    (acts.c.due_at, (acts.c.due_at.is_not(None),)),
    (log_troubles.c.until, ()),
)


class Moments(Operations):
    """What keeps the stored moments and the clock together."""

    async def newest_moment(self) -> datetime | None:
        """Return when the latest change of a job was written, None while there was none."""
        newest = sa.select(job_events.c.at).order_by(job_events.c.id.desc()).limit(1)
        async with self._database.reading() as connection:
            return cast("datetime | None", (await connection.execute(newest)).scalar_one_or_none())

    async def set_back(self, by: timedelta, *, owner: str, lease: timedelta, in_hand: Collection[str]) -> int:
        """Bring future moments of unfinished jobs back by that much; return how many jobs were changed.

        Jobs that the caller has `in_hand` stay its own: their leases count from now.
        """
        now = self._clock.now()
        own = sa.and_(jobs.c.lease_owner == owner, jobs.c.id.in_(in_hand))
        changes: dict[str, Any] = {column.name: _earlier(column, by, now=now) for column in _COUNTED_FROM}
        changes["lease_until"] = sa.case(
            (own, sa.literal(now + lease, jobs.c.lease_until.type)),
            else_=_earlier(jobs.c.lease_until, by, now=now),
        )
        unfinished = sa.or_(
            in_states(WORKING_STATES), jobs.c.due_at.is_not(None), jobs.c.lease_owner.is_not(None)
        )
        async with self._database.writing() as connection:
            changed = await connection.execute(sa.update(jobs).where(unfinished).values(changes))
            for column, which in (*_SPENT_AT, *_WAITED_FOR):
                later = sa.update(column.table).where(column > now, *which)
                await connection.execute(later.values({column.name: _earlier(column, by, now=now)}))
            return changed.rowcount


def _earlier(
    column: sa.Column[datetime], by: timedelta, *, now: datetime
) -> sa.ColumnElement[datetime | None]:
    """Return the column, brought back where it lies in the future: only the old clock could have said so."""
    moved = sa.type_coerce(sa.type_coerce(column, sa.BigInteger) - by // _MILLISECOND, column.type)
    return sa.case((column > now, moved), else_=column)
