"""Sends queued jobs to the provider, each at most once.

The row says `submitting` before the request leaves. Where it is certain that nothing was done, the job goes
back to the queue; where the outcome is unknown it becomes `unconfirmed` and is never sent again: only a
callback can still bind the provider's task to it.
"""

from __future__ import annotations

import asyncio
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING, Final

from bot.engine.insisting import insist
from bot.engine.loop import Crew, Loop
from bot.engine.sender import Sender
from bot.errors import (
    OperatorError,
    PostponedError,
    ProviderBusyError,
    ProviderError,
    ProviderHeldError,
    ProviderUnreachableError,
    ReferenceGoneError,
    StaleJobError,
    TaskMissingError,
    TaskRefusedError,
)
from bot.jobs import Failure, FailureCause, JobState, WaitReason
from bot.store.pause import ProviderCall

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from bot.engine.cadence import Cadence
    from bot.engine.callbacks import CallbackAddresses
    from bot.engine.gate import Gate
    from bot.engine.sender import ReferenceAddresses, Sent
    from bot.engine.workplace import Workplace
    from bot.experience import Experience
    from bot.jobs import Job
    from bot.provider.client import ApixoClient

#: How long a callback may still name the task of a request whose answer was lost.
CALLBACK_GRACE: Final = timedelta(minutes=10)
_AT_ONCE: Final = 32
#: How long a job waits when Discord could not be asked where its references are.
_DISCORD_PAUSE: Final = timedelta(seconds=15)
#: Seconds that a turn waits for the budget before it looks after its other matters again.
_BUDGET_WAIT: Final = 1.0


class Submitter:
    """Moves jobs from `queued` to `running`."""

    def __init__(
        self,
        workplace: Workplace,
        *,
        provider: ApixoClient,
        gate: Gate,
        cadence: Cadence,
        experience: Experience,
        per_member: int,
        in_flight_limit: int,
        addresses: CallbackAddresses | None,
        is_draining: Callable[[], bool],
        references: ReferenceAddresses,
    ) -> None:
        self._at = workplace
        self._provider = provider
        self._gate = gate
        self._cadence = cadence
        self._experience = experience
        self._per_member = per_member
        self._in_flight_limit = in_flight_limit
        self._addresses = addresses
        self._retry_at: datetime | None = None
        self._is_draining = is_draining
        self._sender = Sender(
            provider=provider, addresses=addresses, references=references, clock=workplace.clock
        )
        self.loop = Loop("submitter", self._turn, clock=workplace.clock, metrics=workplace.metrics)
        self.crew = Crew("submitter", _AT_ONCE, on_free=self.loop.wake, metrics=workplace.metrics)

    async def _turn(self) -> datetime | None:
        await self._gate.refresh()
        now = self._at.clock.now()
        await self._at.store.expire_submissions(
            deadline=self._answer_deadline(now), in_hand=self.crew.in_hand
        )
        await self._give_up_lost()
        await self._give_up_waiting(now)
        room = self._gate.room(self.crew.free, in_hand=_AT_ONCE - self.crew.free)
        if room and not self._is_draining() and not await self._send(room):
            return now
        if self._retry_at and self._retry_at <= now:
            self._retry_at = None
        return self._gate.reopens_at or self._retry_at or await self._at.store.next_held_back()

    async def _send(self, room: int) -> bool:
        """Send what may leave; False if there is more than the account's budget allows at this moment.

        A claimed job counts as perhaps sent, so the wait for the budget comes before the claim: a crash
        would take every job that had only waited for unconfirmed.
        """
        turns = {"per_member": self._per_member, "in_flight_limit": self._in_flight_limit}
        wanted = await self._at.store.count_sendable(at_most=room, **turns)
        if not wanted:
            return True
        try:
            async with asyncio.timeout(_BUDGET_WAIT):
                permits = await self._provider.permits(wanted)
        except TimeoutError:
            return False
        except ProviderHeldError:
            # Each job finds that out by itself then, and is put off with the reason for its card.
            permits = None
        allowed = permits.count if permits else wanted
        jobs = await self._at.store.claim_submissions(
            owner=self._at.owner, lease=self._at.lease, at_most=allowed, **turns
        )
        for job in jobs:
            self.crew.take_on(job, self._submit(job, era=permits.era if permits else None))
        if permits and len(jobs) < allowed:
            self._provider.give_back(replace(permits, count=allowed - len(jobs)))
        return allowed >= wanted

    def _answer_deadline(self, now: datetime) -> datetime:
        """Return until when an unconfirmed job waits: without callbacks nothing can ever name its task."""
        return now + CALLBACK_GRACE if self._addresses else now

    async def _give_up_lost(self) -> None:
        lost = await self._at.store.claim_unconfirmed(
            owner=self._at.owner, lease=self._at.lease, at_most=_AT_ONCE
        )
        for job in lost:
            # Its callback may come at this very moment after all.
            with suppress(StaleJobError):
                await self._fail(job, Failure(cause=FailureCause.UNCONFIRMED))

    async def _give_up_waiting(self, now: datetime) -> None:
        """Fail what has waited past the hard deadline for a pause to end.

        What waited for its turn, or for the bot to be started, does not count: a short pause must not end it.
        """
        since, moment = self._gate.paused_since, now - self._cadence.hard_deadline
        if since is None or since > moment:
            return
        for job in await self._at.store.waiting_since(moment):
            # Its member may call it off at this very moment.
            with suppress(StaleJobError):
                await self._fail(job, Failure(cause=self._gate.cause))

    async def _submit(self, job: Job, *, era: int | None) -> None:
        """Send a job. What became of it nobody else knows, so it is written down whatever it takes."""
        try:
            sent = await self._sender.send(job, era=era)
        except ReferenceGoneError as error:
            failure = Failure(cause=FailureCause.IMAGE, detail=error.detail)
            await insist(partial(self._fail, job, failure), news=f"A reference of job {job.id} is gone")
        except PostponedError as error:
            await insist(
                partial(self._wait_for_discord, job, error), news=f"Nothing was sent for job {job.id}"
            )
        except (ProviderUnreachableError, ProviderBusyError, OperatorError) as error:
            await insist(partial(self._back_to_queue, job, error), news=f"Nothing was sent for job {job.id}")
        except (TaskRefusedError, TaskMissingError) as error:
            cause = (
                FailureCause(error.cause) if isinstance(error, TaskRefusedError) else FailureCause.PROVIDER
            )
            failure = Failure(cause=cause, code=error.code, detail=error.detail)
            await insist(partial(self._fail, job, failure), news=f"The image service refused job {job.id}")
            await self._gate.succeeded(ProviderCall.SUBMIT, accepted=False)
        except ProviderError as error:
            await insist(
                partial(self._unconfirmed, job, error), news=f"Nobody knows whether job {job.id} was sent"
            )
            await self._gate.failed(error, ProviderCall.SUBMIT)
        else:
            look_at = self._cadence.first_look(self._at.clock.now(), await self._experience.outlook(job))
            running = await insist(
                partial(self._accepted, job, sent, look_at),
                news=f"The image service accepted job {job.id} as task {sent.task_id}",
            )
            if job.wait_reason or sent.references or job.is_guess:
                self._at.signals.refresh_card(running)
            self._at.signals.wake(JobState.RUNNING)
            # Last: whatever comes of it, the job must know its task first.
            await self._gate.succeeded(ProviderCall.SUBMIT)

    async def _accepted(self, job: Job, sent: Sent, look_at: datetime) -> Job:
        mark = partial(
            self._at.store.mark_running,
            task_id=sent.task_id,
            look_at=look_at,
            references_sent=sent.references,
        )
        try:
            return await mark(job)
        except StaleJobError:
            # While the database was out of reach, another process may have taken this one for dead.
            given_up = await self._at.store.job(job.id)
            if given_up.state is not JobState.UNCONFIRMED:
                raise
            return await mark(given_up)

    async def _unconfirmed(self, job: Job, error: ProviderError) -> None:
        deadline = self._answer_deadline(self._at.clock.now())
        await self._at.store.mark_unconfirmed(job, deadline=deadline, reason=str(error))

    async def _wait_for_discord(self, job: Job, error: PostponedError) -> None:
        """Nothing was sent: where the job's references are could not be asked."""
        due_at = self._at.clock.now() + _DISCORD_PAUSE
        self._retry_at = min(due_at, self._retry_at or due_at)
        queued = await self._at.store.requeue(
            job, due_at=due_at, wait_reason=job.wait_reason, reason=str(error)
        )
        self._tell_if_called_off(queued)

    async def _back_to_queue(self, job: Job, error: ProviderError) -> None:
        """Nothing was done at the provider: the job keeps its place and waits for the gate."""
        due_at = await self._gate.failed(error, ProviderCall.SUBMIT)
        self._retry_at = min(due_at, self._retry_at or due_at)
        queued = await self._at.store.requeue(
            job,
            due_at=due_at,
            wait_reason=self._gate.reason or WaitReason.SERVICE_BUSY,
            reason=str(error),
        )
        if job.wait_reason is not queued.wait_reason:
            self._at.signals.refresh_card(queued)
        self._tell_if_called_off(queued)

    def _tell_if_called_off(self, job: Job) -> None:
        if job.state is JobState.CANCELLED:
            self._at.signals.wake(JobState.CANCELLED)

    async def _fail(self, job: Job, failure: Failure) -> None:
        await self._at.store.fail(job, failure)
        self._at.signals.wake(JobState.FAILED)
