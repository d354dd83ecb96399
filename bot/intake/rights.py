"""What somebody may do at this moment, by the permissions that came with the interaction.

Discord's own setting of who sees a command is never enough: whoever acts is asked for the right again here,
at each command, button and form.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import discord

from bot.errors import NotAdminError, NotModeratorError, Scope
from bot.intake.places import home
from bot.service import Officer
from bot.service.moderation import Person

if TYPE_CHECKING:
    from bot.jobs import Job


def admin(interaction: discord.Interaction[Any]) -> Officer:
    """Return who decides for the server; raises `NotAdminError` unless they may manage it at this moment."""
    guild_id = home(interaction)
    if not interaction.permissions.manage_guild:
        raise NotAdminError
    return Officer(guild_id=guild_id, actor_id=interaction.user.id)


def officer(interaction: discord.Interaction[Any]) -> Officer:
    """Return who moderates the whole server; raises `NotModeratorError` unless they do at this moment."""
    guild_id = home(interaction)
    require_moderator(interaction, everywhere=True)
    return Officer(guild_id=guild_id, actor_id=interaction.user.id)


def moderates(interaction: discord.Interaction[Any], *, everywhere: bool = False) -> bool:
    """Return whether this person may delete others' messages here, at this moment.

    `everywhere` asks for the right in the whole server, which a permission in one channel does not give.
    """
    here = interaction.permissions.manage_messages
    return here and (not everywhere or _member(interaction).guild_permissions.manage_messages)


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
