"""What a server has decided about Easel: where it works, where pictures come, what may be edited. Pure data.

Storing it is the store's business, changing it the service's; a server that has decided nothing has the
defaults.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


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
