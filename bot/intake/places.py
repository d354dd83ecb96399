"""Who asks and where, and whether the bot can post there.

All of it stands in the interaction and the client's cache, so a refusal for want of one of the bot's
permissions costs no request. What the person may do is read in `bot.intake.rights`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import discord

from bot.errors import MayNotPostError, MissingPermissionsError, NotHereError
from bot.intake.answers import answer_right
from bot.jobs import Place, PlaceNote
from bot.quota import Spender
from bot.wishes import Origin

if TYPE_CHECKING:
    from collections.abc import Sequence

_IN_THREAD: Final = ("view_channel", "send_messages_in_threads", "attach_files")
_IN_CHANNEL: Final = ("view_channel", "send_messages", "attach_files")
_IN_LOG: Final = ("view_channel", "send_messages", "read_message_history")
_IN_VOICE: Final = ("view_channel", "connect", "send_messages", "attach_files")


def home(interaction: discord.Interaction[Any]) -> int:
    """Return the id of the server in which somebody asks; `NotHereError` where that has not added the bot."""
    guild_id = interaction.guild_id
    if guild_id is None or interaction.client.get_guild(guild_id) is None:
        raise NotHereError
    return guild_id


def asked_in(interaction: discord.Interaction[Any]) -> int | None:
    """Return the id of the server where somebody asks about what is their own; None in a direct conversation.

    Raises `NotHereError` in a server that has not added the bot.
    """
    return None if interaction.guild_id is None else home(interaction)


def origin(interaction: discord.Interaction[Any], *, threads: bool = True) -> Origin:
    """Return who asks and where; `thread_id` is set if they ask from inside a thread.

    Without `threads` nothing is to be opened for what they ask: it goes to that very channel.

    Raises `NotHereError` outside servers that have the bot, and `MissingPermissionsError` if the bot may
    not post where the picture would go. In a channel that may have threads it depends on what the server
    has decided whether something is missing, so there the service tells.
    """
    found = surroundings(interaction, threads=threads)
    if found.missing and not found.has_choice:
        raise MissingPermissionsError(found.missing)
    return found


def surroundings(interaction: discord.Interaction[Any], *, threads: bool = True) -> Origin:
    """Return what `origin` returns, also where the bot lacks permissions; raises `NotHereError` only."""
    channel = interaction.channel
    guild_id = interaction.guild_id
    # A server that only a member's own installation reaches looks like any other in the interaction.
    guild = interaction.client.get_guild(guild_id) if guild_id else None
    if guild is None or channel is None:
        raise NotHereError
    allowed = interaction.app_permissions
    place, note, needed = _place(channel, allowed, threads=threads)
    in_thread = channel if isinstance(channel, discord.Thread) else None
    may_have_threads = threads and isinstance(channel, discord.TextChannel)
    return Origin(
        guild_id=guild.id,
        channel_id=in_thread.parent_id if in_thread else channel.id,
        thread_id=in_thread.id if in_thread else None,
        private=in_thread.is_private() if in_thread else False,
        place=place,
        place_note=note,
        member_id=interaction.user.id,
        member_name=interaction.user.display_name,
        locale=str(interaction.locale),
        role_ids=_role_ids(interaction.user),
        category_id=_category_id(guild, in_thread.parent_id if in_thread else channel.id),
        missing=_missing(needed, allowed),
        has_choice=may_have_threads,
        missing_inline=_missing(_IN_CHANNEL, allowed) if may_have_threads else (),
        answer=answer_right(interaction),
    )


def _role_ids(member: discord.User | discord.Member) -> tuple[int, ...]:
    """Return the member's roles as they came with the interaction, without that of everybody."""
    return tuple(role.id for role in member.roles[1:]) if isinstance(member, discord.Member) else ()


def _category_id(guild: discord.Guild, channel_id: int) -> int | None:
    """Return the category of a channel by the client's cache, which hears of every move."""
    found = guild.get_channel(channel_id)
    return found.category_id if found else None


def _place(
    channel: object, allowed: discord.Permissions, *, threads: bool
) -> tuple[Place, PlaceNote | None, tuple[str, ...]]:
    """Return where the picture goes and what is needed to post it there."""
    if isinstance(channel, discord.Thread):
        return Place.THREAD, None, _IN_THREAD
    if isinstance(channel, discord.VoiceChannel | discord.StageChannel):
        return Place.CHANNEL, PlaceNote.NOT_POSSIBLE, _IN_VOICE
    if not isinstance(channel, discord.TextChannel):
        raise NotHereError
    if threads and allowed.create_public_threads and allowed.read_message_history:
        return Place.STUDIO, None, _IN_THREAD
    return Place.CHANNEL, PlaceNote.NO_PERMISSION, _IN_CHANNEL


def _missing(names: Sequence[str], allowed: discord.Permissions) -> tuple[str, ...]:
    return tuple(name for name in names if not getattr(allowed, name))


def place_to_post(interaction: discord.Interaction[Any]) -> Origin:
    """Return this very place, if whoever asks may post here themselves at this moment.

    Raises `MayNotPostError`, or what `origin` raises.
    """
    place = origin(interaction, threads=False)
    allowed = interaction.permissions
    writes = allowed.send_messages if place.thread_id is None else allowed.send_messages_in_threads
    if not (writes or allowed.administrator):
        raise MayNotPostError
    return place


def is_for_adults(client: discord.Client, channel_id: int) -> bool:
    """Return whether a channel is age-restricted, by the client's cache; one that is gone is not."""
    return bool(getattr(client.get_channel(channel_id), "nsfw", False))


def missing_for_log(guild: discord.Guild | None, channel_id: int) -> tuple[str, ...]:
    """Return the permissions that the bot lacks to keep its log in a channel, by the client's cache."""
    channel = guild.get_channel(channel_id) if guild else None
    if guild is None or channel is None:
        return ("view_channel",)
    return _missing(_IN_LOG, channel.permissions_for(guild.me))


def spender(interaction: discord.Interaction[Any]) -> Spender:
    """Return whose credits these are and where; raises `NotHereError` in servers that have not the bot."""
    return Spender(
        guild_id=asked_in(interaction), member_id=interaction.user.id, role_ids=_role_ids(interaction.user)
    )


def spender_named(interaction: discord.Interaction[Any], member: discord.User | discord.Member) -> Spender:
    """Return somebody whom a moderator names; whoever left the server has no roles in it."""
    return Spender(guild_id=home(interaction), member_id=member.id, role_ids=_role_ids(member))
