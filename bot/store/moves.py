"""What is told of a job that changed its state, to whoever watches the database: figures, above all.

A move is told after its transaction was committed, so nothing is counted that did not happen.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import timedelta

    from bot.jobs import Job, JobState


@dataclass(frozen=True, slots=True, kw_only=True)
class Move:
    """One change of state; `job` is as it is afterwards, `lasted` how long it was in `source`."""

    job: Job
    source: JobState
    lasted: timedelta


Watch = Callable[[Move], None]
