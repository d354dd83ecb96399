"""`/mod`: who made a picture, removing it, blocking members, and what was done.

Discord shows the group to those with Manage Messages, and every command and button asks for that again at
the moment of its use. Commands and groups of other files are added to `ModCog.mod` with `add_command`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import discord
from discord import app_commands
from discord.ext import commands

from bot.intake import person, require_moderator
from bot.presentation.moderation import (
    ModAction,
    say_blocked,
    say_removed,
    say_unblocked,
    show_acts,
    show_origins,
    time_choices,
)
from bot.service.moderation import BlockOrder, offered_times, removable
from bot.service.requests import checked_reason
from cogs.options import ReasonOption  # noqa: TC001 - discord.py reads it at runtime

if TYPE_CHECKING:
    from bot.client import Handler
    from bot.engine.finder import Finder
    from bot.engine.removal import Remover
    from bot.presentation.wording import Catalogue
    from bot.service.moderation import Moderation


class ModCog(commands.Cog):
    """What moderators do; `presses` says which method serves which button."""

    mod = app_commands.Group(
        name="mod",
        description="For moderators",
        default_permissions=discord.Permissions(manage_messages=True),
        guild_only=True,
    )

    def __init__(
        self, *, moderation: Moderation, finder: Finder, remover: Remover, catalogue: Catalogue
    ) -> None:
        self._moderation = moderation
        self._finder = finder
        self._remover = remover
        self._catalogue = catalogue
        self.presses: dict[str, Handler] = {ModAction.LOG: self.turn}

    @mod.command(name="who", description="Who made this picture, with which words")
    @app_commands.describe(message="Link or id of my message, or the job number that Info shows")
    async def who(self, interaction: discord.Interaction[Any], message: str) -> None:
        """Tell privately what is known of a picture or a card."""
        require_moderator(interaction)
        await interaction.response.defer(ephemeral=True, thinking=True)
        jobs = await self._finder.find(interaction, message)
        await show_origins(self._catalogue, interaction, await self._moderation.origins(jobs))

    @mod.command(name="remove", description="Remove a picture for everybody, and my kept copy of it")
    @app_commands.describe(
        message="Link or id of its message, or the job number that Info shows",
        reason="Why; it stands in the log",
    )
    async def remove(
        self,
        interaction: discord.Interaction[Any],
        message: str,
        reason: app_commands.Transform[str, ReasonOption],
    ) -> None:
        """Delete a picture and write down who did it and why."""
        require_moderator(interaction)
        why = checked_reason(reason, needed=True)
        await interaction.response.defer(ephemeral=True, thinking=True)
        job = removable(await self._finder.find(interaction, message))
        no_copy_left = await self._remover.remove(job, by=interaction.user.id, reason=why)
        await say_removed(self._catalogue, interaction, no_copy_left=no_copy_left)

    @mod.command(name="block", description="Let a member ask for no pictures for a time")
    @app_commands.rename(time="for")
    @app_commands.describe(
        member="Whom; their id works as well, also of somebody who has left",
        time="For how long: 90m, 12h, 3d, 2w, or for good",
        reason="Why; the member reads it, and it stands in the log",
    )
    async def block(
        self,
        interaction: discord.Interaction[Any],
        member: discord.User,
        time: str,
        reason: app_commands.Transform[str, ReasonOption],
    ) -> None:
        """Block a member, or give a block a new end."""
        require_moderator(interaction, everywhere=True)
        await interaction.response.defer(ephemeral=True, thinking=True)
        block, cancelled = await self._moderation.block(_order(interaction, member, reason, time=time))
        await say_blocked(self._catalogue, interaction, block, cancelled=cancelled)

    @block.autocomplete("time")
    async def times(
        self, interaction: discord.Interaction[Any], typed: str
    ) -> list[app_commands.Choice[str]]:
        """Offer the usual times beside what was typed."""
        return time_choices(self._catalogue, str(interaction.locale), offered_times(typed))

    @mod.command(name="unblock", description="Let a blocked member ask for pictures again")
    @app_commands.describe(member="Whom; their id works as well", reason="Why; it stands in the log")
    async def unblock(
        self,
        interaction: discord.Interaction[Any],
        member: discord.User,
        reason: app_commands.Transform[str, ReasonOption] = "",
    ) -> None:
        """Lift a block before its end."""
        require_moderator(interaction, everywhere=True)
        await interaction.response.defer(ephemeral=True, thinking=True)
        block = await self._moderation.unblock(_order(interaction, member, reason))
        await say_unblocked(self._catalogue, interaction, block)

    @mod.command(name="log", description="What moderators and admins did here")
    async def log(self, interaction: discord.Interaction[Any]) -> None:
        """Show the newest acts of this server."""
        require_moderator(interaction, everywhere=True)
        page = await self._moderation.acts(interaction.guild_id or 0)
        await show_acts(self._catalogue, interaction, page)

    async def turn(self, interaction: discord.Interaction[Any], place: str) -> None:
        """Show another page of the acts."""
        require_moderator(interaction, everywhere=True)
        page = await self._moderation.acts(interaction.guild_id or 0, place)
        await show_acts(self._catalogue, interaction, page)


def _order(
    interaction: discord.Interaction[Any],
    member: discord.User | discord.Member,
    reason: str,
    *,
    time: str = "",
) -> BlockOrder:
    return BlockOrder(
        guild_id=interaction.guild_id or 0,
        actor=person(interaction.user, interaction.guild),
        target=person(member, interaction.guild),
        reason=reason,
        time=time,
    )
