"""The options that several commands have in common, with Discord's own limits in the member's app.

What is allowed is judged by the service all the same: an outdated app sends what it likes.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar

import discord
from discord import app_commands

from bot.acts import REASON_LENGTH
from bot.jobs import AspectRatio, Mode, OutputFormat
from bot.service import COUNT_LIMIT, PROMPT_LENGTH

if TYPE_CHECKING:
    from enum import StrEnum


_Command = TypeVar("_Command", bound=Callable[..., Any])


class _TextOption(app_commands.Transformer):
    """A text with the limits of `_longest` in the member's app; the service judges it."""

    _longest: int

    @property
    def min_value(self) -> int:
        """The fewest characters."""
        return 1

    @property
    def max_value(self) -> int:
        """The most characters."""
        return self._longest

    async def transform(self, interaction: discord.Interaction[Any], value: str, /) -> str:
        """Take the text as it is."""
        return value


class PromptOption(_TextOption):
    """What a picture shows, or what should be different in one."""

    _longest = PROMPT_LENGTH


class ReasonOption(_TextOption):
    """Why somebody with rights does something."""

    _longest = REASON_LENGTH


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


def with_picture_options(command: _Command) -> _Command:
    """Describe the options that every command for pictures has, beside its prompt and shape."""
    command = app_commands.describe(
        mode="The model's variant (default pro)",
        output_format="The file type (default jpeg)",
        count="How many pictures (default 1)",
        spoiler="Hide the picture behind a click (default: as the server has it)",
    )(command)
    return app_commands.choices(
        aspect_ratio=choices(AspectRatio), mode=choices(Mode), output_format=choices(OutputFormat)
    )(command)


def choices(values: type[StrEnum]) -> list[app_commands.Choice[str]]:
    """Return what Discord's app offers for an option of these values."""
    return [app_commands.Choice(name=value.value, value=value.value) for value in values]
