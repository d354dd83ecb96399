"""Turns the moves of jobs into the figures that an operator watches.

The store tells every committed move; what a figure is called and how it is labelled is for `bot.metrics`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from bot.jobs import JobState

if TYPE_CHECKING:
    from bot.metrics import Metrics
    from bot.store import Move


class Figures:
    """Counts moves; an instance is what `open_store` takes as `watch`."""

    def __init__(self, metrics: Metrics) -> None:
        self._metrics = metrics

    def __call__(self, move: Move) -> None:
        """Take in one move."""
        job = move.job
        self._metrics.stage_seconds(move.source.value, move.lasted.total_seconds())
        if move.source is JobState.SUBMITTING and job.state is JobState.QUEUED:
            self._metrics.submission_repeated()
        if (
            move.source is JobState.RUNNING
            and job.state is JobState.READY
            and job.due_at
            and job.completed_at
        ):
            self._metrics.seen_after((job.due_at - job.completed_at).total_seconds())
        if job.state.is_final:
            self._metrics.job_finished(job.state.value, job.failure.cause.value if job.failure else None)
        if job.state is JobState.DELIVERED and job.finished_at and job.completed_at:
            self._metrics.lateness((job.finished_at - job.completed_at).total_seconds())
