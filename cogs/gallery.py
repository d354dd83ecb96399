"""`/gallery`: one's own pictures, to be looked at, posted again, claimed and deleted.

The command, the buttons and the menu of its pages; each reads what was asked, makes one call to the service
and one that shows the result. Deleting and making another one are the buttons below any picture.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import discord
from discord import app_commands
from discord.ext import commands

from bot.intake import asked_in, chosen, place_to_post
from bot.presentation.gallery import (
    GalleryAction,
    read_search,
    read_spot,
    say_claimed,
    say_posted,
    searched,
    show_page,
    show_picture,
)
from bot.service.gallery import TEXT_LENGTH  # noqa: TC001 - discord.py reads the annotation
from bot.store.gallery import Spot

if TYPE_CHECKING:
    from bot.client import Handler
    from bot.engine.shelf import Shelf
    from bot.presentation.wording import Catalogue
    from bot.service.gallery import Gallery


class GalleryCog(commands.Cog):
    """The pictures of whoever asks; `presses` says which method serves which button or menu."""

    def __init__(self, *, gallery: Gallery, shelf: Shelf, catalogue: Catalogue) -> None:
        self._gallery = gallery
        self._shelf = shelf
        self._catalogue = catalogue
        self.presses: dict[str, Handler] = {
            GalleryAction.PAGE: self.turn,
            GalleryAction.PICK: self.pick,
            GalleryAction.POST: self.post,
            GalleryAction.CLAIM: self.claim,
        }

    @app_commands.command(name="gallery", description="Look through your own pictures")
    @app_commands.allowed_contexts(guilds=True, dms=True)
    @app_commands.describe(text="Only those whose prompt has these words")
    async def gallery(
        self,
        interaction: discord.Interaction[Any],
        text: app_commands.Range[str, 1, TEXT_LENGTH] = "",
    ) -> None:
        """Show the newest page, privately."""
        await interaction.response.defer(ephemeral=True, thinking=True)
        await self._show(interaction, Spot(), searched(text))

    async def turn(self, interaction: discord.Interaction[Any], subject: str) -> None:
        """Show another page in place of this one."""
        await interaction.response.defer()
        await self._show(interaction, read_spot(subject), read_search(interaction.message))

    async def pick(self, interaction: discord.Interaction[Any], subject: str) -> None:
        """Show the chosen picture in place of the page."""
        await interaction.response.defer()
        job = await self._gallery.picture(
            chosen(interaction)[0], member_id=interaction.user.id, guild_id=asked_in(interaction)
        )
        found = await self._shelf.find(job)
        await show_picture(
            self._catalogue,
            interaction,
            found.job,
            read_spot(subject),
            picture=found.picture,
            suffix=found.suffix,
            trouble=found.trouble,
        )

    async def post(self, interaction: discord.Interaction[Any], job_id: str) -> None:
        """Post the picture again, where the button was pressed."""
        here = place_to_post(interaction)
        job = await self._gallery.to_post_again(job_id, here)
        await interaction.response.defer(ephemeral=True, thinking=True)
        await say_posted(self._catalogue, interaction, await self._shelf.post_again(job, here))

    async def claim(self, interaction: discord.Interaction[Any], job_id: str) -> None:
        """Have a picture that no place took delivered to where the button was pressed."""
        here = place_to_post(interaction)
        await interaction.response.defer(ephemeral=True, thinking=True)
        await self._gallery.claim(job_id, here)
        await say_claimed(self._catalogue, interaction)

    async def _show(self, interaction: discord.Interaction[Any], spot: Spot, text: str) -> None:
        page = await self._gallery.page(
            member_id=interaction.user.id, guild_id=asked_in(interaction), spot=spot, text=text
        )
        previews = await self._shelf.previews(page.jobs)
        await show_page(self._catalogue, interaction, page, previews.pictures, previews.trouble)
