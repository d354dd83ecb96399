"""The world as it is at first: one server, four people, the bot.

Ids are fixed, so that they outlive a restart. `docs/sandbox.md` describes it.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from sandbox.discord.permissions import Permission
from sandbox.world.models import Channel, ChannelKind, Guild, Member, Overwrite, Role, User

if TYPE_CHECKING:
    from sandbox.world.state import State

BOT: Final = 100
MIA: Final = 101
BEN: Final = 102
NOOR: Final = 103
ADA: Final = 104

STUDIO: Final = 200
EVERYONE: Final = STUDIO
EASEL_ROLE: Final = 201
MODERATOR_ROLE: Final = 202

WELCOME: Final = 301
ART: Final = 302
LOUNGE: Final = 303
NO_THREADS: Final = 304
LOOK_ONLY: Final = 305
ANNOUNCEMENTS: Final = 306
VOICE: Final = 307
STAFF: Final = 308

_SINCE: Final = datetime(2026, 1, 1, tzinfo=UTC)

#: What people may do in a new server of Discord's, as far as it is modelled.
_EVERYONE_MAY: Final = (
    Permission.VIEW_CHANNEL
    | Permission.SEND_MESSAGES
    | Permission.SEND_MESSAGES_IN_THREADS
    | Permission.CREATE_PUBLIC_THREADS
    | Permission.CREATE_PRIVATE_THREADS
    | Permission.EMBED_LINKS
    | Permission.ATTACH_FILES
    | Permission.ADD_REACTIONS
    | Permission.READ_MESSAGE_HISTORY
    | Permission.USE_APPLICATION_COMMANDS
    | Permission.USE_EXTERNAL_APPS
    | Permission.CONNECT
    | Permission.SPEAK
)

#: What the bot's invitation asks for.
_EASEL_MAY: Final = (
    Permission.VIEW_CHANNEL
    | Permission.SEND_MESSAGES
    | Permission.SEND_MESSAGES_IN_THREADS
    | Permission.CREATE_PUBLIC_THREADS
    | Permission.EMBED_LINKS
    | Permission.ATTACH_FILES
    | Permission.READ_MESSAGE_HISTORY
)


def plant(state: State) -> None:
    """Put everything that is there at first into an empty world."""
    for user in _people():
        state.users[user.id] = user
    state.guilds[STUDIO] = _studio()
    for position, channel in enumerate(_channels()):
        channel.position = position
        state.channels[channel.id] = channel


def _people() -> list[User]:
    return [
        User(id=BOT, username="easel", global_name="Easel", bot=True),
        User(id=MIA, username="mia", global_name="Mia"),
        User(id=BEN, username="ben", global_name="Ben"),
        User(id=NOOR, username="noor", global_name="Noor"),
        User(id=ADA, username="ada", global_name="Ada"),
    ]


def _studio() -> Guild:
    roles = [
        Role(id=EVERYONE, name="@everyone", permissions=int(_EVERYONE_MAY)),
        Role(
            id=EASEL_ROLE,
            name="Easel",
            permissions=int(_EASEL_MAY),
            position=1,
            color=0xE67E22,
            managed=True,
            bot_id=BOT,
        ),
        Role(
            id=MODERATOR_ROLE,
            name="Moderator",
            permissions=int(Permission.MANAGE_MESSAGES),
            position=2,
            color=0x3498DB,
        ),
    ]
    held = {BOT: [EASEL_ROLE], MIA: [], BEN: [], NOOR: [MODERATOR_ROLE], ADA: []}
    return Guild(
        id=STUDIO,
        name="The Studio",
        owner_id=ADA,
        roles={role.id: role for role in roles},
        members={
            user: Member(user_id=user, roles=their_roles, joined_at=_SINCE)
            for user, their_roles in held.items()
        },
    )


def _channels() -> list[Channel]:
    threads = Permission.CREATE_PUBLIC_THREADS | Permission.CREATE_PRIVATE_THREADS
    writing = Permission.SEND_MESSAGES | Permission.SEND_MESSAGES_IN_THREADS | Permission.ATTACH_FILES
    view = int(Permission.VIEW_CHANNEL)
    return [
        _channel(WELCOME, "welcome"),
        _channel(ART, "art", topic="Pictures, please."),
        _channel(LOUNGE, "lounge"),
        _channel(NO_THREADS, "no-threads", *_bot_denied(threads)),
        _channel(LOOK_ONLY, "look-only", *_bot_denied(writing)),
        _channel(ANNOUNCEMENTS, "announcements", kind=ChannelKind.ANNOUNCEMENT),
        _channel(VOICE, "Voice", kind=ChannelKind.VOICE),
        _channel(
            STAFF,
            "staff",
            Overwrite(id=EVERYONE, type=0, deny=view),
            Overwrite(id=MODERATOR_ROLE, type=0, allow=view),
            Overwrite(id=EASEL_ROLE, type=0, allow=view),
        ),
    ]


def _bot_denied(permissions: Permission) -> list[Overwrite]:
    """Return what keeps the bot, and nobody else, from doing this."""
    return [Overwrite(id=EASEL_ROLE, type=0, deny=int(permissions))]


def _channel(
    channel_id: int,
    name: str,
    *overwrites: Overwrite,
    kind: ChannelKind = ChannelKind.TEXT,
    topic: str | None = None,
) -> Channel:
    return Channel(
        id=channel_id,
        kind=kind,
        guild_id=STUDIO,
        name=name,
        topic=topic,
        overwrites=list(overwrites),
    )
