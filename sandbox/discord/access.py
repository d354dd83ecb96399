"""Who may do what, asked before the world is changed: for the bot's requests and for people's alike.

Each function raises the error with which Discord refuses, and returns what was asked about. Figures of bits
and overwrites are in `permissions`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sandbox.discord import errors, permissions
from sandbox.discord.permissions import Permission
from sandbox.world.messages import require_open
from sandbox.world.models import SAID, ChannelKind

if TYPE_CHECKING:
    from sandbox.discord.permissions import Permission as Bits
    from sandbox.world.models import Channel, Message
    from sandbox.world.state import State


def view(state: State, user_id: int, channel_id: int, *needed: Bits) -> Channel:
    """Return a channel that this user sees and has all of `needed` in; 10003, 50001 or 50013."""
    channel = state.channel(channel_id)
    permissions.require(state.permissions(user_id, channel_id), *needed)
    return channel


def post(
    state: State,
    user_id: int,
    channel_id: int,
    *,
    files: bool = False,
    embeds: bool = False,
    reply: bool = False,
) -> Channel:
    """Return a channel in which this user may post such a message.

    Raises 50001, 50008, 50013, 160002 (a reply without history), 160005 (locked) or 50007 (nothing in
    common).
    """
    channel = view(state, user_id, channel_id)
    if channel.kind is ChannelKind.CATEGORY:
        raise errors.cannot_send_in_non_text_channel()
    if channel.kind is ChannelKind.DM:
        _require_common_guild(state, channel)
        return channel
    held = state.permissions(user_id, channel_id)
    if channel.is_thread:
        permissions.require(held, Permission.SEND_MESSAGES_IN_THREADS)
        _require_unlocked(channel, held)
    else:
        permissions.require(held, Permission.SEND_MESSAGES)
    if files:
        permissions.require(held, Permission.ATTACH_FILES)
    if embeds:
        permissions.require(held, Permission.EMBED_LINKS)
    if reply and Permission.READ_MESSAGE_HISTORY not in held:
        raise errors.cannot_reply_without_history()
    return channel


def message(state: State, user_id: int, channel_id: int, message_id: int) -> Message:
    """Return a message that this user sees; 10008 also for somebody else's private one."""
    view(state, user_id, channel_id)
    found = state.message(channel_id, message_id)
    if not state.sees_message(user_id, found):
        raise errors.unknown_message()
    return found


def edit(state: State, user_id: int, channel_id: int, message_id: int) -> Message:
    """Return a message that this user wrote and may change: 50005, 160005 or 50083 otherwise."""
    found = message(state, user_id, channel_id, message_id)
    if found.author_id != user_id:
        raise errors.cannot_edit_other_users_message()
    channel = state.channel(channel_id)
    require_open(channel)
    _require_unlocked(channel, state.permissions(user_id, channel_id))
    return found


def delete(state: State, user_id: int, channel_id: int, message_id: int) -> Message:
    """Return a message that this user may delete: their own, or any with Manage Messages.

    Raises 50083 in an archived thread.
    """
    found = message(state, user_id, channel_id, message_id)
    if found.author_id != user_id:
        view(state, user_id, channel_id, Permission.MANAGE_MESSAGES)
    require_open(state.channel(channel_id))
    return found


def open_thread(state: State, user_id: int, channel_id: int, *, private: bool, on_message: bool) -> Channel:
    """Return a channel in which this user may open such a thread; 50024 where there are none."""
    channel = view(state, user_id, channel_id)
    if channel.kind not in {ChannelKind.TEXT, ChannelKind.ANNOUNCEMENT}:
        raise errors.cannot_execute_on_channel_type()
    if private and channel.kind is not ChannelKind.TEXT:
        raise errors.cannot_execute_on_channel_type()
    kind = Permission.CREATE_PRIVATE_THREADS if private else Permission.CREATE_PUBLIC_THREADS
    needed = (kind, Permission.READ_MESSAGE_HISTORY) if on_message else (kind,)
    return view(state, user_id, channel_id, *needed)


def open_thread_on(state: State, user_id: int, channel_id: int, message_id: int) -> Message:
    """Return a message on which this user may open a thread; 50021 for a notice or a private one."""
    open_thread(state, user_id, channel_id, private=False, on_message=True)
    found = message(state, user_id, channel_id, message_id)
    if found.only_for is not None or found.kind not in SAID:
        raise errors.cannot_execute_on_system_message()
    return found


def change_thread(state: State, user_id: int, thread_id: int, *, opens: bool, locks: bool) -> Channel:
    """Return a thread that this user may change.

    Its owner may, and whoever manages threads. Locking, and everything about a locked one, needs Manage
    Threads; to open an unlocked one (`opens` and nothing else) it is enough to be able to write in it.
    """
    thread = view(state, user_id, thread_id)
    held = state.permissions(user_id, thread_id)
    if Permission.MANAGE_THREADS in held:
        return thread
    inner = thread.thread_state()
    if locks:
        raise errors.missing_permissions()
    _require_unlocked(thread, held)
    if opens:
        permissions.require(held, Permission.SEND_MESSAGES_IN_THREADS)
    elif inner.owner_id != user_id:
        raise errors.missing_permissions()
    return thread


def open_direct(state: State, user_id: int) -> None:
    """Raise 50007 unless this user has a server in common with the bot, or a conversation with it already."""
    pair = {user_id, state.bot_id}
    together = any(pair <= guild.members.keys() for guild in state.guilds.values())
    if not together and not any(set(channel.recipients) == pair for channel in state.channels.values()):
        raise errors.cannot_send_to_user()


def member_of(state: State, user_id: int, guild_id: int) -> None:
    """Raise 10004 unless this user is in this server."""
    if user_id not in state.guild(guild_id).members:
        raise errors.unknown_guild()


def _require_unlocked(channel: Channel, held: Bits) -> None:
    locked = channel.thread is not None and channel.thread.locked
    if locked and Permission.MANAGE_THREADS not in held:
        raise errors.thread_locked()


def _require_common_guild(state: State, channel: Channel) -> None:
    if not any(set(channel.recipients) <= guild.members.keys() for guild in state.guilds.values()):
        raise errors.cannot_send_to_user()
