"""What a server has decided about Easel, and what follows from it for a picture that somebody asks for.

Pure: storing it is the store's business, changing it the service's; a server that has decided nothing has
the defaults.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TYPE_CHECKING

from bot.errors import MissingPermissionsError, NotInThisChannelError
from bot.jobs import Place

if TYPE_CHECKING:
    from bot.wishes import NewBatch, Origin


class ThreadMode(StrEnum):
    """Where a picture that was asked for in a text channel comes."""

    PER_MEMBER = "per-member"  # one studio thread for each member and channel, used again
    PER_JOB = "per-job"  # a thread for each command
    INLINE = "inline"  # a reply in the channel


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerSettings:
    """The decisions of one server.

    `places` are the channels and categories in which Easel may be used; empty means everywhere. Credits of
    None mean that the bot's own limit holds. `spoiler` hides every picture behind a click, and under
    `own_pictures_only` a member may edit no picture that is somebody else's.
    """

    guild_id: int
    spoiler: bool = False
    own_pictures_only: bool = False
    thread_mode: ThreadMode = ThreadMode.PER_MEMBER
    log_channel_id: int | None = None
    places: frozenset[int] = frozenset()
    daily_credits: int | None = None
    member_daily_credits: int | None = None
    member_concurrent_jobs: int | None = None

    def allows(self, channel_id: int, category_id: int | None) -> bool:
        """Whether Easel may be used in a channel; a thread has its parent's ids."""
        return not self.places or channel_id in self.places or category_id in self.places


def missing_permissions(settings: ServerSettings, origin: Origin) -> tuple[str, ...]:
    """Return what the bot lacks where the picture would go under the server's thread mode."""
    return origin.missing_inline if _comes_inline(settings, origin) else origin.missing


def check_origin(settings: ServerSettings, origin: Origin) -> None:
    """Refuse a place in which the server allows no pictures, or in which the bot cannot post them.

    Raises `NotInThisChannelError` or `MissingPermissionsError`.
    """
    if not settings.allows(origin.channel_id, origin.category_id):
        raise NotInThisChannelError(sorted(settings.places))
    missing = missing_permissions(settings, origin)
    if missing:
        raise MissingPermissionsError(missing)


def as_decided(settings: ServerSettings, batch: NewBatch) -> NewBatch:
    """Return the batch as the server wants it: its place by the thread mode, and the spoiler.

    Raises what `check_origin` raises.
    """
    check_origin(settings, batch)
    batch = replace(batch, spoiler=batch.spoiler or settings.spoiler)
    if _comes_inline(settings, batch):
        return replace(batch, place=Place.CHANNEL, place_note=None)
    return replace(
        batch, own_thread=batch.place is Place.STUDIO and settings.thread_mode is ThreadMode.PER_JOB
    )


def _comes_inline(settings: ServerSettings, origin: Origin) -> bool:
    """Whether the picture is to be a reply although the channel may have threads."""
    return settings.thread_mode is ThreadMode.INLINE and origin.has_choice
