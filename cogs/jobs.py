"""`/jobs` for members, and what moderators see of the queue: `/mod jobs` and `/mod cancel`.

Each command and each button is three steps: read the interaction, one call to the service, one call that
shows the result. Whoever moderates is asked for the right anew at each of them.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

import discord
from discord import app_commands
from discord.ext import commands

from bot.intake import asked_in, home, in_time, may_read, moderates, require_moderator
from bot.presentation.queue import (
    ListSubject,
    QueueAction,
    Whose,
    job_choices,
    redraw_line,
    say_called_off,
    show_line,
)
from cogs.options import ReasonOption  # noqa: TC001 - discord.py reads it at runtime

if TYPE_CHECKING:
    from bot.client import Handler
    from bot.presentation.wording import Catalogue
    from bot.service.queue import Line, Queue


class JobsCog(commands.Cog):
    """What is waiting and running; `presses` says which button is served by which method."""

    def __init__(self, *, queue: Queue, catalogue: Catalogue) -> None:
        self._queue = queue
        self._catalogue = catalogue
        self.presses: dict[str, Handler] = {QueueAction.PAGE: self.page, QueueAction.CANCEL: self.cancel}

    @app_commands.command(name="jobs", description="See what you have waiting and running, and cancel it")
    @app_commands.allowed_contexts(guilds=True, dms=True)
    async def jobs(self, interaction: discord.Interaction[Any]) -> None:
        """Answer with the first page of one's own."""
        line = await self._queue.mine(interaction.user.id, guild_id=asked_in(interaction))
        await show_line(self._catalogue, interaction, line, Whose.MINE)

    async def page(self, interaction: discord.Interaction[Any], subject: str) -> None:
        """Draw a page anew."""
        asked = ListSubject.read(subject)
        line = await self._line(interaction, asked)
        await redraw_line(self._catalogue, interaction, line, asked.whose)

    async def cancel(self, interaction: discord.Interaction[Any], subject: str) -> None:
        """Call one off, and draw its page anew."""
        asked = ListSubject.read(subject)
        if asked.whose is Whose.SERVER:
            require_moderator(interaction, everywhere=True)
        work = self._queue.cancel(
            asked.job_id,
            member_id=interaction.user.id,
            guild_id=asked_in(interaction),
            moderates=asked.whose is Whose.SERVER,
        )
        job = await in_time(interaction, work, private=True)
        line = await self._line(interaction, asked)
        await redraw_line(self._catalogue, interaction, line, asked.whose, cancelled=job)

    async def _line(self, interaction: discord.Interaction[Any], asked: ListSubject) -> Line:
        if asked.whose is Whose.MINE:
            guild_id = asked_in(interaction)
            return await self._queue.mine(interaction.user.id, guild_id=guild_id, page=asked.page)
        require_moderator(interaction, everywhere=True)
        return await self._queue.of_server(home(interaction), page=asked.page)


class JobModeration(app_commands.Group):
    """Others' jobs, as commands for `ModCog.mod` to take over; their buttons are those of `JobsCog`."""

    def __init__(self, *, queue: Queue, catalogue: Catalogue) -> None:
        super().__init__(name="mod", description="For moderators")
        self._queue = queue
        self._catalogue = catalogue

    @app_commands.command(name="jobs", description="See what everybody here has waiting and running")
    async def jobs(self, interaction: discord.Interaction[Any]) -> None:
        """Answer with the first page of the server's."""
        require_moderator(interaction, everywhere=True)
        line = await self._queue.of_server(home(interaction))
        await show_line(self._catalogue, interaction, line, Whose.SERVER)

    @app_commands.command(name="cancel", description="Cancel somebody's picture that is waiting or running")
    @app_commands.describe(
        job="The picture: choose one, or give its job number", reason="Why, for the record"
    )
    async def cancel(
        self,
        interaction: discord.Interaction[Any],
        job: app_commands.Range[str, 1, 100],
        reason: app_commands.Transform[str, ReasonOption] = "",
    ) -> None:
        """Call one off and say what became of it."""
        require_moderator(interaction, everywhere=True)
        work = self._queue.cancel(
            job.strip(" `").lower(),
            member_id=interaction.user.id,
            guild_id=home(interaction),
            moderates=True,
            reason=reason,
        )
        cancelled = await in_time(interaction, work, private=True)
        await say_called_off(self._catalogue, interaction, cancelled)

    @cancel.autocomplete("job")
    async def under_way(
        self, interaction: discord.Interaction[Any], words: str
    ) -> list[app_commands.Choice[str]]:
        """Offer what is under way; whoever is no moderator is told so only when they send the command."""
        if not moderates(interaction, everywhere=True):
            return []
        reads = partial(may_read, interaction)
        jobs = await self._queue.matching(home(interaction), words, reads=reads)
        return job_choices(self._catalogue, str(interaction.locale), jobs, reads=reads)
