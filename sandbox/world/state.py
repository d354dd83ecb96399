"""The world's contents, how to find things in them, and who may see what.

Looking something up that does not exist raises Discord's own error for it. Changes are in the classes that
build on this one, one file per subject; together they are `sandbox.world.world.World`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sandbox.discord import errors, permissions
from sandbox.discord.permissions import Permission
from sandbox.world import seed
from sandbox.world.events import Event, Subscribers
from sandbox.world.models import Attachment, Channel, ChannelKind, Command, Guild, Member, Message, User
from sandbox.world.snowflakes import Snowflakes

if TYPE_CHECKING:
    from collections.abc import Callable

    from sandbox.clock import Clock
    from sandbox.world.files import Files
    from sandbox.world.interaction import Interaction
    from sandbox.world.links import Links

#: What everybody may do in a direct conversation.
_DM_PERMISSIONS = (
    Permission.VIEW_CHANNEL
    | Permission.SEND_MESSAGES
    | Permission.EMBED_LINKS
    | Permission.ATTACH_FILES
    | Permission.READ_MESSAGE_HISTORY
    | Permission.MENTION_EVERYONE
    | Permission.ADD_REACTIONS
    | Permission.USE_EXTERNAL_EMOJIS
)


class State:
    """Everything there is. Channels include threads and direct conversations."""

    def __init__(self, *, clock: Clock, files: Files, links: Links) -> None:
        self.clock = clock
        self.files = files
        self.links = links
        self.ids = Snowflakes(clock)
        self.bot_id = seed.BOT
        self.bot_online = False
        #: Whether the bot's last session asked for the content of other people's messages.
        self.bot_reads_content = False
        self.users: dict[int, User] = {}
        self.guilds: dict[int, Guild] = {}
        self.channels: dict[int, Channel] = {}
        self.messages: dict[int, dict[int, Message]] = {}
        self.attachments: dict[int, Attachment] = {}
        self.commands: dict[int, Command] = {}
        self.interactions: dict[int, Interaction] = {}
        self._subscribers = Subscribers()

    def subscribe(self, callback: Callable[[Event], None]) -> Callable[[], None]:
        """Call `callback` with every event until the returned function is called; see `Subscribers`."""
        return self._subscribers.subscribe(callback)

    def emit(
        self,
        kind: str,
        data: dict[str, Any],
        *,
        channel: Channel | None = None,
        guild_id: int | None = None,
        only_for: int | None = None,
        seen_by: frozenset[int] | None = None,
    ) -> None:
        """Tell all subscribers that this happened."""
        self._subscribers.tell(
            Event(
                type=kind,
                data=data,
                guild_id=channel.guild_id if channel else guild_id,
                channel_id=channel.id if channel else None,
                only_for=only_for,
                seen_by=seen_by,
            )
        )

    def user(self, user_id: int) -> User:
        """Return a user; 10013 if there is none."""
        try:
            return self.users[user_id]
        except KeyError:
            raise errors.unknown_user() from None

    def guild(self, guild_id: int) -> Guild:
        """Return a server; 10004 if there is none."""
        try:
            return self.guilds[guild_id]
        except KeyError:
            raise errors.unknown_guild() from None

    def member(self, guild_id: int, user_id: int) -> Member:
        """Return someone's membership; 10007 if there is none."""
        try:
            return self.guild(guild_id).members[user_id]
        except KeyError:
            raise errors.unknown_member() from None

    def channel(self, channel_id: int) -> Channel:
        """Return a channel, thread or direct conversation; 10003 if there is none."""
        try:
            return self.channels[channel_id]
        except KeyError:
            raise errors.unknown_channel() from None

    def thread(self, channel_id: int) -> Channel:
        """Return a thread; 10003 if there is none, 50024 if it is another kind of channel."""
        channel = self.channel(channel_id)
        if not channel.is_thread:
            raise errors.cannot_execute_on_channel_type()
        return channel

    def message(self, channel_id: int, message_id: int) -> Message:
        """Return a message; 10003 or 10008 if there is none."""
        self.channel(channel_id)
        try:
            return self.messages[channel_id][message_id]
        except KeyError:
            raise errors.unknown_message() from None

    def history(self, channel_id: int) -> list[Message]:
        """Return all messages of a channel, oldest first, private ones included."""
        self.channel(channel_id)
        return sorted(self.messages.get(channel_id, {}).values(), key=lambda message: message.id)

    def threads_of(self, guild_id: int) -> list[Channel]:
        """Return all threads of a server, archived ones included."""
        return [c for c in self.channels.values() if c.guild_id == guild_id and c.is_thread]

    def channels_of(self, guild_id: int) -> list[Channel]:
        """Return all channels of a server that are no threads, in their order."""
        found = [c for c in self.channels.values() if c.guild_id == guild_id and not c.is_thread]
        return sorted(found, key=lambda channel: (channel.position, channel.id))

    def parent_or_self(self, channel: Channel) -> Channel:
        """Return whose overwrites and age restriction count: a thread's parent, else the channel itself."""
        return self.channel(channel.parent_id) if channel.is_thread and channel.parent_id else channel

    def permissions(self, user_id: int, channel_id: int) -> Permission:
        """Return what this user can really do in this channel; nothing if they cannot see it."""
        channel = self.channel(channel_id)
        if channel.guild_id is None:
            return _DM_PERMISSIONS if user_id in channel.recipients else permissions.NOTHING
        guild = self.guild(channel.guild_id)
        member = guild.members.get(user_id)
        if member is None:
            return permissions.NOTHING
        place = self.parent_or_self(channel)
        computed = permissions.compute(
            user_id=user_id,
            owner_id=guild.owner_id,
            guild_id=guild.id,
            role_permissions={role.id: role.permissions for role in guild.roles.values()},
            member_roles=member.roles,
            overwrites=[
                permissions.Overwrite(target_id=o.id, type=o.type, allow=o.allow, deny=o.deny)
                for o in place.overwrites
            ],
        )
        in_voice = place.kind is ChannelKind.VOICE
        held = permissions.effective(computed, in_thread=channel.is_thread, in_voice=in_voice)
        if channel.kind is ChannelKind.PRIVATE_THREAD and Permission.MANAGE_THREADS not in held:
            return held if user_id in channel.thread_state().members else permissions.NOTHING
        return held

    def can_view(self, user_id: int, channel_id: int) -> bool:
        """Whether this user sees this channel; false too if there is no such channel."""
        return channel_id in self.channels and Permission.VIEW_CHANNEL in self.permissions(
            user_id, channel_id
        )

    def viewers(self, channel_id: int) -> frozenset[int]:
        """Return everybody who sees this channel now."""
        return frozenset(user for user in self.users if self.can_view(user, channel_id))

    def sees_message(self, user_id: int, message: Message) -> bool:
        """Whether this user sees this message."""
        if message.only_for is not None and message.only_for != user_id:
            return False
        return self.can_view(user_id, message.channel_id)

    def sees(self, user_id: int, event: Event) -> bool:
        """Whether this user may hear of this event."""
        if event.only_for is not None:
            return event.only_for == user_id
        if event.seen_by is not None:
            return user_id in event.seen_by
        if event.channel_id is not None:
            return self.can_view(user_id, event.channel_id)
        return event.guild_id is None or user_id in self.guild(event.guild_id).members
