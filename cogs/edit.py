"""`/edit`: a picture from words and other pictures.

Reads the interaction, has the pictures taken in and the service admit the request, and shows the card with
them. Which pictures are meant is found out by `bot.engine.sources`.
"""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import discord
from discord import app_commands
from discord.ext import commands

from bot.intake import origin
from bot.jobs import AspectRatio, Mode, OutputFormat
from bot.service import EditRequest
from cogs.options import CountOption, PromptOption, choices

if TYPE_CHECKING:
    from bot.engine.cards import Cards
    from bot.engine.references import References
    from bot.service import Service


class EditCog(commands.Cog):
    """Pictures from pictures."""

    def __init__(self, *, service: Service, references: References, cards: Cards) -> None:
        self._service = service
        self._references = references
        self._cards = cards

    @app_commands.command(name="edit", description="Change a picture by your words")
    @app_commands.describe(
        prompt="What should be different",
        image="The picture to change",
        image2="A second picture to start from",
        image3="A third picture to start from",
        image4="A fourth picture to start from",
        message="Link or id of a message with the picture, instead of a file",
        aspect_ratio="The new picture's shape (default: the nearest to the picture's)",
        mode="The model's variant (default pro)",
        output_format="The file type (default jpeg)",
        count="How many pictures (default 1)",
    )
    @app_commands.choices(
        aspect_ratio=choices(AspectRatio),
        mode=choices(Mode),
        output_format=choices(OutputFormat),
    )
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
    ) -> None:
        """Take the pictures in, admit the request and answer with its card."""
        request = EditRequest(
            **asdict(origin(interaction)),
            prompt=prompt,
            aspect_ratio=aspect_ratio,
            mode=mode,
            output_format=output_format,
            count=count,
        )
        await self._service.check_place_and_words(request)
        # The answer takes a download and an upload, and the files given vanish while nobody asks for them.
        await interaction.response.defer(thinking=True)
        pictures = await self._references.gather(
            interaction, given=(image, image2, image3, image4), link=message
        )
        batch = self._service.check_edit(
            request, [picture.reference for picture in pictures], parent_id=pictures[0].job_id
        )
        await self._cards.answer(interaction, await self._service.admit(batch), pictures)
