"""Who lets others edit their pictures; whoever has said nothing does.

It is asked in the transaction that admits an edit, and before a form for one is shown. It concerns pictures
that are known to be somebody's.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import sqlalchemy as sa

from bot.errors import OwnPicturesOnlyError, UnwillingOwnerError
from bot.store.operations import Operations, upsert
from bot.store.servers import settings_of
from bot.store.tables import members

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sqlalchemy.ext.asyncio import AsyncConnection

    from bot.wishes import Origin


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

    async def check_consent(self, asked: Origin, owners: Iterable[int | None]) -> None:
        """Refuse as the admission of an edit of pictures of these owners would be refused now."""
        async with self._database.reading() as connection:
            await check_consent(connection, asked, owners)


async def check_consent(connection: AsyncConnection, asked: Origin, owners: Iterable[int | None]) -> None:
    """Refuse to edit pictures of `owners` where the server or one of them does not want that.

    An owner of None is nobody that is known. Raises `OwnPicturesOnlyError` or `UnwillingOwnerError`.
    """
    others = {owner for owner in owners if owner is not None} - {asked.member_id}
    if not others or asked.guild_id is None:
        return
    if (await settings_of(connection, asked.guild_id)).own_pictures_only:
        raise OwnPicturesOnlyError
    unwilling = sa.select(members.c.member_id).where(
        members.c.member_id.in_(others), members.c.edits_allowed.is_(False)
    )
    if (await connection.execute(unwilling.limit(1))).first() is not None:
        raise UnwillingOwnerError
