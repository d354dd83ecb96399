"""`/edit`: a picture from words and other pictures.

Reads the interaction and hands it on: which pictures are meant is found out by `bot.engine.sources`, and how
they are taken in stands in `bot.engine.editing`. The menus of messages are in `cogs.menus`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import discord
from discord import app_commands
from discord.ext import commands

from bot.intake import origin
from bot.jobs import Mode, OutputFormat
from bot.service import EditRequest
from cogs.options import CountOption, PromptOption, with_picture_options

if TYPE_CHECKING:
    from bot.engine.editing import Editor


class EditCog(commands.Cog):
    """Pictures from pictures."""

    def __init__(self, *, editor: Editor) -> None:
        self._editor = editor

    @app_commands.command(name="edit", description="Change a picture by your words")
    @app_commands.describe(
        prompt="What should be different",
        image="The picture to change",
        image2="A second picture to start from",
        image3="A third picture to start from",
        image4="A fourth picture to start from",
        message="Link or id of a message with the picture, instead of a file",
        aspect_ratio="The new picture's shape (default: the nearest to the picture's)",
    )
    @with_picture_options
    async def edit(
        self,
        interaction: discord.Interaction[Any],
        prompt: app_commands.Transform[str, PromptOption],
        image: discord.Attachment | None = None,
        image2: discord.Attachment | None = None,
        image3: discord.Attachment | None = None,
        image4: discord.Attachment | None = None,
        message: str = "",
        aspect_ratio: str = "",
        mode: str = Mode.PRO.value,
        output_format: str = OutputFormat.JPEG.value,
        count: app_commands.Transform[int, CountOption] = 1,
        spoiler: bool = False,
    ) -> None:
        """Take the pictures in, admit the request and answer with its card."""
        request = EditRequest(
            **origin(interaction).origin(),
            prompt=prompt,
            aspect_ratio=aspect_ratio,
            mode=mode,
            output_format=output_format,
            count=count,
            spoiler=spoiler,
        )
        await self._editor.edit(interaction, request, given=(image, image2, image3, image4), link=message)
