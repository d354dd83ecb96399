"""Remembers which places refused the bot, so that a thousand waiting pictures do not ask a thousand times.

Discord shuts an address out for a while after 10,000 refused requests in 10 minutes (its documentation,
"Rate Limits", section "Invalid Request Limit"). This is the memory of one process and pure; what Discord's
cache says of a place, and what to do about a refusal, belong to `reach` and `posting`.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from datetime import datetime

    from bot.clock import Clock

#: How long a refusal counts where nothing tells that it is over.
REMEMBERED_FOR: Final = timedelta(minutes=10)

# Discord's documentation, "Opcodes and Status Codes", section "JSON Error Codes".
UNKNOWN_CHANNEL: Final = 10003
UNKNOWN_GUILD: Final = 10004
UNKNOWN_MESSAGE: Final = 10008
MISSING_ACCESS: Final = 50001
MISSING_PERMISSIONS: Final = 50013
NO_REPLY_WITHOUT_HISTORY: Final = 160002
THREAD_ARCHIVED: Final = 50083
THREAD_LOCKED: Final = 160005
NOT_IN_A_FORUM: Final = 40058
TOO_LARGE: Final = 40005
_NO_TEXT_CHANNEL: Final = 50008
_NO_DIRECT_MESSAGES: Final = 50007
_NOTHING_IN_COMMON: Final = 50278
_EXPLICIT: Final = 20009

_OF_THE_PLACE: Final = frozenset({UNKNOWN_CHANNEL, UNKNOWN_GUILD, MISSING_ACCESS})
_OF_WRITING: Final = frozenset(
    {
        THREAD_LOCKED,
        NOT_IN_A_FORUM,
        _NO_TEXT_CHANNEL,
        _NO_DIRECT_MESSAGES,
        _NOTHING_IN_COMMON,
    }
)
#: What was refused is the message, so the next one may well be taken.
_OF_THE_MESSAGE: Final = frozenset({UNKNOWN_MESSAGE, TOO_LARGE, _EXPLICIT})
_ABOUT_RIGHTS: Final = frozenset({403, 404})


class Need(StrEnum):
    """What the bot wants to do in a place; the value completes “may not …”."""

    PICTURE = "post a picture"
    NOTICE = "post a message"
    EDIT = "change its message"
    HISTORY = "read the history"


@dataclass(frozen=True, slots=True)
class _Refusal:
    code: int
    at: datetime


class Refusals:
    """Discord's codes by place and need; a server's places are forgotten together.

    A place is a channel, a thread or, for direct messages (`server` 0), a member.
    """

    def __init__(self, *, clock: Clock) -> None:
        self._clock = clock
        self._found: dict[int, dict[tuple[int, Need], _Refusal]] = {}
        self._cleared_at = clock.now()

    def code(self, server: int, place: int, need: Need) -> int | None:
        """Return the code with which the place refused this lately, or None."""
        found = self._found.get(server, {}).get((place, need))
        return found.code if found and self._counts(found) else None

    def remember(self, server: int, place: int, need: Need, *, code: int, status: int) -> bool:
        """Remember a refusal if it is one of the place; return whether it is news."""
        known = self.code(server, place, need)
        places = self._found.setdefault(server, {})
        for each in _refused_needs(need, code, status):
            places[place, each] = _Refusal(code, self._clock.now())
        self._clear()
        return known is None

    def forget_server(self, server: int) -> None:
        """Forget all refusals in a server: something about its channels, roles or the bot has changed."""
        self._found.pop(server, None)

    def forget_place(self, server: int, place: int) -> None:
        """Forget what one place refused."""
        for need in Need:
            self._found.get(server, {}).pop((place, need), None)

    def _counts(self, refusal: _Refusal) -> bool:
        # A clock that was set back must not make a refusal last longer.
        return timedelta(0) <= self._clock.now() - refusal.at < REMEMBERED_FOR

    def _clear(self) -> None:
        """Drop what no longer counts, once in a while."""
        now = self._clock.now()
        if timedelta(0) <= now - self._cleared_at < REMEMBERED_FOR:
            return
        self._cleared_at = now
        counting = {
            server: {key: refusal for key, refusal in places.items() if self._counts(refusal)}
            for server, places in self._found.items()
        }
        self._found = {server: places for server, places in counting.items() if places}


def _refused_needs(need: Need, code: int, status: int) -> tuple[Need, ...]:
    """Return all that a refusal rules out, nothing for one that was about the message."""
    if code in _OF_THE_MESSAGE:
        return ()
    if code in _OF_THE_PLACE:
        return tuple(Need)
    if code in _OF_WRITING:
        return (Need.PICTURE, Need.NOTICE)
    return (need,) if status in _ABOUT_RIGHTS else ()
