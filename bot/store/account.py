"""What all processes share of the provider's account: the budget of requests, and a pause of sending.

Each is one row, changed in one short write transaction, whatever the history. The arithmetic of the
budget is `bot.store.bucket`, the policy of pauses `bot.engine.gate`: here it is only made to hold for all.
"""

from __future__ import annotations

from dataclasses import asdict, fields
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import sqlalchemy as sa

from bot.store.bucket import Bucket, Grant
from bot.store.operations import Operations, upsert
from bot.store.pause import Pause
from bot.store.tables import request_budget, service_pause

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlalchemy import RowMapping
    from sqlalchemy.ext.asyncio import AsyncConnection

#: The id of the only row of each table.
_ONE = 1


class Account(Operations):
    """The shared budget and the shared pause."""

    async def reserve_requests(
        self, *, per_minute: int, wanted: int, spare: int = 0, succeeded: bool = False
    ) -> Grant:
        """Take requests out of the account's budget: at most `wanted` for now and `spare` for soon.

        `succeeded` says that requests since the last time were not refused, which raises a lowered pace.
        """
        async with self._database.writing() as connection:
            stored = await self._lock_bucket(connection, per_minute)
            # Only now, with the lock in hand, is there an order of moments that all processes share.
            bucket = stored.at(self._moment(), per_minute=per_minute)
            if succeeded:
                bucket = bucket.raised()
            bucket, grant = bucket.grant(per_minute=per_minute, wanted=wanted, spare=spare)
            if grant.granted or bucket.pace != stored.pace or bucket.counted_at < stored.counted_at:
                await _write_bucket(connection, bucket)
            return grant

    async def slow_requests(self, *, per_minute: int, era: int | None, silence: float | None) -> float:
        """Halve the account's pace, once for each era, and honour the wish for `silence` (seconds).

        Without an era the pace stays. Returns the pace as it is now, a share of the limit.
        """
        async with self._database.writing() as connection:
            stored = await self._lock_bucket(connection, per_minute)
            bucket = stored.at(self._moment(), per_minute=per_minute)
            bucket = bucket.slowed(per_minute=per_minute, era=era, silence=silence)
            await _write_bucket(connection, bucket)
            return bucket.pace

    async def service_pause(self) -> Pause | None:
        """Return why nothing is sent at the moment, None while everything is."""
        async with self._database.reading() as connection:
            found = await connection.execute(sa.select(service_pause))
            return _to_pause(found.mappings().first())

    async def change_service_pause(
        self, change: Callable[[Pause | None], Pause | None]
    ) -> tuple[Pause | None, Pause | None]:
        """Put what `change` makes of the pause in its place; return both, the old one first.

        No other process changes it between the two.
        """
        async with self._database.writing() as connection:
            found = await connection.execute(sa.select(service_pause).with_for_update())
            before = _to_pause(found.mappings().first())
            after = change(before)
            if after is None:
                await connection.execute(sa.delete(service_pause))
            elif after != before:
                columns = asdict(after)
                await connection.execute(
                    upsert(connection, service_pause)
                    .values(id=_ONE, **columns)
                    .on_conflict_do_update(index_elements=[service_pause.c.id], set_=columns),
                )
            return before, after

    def _moment(self) -> datetime:
        """Return the present moment as the database will hold it: cut to whole milliseconds."""
        now = self._clock.now().astimezone(UTC)
        return now.replace(microsecond=now.microsecond // 1000 * 1000)

    async def _lock_bucket(self, connection: AsyncConnection, per_minute: int) -> Bucket:
        """Return the stored budget, held against everybody else; the first one to ask fills it."""
        locked = sa.select(request_budget).with_for_update()
        row = (await connection.execute(locked)).mappings().first()
        if row is None:
            full = Bucket.full(per_minute=per_minute, now=self._moment())
            await connection.execute(
                upsert(connection, request_budget).values(id=_ONE, **asdict(full)).on_conflict_do_nothing(),
            )
            row = (await connection.execute(locked)).mappings().one()
        return Bucket(**{field.name: row[field.name] for field in fields(Bucket)})


async def _write_bucket(connection: AsyncConnection, bucket: Bucket) -> None:
    await connection.execute(sa.update(request_budget).values(**asdict(bucket)))


def _to_pause(row: RowMapping | None) -> Pause | None:
    return Pause(**{field.name: row[field.name] for field in fields(Pause)}) if row else None
