"""What exists in the world: people, servers, channels, messages, commands.

Plain records in the world's own words; only `World` changes them, and `sandbox.world.shapes` words them as
Discord does. All are pydantic models, so that a world can be saved and loaded. Ids are integers.
"""

from __future__ import annotations

from datetime import datetime
from enum import IntEnum, IntFlag
from typing import Any, Final, Literal

from pydantic import BaseModel, Field

#: JSON as the bot sent it and gets it back: embeds and components are Discord's, not the world's.
Json = dict[str, Any]


class ChannelKind(IntEnum):
    """Discord's channel types, as far as they are modelled."""

    TEXT = 0
    DM = 1
    VOICE = 2
    CATEGORY = 4
    ANNOUNCEMENT = 5
    ANNOUNCEMENT_THREAD = 10
    PUBLIC_THREAD = 11
    PRIVATE_THREAD = 12


THREAD_KINDS: Final = frozenset(
    {ChannelKind.ANNOUNCEMENT_THREAD, ChannelKind.PUBLIC_THREAD, ChannelKind.PRIVATE_THREAD}
)


class MessageKind(IntEnum):
    """Discord's message types, as far as they are modelled."""

    DEFAULT = 0
    THREAD_CREATED = 18
    REPLY = 19
    CHAT_INPUT_COMMAND = 20
    THREAD_STARTER_MESSAGE = 21
    CONTEXT_MENU_COMMAND = 23


#: Messages that somebody wrote; the others are notices of Discord's own.
SAID: Final = frozenset(
    {
        MessageKind.DEFAULT,
        MessageKind.REPLY,
        MessageKind.CHAT_INPUT_COMMAND,
        MessageKind.CONTEXT_MENU_COMMAND,
    }
)


class MessageFlag(IntFlag):
    """Discord's message flags, as far as they are modelled."""

    SUPPRESS_EMBEDS = 1 << 2
    HAS_THREAD = 1 << 5
    EPHEMERAL = 1 << 6
    LOADING = 1 << 7
    SUPPRESS_NOTIFICATIONS = 1 << 12
    IS_COMPONENTS_V2 = 1 << 15


class CommandKind(IntEnum):
    """What a command hangs on."""

    CHAT_INPUT = 1
    USER = 2
    MESSAGE = 3


class User(BaseModel):
    """A person, or the bot."""

    id: int
    username: str
    global_name: str | None = None
    bot: bool = False


class Role(BaseModel):
    """A role; the one whose id is the server's is @everyone."""

    id: int
    name: str
    permissions: int
    position: int = 0
    color: int = 0
    managed: bool = False
    bot_id: int | None = None


class Member(BaseModel):
    """Someone's place in a server."""

    user_id: int
    roles: list[int] = Field(default_factory=list)
    joined_at: datetime


class Overwrite(BaseModel):
    """A channel's exception for one role (type 0) or one member (type 1)."""

    id: int
    type: Literal[0, 1]
    allow: int = 0
    deny: int = 0


class Guild(BaseModel):
    """A server. `premium_tier` decides the upload limit."""

    id: int
    name: str
    owner_id: int
    roles: dict[int, Role] = Field(default_factory=dict)
    members: dict[int, Member] = Field(default_factory=dict)
    premium_tier: int = 0
    preferred_locale: str = "en-US"


class ThreadState(BaseModel):
    """What a channel has in addition when it is a thread. `members` says when each joined."""

    owner_id: int
    archived: bool = False
    locked: bool = False
    invitable: bool = True
    auto_archive_minutes: int = 1440
    archive_changed_at: datetime
    created_at: datetime
    members: dict[int, datetime] = Field(default_factory=dict)
    message_count: int = 0
    total_messages_sent: int = 0


class Channel(BaseModel):
    """A channel, thread or direct conversation.

    `thread` is set for threads only, `recipients` for direct conversations only.
    """

    id: int
    kind: ChannelKind
    guild_id: int | None = None
    name: str = ""
    position: int = 0
    topic: str | None = None
    nsfw: bool = False
    parent_id: int | None = None
    slowmode_seconds: int = 0
    overwrites: list[Overwrite] = Field(default_factory=list)
    recipients: list[int] = Field(default_factory=list)
    last_message_id: int | None = None
    thread: ThreadState | None = None

    @property
    def is_thread(self) -> bool:
        """Whether this is a thread."""
        return self.thread is not None

    def thread_state(self) -> ThreadState:
        """Return the thread's own part; a channel that is no thread has none."""
        if self.thread is None:
            raise ValueError(f"channel {self.id} is no thread")
        return self.thread


#: Discord's clients cover a file of such a name whatever else is said of it.
SPOILER_PREFIX: Final = "SPOILER_"


class Attachment(BaseModel):
    """A file that hangs on a message or an option. Its bytes are in the world's files under its id."""

    id: int
    filename: str
    size: int
    content_type: str | None = None
    width: int | None = None
    height: int | None = None
    description: str | None = None
    spoiler: bool = False
    channel_id: int | None = None
    ephemeral: bool = False

    @property
    def is_image(self) -> bool:
        """Whether it was measured as a picture."""
        return self.width is not None


class Origin(BaseModel):
    """The interaction that a message answers."""

    interaction_id: int
    kind: int
    user_id: int
    command_name: str | None = None
    target_message_id: int | None = None


class Reference(BaseModel):
    """The message, or for a notice of a new thread the thread, that a message points to."""

    channel_id: int
    message_id: int | None = None
    guild_id: int | None = None


class Message(BaseModel):
    """A message. `only_for` is the one person who sees it, if it is ephemeral."""

    id: int
    channel_id: int
    author_id: int
    kind: MessageKind = MessageKind.DEFAULT
    content: str = ""
    embeds: list[Json] = Field(default_factory=list)
    components: list[Json] = Field(default_factory=list)
    attachments: list[Attachment] = Field(default_factory=list)
    flags: int = 0
    nonce: str | int | None = None
    tts: bool = False
    edited_at: datetime | None = None
    mentions: list[int] = Field(default_factory=list)
    mention_roles: list[int] = Field(default_factory=list)
    mention_everyone: bool = False
    reference: Reference | None = None
    origin: Origin | None = None
    application_id: int | None = None
    only_for: int | None = None


class Command(BaseModel):
    """An application command; `spec` is its definition as the bot sent it."""

    id: int
    application_id: int
    guild_id: int | None = None
    version: int
    kind: CommandKind
    name: str
    spec: Json = Field(default_factory=dict)
