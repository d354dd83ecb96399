"""Whether this process can do its work at the moment, and what is missing if not.

Each sentence is for the operator, who reads it at `/readyz`. Asking changes nothing.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Final

from bot.errors import StoreError

if TYPE_CHECKING:
    from collections.abc import Callable

    from bot.engine.draining import Drainer
    from bot.engine.engine import Engine
    from bot.store import Store

#: A database that takes longer to answer stands still as well, in seconds.
_PATIENCE: Final = 2.0


class Readiness:
    """Asks every part; `is_connected` tells whether Discord is."""

    def __init__(
        self, *, store: Store, engine: Engine, drainer: Drainer, is_connected: Callable[[], bool]
    ) -> None:
        self._store = store
        self._engine = engine
        self._drainer = drainer
        self._is_connected = is_connected

    async def problems(self) -> list[str]:
        """Return a sentence for each thing that is missing, none when all is well."""
        problems = []
        try:
            async with asyncio.timeout(_PATIENCE):
                await self._store.ping()
        except (StoreError, TimeoutError):
            problems.append("The database does not answer.")
        if not self._store.takes_writes:
            problems.append("The database cannot be written; the log says why.")
        problems += [f"The {name} stands still." for name in self._engine.standing_still()]
        if not self._is_connected():
            problems.append("There is no connection to Discord.")
        if self._drainer.is_on:
            problems.append("It is being drained and takes no commands.")
        return problems
