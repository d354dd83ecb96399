"""What waits and what runs, of a member or in a server, and calling it off.

Places in the turn and what is in flight come from the store, expected times from what recent pictures took.
Who may call what off is decided here; what becomes of it, at whatever moment, is decided by the store.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from functools import partial
from typing import TYPE_CHECKING, Final, Protocol

from bot.acts import Act, ActKind
from bot.errors import NotYourWishError
from bot.jobs import JobState, WaitReason
from bot.service.requests import checked_reason
from bot.service.service import HELD_SHARE

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from bot.clock import Clock
    from bot.experience import Experience
    from bot.jobs import Job
    from bot.service.service import Service
    from bot.store import Store
    from bot.store.pause import Pause
    from bot.store.queue import Turn, Turns


#: How many jobs are shown at once; a message holds 40 components, and each job takes three.
PAGE_SIZE: Final = 8
#: How many jobs are looked through for what somebody types.
_LOOKED_THROUGH: Final = 200


class WaitCause(StrEnum):
    """Why a queued job was not sent yet, in the order in which they count."""

    UPDATING = "updating"  # the bot sends nothing any more and is about to be stopped
    PAUSED = "paused"  # the operator's key or balance needs mending
    BUSY = "busy"  # the service is down or asks for a slower pace
    OWN_RUNNING = "own_running"  # its member has as many in flight as one may have
    OWN_FIRST = "own_first"  # ... and will have, with those of theirs that come first
    TURN = "turn"  # its turn comes by itself


@dataclass(frozen=True, slots=True, kw_only=True)
class JobStanding:
    """How far a job is; `place`, `cause` and what follows are for queued ones.

    Of the `own_running` jobs of its member `own_elsewhere` are in other servers, so they are not in the list.
    `expected` is when it should be done; None where nobody can say, or where it is done but for the posting.
    """

    job: Job
    expected: datetime | None
    place: int | None = None
    cause: WaitCause | None = None
    own_running: int = 0
    own_elsewhere: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A page of what is under way, the oldest first; `waiting` counts everybody's queued jobs.

    `page` counts from 0; one that there is not is the last one instead.
    """

    standings: tuple[JobStanding, ...]
    waiting: int
    total: int = 0
    page: int = 0

    @property
    def pages(self) -> int:
        """How many pages there are; an empty one is a page too."""
        return max(1, math.ceil(self.total / PAGE_SIZE))


class _Ask(Protocol):
    """Anything that finds some of the jobs under way, and how many there are."""

    async def __call__(self, *, skip: int, at_most: int) -> tuple[list[Job], int]: ...


class Queue:
    """The questions about the queue, and the way out of it.

    `per_member` and `in_flight_limit` are what the engine lets be in flight; `changed` is told of each job
    that was called off, so that its card says so.
    """

    def __init__(
        self,
        *,
        store: Store,
        service: Service,
        experience: Experience,
        clock: Clock,
        per_member: int,
        in_flight_limit: int,
        is_draining: Callable[[], bool],
        changed: Callable[[Job], None],
    ) -> None:
        self._store = store
        self._service = service
        self._experience = experience
        self._clock = clock
        self._per_member = per_member
        self._in_flight_limit = max(1, in_flight_limit)
        self._is_draining = is_draining
        self._changed = changed

    async def mine(self, member_id: int, *, guild_id: int | None, page: int = 0) -> Line:
        """Return a page of what a member has waiting and running in a server, or anywhere (None)."""
        return await self._line(partial(self._store.under_way_of, member_id, guild_id=guild_id), page)

    async def of_server(self, guild_id: int, *, page: int = 0) -> Line:
        """Return a page of what everybody in a server has waiting and running."""
        return await self._line(partial(self._store.under_way_in, guild_id), page)

    async def matching(self, guild_id: int, words: str, *, reads: Callable[[Job], bool]) -> list[Job]:
        """Return what can be called off in a server and has these words in its id, prompt or member's name.

        A prompt that whoever asks may not read is not looked at.
        """
        found, _ = await self._store.under_way_in(guild_id, at_most=_LOOKED_THROUGH)
        wanted = words.casefold().strip()
        return [
            job
            for job in found
            if not job.is_called_off
            and wanted in f"{job.id} {job.member_name} {job.prompt if reads(job) else ''}".casefold()
        ]

    async def cancel(
        self, job_id: str, *, member_id: int, guild_id: int | None, moderates: bool = False, reason: str = ""
    ) -> Job:
        """Call a job off for this person; the job that comes back says what became of it.

        Its `discarded_at` is set if it had been sent already: then its credits stay spent. `moderates` says
        that they may do so with others' jobs, which is recorded. Raises `NotYourWishError`, and whatever
        `Service.visible_job` and `Store.call_off` raise.
        """
        job = await self._service.visible_job(job_id, guild_id=guild_id, member_id=member_id)
        own = job.member_id == member_id
        if not own and not moderates:
            raise NotYourWishError
        act = None
        if not own and job.guild_id is not None:
            act = Act(
                guild_id=job.guild_id,
                actor_id=member_id,
                kind=ActKind.CANCEL,
                member_id=job.member_id,
                job_id=job.id,
                reason=checked_reason(reason),
            )
        called_off = await self._store.call_off(
            job.id,
            by=member_id,
            actor=f"member:{member_id}" if own else f"moderator:{member_id}",
            # Its member may have a copy of a job's history; a moderator's words are for the record alone.
            reason="called off by its member" if own else "called off by a moderator",
            act=act,
        )
        self._changed(called_off)
        return called_off

    async def _line(self, ask: _Ask, page: int) -> Line:
        page = max(page, 0)
        under_way, total = await ask(skip=page * PAGE_SIZE, at_most=PAGE_SIZE)
        if page and not under_way:
            page = max(total - 1, 0) // PAGE_SIZE
            under_way, total = await ask(skip=page * PAGE_SIZE, at_most=PAGE_SIZE)
        turns = await self._store.turns({job.id for job in under_way if job.state is JobState.QUEUED})
        pause = await self._store.service_pause()
        standings = [await self._standing(job, turns, pause) for job in under_way]
        return Line(standings=tuple(standings), waiting=turns.waiting, total=total, page=page)

    async def _standing(self, job: Job, turns: Turns, pause: Pause | None) -> JobStanding:
        turn = turns.turns.get(job.id)
        if turn is None:
            # One that was queued a moment ago is being sent.
            sent = (job.state.is_in_flight or job.state is JobState.QUEUED) and not job.is_called_off
            return JobStanding(job=job, expected=await self._service.expected_end([job]) if sent else None)
        cause = self._hold(job, pause) or self._turn_cause(turn)
        held = cause in {WaitCause.UPDATING, WaitCause.PAUSED, WaitCause.BUSY}
        return JobStanding(
            job=job,
            expected=None if held else await self._expected(job, turn, turns),
            place=turn.place,
            cause=cause,
            own_running=turn.own_running,
            own_elsewhere=turn.own_elsewhere,
        )

    def _hold(self, job: Job, pause: Pause | None) -> WaitCause | None:
        """Return what holds up every queued job, or else this one, whatever its turn."""
        if self._is_draining():
            return WaitCause.UPDATING
        if pause is not None and not pause.is_trial:
            return WaitCause.PAUSED if pause.reason.is_operators else WaitCause.BUSY
        # Why it was put off stays with it until it is sent, also when only its turn is missing any more.
        put_off = pause is not None or (job.due_at is not None and job.due_at > self._clock.now())
        return _CAUSES.get(job.wait_reason) if put_off else None

    def _at_once(self, turn: Turn) -> int:
        """Return how many of its member's jobs may be in flight beside it."""
        return max(1, self._per_member if turn.limit is None else turn.limit)

    def _turn_cause(self, turn: Turn) -> WaitCause:
        if turn.own_running >= self._at_once(turn):
            return WaitCause.OWN_RUNNING
        return WaitCause.OWN_FIRST if turn.own_before >= self._at_once(turn) else WaitCause.TURN

    async def _expected(self, job: Job, turn: Turn, turns: Turns) -> datetime:
        """Return when a queued job should be done: whole rounds of those before it, then itself."""
        durations = (await self._experience.outlook(job)).durations
        rounds = max(
            turn.own_before // self._at_once(turn),
            (turns.in_flight + turn.place - 1) // self._in_flight_limit,
        )
        # What is in flight is half done, taken all together.
        wait = durations.mean * max(rounds - 0.5, 0.0)
        return self._clock.now() + timedelta(seconds=wait + durations.quantile(HELD_SHARE))


_CAUSES: Final[dict[WaitReason | None, WaitCause]] = {
    WaitReason.SERVICE_PAUSED: WaitCause.PAUSED,
    WaitReason.SERVICE_BUSY: WaitCause.BUSY,
}
