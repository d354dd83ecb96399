"""Who is told when a job has moved on, so that nobody waits for the next turn of a loop.

Signals are hints and may be lost: everything they tell is also in the store, where due rows are found
without them. Handlers are registered once, while the engine is put together.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from bot.jobs import Job, JobState


class Signals:
    """Wakes loops by state, and has cards redrawn."""

    def __init__(self) -> None:
        self._wakers: dict[JobState, list[Callable[[], None]]] = {}
        self._redraw: Callable[[Job], None] | None = None

    def on_state(self, state: JobState, wake: Callable[[], None]) -> None:
        """Call `wake` whenever a job came into `state`."""
        self._wakers.setdefault(state, []).append(wake)

    def on_card(self, redraw: Callable[[Job], None]) -> None:
        """Call `redraw` with a job whose card says something that is no longer so."""
        self._redraw = redraw

    def wake(self, state: JobState) -> None:
        """A job came into `state`."""
        for wake in self._wakers.get(state, ()):
            wake()

    def refresh_card(self, job: Job) -> None:
        """The job's card should be redrawn."""
        if self._redraw:
            self._redraw(job)
