"""Looks at running tasks when they are due, and writes down what it saw.

A look that fails says nothing about the task: it is repeated until the hard deadline. Only the provider's
own word, or that deadline, ends a running job.
"""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from bot.engine.loop import Crew, Loop
from bot.errors import (
    OperatorError,
    ProviderError,
    ProviderFaultError,
    ResultMissingError,
    StaleJobError,
    TaskMissingError,
)
from bot.jobs import Failure, FailureCause, JobState
from bot.provider.client import TaskState
from bot.store.pause import ProviderCall

if TYPE_CHECKING:
    from datetime import datetime

    from bot.engine.cadence import Cadence
    from bot.engine.gate import Gate
    from bot.engine.workplace import Workplace
    from bot.experience import Experience
    from bot.jobs import Job
    from bot.provider.client import ApixoClient, TaskStatus

_AT_ONCE: Final = 64
#: A task may be unknown for a moment after it was accepted.
_MISSING_GRACE: Final = timedelta(minutes=1)
#: A finished task whose answer holds no usable result is looked at this often before it fails.
_ODD_LOOKS: Final = 3
_AFTER_REFUSAL: Final = timedelta(seconds=15)


class Poller:
    """Moves jobs from `running` to `ready` or `failed`; those that were called off to `cancelled`."""

    def __init__(
        self,
        workplace: Workplace,
        *,
        provider: ApixoClient,
        gate: Gate,
        cadence: Cadence,
        experience: Experience,
    ) -> None:
        self._at = workplace
        self._provider = provider
        self._gate = gate
        self._cadence = cadence
        self._experience = experience
        self._looks: Counter[str] = Counter()
        self._odd_looks: Counter[str] = Counter()
        self.loop = Loop("poller", self._turn, clock=workplace.clock, metrics=workplace.metrics)
        self.crew = Crew("poller", _AT_ONCE, on_free=self.loop.wake, metrics=workplace.metrics)

    async def _turn(self) -> datetime | None:
        free = self.crew.free
        room = self._gate.room(free, in_hand=_AT_ONCE - free, call=ProviderCall.LOOK)
        if not room:
            # Whoever is in hand wakes the loop at its end; what is due meanwhile must not make it spin.
            return None
        jobs = await self._at.store.claim_looks(owner=self._at.owner, lease=self._at.lease, at_most=room)
        for job in jobs:
            self.crew.take_on(job, self._look(job))
        return await self._at.store.next_due({JobState.RUNNING})

    async def settle(self, job: Job, status: TaskStatus) -> bool:
        """Write down what the provider says of a job's task; False while it is unfinished."""
        if status.state is TaskState.SUCCESS:
            now = self._at.clock.now()
            completed_at = min(status.completed_at or now, now)
            ready = await self._at.store.mark_ready(
                job,
                result_urls=status.result_urls,
                cost_ms=status.cost_ms,
                completed_at=completed_at,
            )
            self._at.signals.wake(ready.state)
        elif status.state is TaskState.FAILED:
            await self._fail(job, status.failure or Failure(cause=FailureCause.UNKNOWN))
        else:
            return False
        self._forget(job)
        return True

    async def _look(self, job: Job) -> None:
        try:
            await self._ask(job)
        except StaleJobError:
            # Somebody else saw its end, a callback above all, and cleared away before this was counted.
            self._looks.pop(job.id, None)
            self._odd_looks.pop(job.id, None)
            raise

    async def _ask(self, job: Job) -> None:
        if held := self._gate.looks_held:
            await self._again(job, after=held)
            return
        self._looks[job.id] += 1
        try:
            status = await self._provider.status(job.task_id or "")
        except TaskMissingError as error:
            await self._missing(job, error)
        except OperatorError as error:
            await self._gate.failed(error, ProviderCall.LOOK)
            await self._again(job, after=max(self._gate.looks_held, _AFTER_REFUSAL))
        except ProviderFaultError as error:
            if _is_outage(error):
                await self._gate.failed(error, ProviderCall.LOOK)
            await self._odd(job, error)
        except ProviderError as error:
            await self._gate.failed(error, ProviderCall.LOOK)
            await self._again(job, after=timedelta(seconds=error.retry_after or 0))
        else:
            if not await self.settle(job, status):
                await self._again(job)
            await self._gate.succeeded(ProviderCall.LOOK)

    async def _again(self, job: Job, *, after: timedelta = timedelta()) -> None:
        """Look again later, tell a member whose picture is late, or give up at the hard deadline."""
        now = self._at.clock.now()
        since = job.submitted_at or job.created_at
        if self._cadence.is_over(since, now):
            await self._fail(job, Failure(cause=FailureCause.LATE))
            return
        outlook = await self._experience.outlook(job)
        look_at = max(self._cadence.next_look(since, now, outlook), now + after)
        if self._cadence.is_late(since, now) and job.late_told_at is None:
            job = await self._at.store.mark_late_told(job)
            self._at.signals.refresh_card(job)
        await self._at.store.look_again(job, due_at=look_at)

    async def _missing(self, job: Job, error: TaskMissingError) -> None:
        if self._at.clock.now() - (job.submitted_at or job.created_at) < _MISSING_GRACE:
            await self._again(job)
        else:
            await self._fail(job, Failure(cause=FailureCause.PROVIDER, code=error.code, detail=error.detail))

    async def _odd(self, job: Job, error: ProviderFaultError) -> None:
        """A finished task without a result is no outage: it will not get better for ever."""
        if isinstance(error, ResultMissingError):
            self._odd_looks[job.id] += 1
        if self._odd_looks[job.id] >= _ODD_LOOKS:
            await self._fail(job, Failure(cause=FailureCause.PROVIDER, code=error.code, detail=error.detail))
        else:
            await self._again(job)

    async def _fail(self, job: Job, failure: Failure) -> None:
        await self._at.store.fail(job, failure)
        self._forget(job)
        self._at.signals.wake(JobState.FAILED)

    def _forget(self, job: Job) -> None:
        self._at.metrics.looked(self._looks.pop(job.id, 0))
        self._odd_looks.pop(job.id, None)


def _is_outage(error: ProviderFaultError) -> bool:
    """Whether the service as a whole failed, rather than said something odd of one task."""
    return (error.status or 0) >= 500 or (error.code.isdecimal() and int(error.code) >= 500)
