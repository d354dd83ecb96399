"""What moderators may ask for: who made a picture, removing it, blocking members, and the list of acts.

Whether somebody is a moderator is told by Discord and read in `bot.intake`; here stands what even a
moderator may not do. Every act is written down together with what it does.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from bot.errors import (
    BlockTimeError,
    NotBlockableError,
    NothingToRemoveError,
    RemovedJobError,
    SeveralPicturesError,
    Unblockable,
)
from bot.jobs import JobState
from bot.service.gallery import PictureStanding, standing
from bot.service.requests import checked_reason

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from bot.acts import ActPage, Block
    from bot.clock import Clock
    from bot.jobs import Job
    from bot.service.requests import Lineage
    from bot.service.service import Service
    from bot.store import Store

#: How many acts stand on one page.
PAGE: Final = 8
#: Digits of a number that any database holds.
_NUMBER_LENGTH: Final = 18
FOR_GOOD: Final = "for good"
#: What is offered to choose from; whatever `block_time` reads can be typed instead.
BLOCK_TIMES: Final = ("1h", "12h", "1d", "3d", "7d", "30d", FOR_GOOD)
#: The longest text that is read as a time.
_TIME_LENGTH: Final = 100
_SHORTEST: Final = timedelta(minutes=1)
_LONGEST: Final = timedelta(days=365)
_UNITS: Final = {
    **dict.fromkeys(("m", "min", "mins", "minute", "minutes"), timedelta(minutes=1)),
    **dict.fromkeys(("h", "hr", "hrs", "hour", "hours"), timedelta(hours=1)),
    **dict.fromkeys(("d", "day", "days"), timedelta(days=1)),
    **dict.fromkeys(("w", "wk", "wks", "week", "weeks"), timedelta(weeks=1)),
}
_PART: Final = r"(\d{1,6})\s*([a-z]+)"
_FINISHED: Final = frozenset({JobState.DELIVERED, JobState.UNDELIVERABLE})
_NOT_THERE: Final = frozenset({PictureStanding.DELETED, PictureStanding.GONE})
_ENDLESS: Final = frozenset({FOR_GOOD, "good", "forever", "ever", "permanent"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Somebody in a server; `rank` orders people by their highest role, None for who is not in it."""

    id: int
    rank: tuple[int, int] | None
    is_owner: bool
    is_bot: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class BlockOrder:
    """The wish to block a member, or to lift a block, as it came from Discord."""

    guild_id: int
    actor: Person
    target: Person
    reason: str = ""
    time: str = FOR_GOOD


@dataclass(frozen=True, slots=True, kw_only=True)
class Origins:
    """Who made something: the named job, the others of its command, what it came from, a block."""

    job: Job
    batch: tuple[Job, ...]
    lineage: Lineage
    block: Block | None


class Moderation:
    """The requests of moderators; `wake` tells the engine that jobs were called off."""

    def __init__(self, *, store: Store, service: Service, clock: Clock, wake: Callable[[], None]) -> None:
        self._store = store
        self._wake = wake
        self._service = service
        self._clock = clock

    async def origins(self, jobs: Sequence[Job]) -> Origins:
        """Return what is known of the job, or of the command whose card was named."""
        job = jobs[0]
        return Origins(
            job=job,
            batch=tuple(await self._store.batch(job.batch_id)),
            lineage=await self._service.lineage(job),
            block=await self._store.block_of(guild_id=job.guild_id or 0, member_id=job.member_id),
        )

    async def block(self, order: BlockOrder) -> tuple[Block, int]:
        """Block a member, or give a block a new end; return it and how many waiting jobs were called off.

        Refuses with a `RefusedError`; nothing is changed then.
        """
        reason = checked_reason(order.reason, needed=True)
        time = block_time(order.time)
        _check_rank(order)
        block, cancelled = await self._store.block(
            guild_id=order.guild_id,
            member_id=order.target.id,
            until=None if time is None else self._clock.now() + time,
            reason=reason,
            actor_id=order.actor.id,
        )
        self._wake()
        return block, len(cancelled)

    async def unblock(self, order: BlockOrder) -> Block:
        """Lift a block and return what it was; refuses with a `RefusedError`."""
        reason = checked_reason(order.reason)
        _check_rank(order)
        return await self._store.unblock(
            guild_id=order.guild_id, member_id=order.target.id, reason=reason, actor_id=order.actor.id
        )

    async def acts(self, guild_id: int, place: str = "") -> ActPage:
        """Return a page of a server's acts: the newest, or those that `place` names: `before.` a number."""
        side, _, number = place.partition(".")
        around = int(number[:_NUMBER_LENGTH]) if number.isdecimal() else None
        return await self._store.acts_of(
            guild_id,
            at_most=PAGE,
            before=around if side == "before" else None,
            after=around if side == "after" else None,
        )


def removable(jobs: Sequence[Job]) -> Job:
    """Return the one of the named jobs whose picture can be removed; refuse if there is none, or several.

    One without a message counts while its member could still have it posted. So does one that is still to
    come: who names its card may well mean that one.
    """
    there = [job for job in jobs if job.state in _FINISHED and standing(job) not in _NOT_THERE]
    coming = [job for job in jobs if not job.is_over]
    if there and len(there) + len(coming) > 1:
        raise SeveralPicturesError(count=len(there) + len(coming))
    if there:
        return there[0]
    if any(job.is_removed for job in jobs):
        raise RemovedJobError
    raise NothingToRemoveError


def block_time(text: str) -> timedelta | None:
    """Return the time that somebody wrote, such as `90m`, `12h` or `1d 6h`; None for good.

    Raises `BlockTimeError` for what is no time, or one that is too short or too long.
    """
    wish = " ".join(text.casefold().split())
    if wish in _ENDLESS:
        return None
    if len(wish) > _TIME_LENGTH:
        raise BlockTimeError(value=text)
    parts = re.findall(_PART, wish, re.ASCII)
    strange = re.sub(_PART, "", wish, flags=re.ASCII).strip(" ,")
    if strange or not parts or any(unit not in _UNITS for _, unit in parts):
        raise BlockTimeError(value=text)
    time = sum((int(count) * _UNITS[unit] for count, unit in parts), timedelta())
    if not _SHORTEST <= time <= _LONGEST:
        raise BlockTimeError(value=text)
    return time


def offered_times(typed: str) -> list[str]:
    """Return what to offer to somebody who has typed this much: their own words first, if they are a time."""
    typed = typed.strip()
    offers = [time for time in BLOCK_TIMES if time.startswith(typed.casefold())]
    try:
        block_time(typed)
    except BlockTimeError:
        return offers or list(BLOCK_TIMES)
    return offers if typed in offers else [typed, *offers]


def _check_rank(order: BlockOrder) -> None:
    """Nobody blocks or unblocks themselves, a bot, the owner, or whose role is as high as their own."""
    actor, target = order.actor, order.target
    if target.id == actor.id:
        raise NotBlockableError(Unblockable.SELF)
    if target.is_bot:
        raise NotBlockableError(Unblockable.BOT)
    if target.is_owner:
        raise NotBlockableError(Unblockable.OWNER)
    if actor.is_owner or target.rank is None:
        return
    if actor.rank is None or target.rank >= actor.rank:
        raise NotBlockableError(Unblockable.ABOVE)
