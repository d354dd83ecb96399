"""What members may ask about themselves: see, take along, erase, and say who may edit their pictures.

Everybody may, always: neither a block nor a drain is in the way. Everything here is about the person who
asks; who that is, the caller has from Discord.
"""

from __future__ import annotations

from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from bot.errors import ExportRunningError, NotPackedError, NotYourQuestionError
from bot.exports import Cursor

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, AsyncIterator, Callable
    from datetime import datetime

    from bot.clock import Clock
    from bot.exports import Exporter, Part
    from bot.mydata import Erasure, KeptData
    from bot.store import Store

#: What is left for sending the last part after nothing more is packed.
_FOR_SENDING: Final = timedelta(seconds=90)


@dataclass(frozen=True, slots=True, kw_only=True)
class Export:
    """An export that begins: where, in which parts, and how long the sending of them may still take."""

    start: Cursor
    parts: AsyncIterator[Part]
    seconds_left: Callable[[], float]


class MyDataService:
    """The requests of members about themselves; `wake` tells the engine of a wish to erase."""

    def __init__(self, *, store: Store, exporter: Exporter, clock: Clock, wake: Callable[[], None]) -> None:
        self._store = store
        self._exporter = exporter
        self._clock = clock
        self._wake = wake
        self._packing: set[int] = set()

    async def kept_of(self, member_id: int) -> KeptData:
        """Return all that is kept of a member, the jobs as counts."""
        return await self._store.kept_of(member_id)

    async def allow_edits(self, member_id: int, *, allowed: bool) -> bool:
        """Write down whether others may edit this member's pictures, and return it."""
        await self._store.set_edits_allowed(member_id, allowed=allowed)
        return allowed

    async def erase(self, member_id: int, *, by: int) -> Erasure:
        """Write down the wish to have everything up to now erased; the engine does it.

        Raises `NotYourQuestionError` for anybody but the member.
        """
        if by != member_id:
            raise NotYourQuestionError
        erasure = await self._store.wish_erasure(member_id)
        self._wake()
        return erasure

    @asynccontextmanager
    async def export(
        self, member_id: int, *, part: str, limit: int, until: datetime
    ) -> AsyncIterator[Export]:
        """Pack what is kept of a member into parts of at most `limit` bytes, from `part` on.

        Raises `UnknownPartError` for a part that is none, and `ExportRunningError` while an earlier export
        of this member is under way.
        """
        start = Cursor.read(part)
        if member_id in self._packing:
            raise ExportRunningError
        self._packing.add(member_id)
        try:
            async with aclosing(self._parts(member_id, start, limit, until)) as parts:
                yield Export(
                    start=start,
                    parts=parts,
                    seconds_left=lambda: max((until - self._clock.now()).total_seconds(), 0.0),
                )
        finally:
            self._packing.discard(member_id)

    async def _parts(
        self, member_id: int, start: Cursor, limit: int, until: datetime
    ) -> AsyncGenerator[Part, None]:
        kept = await self._store.kept_of(member_id)
        late = until - _FOR_SENDING
        packing = self._exporter.parts(
            kept, start=start, limit=limit, is_late=lambda: self._clock.now() >= late
        )
        try:
            async with aclosing(packing) as parts:
                async for part in parts:
                    yield part
        except OSError as error:
            raise NotPackedError(str(error)) from error
