"""Who lets others edit their pictures; whoever has said nothing does.

It is asked before an edit is admitted, and concerns pictures that are known to be somebody's.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import sqlalchemy as sa

from bot.store.operations import Operations, upsert
from bot.store.tables import members

if TYPE_CHECKING:
    from collections.abc import Collection


class Consents(Operations):
    """What members allow others to do with their pictures."""

    async def set_edits_allowed(self, member_id: int, *, allowed: bool) -> None:
        """Write down whether others may edit this member's pictures."""
        async with self._database.writing() as connection:
            await connection.execute(
                upsert(connection, members)
                .values(member_id=member_id, first_seen_at=self._clock.now(), edits_allowed=allowed)
                .on_conflict_do_update(index_elements=[members.c.member_id], set_={"edits_allowed": allowed}),
            )

    async def unwilling(self, member_ids: Collection[int]) -> set[int]:
        """Return those of the members who do not let others edit their pictures."""
        async with self._database.reading() as connection:
            found = await connection.execute(
                sa.select(members.c.member_id).where(
                    members.c.member_id.in_(member_ids), members.c.edits_allowed.is_(False)
                ),
            )
            return set(found.scalars())
