"""What all workers of one process share: the store, the clock, the signals, and the name they claim under.

A lease under this name says that this process is alive; another process claims the row once it ran out.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import timedelta

    from bot.clock import Clock
    from bot.engine.signals import Signals
    from bot.metrics import Metrics
    from bot.store import Store


@dataclass(frozen=True, slots=True, kw_only=True)
class Workplace:
    """Passed to each worker; `owner` is unlike any other process's, `lease` how long a claim holds."""

    store: Store
    signals: Signals
    clock: Clock
    metrics: Metrics
    owner: str
    lease: timedelta
