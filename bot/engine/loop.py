"""A loop that cannot die quietly, and the crew that works on what it claimed.

A turn that fails is logged once, tried again with growing pauses, and its recovery is logged; only a stop
ends the loop. One job's failure never touches another's. What a step means belongs to the loop's owner.
"""

from __future__ import annotations

import asyncio
import logging
from functools import partial
from typing import TYPE_CHECKING, Final

from bot.errors import StaleJobError, StoreError, StoreUnwritableError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Coroutine
    from datetime import datetime

    from bot.clock import Clock
    from bot.jobs import Job
    from bot.metrics import Metrics

log = logging.getLogger(__name__)

#: A turn is taken at least this often, in seconds, whatever was due: other processes may have added work.
LONGEST_WAIT: Final = 5.0
#: How long a cancelled step may take to end, in seconds.
_CANCEL_SECONDS: Final = 1.0
_FIRST_PAUSE: Final = 1.0
_LONGEST_PAUSE: Final = 30.0


class Loop:
    """Calls `turn` when it is due, when it is woken, and at least every `LONGEST_WAIT` seconds.

    `turn` returns when it wants to be called next, or None if nothing is due.
    """

    def __init__(
        self,
        name: str,
        turn: Callable[[], Awaitable[datetime | None]],
        *,
        clock: Clock,
        metrics: Metrics,
    ) -> None:
        self.name = name
        self.last_turn: datetime | None = None
        self._turn = turn
        self._clock = clock
        self._metrics = metrics
        self._woken = asyncio.Event()
        self._failures = 0
        self._counted_from = clock.monotonic()

    @property
    def idle_seconds(self) -> float:
        """For how long it has finished no turn."""
        return self._clock.monotonic() - self._counted_from

    def wake(self) -> None:
        """Let the next turn begin at once."""
        self._woken.set()

    async def run(self, stopping: asyncio.Event) -> None:
        """Take turns until `stopping` is set; call `wake` after setting it."""
        self._counted_from = self._clock.monotonic()
        while not stopping.is_set():
            self._woken.clear()
            pause = await self._one_turn()
            try:
                await asyncio.wait_for(self._woken.wait(), timeout=pause)
            except TimeoutError:
                continue

    async def _one_turn(self) -> float:
        """Take a turn and return the seconds to wait for the next."""
        try:
            due = await self._turn()
        except Exception as error:  # noqa: BLE001 - a loop survives whatever a turn raises
            return self._failed(error)
        if self._failures:
            log.info("The %s works again after %d failed turns", self.name, self._failures)
            self._failures = 0
        self.last_turn = self._clock.now()
        self._counted_from = self._clock.monotonic()
        self._metrics.loop_turn(self.name, self.last_turn)
        if due is None:
            return LONGEST_WAIT
        return min(max((due - self.last_turn).total_seconds(), 0.0), LONGEST_WAIT)

    def _failed(self, error: Exception) -> float:
        self._failures += 1
        self._metrics.loop_error(self.name)
        if self._failures == 1:
            self._tell(error)
        return min(_FIRST_PAUSE * 2.0 ** min(self._failures - 1, 10), _LONGEST_PAUSE)

    def _tell(self, error: Exception) -> None:
        if isinstance(error, StoreUnwritableError):
            # The store itself has told it, once for everybody who meets it.
            log.debug("A turn of the %s failed: %s", self.name, error)
        elif isinstance(error, StoreError):
            log.error("A turn of the %s failed; it goes on trying: %s", self.name, error)
        else:
            log.error("A turn of the %s failed; it goes on trying", self.name, exc_info=error)


class Crew:
    """At most `size` jobs in hand at once, each in a task of its own."""

    def __init__(self, name: str, size: int, *, on_free: Callable[[], None], metrics: Metrics) -> None:
        self._name = name
        self._size = size
        self._on_free = on_free
        self._metrics = metrics
        self._tasks: dict[str, asyncio.Task[None]] = {}

    @property
    def free(self) -> int:
        """How many more jobs can be taken on."""
        return self._size - len(self._tasks)

    @property
    def in_hand(self) -> set[str]:
        """The ids of the jobs that are worked on; what a step broke off with is not among them."""
        return set(self._tasks)

    def take_on(self, job: Job, step: Coroutine[object, object, None]) -> None:
        """Work on one job beside the others; one that is in hand already is not begun again.

        That happens where its lease ran out because the database could not be written for a while.
        """
        if job.id in self._tasks:
            step.close()
            return
        task = asyncio.create_task(self._guarded(job, step), name=f"{self._name} {job.id}")
        self._tasks[job.id] = task
        task.add_done_callback(partial(self._finished, job.id))

    async def finish(self, *, within: float) -> None:
        """Wait at most `within` seconds for what is in hand, then stop it; leases do the rest."""
        if not self._tasks:
            return
        _, pending = await asyncio.wait(self._tasks.values(), timeout=max(within, 0.0))
        for task in pending:
            task.cancel()
        if pending:
            await asyncio.wait(pending, timeout=_CANCEL_SECONDS)
            log.warning("The %s left %d jobs to be taken up again later", self._name, len(pending))

    def _finished(self, job_id: str, _: asyncio.Task[None]) -> None:
        del self._tasks[job_id]
        self._on_free()

    async def _guarded(self, job: Job, step: Coroutine[object, object, None]) -> None:
        """Run the step; whatever it leaves undone is taken up again when the job's lease has run out."""
        try:
            await step
        except StaleJobError:
            log.info("Job %s was moved by somebody else while the %s had it", job.id, self._name)
        except StoreError as error:
            self._metrics.loop_error(self._name)
            # Of a database that takes nothing the store itself tells, once for everybody who meets it.
            level = logging.INFO if isinstance(error, StoreUnwritableError) else logging.ERROR
            log.log(level, "The %s could not write down job %s: %s", self._name, job.id, error)
        except Exception:
            self._metrics.loop_error(self._name)
            log.exception("The %s failed on job %s", self._name, job.id)
