"""How a command tells the running bot to come to an end: one row that both of them read.

The command asks and may take it back; the bot says that it has seen it, and that nothing is under way any
more. A start ends whatever was asked of the process before.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import sqlalchemy as sa

from bot.store.operations import Operations, upsert
from bot.store.tables import drain

if TYPE_CHECKING:
    from datetime import datetime

#: The id of the only row.
_ONE = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Drain:
    """What was asked and how far it is; `seen_at` and `done_at` are the running bot's."""

    asked_at: datetime
    seen_at: datetime | None
    done_at: datetime | None


class Draining(Operations):
    """The two sides of a drain."""

    async def ask_for_drain(self) -> None:
        """Ask the running bot to take nothing in any more and to stop when nothing is under way."""
        asked = {"asked_at": self._clock.now(), "seen_at": None, "done_at": None}
        async with self._database.writing() as connection:
            await connection.execute(
                upsert(connection, drain)
                .values(id=_ONE, **asked)
                .on_conflict_do_update(index_elements=[drain.c.id], set_=asked),
            )

    async def end_drain(self) -> None:
        """Take back what was asked: the bot goes on as before."""
        async with self._database.writing() as connection:
            await connection.execute(sa.delete(drain))

    async def drain(self) -> Drain | None:
        """Return what is asked at the moment, None while nothing is."""
        async with self._database.reading() as connection:
            found = await connection.execute(sa.select(drain.c.asked_at, drain.c.seen_at, drain.c.done_at))
            row = found.one_or_none()
        return Drain(asked_at=row.asked_at, seen_at=row.seen_at, done_at=row.done_at) if row else None

    async def note_drain(self, *, done: bool = False) -> None:
        """Write down that the bot has seen it; `done` says that nothing is under way any more."""
        changes = {"done_at" if done else "seen_at": self._clock.now()}
        async with self._database.writing() as connection:
            await connection.execute(sa.update(drain).values(changes))
