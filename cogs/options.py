"""The options that several commands have in common, with Discord's own limits in the member's app.

What is allowed is judged by the service all the same: an outdated app sends what it likes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import discord
from discord import app_commands

from bot.acts import REASON_LENGTH
from bot.service import COUNT_LIMIT, PROMPT_LENGTH

if TYPE_CHECKING:
    from enum import StrEnum


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


class ReasonOption(app_commands.Transformer):
    """Why somebody with rights does something, with the limit in the app; the service judges it."""

    @property
    def min_value(self) -> int:
        """The fewest characters."""
        return 1

    @property
    def max_value(self) -> int:
        """The most characters."""
        return REASON_LENGTH

    async def transform(self, interaction: discord.Interaction[Any], value: str, /) -> str:
        """Take the text as it is."""
        return value


def choices(values: type[StrEnum]) -> list[app_commands.Choice[str]]:
    """Return what Discord's app offers for an option of these values."""
    return [app_commands.Choice(name=value.value, value=value.value) for value in values]
