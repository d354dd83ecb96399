"""Asking for pictures, and what is asked of one that is there: who may see, repeat or delete it.

Every way of asking (command, button, menu) comes through `check` and `admit`, so every rule holds for all of
them. A request is refused with a `RefusedError` before anything is spent, or it is in the database when
`admit` returns.
"""

from __future__ import annotations

import math
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from bot.errors import (
    BadReferenceError,
    CancelledJobError,
    DrainingError,
    ErasedJobError,
    NotHereError,
    NotRepeatableError,
    NotYoursError,
    NotYourWishError,
    PictureFault,
    RemovedJobError,
    UnknownJobError,
)
from bot.jobs import AspectRatio, JobState, Kind, Mode, OutputFormat, ReferenceSource
from bot.presses import Presses
from bot.servers import check_origin
from bot.service.requests import (
    AgainRequest,
    EditRequest,
    ImagineRequest,
    Lineage,
    checked_count,
    checked_prompt,
    choice,
    wished_ratio,
)
from bot.wishes import NewBatch, Origin

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from contextlib import AbstractContextManager
    from datetime import datetime

    from bot.clock import Clock
    from bot.experience import Experience
    from bot.jobs import Card, Job, Reference
    from bot.quota import Limits, Prices
    from bot.store import Store

#: The share of pictures that are there by the time a member is told: a time that mostly holds is worth more
#: to whoever waits than the middle one, which is too early for every other picture.
HELD_SHARE: Final = 0.75
#: How far back the pictures are told that a picture was made from.
_LINEAGE_LENGTH: Final = 6
#: How long an edit waits for its card; without one its pictures are where they were found, for a while.
_CARD_TIME: Final = timedelta(seconds=30)


class Service:
    """The requests of members.

    `wake` tells the engine that there is something new to do; while `is_draining`, nothing is admitted. What
    starts from a guessed picture waits for `guess_time`, so that its member can say no before it is sent.
    """

    def __init__(
        self,
        *,
        store: Store,
        experience: Experience,
        clock: Clock,
        limits: Limits,
        prices: Prices,
        wake: Callable[[], None],
        is_draining: Callable[[], bool],
        guess_time: timedelta = timedelta(),
    ) -> None:
        self._store = store
        self._experience = experience
        self._clock = clock
        self._limits = limits
        self._prices = prices
        self._wake = wake
        self._is_draining = is_draining
        self._guess_time = guess_time
        self._presses = Presses(clock)

    @property
    def lets_undo(self) -> bool:
        """Whether there is time to say no to a guessed picture."""
        return bool(self._guess_time)

    def check(self, request: ImagineRequest) -> NewBatch:
        """Return what a request would admit, or refuse it with a `RefusedError`; nothing is stored yet."""
        ratio = choice(AspectRatio, "aspect_ratio", request.aspect_ratio)
        return self._batch(request, kind=Kind.IMAGINE, aspect_ratio=ratio)

    def check_words(self, request: EditRequest) -> None:
        """Refuse with a `RefusedError` what can be told without the pictures."""
        self._batch(request, kind=Kind.EDIT, aspect_ratio=wished_ratio(request) or AspectRatio.SQUARE)

    async def check_place_and_words(self, request: EditRequest) -> None:
        """Refuse with a `RefusedError` what can be told before anybody looks for the pictures."""
        self.check_words(request)
        await self.check_place(request)

    def check_edit(
        self, request: EditRequest, references: Sequence[Reference], *, parent_id: str | None = None
    ) -> NewBatch:
        """Return what an edit of these pictures would admit, or refuse it with a `RefusedError`.

        `parent_id` is the job that made the first of them. What is admitted is held back until the card has
        brought the pictures to where the provider finds them.
        """
        if not references:
            raise BadReferenceError(PictureFault.NOWHERE)
        first = references[0]
        ratio = wished_ratio(request) or AspectRatio.nearest(first.width, first.height)
        batch = self._batch(request, kind=Kind.EDIT, aspect_ratio=ratio)
        held_for = _CARD_TIME + self._time_to_object(references)
        return replace(batch, parent_id=parent_id, references=tuple(references), held_for=held_for)

    def _batch(self, request: ImagineRequest, *, kind: Kind, aspect_ratio: AspectRatio) -> NewBatch:
        if request.guild_id is None:
            raise NotHereError
        mode = choice(Mode, "mode", request.mode)
        return NewBatch(
            **request.origin(),
            kind=kind,
            prompt=checked_prompt(request.prompt),
            mode=mode,
            aspect_ratio=aspect_ratio,
            output_format=choice(OutputFormat, "output_format", request.output_format),
            count=checked_count(request.count),
            credits_each=self._prices.of(mode),
            parent_id=request.parent_id,
            spoiler=request.spoiler,
        )

    async def check_place(self, origin: Origin) -> None:
        """Refuse a place with the `RefusedError` with which a request from there would be refused now."""
        check_origin(await self._store.server_settings(origin.guild_id or 0), origin)

    async def admit(self, batch: NewBatch) -> list[Job]:
        """Admit a checked request: all of its pictures, or none with a `RefusedError`.

        When this returns, the jobs are in the database and the engine knows.
        """
        if self._is_draining():
            raise DrainingError
        jobs = await self._store.admit(batch, self._limits)
        self._wake()
        return jobs

    async def check_consent(self, asked: Origin, owners: Iterable[int | None]) -> None:
        """Refuse now what `admit` would refuse because of whose pictures these are; None is nobody known.

        Raises `OwnPicturesOnlyError` or `UnwillingOwnerError`.
        """
        await self._store.check_consent(asked, owners)

    def once(self, request: AgainRequest) -> AbstractContextManager[None]:
        """Do what is in the block once for the same wish, or raise `PressedTwiceError`."""
        wish = (request.member_id, request.job_id, request.prompt, request.mode, request.aspect_ratio)
        return self._presses.once(wish)

    async def repeatable_job(self, request: AgainRequest) -> Job:
        """Return the job that another one is to be like, or raise `NotRepeatableError`."""
        job = await self.visible_job(request.job_id, guild_id=request.guild_id, member_id=request.member_id)
        if job.erased_at is not None:
            raise ErasedJobError
        if not job.is_repeatable:
            raise NotRepeatableError
        return job

    def like(self, job: Job, request: AgainRequest) -> ImagineRequest:
        """Return the request for another one like a job; an `EditRequest` if that one began with pictures."""
        wish = EditRequest if job.references else ImagineRequest
        return wish(
            **request.origin(),
            prompt=job.prompt if request.prompt is None else request.prompt,
            mode=request.mode or job.mode.value,
            aspect_ratio=request.aspect_ratio or job.aspect_ratio.value,
            output_format=job.output_format.value,
            count=1,
            spoiler=job.spoiler,
            parent_id=job.id,
        )

    async def undo_guess(self, job_id: str, *, member_id: int) -> list[Job]:
        """Call off what was asked of a picture that was only guessed; refunded, because nothing was sent.

        Raises `NotYourWishError` for anybody but its member, `TooLateError` if it was sent already, and
        `CancelledJobError` if it was called off already.
        """
        job = await self.own_job(job_id, member_id=member_id)
        return await self._store.call_off_unsent(
            job.batch_id, by=member_id, actor=f"member:{member_id}", reason="not this picture"
        )

    async def confirm_guess(self, job_id: str, *, member_id: int) -> list[Job]:
        """Send what was asked of a guessed picture without any more wait; what was sent stays as it is.

        Raises `NotYourWishError` for anybody but its member, `CancelledJobError` if it was called off.
        """
        job = await self.own_job(job_id, member_id=member_id)
        released = await self._store.hurry_batch(job.batch_id)
        if all(each.is_called_off for each in released):
            raise CancelledJobError
        self._wake()
        return released

    def _time_to_object(self, references: Sequence[Reference]) -> timedelta:
        guessed = any(each.source is ReferenceSource.NEWEST for each in references)
        return self._guess_time if guessed else timedelta()

    async def attach_card(
        self, jobs: Sequence[Job], card: Card, references: Sequence[Reference] = ()
    ) -> list[Job]:
        """Remember the message that answered the command, and the references that came with it."""
        held_for = self._time_to_object(references)
        attached = await self._store.attach_card(jobs[0].batch_id, card, references, held_for=held_for)
        if references:
            self._wake()
        return attached

    async def expected_end(self, jobs: Sequence[Job]) -> datetime:
        """Return when the last of these jobs should be done, from what recent pictures took.

        A member's jobs beyond their concurrent ones wait for a turn, which is counted in.
        """
        durations = (await self._experience.outlook(jobs[0])).durations
        waiting = sum(1 for job in jobs if not job.is_over)
        is_queued = any(job.state is JobState.QUEUED for job in jobs)
        ahead = await self._store.ahead_of(jobs[0]) if is_queued else 0
        at_once = jobs[0].concurrent_jobs
        at_once = max(1, self._limits.concurrent_jobs if at_once is None else at_once)
        turns = (math.ceil((ahead + waiting) / at_once) or 1) - 1
        now = self._clock.now()
        started = max(job.submitted_at or now for job in jobs)
        # What is in flight ahead of them is half done, taken all together.
        earlier_turns = durations.mean * max(turns - 0.5 if ahead else turns, 0)
        age = (now - started).total_seconds() - earlier_turns
        last_turn = durations.quantile(HELD_SHARE, unfinished_at=max(age, 0.0))
        return started + timedelta(seconds=earlier_turns + last_turn)

    async def visible_job(self, job_id: str, *, guild_id: int | None, member_id: int) -> Job:
        """Return a job to somebody who sees its message; a job of another server does not exist here.

        Outside servers only its own member sees it: a picture that no channel took comes to them directly.
        """
        job = await self._store.job(job_id)
        at_home = guild_id is None and job.member_id == member_id
        if job.guild_id != guild_id and not at_home:
            raise UnknownJobError
        return job

    async def own_job(self, job_id: str, *, member_id: int) -> Job:
        """Return a job to the member who asked for it; `NotYourWishError` for anybody else."""
        job = await self._store.job(job_id)
        if job.member_id != member_id:
            raise NotYourWishError
        return job

    async def variable_job(self, job_id: str, *, guild_id: int | None, member_id: int) -> Job:
        """Return a job whose words can be changed for another one; `ErasedJobError` if they are gone."""
        job = await self.visible_job(job_id, guild_id=guild_id, member_id=member_id)
        if job.erased_at is not None:
            raise ErasedJobError
        return job

    async def lineage(self, job: Job) -> Lineage:
        """Return the jobs that this one was made from, as far as they are known and may be told of here."""
        ancestors: list[Job] = []
        parent_id = job.parent_id
        while parent_id is not None and len(ancestors) < _LINEAGE_LENGTH:
            try:
                parent = await self._store.job(parent_id)
            except UnknownJobError:
                return Lineage(ancestors=tuple(ancestors))
            hidden = parent.private and parent.thread_id != job.thread_id
            if hidden or parent.guild_id != job.guild_id:
                return Lineage(ancestors=tuple(ancestors))
            ancestors.append(parent)
            parent_id = parent.parent_id
        return Lineage(ancestors=tuple(ancestors), more=parent_id is not None)

    async def removable_job(
        self, job_id: str, *, guild_id: int | None, member_id: int, moderates: bool
    ) -> Job:
        """Return a job whose picture this person may delete at this moment.

        `moderates` says that they may delete others' messages there. Raises `NotYoursError`, and
        `RemovedJobError` if it is deleted already.
        """
        job = await self.visible_job(job_id, guild_id=guild_id, member_id=member_id)
        if member_id != job.member_id and not moderates:
            raise NotYoursError
        if job.removed_at is not None or (job.is_removed and job.archive_key is None):
            raise RemovedJobError
        return job
