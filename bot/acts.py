"""What people with rights did: each act is a line with actor, reason and time. Pure data.

An act is stored in the transaction that carries it out, and told in the server's log channel afterwards.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Final

#: The longest reason that is kept; more is refused, never cut.
REASON_LENGTH: Final = 400


class ActKind(StrEnum):
    """What was done; the value is what the database holds."""

    SETTINGS = "settings"  # a decision of the server was changed
    REMOVE = "remove"  # somebody else's picture was removed
    BLOCK = "block"  # a member may not ask for pictures for a time
    UNBLOCK = "unblock"  # ... and may again
    CANCEL = "cancel"  # somebody else's job was called off
    QUOTA = "quota"  # what a member or a role may spend was changed


@dataclass(frozen=True, slots=True, kw_only=True)
class Act:
    """One act of a moderator or an admin.

    `member_id` is whom it concerns and `job_id` which picture, if it concerns one; `detail` says what exactly
    in a few words, such as `spoiler: on`, and `reason` why, in the actor's own words.
    """

    guild_id: int
    actor_id: int
    kind: ActKind
    member_id: int | None = None
    job_id: str | None = None
    detail: str = ""
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordedAct(Act):
    """An act as the database holds it; `id` counts up and is the number under which people speak of it."""

    id: int
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ActPage:
    """Some of a server's acts, the newest first, and whether there are others on either side."""

    acts: tuple[RecordedAct, ...] = ()
    has_older: bool = False
    has_newer: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class DueActs:
    """Acts of one server that are to be told in `channel_id` together, the oldest first.

    `retold` says that an earlier try may have told them.
    """

    acts: tuple[RecordedAct, ...]
    channel_id: int
    retold: bool

    @property
    def guild_id(self) -> int:
        """Whose acts they are."""
        return self.acts[0].guild_id


@dataclass(frozen=True, slots=True, kw_only=True)
class LogTrouble:
    """Why a server's log channel takes nothing: Discord's `code`, since `at`; tried again from `until` on.

    An admin is to be told of it where the channel is chosen.
    """

    guild_id: int
    channel_id: int
    code: int
    at: datetime
    until: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """A member may not ask for pictures in a server until then; `until` of None means for good."""

    guild_id: int
    member_id: int
    until: datetime | None
    reason: str
    actor_id: int
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class BlockDetail:
    """What the act of a block says beside whom it concerns: its end, and how many jobs it called off."""

    until: datetime | None
    cancelled: int = 0

    def text(self) -> str:
        """Return it as the `detail` of an act."""
        until = "never" if self.until is None else str(int(self.until.timestamp()))
        return f"until={until} cancelled={self.cancelled}"

    @classmethod
    def read(cls, text: str) -> BlockDetail | None:
        """Return what `text()` made; None for any other text."""
        found = re.fullmatch(r"until=(never|\d+) cancelled=(\d+)", text)
        if found is None:
            return None
        until = None if found[1] == "never" else datetime.fromtimestamp(int(found[1]), UTC)
        return cls(until=until, cancelled=int(found[2]))
