"""Puts the loops together, keeps their leases alive, and stops them without leaving anything half done.

Stopping means: claim nothing more, finish what is in hand for a while, then give back what is held. All
of it together takes no longer than the stop was given.
"""

from __future__ import annotations

import asyncio
import logging
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from bot.engine.loop import LONGEST_WAIT, Loop
from bot.engine.timekeeping import Timekeeper
from bot.errors import StoreError
from bot.jobs import JobState

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime

    from bot.engine.announcer import Announcer
    from bot.engine.cards import Cards
    from bot.engine.deliverer import Deliverer
    from bot.engine.draining import Drainer
    from bot.engine.logbook import Logbook
    from bot.engine.poller import Poller
    from bot.engine.pruner import Pruner
    from bot.engine.submitter import Submitter
    from bot.engine.workplace import Workplace

log = logging.getLogger(__name__)

#: The part of a stop's time that is kept for giving back what is held, in seconds.
_GIVE_BACK: Final = 3.0
#: A loop that has taken no turn for this long, in seconds, stands still.
_STANDSTILL: Final = 60.0
#: How soon a drain notices that nothing is under way any more.
_WHILE_DRAINING: Final = timedelta(seconds=1)


class Engine:
    """All loops of one process, under one owner's name."""

    def __init__(
        self,
        workplace: Workplace,
        *,
        submitter: Submitter,
        poller: Poller,
        deliverer: Deliverer,
        announcer: Announcer,
        pruner: Pruner,
        logbook: Logbook,
        cards: Cards,
        drainer: Drainer,
        store_loops: Sequence[Loop] = (),
        discord_loops: Sequence[Loop] = (),
    ) -> None:
        """`store_loops` need nothing but the store, `discord_loops` a client that knows its servers."""
        self._at = workplace
        self._drainer = drainer
        self.poller = poller
        self._workers = (submitter, poller, deliverer, announcer)
        self._cards = cards
        heartbeat = Loop("heartbeat", self._beat, clock=workplace.clock, metrics=workplace.metrics)
        # First of all: what the others find due depends on the clock.
        timekeeper = Timekeeper(workplace, in_hand=self._in_hand)
        self._provider_loops = (
            timekeeper.loop,
            submitter.loop,
            poller.loop,
            heartbeat,
            pruner.loop,
            *store_loops,
        )
        self._discord_loops = (deliverer.loop, announcer.loop, logbook.loop, *discord_loops)
        self._stopping = asyncio.Event()
        self._tasks: list[asyncio.Task[None]] = []
        self._running: set[Loop] = set()
        workplace.signals.on_card(cards.redraw_soon)
        workplace.signals.on_state(JobState.QUEUED, submitter.loop.wake)
        workplace.signals.on_state(JobState.RUNNING, poller.loop.wake)
        workplace.signals.on_state(JobState.READY, deliverer.loop.wake)
        # A job that left the provider, or ended, leaves a turn to the next one of its member.
        workplace.signals.on_state(JobState.READY, submitter.loop.wake)
        for state in (JobState.FAILED, JobState.CANCELLED, JobState.DELIVERED, JobState.UNDELIVERABLE):
            workplace.signals.on_state(state, announcer.loop.wake)
            workplace.signals.on_state(state, submitter.loop.wake)

    def start(self) -> None:
        """Start the loops that do not talk to Discord: they need nothing but the store."""
        self._start(self._provider_loops)

    def start_posting(self) -> None:
        """Start the loops that post; they need a client that knows its servers."""
        self._start(self._discord_loops)

    def _start(self, loops: Iterable[Loop]) -> None:
        for loop in loops:
            self._running.add(loop)
            self._tasks.append(asyncio.create_task(loop.run(self._stopping), name=f"{loop.name} loop"))

    async def stop(self, *, within: float) -> None:
        """Stop claiming, finish what is in hand, and give back what is held, all `within` so many seconds.

        A request whose end is not waited for stays leased: whoever takes the job over when the lease has
        run out finds out first what became of it.
        """
        clock = asyncio.get_running_loop().time
        end = clock() + within - _GIVE_BACK
        self._stopping.set()
        for loop in self._running:
            loop.wake()
        if self._tasks:
            _, pending = await asyncio.wait(self._tasks, timeout=max(end - clock(), 0.0))
            for task in pending:
                task.cancel()
        await asyncio.gather(*(worker.crew.finish(within=end - clock()) for worker in self._workers))
        await self._cards.finish(within=end - clock())
        try:
            async with asyncio.timeout(_GIVE_BACK):
                released = await self._at.store.release(self._at.owner)
        except (StoreError, TimeoutError) as error:
            log.warning("What is held could not be given back, so it waits for its lease to end: %s", error)
        else:
            if released:
                log.info("Gave back %d jobs for the next start", released)

    def standing_still(self) -> list[str]:
        """Return the names of the loops that have taken no turn lately."""
        return sorted(loop.name for loop in self._running if loop.idle_seconds > _STANDSTILL)

    def _in_hand(self) -> set[str]:
        return {job_id for worker in self._workers for job_id in worker.crew.in_hand}

    async def _beat(self) -> datetime | None:
        """Prolong what is in hand, and nothing else: a job whose step broke off is to be taken up again."""
        await self._at.store.try_writing()
        await self._at.store.renew(self._at.owner, self._at.lease, held=self._in_hand())
        await self._drainer.look()
        now = self._at.clock.now()
        self._at.metrics.jobs(
            {state.value: n for state, n in (await self._at.store.count_by_state()).items()}
        )
        if self._drainer.is_on:
            return now + _WHILE_DRAINING
        return now + min(self._at.lease / 3, timedelta(seconds=LONGEST_WAIT))
