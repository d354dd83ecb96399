"""What a Discord interaction tells: who asks, where the picture belongs, which message they mean.

Everything is read from the interaction itself and the client's cache, without a request, so a refusal for
want of a permission comes before anything is spent. What is asked for is the service's business.
"""

from __future__ import annotations

import asyncio
import re
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final, TypeVar, cast

import discord

from bot.drafts import FoundPicture
from bot.errors import (
    BadReferenceError,
    MayNotPostError,
    MissingPermissionsError,
    NotAdminError,
    NotHereError,
    NotModeratorError,
    PictureFault,
    Scope,
)
from bot.jobs import AnswerRight, Place, PlaceNote, ReferenceSource
from bot.quota import Spender
from bot.service import Officer
from bot.service.administration import Admin
from bot.service.moderation import Person
from bot.wishes import Origin

if TYPE_CHECKING:
    from collections.abc import Coroutine, Sequence
    from datetime import datetime

    from bot.jobs import Job

_Result = TypeVar("_Result")

#: Discord takes an interaction for failed after 3 seconds; this leaves time for the answer's own way.
PROMPTLY: Final = 1.5
_IN_THREAD: Final = ("view_channel", "send_messages_in_threads", "attach_files")
_IN_CHANNEL: Final = ("view_channel", "send_messages", "attach_files")
_IN_LOG: Final = ("view_channel", "send_messages", "read_message_history")
_IN_VOICE: Final = ("view_channel", "connect", "send_messages", "attach_files")
_ID: Final = r"[0-9]{1,19}"
#: What a database holds; Discord's ids get there in the year 2084.
_LARGEST_ID: Final = 2**63 - 1
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
    link = ids or _LINK.fullmatch(value)
    if link is None or max(int(link["channel"] or 0), int(link["message"])) > _LARGEST_ID:
        raise BadReferenceError(PictureFault.NO_LINK, value=value)
    if ids:
        return MessageLink(channel_id=int(ids["channel"] or channel_id), message_id=int(ids["message"]))
    if link["guild"] == "@me":
        raise BadReferenceError(PictureFault.DIRECT, value=value)
    if int(link["guild"]) != guild_id:
        raise BadReferenceError(PictureFault.ELSEWHERE, value=value)
    return MessageLink(channel_id=int(link["channel"]), message_id=int(link["message"]))


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


def admin(interaction: discord.Interaction[Any]) -> Admin:
    """Return who wants to change the server's settings, and whether they may manage it at this moment.

    Raises `NotHereError` outside servers that have the bot.
    """
    guild = interaction.guild
    if guild is None or interaction.client.get_guild(guild.id) is None:
        raise NotHereError
    return Admin(
        guild_id=guild.id, actor_id=interaction.user.id, manages=interaction.permissions.manage_guild
    )


def missing_for_log(guild: discord.Guild | None, channel_id: int) -> tuple[str, ...]:
    """Return the permissions that the bot lacks to keep its log in a channel, by the client's cache."""
    channel = guild.get_channel(channel_id) if guild else None
    if guild is None or channel is None:
        return ("view_channel",)
    return _missing(_IN_LOG, channel.permissions_for(guild.me))


def chosen(interaction: discord.Interaction[Any]) -> tuple[str, ...]:
    """Return the values that were chosen in a menu of a message, in the order of the choice.

    In a menu of channels they are ids.
    """
    return tuple(map(str, cast("dict[str, Any]", interaction.data).get("values") or ()))


def moderates(interaction: discord.Interaction[Any], *, everywhere: bool = False) -> bool:
    """Return whether this person may delete others' messages here, at this moment.

    `everywhere` asks for the right in the whole server, which a permission in one channel does not give.
    """
    here = interaction.permissions.manage_messages
    return here and (not everywhere or _member(interaction).guild_permissions.manage_messages)


def spender(interaction: discord.Interaction[Any]) -> Spender:
    """Return whose credits these are and where; raises `NotHereError` in servers that have not the bot."""
    return Spender(
        guild_id=asked_in(interaction), member_id=interaction.user.id, role_ids=_role_ids(interaction.user)
    )


def officer(interaction: discord.Interaction[Any], *, admin: bool = False) -> Officer:
    """Return who acts for the server, if at this moment they may.

    Raises `NotModeratorError`, or for what an `admin` does `NotAdminError`.
    """
    guild_id = home(interaction)
    if admin and not interaction.permissions.manage_guild:
        raise NotAdminError
    if not admin:
        require_moderator(interaction, everywhere=True)
    return Officer(guild_id=guild_id, actor_id=interaction.user.id)


def spender_named(interaction: discord.Interaction[Any], member: discord.User | discord.Member) -> Spender:
    """Return somebody whom a moderator names; whoever left the server has no roles in it."""
    return Spender(guild_id=home(interaction), member_id=member.id, role_ids=_role_ids(member))


def require_moderator(interaction: discord.Interaction[Any], *, everywhere: bool = False) -> None:
    """Raise `NotModeratorError` where this person is no moderator, see `moderates`."""
    if interaction.guild is None or not moderates(interaction):
        raise NotModeratorError
    if not moderates(interaction, everywhere=everywhere):
        raise NotModeratorError(Scope.SERVER)


def require_moderator_of(interaction: discord.Interaction[Any], job: Job) -> None:
    """Raise `NotModeratorError` unless this person moderates here and where the job's picture belongs."""
    require_moderator(interaction)
    if interaction.channel_id not in {job.thread_id or job.channel_id, job.message_channel_id} and not (
        _moderates_place(interaction, job)
    ):
        raise NotModeratorError(Scope.THERE)


def _moderates_place(interaction: discord.Interaction[Any], job: Job) -> bool:
    allowed = _allowed_there(interaction, job)
    # Who is in a private thread is not known here; who manages threads sees them all.
    sees = allowed.view_channel and (allowed.manage_threads or not job.private)
    return sees and allowed.manage_messages


def may_read(interaction: discord.Interaction[Any], job: Job) -> bool:
    """Return whether a list of the server's jobs may show this person the words of this one.

    It may not where they were written in a private thread, or in a channel that this person does not see.
    """
    return not job.private and _allowed_there(interaction, job).view_channel


def _allowed_there(interaction: discord.Interaction[Any], job: Job) -> discord.Permissions:
    """Tell it from the roles that came with the interaction; a thread has the permissions of its channel."""
    member = _member(interaction)
    place = member.guild.get_channel(job.channel_id)
    return place.permissions_for(member) if place else member.guild_permissions


def _member(interaction: discord.Interaction[Any]) -> discord.Member:
    if not isinstance(interaction.user, discord.Member):
        raise NotModeratorError
    return interaction.user


def person(user: discord.User | discord.Member, guild: discord.Guild | None) -> Person:
    """Return who somebody is in a server; whoever is not in it has no rank there."""
    rank = None
    if isinstance(user, discord.Member):
        # Of two roles at one position Discord puts the older one first.
        rank = (user.top_role.position, -user.top_role.id)
    return Person(
        id=user.id,
        rank=rank,
        is_owner=guild is not None and guild.owner_id == user.id,
        is_bot=user.bot,
    )


def upload_limit(interaction: discord.Interaction[Any]) -> int:
    """Return how large a file may be that answers this interaction, in bytes.

    Discord names a member's own limit here, which can be more than a request with it may really have.
    """
    plain = (
        interaction.guild.filesize_limit if interaction.guild else discord.utils.DEFAULT_FILE_SIZE_LIMIT_BYTES
    )
    return min(interaction.filesize_limit, plain)


def answerable_until(interaction: discord.Interaction[Any]) -> datetime:
    """Return until when more may be said in answer to this interaction, with a minute to spare."""
    return interaction.expires_at - timedelta(minutes=1)


def answer_right(interaction: discord.Interaction[Any]) -> AnswerRight:
    """Return the right to see and edit the answer to this interaction."""
    return AnswerRight(token=interaction.token, until=answerable_until(interaction))


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


def form_choices(interaction: discord.Interaction[Any], name: str) -> list[str]:
    """Return all that was chosen in one field of the form that was sent in."""
    return [
        str(value)
        for label in cast("dict[str, Any]", interaction.data).get("components", ())
        if (label.get("component") or {}).get("custom_id") == name
        for value in label["component"].get("values") or ()
    ]


def form_files(interaction: discord.Interaction[Any], name: str) -> list[FoundPicture]:
    """Return the files that were given in one field of the form that was sent in."""
    resolved = cast("dict[str, Any]", interaction.data).get("resolved") or {}
    files = resolved.get("attachments") or {}
    return [
        FoundPicture(
            source=ReferenceSource.GIVEN,
            url=files[file_id]["url"],
            filename=files[file_id]["filename"],
            size=files[file_id]["size"],
            spoiler=files[file_id]["filename"].startswith("SPOILER_"),
            author_id=interaction.user.id,
            owner_id=interaction.user.id,
        )
        for file_id in form_choices(interaction, name)
        if file_id in files
    ]


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
