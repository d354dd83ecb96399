"""Who may do what in a channel: Discord's permission bits and the order in which it applies them.

`compute` is the algorithm of Discord's documentation ("Permissions", section "Permission Overwrites"), and
`effective` its implicit permissions. Nothing here knows channels or members; callers bring the numbers.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntFlag
from typing import TYPE_CHECKING, Final, Literal

from sandbox.discord import errors

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


class Permission(IntFlag):
    """Discord's permission bits, in its own names."""

    CREATE_INSTANT_INVITE = 1 << 0
    KICK_MEMBERS = 1 << 1
    BAN_MEMBERS = 1 << 2
    ADMINISTRATOR = 1 << 3
    MANAGE_CHANNELS = 1 << 4
    MANAGE_GUILD = 1 << 5
    ADD_REACTIONS = 1 << 6
    VIEW_AUDIT_LOG = 1 << 7
    PRIORITY_SPEAKER = 1 << 8
    STREAM = 1 << 9
    VIEW_CHANNEL = 1 << 10
    SEND_MESSAGES = 1 << 11
    SEND_TTS_MESSAGES = 1 << 12
    MANAGE_MESSAGES = 1 << 13
    EMBED_LINKS = 1 << 14
    ATTACH_FILES = 1 << 15
    READ_MESSAGE_HISTORY = 1 << 16
    MENTION_EVERYONE = 1 << 17
    USE_EXTERNAL_EMOJIS = 1 << 18
    VIEW_GUILD_INSIGHTS = 1 << 19
    CONNECT = 1 << 20
    SPEAK = 1 << 21
    MUTE_MEMBERS = 1 << 22
    DEAFEN_MEMBERS = 1 << 23
    MOVE_MEMBERS = 1 << 24
    USE_VAD = 1 << 25
    CHANGE_NICKNAME = 1 << 26
    MANAGE_NICKNAMES = 1 << 27
    MANAGE_ROLES = 1 << 28
    MANAGE_WEBHOOKS = 1 << 29
    MANAGE_GUILD_EXPRESSIONS = 1 << 30
    USE_APPLICATION_COMMANDS = 1 << 31
    REQUEST_TO_SPEAK = 1 << 32
    MANAGE_EVENTS = 1 << 33
    MANAGE_THREADS = 1 << 34
    CREATE_PUBLIC_THREADS = 1 << 35
    CREATE_PRIVATE_THREADS = 1 << 36
    USE_EXTERNAL_STICKERS = 1 << 37
    SEND_MESSAGES_IN_THREADS = 1 << 38
    USE_EMBEDDED_ACTIVITIES = 1 << 39
    MODERATE_MEMBERS = 1 << 40
    VIEW_CREATOR_MONETIZATION_ANALYTICS = 1 << 41
    USE_SOUNDBOARD = 1 << 42
    CREATE_GUILD_EXPRESSIONS = 1 << 43
    CREATE_EVENTS = 1 << 44
    USE_EXTERNAL_SOUNDS = 1 << 45
    SEND_VOICE_MESSAGES = 1 << 46
    SEND_POLLS = 1 << 49
    USE_EXTERNAL_APPS = 1 << 50
    PIN_MESSAGES = 1 << 51
    BYPASS_SLOWMODE = 1 << 52


NOTHING: Final = Permission(0)
EVERYTHING: Final = Permission(sum(Permission))

#: What cannot be done by whoever may not write: these go away together with the permission to write.
WRITING: Final = (
    Permission.ATTACH_FILES
    | Permission.EMBED_LINKS
    | Permission.MENTION_EVERYONE
    | Permission.SEND_TTS_MESSAGES
    | Permission.SEND_VOICE_MESSAGES
    | Permission.SEND_POLLS
)

ROLE: Final = 0
MEMBER: Final = 1


@dataclass(frozen=True, slots=True)
class Overwrite:
    """A channel's exception for one role (`type` 0) or one member (`type` 1)."""

    target_id: int
    type: Literal[0, 1]
    allow: int
    deny: int


def compute(
    *,
    user_id: int,
    owner_id: int,
    guild_id: int,
    role_permissions: Mapping[int, int],
    member_roles: Sequence[int],
    overwrites: Sequence[Overwrite],
) -> Permission:
    """Return a member's permissions in a channel before the implicit ones; see `effective`.

    `role_permissions` has every role of the server, that of everyone under the server's own id. For the
    permissions in the server at large, leave `overwrites` empty. A thread takes its parent's overwrites.
    """
    if user_id == owner_id:
        return EVERYTHING
    held = role_permissions.get(guild_id, 0)
    for role in member_roles:
        held |= role_permissions.get(role, 0)
    if held & Permission.ADMINISTRATOR:
        return EVERYTHING
    roles = frozenset(member_roles) - {guild_id}
    everyone = [o for o in overwrites if o.type == ROLE and o.target_id == guild_id]
    by_role = [o for o in overwrites if o.type == ROLE and o.target_id in roles]
    by_member = [o for o in overwrites if o.type == MEMBER and o.target_id == user_id]
    for step in (everyone, by_role, by_member):
        held = _apply(held, step)
    return Permission(held) & EVERYTHING


def effective(permissions: int, *, in_thread: bool = False, in_voice: bool = False) -> Permission:
    """Return what is left of computed permissions where they are used.

    Without VIEW_CHANNEL nothing is left, and in a voice channel CONNECT is needed as well. Whoever may not
    write may not attach, embed or mention everyone either; what decides over writing is SEND_MESSAGES in a
    channel and SEND_MESSAGES_IN_THREADS in a thread, where SEND_MESSAGES has no effect.
    """
    held = Permission(permissions) & EVERYTHING
    if Permission.VIEW_CHANNEL not in held:
        return NOTHING
    if in_voice and Permission.CONNECT not in held:
        return NOTHING
    writes = Permission.SEND_MESSAGES_IN_THREADS if in_thread else Permission.SEND_MESSAGES
    if writes not in held:
        held &= ~WRITING
    return held


def require(permissions: int, *needed: Permission) -> None:
    """Raise unless all of `needed` are held: 50001 if the channel cannot be seen, else 50013."""
    held = Permission(permissions)
    if Permission.VIEW_CHANNEL not in held:
        raise errors.missing_access()
    if any(one not in held for one in needed):
        raise errors.missing_permissions()


def _apply(held: int, overwrites: Sequence[Overwrite]) -> int:
    """Apply overwrites of one rank together: all their denials first, then all that they allow."""
    allow = deny = 0
    for overwrite in overwrites:
        allow |= overwrite.allow
        deny |= overwrite.deny
    return (held & ~deny) | allow
