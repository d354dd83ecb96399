"""A member's own pictures: pages of them, and which may be posted again or claimed where.

Knows no Discord. Only the member of a picture gets anything here; what was asked for in a private thread is
never let out of it.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Final

from bot.errors import (
    AgeRestrictedError,
    ArchiveMissingError,
    BlockedError,
    NotClaimableError,
    PressedTwiceError,
    PrivatePictureError,
    RemovedJobError,
    StaleJobError,
    UnknownJobError,
)
from bot.jobs import JobState
from bot.servers import check_origin
from bot.store.gallery import Spot

if TYPE_CHECKING:
    from collections.abc import Callable

    from bot.jobs import Job
    from bot.store import Store
    from bot.wishes import Origin

#: So many pictures fit on a page beside all that can be done with them: a message has 40 parts at most.
PAGE_SIZE: Final = 5
#: The longest text that is looked for, and the most words of it.
TEXT_LENGTH: Final = 100
_WORDS: Final = 20
_ON_ITS_WAY: Final = frozenset({JobState.READY, JobState.HELD, JobState.DELIVERING})


class PictureStanding(StrEnum):
    """What there is of a finished picture, by what is written down of it."""

    WHOLE = "whole"  # its message and a copy
    KEPT = "kept"  # the copy alone
    POSTED = "posted"  # the message alone
    WAITING = "waiting"  # posted nowhere yet; its member can claim it
    DELETED = "deleted"  # somebody had it deleted
    GONE = "gone"  # neither message nor copy, though nobody had it deleted


class ShelfTrouble(StrEnum):
    """Why kept pictures cannot be shown."""

    OFF = "off"  # this bot keeps none
    OUT_OF_REACH = "out_of_reach"  # for now


def standing(job: Job) -> PictureStanding:
    """Return what there is of a finished picture."""
    if job.removed_at is not None:
        return PictureStanding.DELETED
    if job.state is JobState.UNDELIVERABLE:
        return PictureStanding.WAITING if job.archive_key or job.result_urls else PictureStanding.GONE
    if job.message_id is not None:
        return PictureStanding.WHOLE if job.archive_key else PictureStanding.POSTED
    return PictureStanding.KEPT if job.archive_key else PictureStanding.GONE


def may_leave(job: Job, thread_id: int | None) -> bool:
    """Whether a picture may be posted in this thread (None: outside of threads), as far as it is private."""
    return not job.private or job.thread_id == thread_id


@dataclass(frozen=True, slots=True, kw_only=True)
class GalleryPage:
    """Some pictures, the newest first, found under `text` from `spot` on.

    `newer` and `older` say whether there are more. `first` is the number of the first among `total`; they are
    not counted where only some are looked for.
    """

    jobs: tuple[Job, ...]
    spot: Spot
    text: str
    newer: bool
    older: bool
    first: int | None = None
    total: int | None = None


class Gallery:
    """What members may do with the pictures that were made for them.

    `wake` tells of one to be delivered, and `for_adults` says whether a channel is age-restricted.
    """

    def __init__(self, *, store: Store, wake: Callable[[], None], for_adults: Callable[[int], bool]) -> None:
        self._store = store
        self._wake = wake
        self._for_adults = for_adults

    async def page(self, *, member_id: int, guild_id: int | None, spot: Spot, text: str) -> GalleryPage:
        """Return a page of a member's pictures whose prompts have all words of the text.

        They are those of one server; in a direct conversation (None), of all.
        """
        words = text.split()[:_WORDS]
        found = await self._store.pictures_of(
            member_id, guild_id, spot=spot, words=words, at_most=PAGE_SIZE + 1
        )
        if not spot.older and len(found) <= PAGE_SIZE:
            # These are the newest, and a page of them is filled up by what follows.
            return await self.page(member_id=member_id, guild_id=guild_id, spot=Spot(), text=text)
        more = len(found) > PAGE_SIZE
        shown = found[:PAGE_SIZE] if spot.older else found[PAGE_SIZE - 1 :: -1]
        newer, total = 0, None
        if shown and not words:
            newer, total = await self._store.count_pictures_of(member_id, guild_id, newer_than=shown[0].id)
        return GalleryPage(
            jobs=tuple(shown),
            spot=spot,
            text=text,
            newer=more if not spot.older else spot.job_id is not None,
            older=more if spot.older else True,
            first=None if total is None else newer + 1,
            total=total,
        )

    async def picture(self, job_id: str, *, member_id: int, guild_id: int | None) -> Job:
        """Return a finished picture to its member; for others, and in other servers, there is none."""
        job = await self._store.job(job_id)
        if job.member_id != member_id or guild_id not in {None, job.guild_id}:
            raise UnknownJobError
        return job

    async def to_post_again(self, job_id: str, origin: Origin) -> Job:
        """Return a picture that its member may have posted again where they are."""
        job = await self.picture(job_id, member_id=origin.member_id, guild_id=origin.guild_id)
        if job.removed_at is not None:
            raise RemovedJobError
        if job.state is not JobState.DELIVERED or job.archive_key is None:
            raise ArchiveMissingError(job=job.id)
        await self._check_place(job, origin)
        return job

    async def claim(self, job_id: str, origin: Origin) -> Job:
        """Have a picture that no place took delivered to where its member is now; it is written down then."""
        job = await self.picture(job_id, member_id=origin.member_id, guild_id=origin.guild_id)
        if job.state in _ON_ITS_WAY:
            raise PressedTwiceError
        if standing(job) is not PictureStanding.WAITING:
            raise NotClaimableError
        await self._check_place(job, origin)
        try:
            claimed = await self._store.claim_undeliverable(job, origin)
        except StaleJobError as error:
            raise PressedTwiceError from error
        self._wake()
        return claimed

    async def _check_place(self, job: Job, origin: Origin) -> None:
        """Refuse to post a picture where its member may not ask for one, or where it must not be seen."""
        if not may_leave(job, origin.thread_id):
            raise PrivatePictureError
        if self._for_adults(job.channel_id) and not self._for_adults(origin.channel_id):
            raise AgeRestrictedError
        guild_id = origin.guild_id or 0
        block = await self._store.block_of(guild_id=guild_id, member_id=origin.member_id)
        if block is not None:
            raise BlockedError(until=block.until, reason=block.reason)
        check_origin(await self._store.server_settings(guild_id), origin)
