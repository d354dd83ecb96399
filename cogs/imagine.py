"""`/imagine`: a picture from words.

Reads the interaction, has the service admit the request, and shows the card. What may be asked is decided
by the service; what the member reads is worded by the presentation.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import discord
from discord import app_commands
from discord.ext import commands

from bot.intake import in_time, origin
from bot.jobs import AspectRatio, Mode, OutputFormat
from bot.service import ImagineRequest
from cogs.options import CountOption, PromptOption, with_picture_options

if TYPE_CHECKING:
    from bot.engine.cards import Cards
    from bot.service import Service


class ImagineCog(commands.Cog):
    """Pictures from words."""

    def __init__(self, *, service: Service, cards: Cards) -> None:
        self._service = service
        self._cards = cards

    @app_commands.command(name="imagine", description="Make a picture from your words")
    @app_commands.describe(
        prompt="What the picture shows",
        aspect_ratio="The picture's shape (default 16:9)",
    )
    @with_picture_options
    async def imagine(
        self,
        interaction: discord.Interaction[Any],
        prompt: app_commands.Transform[str, PromptOption],
        aspect_ratio: str = AspectRatio.WIDE.value,
        mode: str = Mode.PRO.value,
        output_format: str = OutputFormat.JPEG.value,
        count: app_commands.Transform[int, CountOption] = 1,
        spoiler: bool = False,
    ) -> None:
        """Admit the request and answer with its card."""
        request = ImagineRequest(
            **origin(interaction).origin(),
            prompt=prompt,
            aspect_ratio=aspect_ratio,
            mode=mode,
            output_format=output_format,
            count=count,
            spoiler=spoiler,
        )
        batch = self._service.check(request)
        jobs = await in_time(interaction, self._service.admit(batch))
        await self._cards.answer(interaction, jobs)
