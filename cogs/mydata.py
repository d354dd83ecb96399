"""`/mydata`: what is kept of whoever asks, as words or files, and how it goes.

Reads the interaction, has the service do it, and shows the result, privately in every case.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import discord
from discord import app_commands
from discord.ext import commands

from bot.intake import answerable_until, in_time, upload_limit
from bot.presentation.mydata import (
    MyDataAction,
    ask_before_erasing,
    say_edits,
    say_erased,
    say_erasing,
    send_export,
    show_kept,
)

if TYPE_CHECKING:
    from bot.client import Handler
    from bot.engine.eraser import Eraser
    from bot.presentation.wording import Catalogue
    from bot.service.mydata import MyDataService

#: For how long an erasure is watched to say in the answer that it is done, in seconds.
_WATCHED: Final = 600.0
_ON: Final = "on"


@app_commands.allowed_contexts(guilds=True, dms=True)
class MyDataCog(commands.GroupCog, group_name="mydata", group_description="What I keep about you"):
    """Members and their own data; `presses` says which method serves which button."""

    def __init__(self, *, service: MyDataService, eraser: Eraser, catalogue: Catalogue) -> None:
        super().__init__()
        self._service = service
        self._eraser = eraser
        self._catalogue = catalogue
        self.presses: dict[str, Handler] = {MyDataAction.ERASE: self.confirmed}

    @app_commands.command(name="show", description="Show what I keep about you")
    async def show(self, interaction: discord.Interaction[Any]) -> None:
        """Tell what is kept."""
        kept = await in_time(interaction, self._service.kept_of(interaction.user.id), private=True)
        await show_kept(self._catalogue, interaction, kept)

    @app_commands.command(name="export", description="Get what I keep about you as files")
    @app_commands.describe(part="Where to go on, as the end of an earlier export says")
    async def export(
        self, interaction: discord.Interaction[Any], part: app_commands.Range[str, 0, 30] = ""
    ) -> None:
        """Send it, in as many files as it takes."""
        async with self._service.export(
            interaction.user.id,
            part=part,
            limit=upload_limit(interaction),
            until=answerable_until(interaction),
        ) as export:
            await send_export(self._catalogue, interaction, export)

    @app_commands.command(name="erase", description="Have what I keep about you erased; I ask first")
    async def erase(self, interaction: discord.Interaction[Any]) -> None:
        """Ask whether it is meant."""
        await ask_before_erasing(self._catalogue, interaction)

    @app_commands.command(name="edits", description="Say whether others may edit your pictures")
    @app_commands.describe(others="on: others may; off: nobody but you")
    @app_commands.choices(
        others=[app_commands.Choice(name=name, value=name) for name in (_ON, "off")],
    )
    async def edits(self, interaction: discord.Interaction[Any], others: str) -> None:
        """Write it down and say so."""
        await interaction.response.defer(ephemeral=True, thinking=True)
        allowed = await self._service.allow_edits(interaction.user.id, allowed=others == _ON)
        await say_edits(self._catalogue, interaction, allowed)

    async def confirmed(self, interaction: discord.Interaction[Any], member_id: str) -> None:
        """Take the wish, and say so; say as well when it is done, if that is soon enough."""
        await interaction.response.defer()
        erasure = await self._service.erase(int(member_id), by=interaction.user.id)
        await say_erasing(self._catalogue, interaction)
        done = await self._eraser.finished(erasure, within=_WATCHED)
        await say_erased(self._catalogue, interaction, done)
