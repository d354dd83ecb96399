"""What happened in the world, as subscribers hear of it.

Types are Discord's dispatch names, and three of the sandbox's own: `INTERACTION_UPDATE`, `COMMANDS_UPDATE`
and `BOT_STATUS`. `World.sees` says who may hear of an event.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """One change.

    `data` is what Discord would dispatch. Whoever can view `channel_id` hears of it, or everybody in
    `guild_id` if there is no channel; `only_for` narrows it to one user. `seen_by` is set where that can no
    longer be asked, because the channel is gone or hidden now.
    """

    type: str
    data: dict[str, Any] = field(default_factory=dict)
    guild_id: int | None = None
    channel_id: int | None = None
    only_for: int | None = None
    seen_by: frozenset[int] | None = None


class Subscribers:
    """Everyone who is told of each event, in the order in which they came."""

    def __init__(self) -> None:
        self._callbacks: list[Callable[[Event], None]] = []

    def subscribe(self, callback: Callable[[Event], None]) -> Callable[[], None]:
        """Call `callback` with every event from now on, until the returned function is called.

        It is called in the middle of the change, so it may neither change the world nor wait.
        """
        self._callbacks.append(callback)

        def unsubscribe() -> None:
            if callback in self._callbacks:
                self._callbacks.remove(callback)

        return unsubscribe

    def tell(self, event: Event) -> None:
        """Tell everyone, also if one of them cannot take it."""
        for callback in tuple(self._callbacks):
            try:
                callback(event)
            except Exception:  # noqa: BLE001 - one bad listener must not spoil the change
                _log.exception("a subscriber failed on %s", event.type)
