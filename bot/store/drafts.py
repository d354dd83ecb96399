"""Forms for edits that somebody has open: what they are about, for as long as anybody may send them in.

A draft is written before its form is shown, so a form that comes back after a restart finds it.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Final

import sqlalchemy as sa

from bot.drafts import Draft
from bot.errors import OldFormError
from bot.jobids import new_job_id
from bot.store.community import drafts
from bot.store.operations import Operations

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bot.drafts import FoundPicture

#: After so long nobody sends a form in any more.
_KEPT_FOR: Final = timedelta(days=7)


class Drafts(Operations):
    """The memory of open forms."""

    async def begin_draft(self, *, guild_id: int, member_id: int, pictures: Sequence[FoundPicture]) -> Draft:
        """Remember what a form is about before it is shown; forms of long ago are forgotten meanwhile."""
        now = self._clock.now()
        draft = Draft(
            id=new_job_id(now),
            created_at=now,
            guild_id=guild_id,
            member_id=member_id,
            pictures=tuple(pictures),
        )
        async with self._database.writing() as connection:
            await connection.execute(sa.delete(drafts).where(drafts.c.created_at < now - _KEPT_FOR))
            await connection.execute(
                sa.insert(drafts).values(
                    id=draft.id,
                    created_at=now,
                    guild_id=guild_id,
                    member_id=member_id,
                    pictures=draft.pictures,
                )
            )
        return draft

    async def draft(self, draft_id: str) -> Draft:
        """Return what a form is about; `OldFormError` if nobody knows any more."""
        async with self._database.reading() as connection:
            found = await connection.execute(sa.select(drafts).where(drafts.c.id == draft_id))
            row = found.mappings().first()
        if row is None:
            raise OldFormError
        return Draft(**row)
