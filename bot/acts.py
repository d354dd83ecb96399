"""What people with rights did: each act is a line with actor, reason and time. Pure data.

An act is stored in the transaction that carries it out, and told in the server's log channel afterwards.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


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
