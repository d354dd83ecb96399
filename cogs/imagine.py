"""`/imagine`: a picture from words.

Reads the interaction, has the service admit the request, and shows the card. What may be asked is decided
by the service; what the member reads is worded by the presentation.
"""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import discord
from discord import app_commands
from discord.ext import commands

from bot.intake import in_time, origin
from bot.jobs import AspectRatio, Mode, OutputFormat
from bot.service import COUNT_LIMIT, PROMPT_LENGTH, ImagineRequest

if TYPE_CHECKING:
    from enum import StrEnum

    from bot.engine.cards import Cards
    from bot.service import Service


class PromptOption(app_commands.Transformer):
    """A text option with Discord's own length limits in the member's app; the service judges it."""

    @property
    def min_value(self) -> int:
        """The fewest characters."""
        return 1

    @property
    def max_value(self) -> int:
        """The most characters."""
        return PROMPT_LENGTH

    async def transform(self, interaction: discord.Interaction[Any], value: str, /) -> str:
        """Take the text as it is."""
        return value


class CountOption(app_commands.Transformer):
    """A whole number with Discord's own bounds in the member's app; the service judges it."""

    @property
    def type(self) -> discord.AppCommandOptionType:
        """A whole number."""
        return discord.AppCommandOptionType.integer

    @property
    def min_value(self) -> int:
        """The fewest pictures."""
        return 1

    @property
    def max_value(self) -> int:
        """The most pictures."""
        return COUNT_LIMIT

    async def transform(self, interaction: discord.Interaction[Any], value: int, /) -> int:
        """Take the number as it is."""
        return value


def _choices(values: type[StrEnum]) -> list[app_commands.Choice[str]]:
    return [app_commands.Choice(name=value.value, value=value.value) for value in values]


class ImagineCog(commands.Cog):
    """Pictures from words."""

    def __init__(self, *, service: Service, cards: Cards) -> None:
        self._service = service
        self._cards = cards

    @app_commands.command(name="imagine", description="Make a picture from your words")
    @app_commands.describe(
        prompt="What the picture shows",
        aspect_ratio="The picture's shape (default 16:9)",
        mode="The model's variant (default pro)",
        output_format="The file type (default jpeg)",
        count="How many pictures (default 1)",
    )
    @app_commands.choices(
        aspect_ratio=_choices(AspectRatio),
        mode=_choices(Mode),
        output_format=_choices(OutputFormat),
    )
    async def imagine(
        self,
        interaction: discord.Interaction[Any],
        prompt: app_commands.Transform[str, PromptOption],
        aspect_ratio: str = AspectRatio.WIDE.value,
        mode: str = Mode.PRO.value,
        output_format: str = OutputFormat.JPEG.value,
        count: app_commands.Transform[int, CountOption] = 1,
    ) -> None:
        """Admit the request and answer with its card."""
        request = ImagineRequest(
            **asdict(origin(interaction)),
            prompt=prompt,
            aspect_ratio=aspect_ratio,
            mode=mode,
            output_format=output_format,
            count=count,
        )
        batch = self._service.check(request)
        jobs = await in_time(interaction, self._service.admit(batch))
        await self._cards.answer(interaction, jobs)
