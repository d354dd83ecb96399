"""Tells a second press from a new wish: people press again when a moment passes without an answer.

What was asked for counts as the same wish while it is being taken in and for some seconds afterwards. This
is memory of one process and no promise: what may be spent at most is held by the quota.
"""

from __future__ import annotations

from contextlib import contextmanager
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from bot.errors import PressedTwiceError

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterator
    from datetime import datetime

    from bot.clock import Clock

_SAME_WISH: Final = timedelta(seconds=3)


class Presses:
    """The wishes of the last seconds."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._under_way: set[Hashable] = set()
        self._done: dict[Hashable, datetime] = {}

    @contextmanager
    def once(self, wish: Hashable) -> Iterator[None]:
        """Do what is in the block once for each wish; raises `PressedTwiceError` instead of a second time.

        What the block refuses was not done, so the next press finds out why as well.
        """
        now = self._clock.now()
        # A clock that was set back must not make the wait longer.
        self._done = {each: at for each, at in self._done.items() if abs(now - at) < _SAME_WISH}
        if wish in self._under_way or wish in self._done:
            raise PressedTwiceError
        self._under_way.add(wish)
        try:
            yield
            self._done[wish] = self._clock.now()
        finally:
            self._under_way.discard(wish)
