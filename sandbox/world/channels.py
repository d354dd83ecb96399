"""Channels and threads: opening, changing, archiving and deleting them, and who is in a thread.

Nobody's permission is asked here, see `sandbox.discord.access`.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

from sandbox.discord import errors
from sandbox.world import shapes
from sandbox.world.drafts import Left
from sandbox.world.messages import Messages
from sandbox.world.models import (
    THREAD_KINDS,
    Channel,
    ChannelKind,
    Message,
    MessageKind,
    Overwrite,
    Reference,
    ThreadState,
)
from sandbox.world.snowflakes import moment_of

if TYPE_CHECKING:
    from collections.abc import Sequence

#: Where threads can be opened from a message, and what they are then.
_THREAD_OF: Final = {
    ChannelKind.TEXT: ChannelKind.PUBLIC_THREAD,
    ChannelKind.ANNOUNCEMENT: ChannelKind.ANNOUNCEMENT_THREAD,
}


#: How often threads are looked at for their age; they are put away after an hour at the earliest.
_LOOK_EVERY: Final = timedelta(seconds=10)


@dataclass(frozen=True, slots=True, kw_only=True)
class ChannelChange:
    """Changes to a channel or thread; what was left out stays as it is."""

    name: str | Left = Left.OUT
    topic: str | Left | None = Left.OUT
    nsfw: bool | Left = Left.OUT
    position: int | Left = Left.OUT
    slowmode_seconds: int | Left = Left.OUT
    overwrites: Sequence[Overwrite] | Left = Left.OUT
    archived: bool | Left = Left.OUT
    locked: bool | Left = Left.OUT
    parent_id: int | Left | None = Left.OUT
    invitable: bool | Left = Left.OUT
    auto_archive_minutes: int | Left = Left.OUT


_OF_CHANNELS: Final = ("name", "topic", "nsfw", "position", "slowmode_seconds", "parent_id")
_OF_THREADS: Final = ("locked", "invitable", "auto_archive_minutes")


class Channels(Messages):
    """What can happen to channels and threads."""

    def __init__(self, **parts: Any) -> None:
        super().__init__(**parts)
        self._next_look = self.clock.now()

    def create_channel(
        self,
        guild_id: int,
        name: str,
        kind: ChannelKind = ChannelKind.TEXT,
        *,
        parent_id: int | None = None,
        nsfw: bool = False,
        topic: str | None = None,
        overwrites: Sequence[Overwrite] = (),
    ) -> Channel:
        """Make a channel at the end of a server's list; `parent_id` is a category of it, or 50035."""
        if parent_id is not None:
            self._check_category(guild_id, parent_id, kind)
        channel = Channel(
            id=self.ids.next(),
            kind=kind,
            guild_id=self.guild(guild_id).id,
            name=name,
            position=len(self.channels_of(guild_id)),
            parent_id=parent_id,
            nsfw=nsfw,
            topic=topic,
            overwrites=list(overwrites),
        )
        self.channels[channel.id] = channel
        self.emit("CHANNEL_CREATE", shapes.channel(self, channel), channel=channel)
        return channel

    def change_channel(self, channel_id: int, change: ChannelChange) -> Channel:
        """Change a channel or a thread; 50083 for an archived thread that is not opened by it."""
        channel = self.channel(channel_id)
        if channel.thread is not None and channel.thread.archived and _needs_it_open(change):
            raise errors.thread_archived()
        if isinstance(change.parent_id, int):
            self._check_category(channel.guild_id, change.parent_id, channel.kind)
        before = self.viewers(channel_id)
        for field in _OF_CHANNELS:
            value = getattr(change, field)
            if value is not Left.OUT:
                setattr(channel, field, value)
        if change.overwrites is not Left.OUT:
            channel.overwrites = list(change.overwrites)
        if channel.thread is not None:
            self._change_thread(channel.thread, change)
        kind = "THREAD_UPDATE" if channel.is_thread else "CHANNEL_UPDATE"
        seen_by = before | self.viewers(channel_id)
        self.emit(kind, shapes.channel(self, channel), channel=channel, seen_by=seen_by)
        return channel

    def _check_category(self, guild_id: int | None, parent_id: int, kind: ChannelKind) -> None:
        parent = self.channels.get(parent_id)
        is_category = parent is not None and parent.kind is ChannelKind.CATEGORY
        nests = kind in THREAD_KINDS or kind is ChannelKind.CATEGORY
        if parent is None or not is_category or parent.guild_id != guild_id or nests:
            problem = {"code": "CHANNEL_PARENT_INVALID_TYPE", "message": "Not a category channel"}
            raise errors.invalid_form_body({"parent_id": {"_errors": [problem]}})

    def set_overwrite(self, channel_id: int, overwrite: Overwrite) -> Channel:
        """Set a channel's exception for one role or member."""
        others = [o for o in self.channel(channel_id).overwrites if o.id != overwrite.id]
        return self.change_channel(channel_id, ChannelChange(overwrites=[*others, overwrite]))

    def remove_overwrite(self, channel_id: int, target_id: int) -> Channel:
        """Take a channel's exception for one role or member away."""
        others = [o for o in self.channel(channel_id).overwrites if o.id != target_id]
        return self.change_channel(channel_id, ChannelChange(overwrites=others))

    def delete_channel(self, channel_id: int) -> Channel:
        """Delete a channel with its threads, or a thread, and all messages in it.

        The channels of a deleted category stay, in none.
        """
        channel = self.channel(channel_id)
        if channel.kind is ChannelKind.CATEGORY:
            for inner in [c for c in self.channels.values() if c.parent_id == channel_id]:
                self.change_channel(inner.id, ChannelChange(parent_id=None))
        for thread in [c for c in self.channels.values() if c.is_thread and c.parent_id == channel_id]:
            self.delete_channel(thread.id)
        kind = "THREAD_DELETE" if channel.is_thread else "CHANNEL_DELETE"
        data = _gone(self, channel) if channel.is_thread else shapes.channel(self, channel)
        seen_by = self.viewers(channel_id)
        for message in self.messages.pop(channel_id, {}).values():
            self._replace_files(message, ())
        del self.channels[channel_id]
        self.emit(kind, data, channel=channel, seen_by=seen_by)
        return channel

    def open_thread(
        self,
        channel_id: int,
        owner_id: int,
        name: str,
        *,
        message_id: int | None = None,
        kind: ChannelKind | None = None,
        auto_archive_minutes: int = 1440,
        slowmode_seconds: int = 0,
        invitable: bool = True,
    ) -> Channel:
        """Open a thread, on a message or by itself; `kind` only says whether it is private.

        Raises 50024 where there are no threads and 160004 if the message has one.
        """
        parent = self.channel(channel_id)
        if parent.kind not in _THREAD_OF:
            raise errors.cannot_execute_on_channel_type()
        if message_id is not None:
            self.message(channel_id, message_id)
            if message_id in self.channels:
                raise errors.thread_already_created()
        private = kind is ChannelKind.PRIVATE_THREAD
        if private and parent.kind is not ChannelKind.TEXT:
            raise errors.cannot_execute_on_channel_type()
        now = self.clock.now()
        thread = Channel(
            id=message_id or self.ids.next(),
            kind=ChannelKind.PRIVATE_THREAD if private else _THREAD_OF[parent.kind],
            guild_id=parent.guild_id,
            name=name,
            parent_id=parent.id,
            slowmode_seconds=slowmode_seconds,
            thread=ThreadState(
                owner_id=owner_id,
                auto_archive_minutes=auto_archive_minutes,
                invitable=invitable,
                archive_changed_at=now,
                created_at=now,
                members={owner_id: now},
            ),
        )
        self.channels[thread.id] = thread
        data = {**shapes.channel(self, thread, viewer=self.bot_id), "newly_created": True}
        self.emit("THREAD_CREATE", data, channel=thread)
        self._announce(thread, message_id)
        return thread

    def join_thread(self, thread_id: int, user_id: int) -> None:
        """Put someone into a thread; 50083 if it is archived."""
        thread = self.thread(thread_id)
        state = thread.thread_state()
        if state.archived:
            raise errors.thread_archived()
        if user_id in state.members:
            return
        state.members[user_id] = self.clock.now()
        added = [shapes.thread_member(thread, user_id)]
        self._tell_members(thread, added=added)
        if thread.kind is ChannelKind.PRIVATE_THREAD:
            shape = shapes.channel(self, thread, viewer=user_id)
            self.emit("THREAD_CREATE", shape, channel=thread, only_for=user_id)

    def leave_thread(self, thread_id: int, user_id: int) -> None:
        """Take someone out of a thread; 50083 if it is archived."""
        thread = self.thread(thread_id)
        state = thread.thread_state()
        if state.archived:
            raise errors.thread_archived()
        seen_by = self.viewers(thread_id)
        if state.members.pop(user_id, None) is not None:
            self._tell_members(thread, removed=[user_id], seen_by=seen_by)
            if not self.can_view(user_id, thread_id):
                self.emit("THREAD_DELETE", _gone(self, thread), channel=thread, only_for=user_id)

    def archive_idle_threads(self) -> None:
        """Archive every thread that has been quiet for as long as it was set to; looks every ten seconds."""
        now = self.clock.now()
        if now < self._next_look:
            return
        self._next_look = now + _LOOK_EVERY
        for thread in [c for c in self.channels.values() if c.thread is not None and not c.thread.archived]:
            state = thread.thread_state()
            spoken = moment_of(thread.last_message_id) if thread.last_message_id else state.created_at
            quiet = now - max(spoken, state.archive_changed_at)
            if quiet >= timedelta(minutes=state.auto_archive_minutes):
                self.change_channel(thread.id, ChannelChange(archived=True))

    def open_dm(self, user_id: int) -> Channel:
        """Return the bot's conversation with someone, which is made if there is none."""
        pair = {self.user(user_id).id, self.bot_id}
        for channel in self.channels.values():
            if set(channel.recipients) == pair:
                return channel
        channel = Channel(id=self.ids.next(), kind=ChannelKind.DM, recipients=sorted(pair))
        self.channels[channel.id] = channel
        return channel

    def start_typing(self, channel_id: int, user_id: int) -> None:
        """Show everyone that somebody writes."""
        channel = self.channel(channel_id)
        data: shapes.Shape = {
            "channel_id": str(channel_id),
            "user_id": str(user_id),
            "timestamp": int(self.clock.now().timestamp()),
        }
        if channel.guild_id is not None:
            data["guild_id"] = str(channel.guild_id)
        self.emit("TYPING_START", data, channel=channel)

    def _change_thread(self, state: ThreadState, change: ChannelChange) -> None:
        for field in _OF_THREADS:
            value = getattr(change, field)
            if value is not Left.OUT:
                setattr(state, field, value)
        if change.archived is not Left.OUT and change.archived != state.archived:
            state.archived = change.archived
            state.archive_changed_at = self.clock.now()

    def _announce(self, thread: Channel, message_id: int | None) -> None:
        """Post Discord's own notice: the starter into the thread, or word of it into the channel."""
        parent_id, guild_id = thread.parent_id or 0, thread.guild_id
        if message_id is not None:
            reference = Reference(message_id=message_id, channel_id=parent_id, guild_id=guild_id)
            kind, place, content = MessageKind.THREAD_STARTER_MESSAGE, thread.id, ""
            author = self.message(parent_id, message_id).author_id
        elif thread.kind is ChannelKind.PRIVATE_THREAD:
            return
        else:
            reference = Reference(channel_id=thread.id, guild_id=guild_id)
            kind, place, content = MessageKind.THREAD_CREATED, parent_id, thread.name
            author = thread.thread_state().owner_id
        self.add_message(
            Message(
                id=self.ids.next(),
                channel_id=place,
                author_id=author,
                kind=kind,
                content=content,
                reference=reference,
            )
        )
        if message_id is not None:
            self.tell_update(self.message(parent_id, message_id))

    def _tell_members(
        self,
        thread: Channel,
        *,
        added: Sequence[shapes.Shape] = (),
        removed: Sequence[int] = (),
        seen_by: frozenset[int] | None = None,
    ) -> None:
        data: shapes.Shape = {
            "id": str(thread.id),
            "guild_id": str(thread.guild_id),
            "member_count": len(thread.thread_state().members),
        }
        if added:
            data["added_members"] = list(added)
        if removed:
            data["removed_member_ids"] = [str(one) for one in removed]
        self.emit("THREAD_MEMBERS_UPDATE", data, channel=thread, seen_by=seen_by)


def _needs_it_open(change: ChannelChange) -> bool:
    """Whether an archived thread has to be opened first: it can only be locked and unlocked as it is."""
    if change.archived is False:
        return False
    return any(
        getattr(change, one.name) is not Left.OUT
        for one in fields(change)
        if one.name not in {"archived", "locked"}
    )


def _gone(world: Channels, thread: Channel) -> shapes.Shape:
    """Return what is said of a thread that somebody no longer has."""
    shape = shapes.channel(world, thread)
    return {key: shape[key] for key in ("id", "guild_id", "parent_id", "type")}
