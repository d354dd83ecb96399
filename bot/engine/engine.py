"""Puts the loops together, keeps their leases alive, and stops them without leaving anything half done.

Stopping means: claim nothing more, finish what is in hand for a while, then give back what is held.
"""

from __future__ import annotations

import asyncio
import logging
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from bot.engine.loop import LONGEST_WAIT, Loop
from bot.jobs import JobState

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from bot.engine.announcer import Announcer
    from bot.engine.cards import Cards
    from bot.engine.deliverer import Deliverer
    from bot.engine.poller import Poller
    from bot.engine.pruner import Pruner
    from bot.engine.submitter import Submitter
    from bot.engine.workplace import Workplace

log = logging.getLogger(__name__)

#: How long a stop waits for requests that are under way, in seconds.
GRACE: Final = 20.0
#: A loop that has taken no turn for this long stands still.
_STANDSTILL: Final = timedelta(seconds=60)


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
        cards: Cards,
    ) -> None:
        self._at = workplace
        self.poller = poller
        self._workers = (submitter, poller, deliverer, announcer)
        self._cards = cards
        heartbeat = Loop("heartbeat", self._renew, clock=workplace.clock, metrics=workplace.metrics)
        self._provider_loops = (submitter.loop, poller.loop, heartbeat, pruner.loop)
        self._discord_loops = (deliverer.loop, announcer.loop)
        self._stopping = asyncio.Event()
        self._tasks: list[asyncio.Task[None]] = []
        self._running: set[Loop] = set()
        workplace.signals.on_card(cards.redraw_soon)
        workplace.signals.on_state(JobState.QUEUED, submitter.loop.wake)
        workplace.signals.on_state(JobState.RUNNING, poller.loop.wake)
        workplace.signals.on_state(JobState.READY, deliverer.loop.wake)
        # A job that left the provider, or ended, leaves a turn to the next one of its member.
        workplace.signals.on_state(JobState.READY, submitter.loop.wake)
        for state in (JobState.FAILED, JobState.DELIVERED, JobState.UNDELIVERABLE):
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
            loop.last_turn = self._at.clock.now()
            self._running.add(loop)
            self._tasks.append(asyncio.create_task(loop.run(self._stopping), name=f"{loop.name} loop"))

    async def stop(self) -> None:
        """Stop claiming, finish what is in hand within `GRACE` seconds, and give back what is held."""
        self._stopping.set()
        for loop in self._running:
            loop.wake()
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=GRACE)
        await asyncio.gather(*(worker.crew.finish(within=GRACE) for worker in self._workers))
        await self._cards.finish()
        released = await self._at.store.release(self._at.owner)
        if released:
            log.info("Gave back %d jobs for the next start", released)

    def standing_still(self) -> list[str]:
        """Return the names of the loops that have taken no turn lately."""
        oldest = self._at.clock.now() - _STANDSTILL
        return sorted(loop.name for loop in self._running if loop.last_turn and loop.last_turn < oldest)

    async def _renew(self) -> datetime | None:
        """Prolong what is in hand, and nothing else: a job whose step broke off is to be taken up again."""
        held = {job_id for worker in self._workers for job_id in worker.crew.in_hand}
        await self._at.store.renew(self._at.owner, self._at.lease, held=held)
        return self._at.clock.now() + min(self._at.lease / 3, timedelta(seconds=LONGEST_WAIT))
