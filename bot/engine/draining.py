"""Lets the process run dry when a command asks for it, before an upgrade.

While it drains, commands are refused with a sentence and nothing more is sent to the provider; what is
under way goes to its end, and then the process is told to stop. What is still queued goes on after the
next start. Where the wish is written, and who writes it, is the store's and the command's business.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Final

from bot.jobs import FINAL_STATES, JobState

if TYPE_CHECKING:
    from collections.abc import Callable

    from bot.clock import Clock
    from bot.store import Store

log = logging.getLogger(__name__)

#: What a drain waits for: all that is begun. Queued and held jobs wait as well after the next start.
UNDER_WAY: Final = (
    JobState.SUBMITTING,
    JobState.UNCONFIRMED,
    JobState.RUNNING,
    JobState.READY,
    JobState.DELIVERING,
)


class Drainer:
    """Whether this process drains, and when it is done; `stop` is called once it is."""

    def __init__(self, *, store: Store, clock: Clock, stop: Callable[[], None]) -> None:
        self._store = store
        self._clock = clock
        self._stop = stop
        self._is_on = False

    @property
    def is_on(self) -> bool:
        """Whether nothing new is to be begun."""
        return self._is_on

    async def look(self) -> None:
        """Take in what is asked of the process; called with every turn of the heartbeat."""
        asked = await self._store.drain()
        if asked is None:
            if self._is_on:
                log.info("The drain was called off; going on as before")
            self._is_on = False
            return
        if not self._is_on:
            self._is_on = True
            log.info("Draining: no more commands are taken, what is under way is finished")
        if asked.seen_at is None:
            await self._store.note_drain()
        if not await self._is_dry():
            return
        await self._store.note_drain(done=True)
        log.info("Drained: nothing is under way any more")
        self._stop()

    async def _is_dry(self) -> bool:
        counts = await self._store.count_by_state()
        if any(counts[state] for state in UNDER_WAY):
            return False
        untold = await self._store.next_due(FINAL_STATES)
        return untold is None or untold > self._clock.now()
