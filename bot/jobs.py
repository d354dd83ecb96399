"""What a job is, which states it can be in, and which changes of state exist.

Pure data: `TRANSITIONS` is the only place that says which change is allowed, and a `Job` is frozen.
Moving a stored job from one state to another is the store's business; deciding when is the engine's.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from datetime import datetime  # noqa: TC003 - read at run time, where a reference comes out of the database
from enum import StrEnum
from typing import Final

from bot.errors import IllegalTransitionError


class JobState(StrEnum):
    """Where a job stands; the value is what the database holds."""

    QUEUED = "queued"  # admitted, credits reserved
    SUBMITTING = "submitting"  # the request to the provider is being made, under a lease
    UNCONFIRMED = "unconfirmed"  # the request's outcome is unknown; it is never sent again
    RUNNING = "running"  # the provider has it; due_at says when to look
    READY = "ready"  # result URLs are known, the picture is to be fetched
    HELD = "held"  # waits for a moderator
    DELIVERING = "delivering"  # being posted, under a lease
    DELIVERED = "delivered"  # the picture is in its thread
    FAILED = "failed"  # ended without a picture, refunded
    CANCELLED = "cancelled"  # called off: refunded if it was not sent yet, else paid and its result discarded
    REJECTED = "rejected"  # a moderator said no, refunded
    UNDELIVERABLE = "undeliverable"  # finished, but no place takes it; its member can claim it

    @property
    def is_final(self) -> bool:
        """Whether nothing moves the job on by itself any more."""
        return self in FINAL_STATES

    @property
    def is_in_flight(self) -> bool:
        """Whether the provider has, or may have, a task for the job."""
        return self in IN_FLIGHT_STATES


#: From each state, the states it may change to.
TRANSITIONS: Final[dict[JobState, frozenset[JobState]]] = {
    JobState.QUEUED: frozenset({JobState.SUBMITTING, JobState.CANCELLED, JobState.FAILED}),
    JobState.SUBMITTING: frozenset(
        {JobState.RUNNING, JobState.QUEUED, JobState.UNCONFIRMED, JobState.FAILED},
    ),
    JobState.UNCONFIRMED: frozenset({JobState.RUNNING, JobState.FAILED}),
    JobState.RUNNING: frozenset({JobState.READY, JobState.FAILED}),
    JobState.READY: frozenset(
        {JobState.HELD, JobState.DELIVERING, JobState.FAILED, JobState.CANCELLED},
    ),
    JobState.HELD: frozenset({JobState.DELIVERING, JobState.REJECTED, JobState.CANCELLED}),
    JobState.DELIVERING: frozenset({JobState.DELIVERED, JobState.READY, JobState.UNDELIVERABLE}),
    JobState.UNDELIVERABLE: frozenset({JobState.DELIVERING}),
    JobState.DELIVERED: frozenset(),
    JobState.FAILED: frozenset(),
    JobState.CANCELLED: frozenset(),
    JobState.REJECTED: frozenset(),
}

FINAL_STATES: Final = frozenset(
    {
        JobState.DELIVERED,
        JobState.FAILED,
        JobState.CANCELLED,
        JobState.REJECTED,
        JobState.UNDELIVERABLE,
    },
)
IN_FLIGHT_STATES: Final = frozenset({JobState.SUBMITTING, JobState.UNCONFIRMED, JobState.RUNNING})
#: Whose an erased job is, once no quota needs to know its member any more.
NOBODY: Final = 0
#: Final states in which a job costs nothing, whatever its way there: its credits were given back. One that
#: was cancelled costs nothing either, unless its result was discarded.
REFUNDED_STATES: Final = frozenset({JobState.FAILED, JobState.REJECTED})
#: Final states in which a job may cost nothing because its credits were given back.
CREDITLESS_STATES: Final = REFUNDED_STATES | {JobState.CANCELLED}


def check_transition(source: JobState, target: JobState) -> None:
    """Raise `IllegalTransitionError` unless the table allows the change."""
    if target not in TRANSITIONS[source]:
        raise IllegalTransitionError(source=source, target=target)


class Mode(StrEnum):
    """The provider's two variants of the model; its sources disagree on which is better, so no ranking."""

    PRO = "pro"
    MAX = "max"


class AspectRatio(StrEnum):
    """The shapes that the model draws."""

    ULTRAWIDE = "21:9"
    WIDE = "16:9"
    CLASSIC = "4:3"
    SQUARE = "1:1"
    PORTRAIT = "3:4"
    TALL = "9:16"

    @classmethod
    def nearest(cls, width: int, height: int) -> AspectRatio:
        """Return the shape that is least unlike a picture of this size."""

        def unlikeness(ratio: AspectRatio) -> float:
            across, down = map(int, ratio.value.split(":"))
            return abs(math.log(width / height * down / across))

        return min(cls, key=unlikeness)


class OutputFormat(StrEnum):
    """The file types that the provider delivers."""

    JPEG = "jpeg"
    PNG = "png"


class Kind(StrEnum):
    """What the picture is made from; the value is the name of the command for it."""

    IMAGINE = "imagine"  # from words
    EDIT = "edit"  # from words and other pictures


class Place(StrEnum):
    """Where the member asked, and so where the picture belongs."""

    THREAD = "thread"  # asked inside a thread: the picture comes there
    STUDIO = "studio"  # asked in a text channel: a thread there, the member's studio by default
    CHANNEL = "channel"  # no thread is possible or wanted: a reply in the channel
    DIRECT = "direct"  # asked in a direct message


class PlaceNote(StrEnum):
    """Why a picture comes to the channel although a thread was wanted."""

    NO_PERMISSION = "no_permission"  # the bot may not open threads here
    NOT_POSSIBLE = "not_possible"  # this kind of channel has no threads
    RATE_LIMITED = "rate_limited"  # Discord lets nobody open threads here for some minutes
    FAILED = "failed"  # Discord refused for another reason


class Rung(StrEnum):
    """The step of the delivery ladder on which a picture was posted."""

    THREAD = "thread"
    CHANNEL = "channel"
    DIRECT = "direct"


class FailureCause(StrEnum):
    """Whose matter a failure is; every cause has one sentence for the member."""

    CONTENT = "content"  # the provider named its content rules
    PROMPT = "prompt"  # the prompt is too long, empty or malformed
    IMAGE = "image"  # a reference picture could not be used
    BALANCE = "balance"  # the operator's account has no credit left
    ACCESS = "access"  # the operator's key is refused
    PROVIDER = "provider"  # the provider is down, busy or answered nonsense
    PICTURE = "picture"  # the finished picture could not be fetched or is not a picture
    LATE = "late"  # the hard deadline passed
    UNCONFIRMED = "unconfirmed"  # nobody knows whether the request arrived
    UNKNOWN = "unknown"  # anything else; the job id is what the operator needs


class WaitReason(StrEnum):
    """Why a queued job does not start although it is its turn."""

    SERVICE_PAUSED = "service_paused"  # the operator's key or balance needs mending
    SERVICE_BUSY = "service_busy"  # the provider is down or asks for a slower pace


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """Why a job ended without a picture.

    `code` and `detail` are the provider's own words, for the operator; members read the cause's sentence.
    """

    cause: FailureCause
    code: str = ""
    detail: str = ""


class ReferenceSource(StrEnum):
    """How a reference picture was found."""

    GIVEN = "given"  # attached to the command
    LINKED = "linked"  # on a message that the member named
    NEWEST = "newest"  # the latest picture where they asked: a guess
    CHOSEN = "chosen"  # by the menu of its message, or by the button below it
    AGAIN = "again"  # what an earlier job started from


@dataclass(frozen=True, slots=True, kw_only=True)
class Reference:
    """A picture that a job starts from, and where the provider can fetch it.

    `url` works until `url_until` (None: its end is not known). It is where the picture was found until the
    bot has posted it again; from then on `channel_id`, `message_id` and `attachment_id` say where a fresh
    address is read. The `origin_` fields and `author_id` tell of the message that it was found on, if it
    was; `owner_id` is whose picture it is, if that is known. `size` is in bytes.
    """

    source: ReferenceSource
    url: str
    url_until: datetime | None
    content_type: str
    size: int
    width: int
    height: int
    origin_channel_id: int | None = None
    origin_message_id: int | None = None
    author_id: int | None = None
    owner_id: int | None = None
    channel_id: int | None = None
    message_id: int | None = None
    attachment_id: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """The message that answers the command, and the right to edit it while its token lives."""

    channel_id: int
    message_id: int
    token: str | None = field(default=None, repr=False)
    token_until: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswerRight:
    """The right to read and edit the answer to a command, until the token ends."""

    token: str = field(repr=False)
    until: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """One picture that a member asked for, as the database holds it.

    Jobs of one command share `batch_id`, `batch_size` and the card. `credits` is 0 once refunded.
    `due_at` is when somebody should act on the row next; None means there is nothing to do.
    `archive_key` names the kept picture; `archived_at` without it says that it was removed since.
    `parent_id` is the job whose picture or prompt this one was made from. `references_sent` says how many of
    the `references` the provider got, where that is not all of them. `spoiler` hides the picture behind a
    click; `alt_text` describes it where its member found better words than the prompt. `removed_by` is who
    deleted its picture, as far as that was done through the bot. `own_thread` says that the thread of
    the place `STUDIO` is for this command alone, and no studio. `removed_at` is when somebody had the bot
    delete the picture; a message that went without the bot leaves it None. Since `erased_at`
    nothing in the row tells what its member wrote; `member_id` is `NOBODY` once it may be forgotten as well.
    `discarded_at` says that it was called off when it had been sent: whatever comes of it is not delivered.
    `cancelled_by` is who called it off, sent or not.
    `concurrent_jobs` is how many of the member's jobs in its server may be in flight at once, by a rule of
    that server; None leaves that to the bot's own limit, which counts all servers together.
    """

    id: str
    batch_id: str
    batch_index: int
    batch_size: int
    kind: Kind
    state: JobState
    guild_id: int | None
    channel_id: int  # where it was asked; the parent text channel for a studio
    thread_id: int | None  # the thread the picture goes to, once there is one
    private: bool  # asked in a private thread: nothing of it may be posted outside
    place: Place
    place_note: PlaceNote | None
    member_id: int
    member_name: str
    locale: str
    prompt: str
    mode: Mode
    aspect_ratio: AspectRatio
    output_format: OutputFormat
    credits: int
    attempts: int
    created_at: datetime
    due_at: datetime | None
    lease_owner: str | None
    lease_until: datetime | None
    wait_reason: WaitReason | None
    task_id: str | None
    submitted_at: datetime | None
    late_told_at: datetime | None
    result_urls: tuple[str, ...]
    cost_ms: int | None
    completed_at: datetime | None
    failure: Failure | None
    finished_at: datetime | None
    card: Card | None
    message_channel_id: int | None
    message_id: int | None
    rung: Rung | None
    discord_code: int | None
    archive_key: str | None
    archived_at: datetime | None
    parent_id: str | None
    references: tuple[Reference, ...]
    references_sent: int | None
    spoiler: bool
    alt_text: str | None
    removed_by: int | None
    own_thread: bool
    removed_at: datetime | None
    erased_at: datetime | None
    discarded_at: datetime | None
    cancelled_by: int | None
    concurrent_jobs: int | None

    @property
    def is_called_off(self) -> bool:
        """Whether nobody waits for its picture any more, although the provider may still be at it."""
        return self.state is JobState.CANCELLED or self.discarded_at is not None

    @property
    def is_over(self) -> bool:
        """Whether nothing more is to be expected of it: it is at its end, or was called off."""
        return self.state.is_final or self.is_called_off

    @property
    def is_repeatable(self) -> bool:
        """Whether what is stored says how to make it again."""
        return self.erased_at is None and (self.kind is Kind.IMAGINE or bool(self.references))

    @property
    def is_guess(self) -> bool:
        """Whether it starts from a picture that its member did not name."""
        return any(each.source is ReferenceSource.NEWEST for each in self.references)

    @property
    def is_removed(self) -> bool:
        """Whether its message is gone, or somebody deleted its picture before any place took it."""
        if self.state is JobState.UNDELIVERABLE:
            return self.removed_at is not None
        return self.state is JobState.DELIVERED and self.message_id is None

    @property
    def is_moderated(self) -> bool:
        """Whether somebody else than its member removed its picture."""
        return self.is_removed and self.removed_by not in {None, self.member_id}


@dataclass(frozen=True, slots=True, kw_only=True)
class JobEvent:
    """One line of a job's history; `source` is None for its admission.

    `source` equal to `target` says that the job stayed where it was, and `reason` says why.
    """

    job_id: str
    at: datetime
    source: JobState | None
    target: JobState
    actor: str
    reason: str
