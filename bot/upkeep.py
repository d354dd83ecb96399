"""The commands `easel jobs`: what waits and what is under way, and letting the bot run dry for an upgrade.

They look in beside the running bot, through its database, which also reaches from one container into
another. Listing changes nothing; a drain can be taken back as long as the bot runs.
"""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from bot.clock import SystemClock
from bot.engine.draining import UNDER_WAY
from bot.engine.gate import how_to_mend
from bot.jobids import job_id_moment
from bot.jobs import JobState
from bot.store import is_in_use, open_beside

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Mapping

    from bot.clock import Clock
    from bot.settings import Settings
    from bot.store import Store

#: Between two looks at how far the bot is, in seconds.
_EVERY: Final = 0.5
#: A running bot sees what is asked within a few seconds.
_REACTION: Final = timedelta(seconds=15)
#: A bot that is dry closes its connections within this.
_STOP: Final = timedelta(seconds=30)
_UNITS: Final = ((86400, "d"), (3600, "h"), (60, "min"), (1, "s"))


async def overview(settings: Settings) -> list[str]:
    """Return what there is to do, in lines for a person. Raises `StoreError` if there is no database."""
    clock = SystemClock()
    async with open_beside(settings.database_url, clock=clock) as store:
        counts = await store.count_by_state()
        oldest = await store.oldest_by_state()
        pause = await store.service_pause()
        drain = await store.drain()
    lines = [f"{'state':<12} {'jobs':>6}  oldest"]
    for state, count in counts.items():
        age = _age(clock, oldest[state]) if state in oldest else ""
        lines.append(f"{state.value:<12} {count:>6}  {age}".rstrip())
    lines.append("")
    if pause is not None:
        lines.append(f"Sending is paused since {pause.since:%F %T} UTC: {how_to_mend(pause.reason)}.")
    if not await asyncio.to_thread(is_in_use, settings.database_url):
        lines.append("No bot is running on this database.")
    elif drain is not None:
        lines.append("The bot is being drained: it takes no commands and stops when nothing is under way.")
    else:
        lines.append("The bot is running.")
    return lines


async def drain(settings: Settings, say: Callable[[str], None], *, within: float) -> bool:
    """Let the running bot finish what is under way and stop; return whether it did `within` so many seconds.

    If it did not, or if this is broken off, what was asked is taken back and the bot goes on as before.
    Raises `StoreError` if there is no database.
    """
    clock = SystemClock()
    async with open_beside(settings.database_url, clock=clock) as store:
        if not await asyncio.to_thread(is_in_use, settings.database_url):
            say("No bot is running on this database, so nothing is under way.")
            return True
        watcher = _Watcher(store, settings.database_url, clock=clock, say=say)
        async with _taken_back_unless_done(store, watcher):
            await store.ask_for_drain()
            await watcher.watch(timedelta(seconds=within))
        return watcher.is_done


@asynccontextmanager
async def _taken_back_unless_done(store: Store, watcher: _Watcher) -> AsyncIterator[None]:
    try:
        yield
    finally:
        if not watcher.is_done:
            await asyncio.shield(store.end_drain())
            watcher.say("The bot goes on as before.")


class _Watcher:
    """Follows one drain to its end."""

    def __init__(self, store: Store, url: str, *, clock: Clock, say: Callable[[str], None]) -> None:
        self._store = store
        self._url = url
        self._clock = clock
        self._told = ""
        self._say = say
        self.is_done = False

    def say(self, line: str) -> None:
        """Say something once, not with every look."""
        if line != self._told:
            self._say(line)
            self._told = line

    async def watch(self, within: timedelta) -> None:
        """Return when the bot has stopped, or with a sentence that says why it will not."""
        began = self._clock.monotonic()
        done_at: float | None = None
        while True:
            passed = timedelta(seconds=self._clock.monotonic() - began)
            asked = await self._store.drain()
            gone = not await asyncio.to_thread(is_in_use, self._url)
            if asked is None or gone:
                # A bot that was started again begins with a clean slate, so the row may be gone.
                self._ended(dry=done_at is not None or bool(asked and asked.done_at), gone=gone)
                return
            if asked.done_at is not None:
                done_at = done_at or self._clock.monotonic()
                self.is_done = True
                self.say("Nothing is under way any more; the bot is stopping.")
                if self._clock.monotonic() - done_at > _STOP.total_seconds():
                    self.say("It has not stopped yet; look at its log.")
                    return
            elif asked.seen_at is None and passed > _REACTION:
                self.say(f"The bot has not reacted for {_REACTION.seconds} s; look at its log.")
                return
            elif passed > within:
                self.say(f"It is not dry after {within.total_seconds():.0f} s.")
                return
            elif asked.seen_at is not None:
                self.say(_progress(await self._store.count_by_state()))
            await asyncio.sleep(_EVERY)

    def _ended(self, *, dry: bool, gone: bool) -> None:
        self.is_done = dry or gone
        if dry:
            self.say("The bot has stopped. What is still queued goes on after the next start.")
        elif gone:
            self.say("The bot has stopped by itself; what was under way goes on after the next start.")
        else:
            self.say("The drain was called off, or the bot was started again meanwhile.")


def _progress(counts: Mapping[JobState, int]) -> str:
    under_way = ", ".join(f"{counts[state]} {state.value}" for state in UNDER_WAY if counts[state])
    queued = counts[JobState.QUEUED]
    waiting = f"; {queued} queued for after the next start" if queued else ""
    return f"Under way: {under_way or 'the last words to members'}{waiting}."


def _age(clock: Clock, job_id: str) -> str:
    seconds = max((clock.now() - job_id_moment(job_id)).total_seconds(), 0.0)
    size, unit = next(((size, unit) for size, unit in _UNITS if seconds >= size), _UNITS[-1])
    return f"{seconds / size:.0f} {unit}"
