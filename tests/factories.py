"""Records with every field filled, so that a test names only what it is about."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Final

from bot.jobids import new_job_id
from bot.jobs import AspectRatio, Job, JobState, Kind, Mode, OutputFormat, Place, Reference, ReferenceSource
from bot.quota import Limits
from bot.wishes import NewBatch
from tests.clocks import NOON

GUILD: Final = 1_100_000_000_000_000_001
CHANNEL: Final = 1_100_000_000_000_000_002
MEMBER: Final = 1_100_000_000_000_000_003
THREAD: Final = 1_100_000_000_000_000_004
#: Limits under which nothing is ever refused.
NO_LIMITS: Final = Limits(daily_credits=None, concurrent_jobs=100)

_ASKED: Final[dict[str, Any]] = {
    "kind": Kind.IMAGINE,
    "guild_id": GUILD,
    "channel_id": CHANNEL,
    "thread_id": None,
    "private": False,
    "place": Place.STUDIO,
    "place_note": None,
    "member_id": MEMBER,
    "member_name": "Ada",
    "locale": "en-US",
    "prompt": "a lighthouse in a storm",
    "mode": Mode.PRO,
    "aspect_ratio": AspectRatio.WIDE,
    "output_format": OutputFormat.JPEG,
}

_JOB: Final = Job(
    **_ASKED,
    id="0" * 16,
    batch_id="1" * 16,
    batch_index=0,
    batch_size=1,
    state=JobState.QUEUED,
    credits=1,
    attempts=0,
    created_at=NOON,
    due_at=NOON,
    lease_owner=None,
    lease_until=None,
    wait_reason=None,
    task_id=None,
    submitted_at=None,
    late_told_at=None,
    result_urls=(),
    cost_ms=None,
    completed_at=None,
    failure=None,
    finished_at=None,
    card=None,
    message_channel_id=None,
    message_id=None,
    rung=None,
    discord_code=None,
    archive_key=None,
    archived_at=None,
    parent_id=None,
    references=(),
    references_sent=None,
    spoiler=False,
    alt_text=None,
    removed_by=None,
    own_thread=False,
    removed_at=None,
    erased_at=None,
    discarded_at=None,
    cancelled_by=None,
    concurrent_jobs=None,
)

_BATCH: Final = NewBatch(**_ASKED, count=1, credits_each=1)

_REFERENCE: Final = Reference(
    source=ReferenceSource.GIVEN,
    url="https://cdn.discordapp.com/attachments/1/2/cat.png?ex=69b56390",
    url_until=NOON,
    content_type="image/png",
    size=1000,
    width=40,
    height=30,
)


def job_factory(**fields: Any) -> Job:
    """Return a queued job with a fresh id, changed by the given fields."""
    return replace(_JOB, **{"id": new_job_id(fields.get("created_at", NOON)), **fields})


def batch_factory(**fields: Any) -> NewBatch:
    """Return a batch of one picture, changed by the given fields."""
    return replace(_BATCH, **fields)


def reference_factory(**fields: Any) -> Reference:
    """Return a picture that was attached to a command, changed by the given fields."""
    return replace(_REFERENCE, **fields)
