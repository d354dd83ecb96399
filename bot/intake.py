"""What a Discord interaction tells: who asks, where the picture belongs, which message they mean.

Everything is read from the interaction itself and the client's cache, without a request, so a refusal for
want of a permission comes before anything is spent. What is asked for is the service's business.
"""

from __future__ import annotations

import asyncio
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, TypeVar, cast

import discord

from bot.errors import (
    BadReferenceError,
    MissingPermissionsError,
    NotAdminError,
    NotHereError,
    NotModeratorError,
    PictureFault,
)
from bot.jobs import Origin, Place, PlaceNote
from bot.quota import Spender
from bot.service import Officer

if TYPE_CHECKING:
    from collections.abc import Coroutine, Sequence

_Result = TypeVar("_Result")

#: Discord takes an interaction for failed after 3 seconds; this leaves time for the answer's own way.
PROMPTLY: Final = 1.5
_IN_THREAD: Final = ("view_channel", "send_messages_in_threads", "attach_files")
_IN_CHANNEL: Final = ("view_channel", "send_messages", "attach_files")
_IN_VOICE: Final = ("view_channel", "connect", "send_messages", "attach_files")
_ID: Final = r"[0-9]{1,20}"
_LINK: Final = re.compile(
    rf"<?https://(?:\w+\.)?discord(?:app)?\.com/channels/(?P<guild>@me|{_ID})/(?P<channel>{_ID})/(?P<message>{_ID})/?>?"
)
#: What Discord's app copies with Shift held, or the id alone.
_IDS: Final = re.compile(rf"(?:(?P<channel>{_ID})-)?(?P<message>{_ID})")


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageLink:
    """A message that a member names; nothing says yet that they may see it."""

    channel_id: int
    message_id: int


def message_link(text: str, *, guild_id: int, channel_id: int) -> MessageLink:
    """Return the message that a link or an id stands for; an id alone is one of `channel_id`.

    Raises `BadReferenceError` if it is neither, or the link leads out of the server.
    """
    value = text.strip()
    ids = _IDS.fullmatch(value)
    if ids:
        return MessageLink(channel_id=int(ids["channel"] or channel_id), message_id=int(ids["message"]))
    link = _LINK.fullmatch(value)
    if link is None:
        raise BadReferenceError(PictureFault.NO_LINK, value=value)
    if link["guild"] == "@me":
        raise BadReferenceError(PictureFault.DIRECT, value=value)
    if int(link["guild"]) != guild_id:
        raise BadReferenceError(PictureFault.ELSEWHERE, value=value)
    return MessageLink(channel_id=int(link["channel"]), message_id=int(link["message"]))


def origin(interaction: discord.Interaction[Any]) -> Origin:
    """Return who asks and where; `thread_id` is set if they ask from inside a thread.

    Raises `NotHereError` outside servers that have the bot, and `MissingPermissionsError` if the bot may
    not post where the picture would go. Without the right to open threads the picture goes to the channel.
    """
    channel = interaction.channel
    guild_id = interaction.guild_id
    # A server that only a member's own installation reaches looks like any other in the interaction.
    if guild_id is None or channel is None or interaction.client.get_guild(guild_id) is None:
        raise NotHereError
    place, note = _place(channel, interaction.app_permissions)
    in_thread = channel if isinstance(channel, discord.Thread) else None
    return Origin(
        guild_id=guild_id,
        channel_id=in_thread.parent_id if in_thread else channel.id,
        thread_id=in_thread.id if in_thread else None,
        private=in_thread.is_private() if in_thread else False,
        place=place,
        place_note=note,
        member_id=interaction.user.id,
        member_name=interaction.user.display_name,
        locale=str(interaction.locale),
        role_ids=_role_ids(interaction.user),
        category_id=getattr(channel, "category_id", None),
    )


def _role_ids(member: discord.User | discord.Member) -> tuple[int, ...]:
    """Return the member's roles as they came with the interaction, without that of everybody."""
    return tuple(role.id for role in member.roles[1:]) if isinstance(member, discord.Member) else ()


def _place(channel: object, allowed: discord.Permissions) -> tuple[Place, PlaceNote | None]:
    """Return where the picture goes, or raise with the permissions that are missing there."""
    if isinstance(channel, discord.Thread):
        _require(_IN_THREAD, allowed)
        return Place.THREAD, None
    if isinstance(channel, discord.VoiceChannel | discord.StageChannel):
        _require(_IN_VOICE, allowed)
        return Place.CHANNEL, PlaceNote.NOT_POSSIBLE
    if not isinstance(channel, discord.TextChannel):
        raise NotHereError
    if allowed.create_public_threads and allowed.read_message_history:
        _require(_IN_THREAD, allowed)
        return Place.STUDIO, None
    _require(_IN_CHANNEL, allowed)
    return Place.CHANNEL, PlaceNote.NO_PERMISSION


def _require(names: Sequence[str], allowed: discord.Permissions) -> None:
    missing = [name for name in names if not getattr(allowed, name)]
    if missing:
        raise MissingPermissionsError(missing)


def moderates(interaction: discord.Interaction[Any]) -> bool:
    """Return whether this person may delete others' messages here, at this moment."""
    return interaction.permissions.manage_messages


def spender(interaction: discord.Interaction[Any]) -> Spender:
    """Return whose credits these are and where; raises `NotHereError` outside servers that have the bot."""
    return Spender(
        guild_id=_server(interaction), member_id=interaction.user.id, role_ids=_role_ids(interaction.user)
    )


def officer(interaction: discord.Interaction[Any], *, admin: bool = False) -> Officer:
    """Return who acts for the server, if at this moment they may.

    Raises `NotModeratorError`, or for what an `admin` does `NotAdminError`.
    """
    guild_id, allowed = _server(interaction), interaction.permissions
    if admin and not allowed.manage_guild:
        raise NotAdminError
    if not admin and not allowed.manage_messages:
        raise NotModeratorError
    return Officer(guild_id=guild_id, actor_id=interaction.user.id)


def spender_named(interaction: discord.Interaction[Any], member: discord.User | discord.Member) -> Spender:
    """Return somebody whom a moderator names; whoever left the server has no roles in it."""
    return Spender(guild_id=_server(interaction), member_id=member.id, role_ids=_role_ids(member))


def _server(interaction: discord.Interaction[Any]) -> int:
    # A server that only a member's own installation reaches looks like any other in the interaction.
    guild_id = interaction.guild_id
    if guild_id is None or interaction.client.get_guild(guild_id) is None:
        raise NotHereError
    return guild_id


def form_values(interaction: discord.Interaction[Any]) -> dict[str, str]:
    """Return what was typed and chosen in the form that was sent in, by the custom_ids of its fields.

    Of several choices only the first is returned.
    """
    values: dict[str, str] = {}
    for label in cast("dict[str, Any]", interaction.data).get("components", ()):
        field = label.get("component") or {}
        given = field.get("value") or next(iter(field.get("values") or ()), "")
        if "custom_id" in field:
            values[field["custom_id"]] = str(given)
    return values


async def in_time(
    interaction: discord.Interaction[Any], work: Coroutine[Any, Any, _Result], *, private: bool = False
) -> _Result:
    """Do the work; if it takes longer than `PROMPTLY` seconds, tell Discord meanwhile that an answer comes.

    Quick work needs no such promise, so its answer, or its refusal, can still be public or private; a
    promised answer is `private` if that is said here.
    """
    task = asyncio.create_task(work)
    try:
        done, _ = await asyncio.wait({task}, timeout=PROMPTLY)
        if not done:
            await interaction.response.defer(thinking=True, ephemeral=private)
    except discord.DiscordException:
        # Whatever became of the promise, what was asked for is still written down.
        await asyncio.wait({task})
        raise
    return await task
