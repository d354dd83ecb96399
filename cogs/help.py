"""`/help`: what one can do here, with what, and what is left.

Reads where it was asked, has the service find out what holds there, and shows it privately.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import discord
from discord import app_commands
from discord.ext import commands

from bot.intake import spender, surroundings
from bot.presentation.help import show_help

if TYPE_CHECKING:
    from bot.client import EaselClient
    from bot.presentation.wording import Catalogue
    from bot.service.guidance import Guidance


class HelpCog(commands.Cog):
    """What can be done."""

    def __init__(self, *, guidance: Guidance, catalogue: Catalogue) -> None:
        self._guidance = guidance
        self._catalogue = catalogue

    @app_commands.command(name="help", description="What you can do here, and what is left to you")
    @app_commands.allowed_contexts(guilds=True, dms=True)
    async def help(self, interaction: discord.Interaction[EaselClient]) -> None:
        """Show what holds for whoever asks, where they ask."""
        client = interaction.client
        place = surroundings(interaction) if interaction.guild_id else None
        situation = await self._guidance.situation(spender(interaction), place)
        await show_help(
            self._catalogue, interaction, situation, client.tree.get_commands(), id_of=client.command_id
        )
