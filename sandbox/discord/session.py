"""One gateway session: what it may hear, what it has heard, and the line that it hears it through.

A session outlives its connection for a while and remembers the latest dispatches, so that a client can
resume. Which intents an event needs is Discord's documentation's ("Gateway", section "List of Intents").
"""

from __future__ import annotations

import json
from collections import deque
from datetime import timedelta
from enum import IntEnum, IntFlag
from typing import TYPE_CHECKING, Any, Final

from sandbox.discord.answers import readable

if TYPE_CHECKING:
    import asyncio
    from datetime import datetime

    from sandbox.world.events import Event
    from sandbox.world.state import State

#: How long a session without a connection can be resumed, and how many dispatches it remembers.
RESUMABLE_FOR: Final = timedelta(minutes=5)
_REMEMBERED: Final = 10_000


class Op(IntEnum):
    """Discord's gateway opcodes."""

    DISPATCH = 0
    HEARTBEAT = 1
    IDENTIFY = 2
    PRESENCE_UPDATE = 3
    VOICE_STATE_UPDATE = 4
    RESUME = 6
    RECONNECT = 7
    REQUEST_GUILD_MEMBERS = 8
    INVALID_SESSION = 9
    HELLO = 10
    HEARTBEAT_ACK = 11


class Intent(IntFlag):
    """Discord's gateway intents, as far as they are modelled."""

    GUILDS = 1 << 0
    GUILD_MEMBERS = 1 << 1
    GUILD_MESSAGES = 1 << 9
    GUILD_MESSAGE_TYPING = 1 << 11
    DIRECT_MESSAGES = 1 << 12
    DIRECT_MESSAGE_TYPING = 1 << 14
    MESSAGE_CONTENT = 1 << 15


#: The intents for events in servers and in direct conversations. What is not here the bot never hears.
_NEEDED: Final[dict[str, tuple[int, int]]] = {
    "INTERACTION_CREATE": (0, 0),
    "MESSAGE_CREATE": (Intent.GUILD_MESSAGES, Intent.DIRECT_MESSAGES),
    "MESSAGE_UPDATE": (Intent.GUILD_MESSAGES, Intent.DIRECT_MESSAGES),
    "MESSAGE_DELETE": (Intent.GUILD_MESSAGES, Intent.DIRECT_MESSAGES),
    "TYPING_START": (Intent.GUILD_MESSAGE_TYPING, Intent.DIRECT_MESSAGE_TYPING),
    "GUILD_MEMBER_ADD": (Intent.GUILD_MEMBERS, 0),
    "GUILD_MEMBER_REMOVE": (Intent.GUILD_MEMBERS, 0),
    **dict.fromkeys(
        (
            "GUILD_CREATE",
            "GUILD_DELETE",
            "GUILD_ROLE_UPDATE",
            "CHANNEL_CREATE",
            "CHANNEL_UPDATE",
            "CHANNEL_DELETE",
            "THREAD_CREATE",
            "THREAD_UPDATE",
            "THREAD_DELETE",
            "THREAD_MEMBERS_UPDATE",
        ),
        (Intent.GUILDS, Intent.GUILDS),
    ),
}


class Session:
    """What one client identified for. `line` takes frames while it is connected."""

    def __init__(self, session_id: str, *, state: State, intents: int, shard: tuple[int, int]) -> None:
        self.id = session_id
        self.intents = intents
        self.shard = shard
        self.line: asyncio.Queue[str] | None = None
        self.lost_at: datetime | None = None
        self._state = state
        self._sequence = 0
        self._sent: deque[tuple[int, str]] = deque(maxlen=_REMEMBERED)

    @property
    def reads_content(self) -> bool:
        """Whether it asked for the content of other people's messages."""
        return bool(self.intents & Intent.MESSAGE_CONTENT)

    def hear(self, event: Event) -> None:
        """Pass an event on if the bot may hear it and asked for it."""
        if not self._wants(event):
            return
        data = event.data
        if event.type in {"MESSAGE_CREATE", "MESSAGE_UPDATE"}:
            data = readable(self._state, data, reads_content=self.reads_content)
        self.dispatch(event.type, data)

    def dispatch(self, kind: str, data: Any) -> None:
        """Send an event and remember it."""
        self._sequence += 1
        text = frame(Op.DISPATCH, data, sequence=self._sequence, kind=kind)
        self._sent.append((self._sequence, text))
        if self.line is not None:
            self.line.put_nowait(text)

    def replay(self, after: int) -> bool:
        """Send everything after this sequence number again; say whether all of it is still known."""
        if self.line is None or after > self._sequence:
            return False
        if self._sent and after < self._sent[0][0] - 1:
            return False
        for sequence, text in self._sent:
            if sequence > after:
                self.line.put_nowait(text)
        return True

    def has(self, guild_id: int | None) -> bool:
        """Whether this server's events go to this session's shard; direct ones go to the first."""
        index, count = self.shard
        return ((guild_id or 0) >> 22) % count == index

    def _wants(self, event: Event) -> bool:
        needed = _NEEDED.get(event.type)
        if needed is None or not self.has(event.guild_id):
            return False
        in_guild, direct = needed
        intent = direct if event.guild_id is None else in_guild
        if intent and not self.intents & intent:
            return False
        return self._may_hear(event)

    def _may_hear(self, event: Event) -> bool:
        bot = self._state.bot_id
        if event.type == "THREAD_MEMBERS_UPDATE" and not self.intents & Intent.GUILD_MEMBERS:
            affected = {one["user_id"] for one in event.data.get("added_members", ())}
            if str(bot) not in affected | set(event.data.get("removed_member_ids", ())):
                return False
        if event.type.startswith("CHANNEL_") and event.guild_id is not None:
            # A bot is told of every channel of its servers, also of those that it cannot see into.
            return bot in self._state.guild(event.guild_id).members
        return self._state.sees(bot, event)


def frame(op: Op, data: Any, *, sequence: int | None = None, kind: str | None = None) -> str:
    """Return a gateway payload."""
    return json.dumps({"op": op.value, "d": data, "s": sequence, "t": kind}, separators=(",", ":"))
