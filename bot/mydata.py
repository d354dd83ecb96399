"""What is kept of one member beside their jobs, and the wish to have it erased. Pure data.

Jobs themselves are `bot.jobs.Job`, and who may see any of this is decided by the service.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from datetime import datetime

    from bot.acts import ActKind

#: How long an erasure is remembered, so that its member can see that it was done.
REMEMBERED: Final = timedelta(days=30)


@dataclass(frozen=True, slots=True, kw_only=True)
class Erasure:
    """A member's wish that everything from before `asked_at` goes.

    `done_at` is when nothing was left of it but anonymous counts and, for a day, whose they are.
    `left_behind` is how many messages Discord did not let the bot delete.
    """

    member_id: int
    asked_at: datetime
    due_at: datetime
    done_at: datetime | None
    left_behind: int


@dataclass(frozen=True, slots=True, kw_only=True)
class JobCounts:
    """How much is kept of a member's jobs; `wordless` are those whose prompts are gone already."""

    jobs: int = 0
    wordless: int = 0
    unfinished: int = 0
    posted: int = 0
    kept_pictures: int = 0
    with_references: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptStudio:
    """A thread that is remembered as the member's."""

    guild_id: int
    channel_id: int
    thread_id: int
    updated_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptBlock:
    """That a server lets the member ask for nothing, until when (None: for good)."""

    guild_id: int
    until: datetime | None
    reason: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptQuota:
    """What a server lets this one member spend; None leaves that half to other rules."""

    guild_id: int
    daily_credits: int | None
    concurrent_jobs: int | None
    reset_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptGrant:
    """Credits that a moderator gave the member on top."""

    guild_id: int
    credits: int
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptAct:
    """An act of a moderator that concerns the member; who did it is the server's matter."""

    guild_id: int
    at: datetime
    kind: ActKind
    job_id: str | None
    detail: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptData:
    """Everything that is kept of a member, the jobs as counts; `since` is None for somebody unknown."""

    member_id: int
    since: datetime | None
    edits_allowed: bool
    counts: JobCounts
    open_forms: int
    studios: tuple[KeptStudio, ...]
    blocks: tuple[KeptBlock, ...]
    quotas: tuple[KeptQuota, ...]
    grants: tuple[KeptGrant, ...]
    acts: tuple[KeptAct, ...]
    erasure: Erasure | None
